"""What a channel is: three verbs, and a few it may have besides.

Before it: the provider. After it: flow/intake, which stores what `run` hands to `accept`, and flow/deliver, which
asks `send`. A channel knows its medium and nothing of tickets, agents or the database. The obligations of every
adapter are in tests/contracts/channel.py.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import msgspec

from contactcenter.model.values import Outbound, Parsed, RawEvent, Receipt


class Accepted(msgspec.Struct, frozen=True):
    """A raw event is stored. `seq` is its message's, where it was parsed at once; 0 where that happens later."""

    inbox_id: int
    new: bool
    seq: int = 0


Accept = Callable[[RawEvent], Awaitable[Accepted]]
"""Returns once the event is committed; raises StoreUnavailable when it is not. Acknowledge after, never before."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the medium can do. The core asks these, never which medium it is."""

    text_limit: int  # characters of one message
    parses_at_once: bool = False  # cheap to parse: intake runs inbound in the same transaction
    idempotent_sends: bool = False  # sending one message twice shows it once
    threads_by_reference: bool = False  # a reply names the messages it answers (mail)
    attachments: bool = False
    edits: bool = False
    choices: bool = False  # shows buttons under a message; elsewhere they are written below the text
    several_write: bool = False  # more than one person can write in a conversation (groups, threads, mail)
    receipts: bool = False
    runs_everywhere: bool = False  # `run` only waits while sockets bring the events: every process runs it
    robots_write: bool = False  # other machines answer what we say: automatic messages need a brake (mail)
    undo_seconds: float = 0.0  # how long an agent may take a reply back before it leaves
    files_limit: int = 0  # bytes of files that one message of ours can carry in all; 0: none
    tells_health: bool = False  # its `run` says itself how it is doing; of others, that they run is their health
    receives: bool = True  # as it is configured: a mailbox may be there for answers alone
    sends: bool = True
    keeps_raw: bool = False  # the raw payload is the record (mail source, attachments), never pruned


class Channel(Protocol):
    """One configured way in and out."""

    name: str
    kind: str
    capabilities: Capabilities

    async def run(self, accept: Accept) -> None:
        """Listen or poll until cancelled; cancelling ends it within a second and leaks no task."""

    def parse(self, raw: RawEvent) -> list[Parsed]:
        """Pure and total: raises Unparseable and nothing else; our own echoes and other bots give an empty list."""

    async def send(self, message: Outbound) -> Receipt:
        """Deliver, or raise RetryLater, Undeliverable or Unknown. A time-out after the bytes left is Unknown.

        Unusable, which is a RetryLater, where no message could leave: the provider is away, or refuses our key. It is
        told as the channel's failure; everything else is about this message.
        """


@runtime_checkable
class Finds(Protocol):
    """The provider can be asked whether a message arrived; settles an unknown."""

    async def find(self, message: Outbound) -> Receipt | None: ...


@runtime_checkable
class Probes(Protocol):
    """The provider can be asked whether it would take a message from us, without one."""

    async def probe(self) -> None:
        """Raises Unusable, with the reason and the remedy, when it would not."""


@runtime_checkable
class Names(Protocol):
    """The medium lets us choose a message's id: fixed when it is queued, the same at every attempt."""

    def external_id(self, token: str) -> str: ...


@runtime_checkable
class Listens(Protocol):
    """Opens a door of its own while it runs."""

    @property
    def place(self) -> tuple[str, int] | None:
        """Host and port of the door as configured; None for a channel that is configured without one."""


@runtime_checkable
class ShowsMarkup(Protocol):
    """Messages may be more than text: they can be shown as their sender meant them, made harmless."""

    def markup(self, raw: RawEvent, urls: Mapping[str, str], *, remote: bool) -> tuple[str, int]:
        """HTML, blank where there is none, and how many pictures from outside were left out (none if `remote`).

        `urls`: where the files are, by their ref.
        """


@runtime_checkable
class HasParts(Protocol):
    """Attachments are inside the raw payload and are read from there."""

    def part(self, raw: RawEvent, ref: str) -> Iterator[bytes]:
        """The bytes of the file whose `Attached.ref` is `part:<ref>`, in pieces. Raises Unparseable."""


class HookRequest(msgspec.Struct, frozen=True):
    """What a provider posted to `/hooks/<channel>`, free of any web framework."""

    method: str
    headers: Mapping[str, str]  # names in lower case
    query: Mapping[str, str]
    body: bytes


class HookReply(msgspec.Struct, frozen=True):
    """What the provider is answered."""

    status: int = 200
    body: bytes = b""
    type: str = "text/plain"


@runtime_checkable
class Hooked(Protocol):
    """The provider brings its events to `/hooks/<channel>`, on whichever process answers there."""

    async def hook(self, request: HookRequest, accept: Accept) -> HookReply:
        """Answers once `accept` has; raises what `accept` raises, which the provider is told as 503."""


@runtime_checkable
class Fetches(Protocol):
    """Attachments lie with the provider and are fetched once the event is stored; their `ref` is `remote:<ref>`."""

    def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces. Raises RetryLater, or Undeliverable when they are gone or too large to be had."""


@runtime_checkable
class Changes(Protocol):
    """A message that was delivered can be changed, and taken away again."""

    async def edit(self, message: Outbound) -> Receipt:
        """Have the message that the provider calls `external_id` say `text` now. Raises as `send`; repeats safely."""

    async def delete(self, message: Outbound) -> Receipt:
        """Take it away. Raises as `send`; repeats safely."""


@runtime_checkable
class TellsPrivate(Protocol):
    """Some conversations of the medium are with one person alone, others are read by many."""

    def is_private(self, conversation: str) -> bool:
        """Does nobody else read what is said there?"""


@runtime_checkable
class ShowsTyping(Protocol):
    """Can show that somebody here is writing."""

    async def typing(self, conversation: str) -> None:
        """Shown for a few seconds. Best effort: raises nothing, keeps to the provider's limits, may be cut short."""
