"""What the API takes, and the answers that are not views of one row (flow/views.py)."""

from typing import Annotated, Any, Literal

import msgspec

from contactcenter.flow.views import AgentView, MessageView, NoteView, OfferView, ParticipantView, TicketView

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=50_000)]
Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,80}$")]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Questions = Annotated[list[Annotated[str, msgspec.Meta(max_length=500)]], msgspec.Meta(max_length=100)]
VISIBLE = r"^[^\x00-\x1f\x7f]*$"  # no line ends, no NUL
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """Text for a message or a note."""

    text: Text


class SentFile(msgspec.Struct, forbid_unknown_fields=True):
    """A file that was uploaded before (POST /files answers one)."""

    file: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=VISIBLE)]
    type: Annotated[str, msgspec.Meta(max_length=200, pattern=VISIBLE)]
    size: Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class Reply(msgspec.Struct, forbid_unknown_fields=True):
    """Text for the customer, and files that go with it. `article`: the one it is from, which the customer is shown."""

    text: Text
    files: Annotated[list[SentFile], msgspec.Meta(max_length=100)] = []
    article: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody by their mail address."""

    address: Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
    name: Annotated[str, msgspec.Meta(max_length=150)] = ""


class Assignment(msgspec.Struct, forbid_unknown_fields=True):
    """Either an agent ("me", an id, or null to give it back) or another queue; `version` guards against races."""

    agent: Literal["me"] | Id | msgspec.UnsetType | None = msgspec.UNSET
    queue: str | msgspec.UnsetType = msgspec.UNSET
    version: Id | None = None


class Status(msgspec.Struct, forbid_unknown_fields=True):
    """The new status; `until` (RFC 3339) goes with snoozed. For solved, `reason` is of GET /solve-reasons, where there
    are any; `remark` says more.
    """

    status: Literal["open", "solved", "snoozed", "closed"]
    until: str | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    remark: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Escalation(msgspec.Struct, forbid_unknown_fields=True):
    """Why supervisors are asked for help: it is what they see first."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    version: Id | None = None


class Priority(msgspec.Struct, forbid_unknown_fields=True):
    """What comes first."""

    priority: Literal["urgent", "high", "normal", "low"]
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    version: Id | None = None


class Tags(msgspec.Struct, forbid_unknown_fields=True):
    """All tags of a ticket: words of letters, digits, - and _; `version` guards against races."""

    tags: Annotated[list[str], msgspec.Meta(max_length=100)]
    version: Id | None = None


class Merger(msgspec.Struct, forbid_unknown_fields=True):
    """The ticket that this one becomes part of; the versions guard against races."""

    into: Id
    version: Id | None = None
    into_version: Id | None = None


class Presence(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the agent is there. `reason`: their own, for not being there."""

    presence: Literal["available", "away", "offline"]
    reason: str = ""


class AwayReasons(msgspec.Struct):
    """Reasons that are offered to whoever goes away."""

    items: list[str]
    next: str | None = None


class Skills(msgspec.Struct, forbid_unknown_fields=True):
    """All that an agent can do: levels from 1 (a beginner) to 5 (an expert). A language is a skill."""

    skills: dict[str, int]


class OfferAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """Take it or not."""

    state: Literal["accepted", "declined"]


class Again(msgspec.Struct, forbid_unknown_fields=True):
    """Make it due again."""

    state: Literal["due"]


class Delivery(msgspec.Struct, forbid_unknown_fields=True):
    """due: send it again that is unknown or buried; withdrawn: take it back that has not begun to leave."""

    state: Literal["due", "withdrawn"]


class SuggestionView(msgspec.Struct):
    """An article that may answer a ticket."""

    article: str
    title: str
    text: str
    score: float  # how sure it is that this is the right one, 0 to 1
    url: str
    audience: str  # public, agents


class SideView(msgspec.Struct):
    """How one side of a channel is doing. none: it is configured without. `error_since`: when this error came up."""

    state: Literal["working", "failing", "unknown", "none"]
    alarm: bool
    succeeded_at: str | None
    failing_since: str | None
    error: str | None
    error_since: str | None


class ChannelView(msgspec.Struct):
    """A channel and how it is doing, as a whole and on each side. `found` of the provider's are there, `recorded` of
    them are stored, `stuck` cannot be had; `backlog` are stored and not yet taken in, `buried` could not be. `alarm`:
    a side has been failing for minutes. The one without a queue, desk.slack, is where agents work.
    """

    name: str
    kind: str
    queue: str
    state: Literal["working", "failing", "unknown", "none"]
    alarm: bool
    receiving: SideView
    sending: SideView
    found: int
    recorded: int
    stuck: int
    backlog: int
    buried: int
    files_limit: int
    undo_seconds: float
    changes: bool = False  # what was delivered can be changed and taken away


class CannedReplyView(msgspec.Struct):
    """A text that agents need again and again; where a ticket was asked for, with its names filled in."""

    name: str
    title: str
    text: str


class RuleView(msgspec.Struct):
    """A rule by which tickets are sorted when they open, with the sentence that says why, and what it sets in words."""

    name: str
    why: str
    sets: list[str]
    stop: bool


class QueueView(msgspec.Struct):
    """A queue and whether its people are there."""

    name: str
    title: str
    open_now: bool
    opens_at: str | None


class QueueFigures(msgspec.Struct):
    """The queue now. `waiting` are open tickets nobody has."""

    queue: str
    waiting: int
    new: int
    open: int
    answered: int
    snoozed: int
    oldest_waiting_since: str | None
    agents_available: int


class IdentityView(msgspec.Struct):
    """An address of a customer; `proven_at` null: nobody has vouched for it."""

    kind: str
    address: str
    proven_at: str | None
    method: str
    suppressed: str | None = None  # why nothing automatic goes there
    unreachable: str | None = None  # why nothing of ours reaches it, on one channel or more


class ClaimView(msgspec.Struct):
    """What was only typed."""

    kind: str
    value: str
    at: str


class CustomerView(msgspec.Struct):
    """A customer with what is known of them."""

    id: int
    name: str
    created_at: str
    identities: list[IdentityView]
    claims: list[ClaimView]


class EventView(msgspec.Struct):
    """A fact on the history."""

    customer: int
    position: int
    kind: str
    at: str
    actor: str
    ticket: int | None
    payload: Any
    digest: str


class BuriedView(msgspec.Struct):
    """Work that was given up, with the reason."""

    loop: str
    id: int
    stream: str
    attempts: int
    error: str
    created_at: str


# Pages of a list: `next` continues it, null at the end.


class Channels(msgspec.Struct):
    """The channels, by name."""

    items: list[ChannelView]
    next: str | None = None


class CannedReplies(msgspec.Struct):
    """Canned replies, in the order of the settings."""

    items: list[CannedReplyView]
    next: str | None = None


class SolveReasons(msgspec.Struct):
    """What a ticket can be solved for; none: nothing need be given."""

    items: list[str]
    next: str | None = None


class Participants(msgspec.Struct):
    """Where an answer goes, which need not be where the customer's name suggests, and who gets it too."""

    to: str
    items: list[ParticipantView]
    next: str | None = None


class Tickets(msgspec.Struct):
    """Tickets, newest change first."""

    items: list[TicketView]
    next: str | None = None


class Messages(msgspec.Struct):
    """Messages, oldest first."""

    items: list[MessageView]
    next: str | None = None


class Notes(msgspec.Struct):
    """Notes, oldest first."""

    items: list[NoteView]
    next: str | None = None


class Events(msgspec.Struct):
    """Events, oldest first."""

    items: list[EventView]
    next: str | None = None


class Offers(msgspec.Struct):
    """Open offers, oldest first."""

    items: list[OfferView]
    next: str | None = None


class Agents(msgspec.Struct):
    """The team."""

    items: list[AgentView]
    next: str | None = None


class Queues(msgspec.Struct):
    """The queues."""

    items: list[QueueView]
    next: str | None = None


class Rules(msgspec.Struct):
    """The rules, in the order in which they are asked."""

    items: list[RuleView]
    next: str | None = None


class QueuesInFigures(msgspec.Struct):
    """The queues in figures."""

    items: list[QueueFigures]
    next: str | None = None


class Suggestions(msgspec.Struct):
    """Articles, best first."""

    items: list[SuggestionView]
    next: str | None = None


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of a proposal. What is left out is written as it was proposed."""

    state: Literal["approved", "declined"]
    slug: Slug | None = None
    title: Title | None = None
    questions: Questions | None = None
    text: Text | None = None


class ProposalView(msgspec.Struct):
    """A sample question for an article, or an article for questions that have none, with the tickets it is made of.

    `saved_weekly` is how many tickets a week it would save at least, going by how alike people answered them.
    """

    id: int
    kind: str
    article: str | None
    title: str
    questions: list[str]
    text: str
    tickets: int
    answered: int
    answered_alike: int
    weekly: float
    saved_weekly: float
    state: str
    decided_by: str | None
    decided_at: str | None
    found_at: str
    of: list[int]


class Proposals(msgspec.Struct):
    """Proposals in one state, those first that would save most."""

    items: list[ProposalView]
    next: str | None = None


class BuriedList(msgspec.Struct):
    """Buried work, oldest first."""

    items: list[BuriedView]
    next: str | None = None


class TryRules(msgspec.Struct, forbid_unknown_fields=True):
    """Rules to try, as the settings file has them; null: the desk's own. `days`: how far back."""

    rules: list[dict[str, Any]] | None = None
    days: float = 30.0


class TicketTried(msgspec.Struct):
    """A ticket as it opened and as it would open, and the rules that hold for it."""

    ticket: int
    created_at: str
    channel: str
    queue: str
    becomes_queue: str
    priority: str
    becomes_priority: str
    rules: list[str]


class RulesTried(msgspec.Struct):
    """What rules would have made of past tickets: how often each held, and the first of those that would open
    otherwise. `complete`: all tickets of that time were looked at.
    """

    tickets: int
    complete: bool
    moving: int
    matched: dict[str, int]
    items: list[TicketTried]
    next: str | None = None
