"""The frozen values that cross the seams between channels, flow and knowledge, and the errors named by remedy.

They are msgspec structs rather than dataclasses: made for every message, they cost a tenth.
"""

from collections.abc import Mapping

import msgspec


class RawEvent(msgspec.Struct, frozen=True):
    """What a provider handed us, unparsed. `stream` is the unit of order and is known without parsing."""

    channel: str
    external_id: str  # the same for the same event, however often it is delivered
    stream: str
    payload: bytes
    envelope: Mapping[str, str] = msgspec.field(default_factory=dict)
    file: str = ""  # SHA-256 in the file store, when the payload is too large for a row


class Sender(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who a message says it is from, or to: an address of a kind, before anything is believed.

    `language`: a tag of BCP 47 that their app or browser is set to; blank where nothing says it.
    """

    kind: str
    address: str
    name: str = ""
    language: str = ""


class Attached(msgspec.Struct, frozen=True):
    """A file of an inbound message; `ref` as in the Attachment table."""

    name: str
    type: str
    size: int
    ref: str


class Fold(msgspec.Struct, frozen=True):
    """A stretch of a text, `text[start:end]`, that a reader may skip: what was quoted, or a signature."""

    start: int
    end: int
    kind: str  # quote, signature


class DeliveryReport(msgspec.Struct, frozen=True):
    """The provider tells what became of a message of ours: delivered, read, delayed, or buried with a reason.

    The message is named by its external id, or by our own number where a token of ours vouches for it.
    """

    external_id: str
    delivery: str
    reason: str = ""
    message: int = 0
    address: str = ""  # whom it could not be delivered to, where that is told
    suppress: bool = False  # nothing automatic is to be sent there any more


class Inbound(msgspec.Struct, frozen=True):
    """A message as parsed. `references` are external ids of earlier messages it answers, newest first."""

    external_id: str
    conversation: str
    sender: Sender
    text: str
    subject: str = ""
    client_id: str = ""
    proof: str = ""
    automatic: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attached, ...] = ()
    references: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = ()  # in order, none overlapping
    remarks: tuple[str, ...] = ()  # what an agent should know of it: an invitation, a signature, a deceiving name
    others: tuple[Sender, ...] = ()  # who else it was written to; we are not among them
    reply_to: str = ""  # where an answer is to go, when not to the sender
    answers: int = 0  # the conversation that a token of ours vouches for; 0: no such token
    tickets: tuple[int, ...] = ()  # numbers it names: a hint, which anybody can write
    received_at: int = 0  # when the provider took it; 0: as it reached us
    forwarded: Sender | None = None  # who wrote what it passes on, as it says itself
    markup: bool = False  # it is laid out: `Channel.markup` shows it as its sender meant it
    unreadable: str = ""  # why nobody but its reader can make anything of the text: it is encrypted
    report: DeliveryReport | None = None  # what it tells of a message of ours: then it is no message of its own
    overheard: bool = False  # nobody said it to us: it is ours where its conversation is one of ours already
    album: str = ""  # what the provider calls the album it is of: its files belong to the album's first message


class Edit(msgspec.Struct, frozen=True):
    """The sender changed an earlier message."""

    external_id: str
    text: str


class Deletion(msgspec.Struct, frozen=True):
    """The sender took an earlier message back."""

    external_id: str


class Chosen(msgspec.Struct, frozen=True):
    """The customer pressed a button under a message of ours, which the provider calls `external_id`."""

    external_id: str
    choice: int  # index into the message's choices
    conversation: str
    sender: Sender
    proof: str = ""
    seq: int = 0  # the message's place in its conversation, where the medium knows that and no `external_id`
    client_id: str = ""  # the sender's own id for the press, told back to them


class Reachability(msgspec.Struct, frozen=True):
    """The customer closed the door to us (blocked, left), or opened it again."""

    sender: Sender
    reachable: bool
    reason: str = ""


Parsed = Inbound | Edit | Deletion | DeliveryReport | Chosen | Reachability


class Choice(msgspec.Struct, frozen=True, array_like=True):
    """A short answer offered with a message of ours: its words, and what they do (flow/choices.py)."""

    text: str
    does: str  # helped, not_helped, person, cancel, article:<slug>, or rate:1 to rate:5


class Source(msgspec.Struct, frozen=True):
    """The article and passage behind an answer. `checked` is an ISO date or blank."""

    article: str
    title: str
    passage: str
    url: str
    checked: str
    score: float

    @property
    def in_words(self) -> str:
        """For a medium that shows nothing but text."""
        checked = f" (checked {self.checked})" if self.checked else ""
        return f"Source: {self.title}{checked}\n{self.url}"


class Quoted(msgspec.Struct, frozen=True):
    """What the customer said last. `at` in microseconds."""

    name: str
    text: str
    at: int


class Outbound(msgspec.Struct, frozen=True):
    """A message to deliver. `external_id` was fixed when it was queued where the medium lets us choose (Message-ID)."""

    message_id: int
    conversation: str
    address: str
    author: str
    author_name: str
    text: str
    seq: int
    created_at: int
    subject: str = ""
    external_id: str = ""
    references: tuple[str, ...] = ()
    source: Source | None = None
    name: str = ""  # the recipient's, as they last gave it
    copies: tuple[Sender, ...] = ()  # who else takes part and gets it too
    files: tuple[Attached, ...] = ()
    thread: int = 0  # the conversation's number: what a token of ours vouches for
    ticket: int = 0
    quoted: Quoted | None = None  # what it answers, for media that repeat that
    choices: tuple[str, ...] = ()  # short answers offered with it: buttons where the medium has them


class Receipt(msgspec.Struct, frozen=True):
    """The provider took the message and calls it `external_id`."""

    external_id: str
    delivered: bool = False  # it is known to have arrived, not only to have been taken
    remark: str = ""  # what did not go well all the same: somebody in copy was refused


class Record(msgspec.Struct, frozen=True):
    """What a tool found: whose it is (the address by kind of channel), and its fields as text."""

    owner: Mapping[str, str]
    fields: Mapping[str, str]


class NoText(Exception):
    """A language model said nothing that can be used; the text is why, for people."""


class NoRecord(msgspec.Struct, frozen=True):
    """It found nothing, or could not be asked. `missing`: there is none of that kind, which the customer can mend."""

    reason: str
    missing: bool = False


class RetryLater(Exception):
    """Not now: repeat after `after` seconds, as the provider asked, or by our own back-off when None."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Unusable(RetryLater):
    """Not now, whatever the message: the provider is away, or lets us in no more. The text says why and what to do.

    It is the channel that fails: its health tells of it, and the message waits until it is mended.
    """


class Undeliverable(Exception):
    """Never: the provider refused for good, with this reason."""


class Unreachable(Undeliverable):
    """Never, to this address: the customer closed the door to us (blocked, left). They can open it again."""


class Unknown(Exception):
    """It may or may not have arrived; only the provider or a person can tell."""


class Unparseable(Exception):
    """The payload is not what the medium promises; it is kept, listed and can be replayed after a fix."""


class Conflict(Exception):
    """Somebody else was first; the text says who or what."""


class NotAllowed(Exception):
    """The one who asks may not do this; the text says what would be needed."""


class NotFound(Exception):
    """There is no such thing."""


class Invalid(Exception):
    """The request makes no sense; `field` names what is wrong with it."""

    def __init__(self, detail: str, where: str = "$") -> None:
        super().__init__(detail)
        self.field = where


class StoreUnavailable(Exception):
    """The database did not take it: nothing of it is stored, or nobody can tell. Repeat with the same key."""
