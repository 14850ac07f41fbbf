"""The history: append-only events, one chain per customer, and the catalogue of their kinds.

An event row carries the digest of the row before it, so that a removed or altered row shows. The chain is over
digests of the payloads: erasing a person deletes payloads and keeps the chain.
"""

import msgspec
from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT


class Event(SQLModel, table=True):
    """A fact, past tense. `payload` is JSON and None once erased; `digest` covers everything but the payload itself."""

    # Numbered in the order of arrival, so that events of many customers share a page of the log when they are written.
    __table_args__ = (UniqueConstraint("customer_id", "position"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    customer_id: int = Field(sa_type=BIGINT, foreign_key="customer.id")
    position: int
    kind: str
    at: int = Field(sa_type=BIGINT)
    actor: str  # customer, assistant, router, system, agent:<id>
    ticket_id: int | None = Field(default=None, sa_type=BIGINT)
    payload: str | None
    payload_digest: bytes = Field(sa_type=LargeBinary)
    previous: bytes = Field(sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)


class CustomerCreated(msgspec.Struct, frozen=True):
    channel: str
    identity: int
    kind: str
    proof: str


class IdentityProven(msgspec.Struct, frozen=True):
    identity: int
    method: str


class ClaimMade(msgspec.Struct, frozen=True):
    claim: int
    kind: str


class TicketOpened(msgspec.Struct, frozen=True, omit_defaults=True):
    channel: str
    queue: str
    status: str
    reason: str
    priority: str = "normal"
    automatic: bool = False  # a robot wrote it


class RulesApplied(msgspec.Struct, frozen=True, omit_defaults=True):
    rules: tuple[str, ...]
    reasons: tuple[str, ...]  # what each of them set, and why
    queue: str = ""
    priority: str = ""
    skills: dict[str, int] = {}
    wanted: dict[str, int] = {}
    tags: tuple[str, ...] = ()


class TicketTagged(msgspec.Struct, frozen=True):
    added: tuple[str, ...]
    removed: tuple[str, ...]


class MessageReceived(msgspec.Struct, frozen=True, omit_defaults=True):
    message: int
    text_sha256: str
    proof: str
    automatic: str = ""  # what shows that a robot wrote it


class MessageEdited(msgspec.Struct, frozen=True):
    message: int
    text_sha256: str
    before: str = ""  # what it said, kept until the person is erased


class MessageDeleted(msgspec.Struct, frozen=True):
    message: int
    before: str = ""
    files: tuple[str, ...] = ()  # their names


class AlbumGrew(msgspec.Struct, frozen=True):
    message: int
    text_sha256: str
    files: int


class ReplyQueued(msgspec.Struct, frozen=True):
    message: int
    text_sha256: str


class DeliverySettled(msgspec.Struct, frozen=True):
    message: int
    delivery: str
    attempt: int
    reason: str


class AnswerGiven(msgspec.Struct, frozen=True):
    message: int
    article: str
    score: float
    reasons: tuple[str, ...]


class AnswerDropped(msgspec.Struct, frozen=True):
    reason: str


class AskedBack(msgspec.Struct, frozen=True):
    message: int
    articles: tuple[str, ...]  # between which the customer is to choose
    reason: str


class PhraseSaid(msgspec.Struct, frozen=True):
    message: int
    kind: str  # hello, welcome, machine, data, cancelled, rest
    reason: str


class StayedSilent(msgspec.Struct, frozen=True):
    reason: str


class DataCollected(msgspec.Struct, frozen=True):
    article: str
    name: str


class ToolAsked(msgspec.Struct, frozen=True):
    tool: str
    article: str
    outcome: str


class HandedOff(msgspec.Struct, frozen=True, omit_defaults=True):
    reason: str
    suggestions: tuple[str, ...]
    summary: tuple[str, ...] = ()  # what was told and collected, without what anybody wrote


class TicketOffered(msgspec.Struct, frozen=True):
    offer: int
    agent: int
    reasons: tuple[str, ...]


class OfferClosed(msgspec.Struct, frozen=True):
    offer: int
    agent: int
    state: str


class TicketAssigned(msgspec.Struct, frozen=True):
    agent: int
    reasons: tuple[str, ...]


class TicketReleased(msgspec.Struct, frozen=True):
    agent: int
    reason: str


class TicketTransferred(msgspec.Struct, frozen=True):
    queue: str
    before: str


class StatusChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    status: str
    before: str
    reason: str
    remark: str = ""


class TicketEscalated(msgspec.Struct, frozen=True):
    priority: str
    before: str
    reason: str


class PriorityChanged(msgspec.Struct, frozen=True):
    priority: str
    before: str
    reason: str


class TicketMerged(msgspec.Struct, frozen=True):
    merge: int
    ticket: int
    into: int
    messages: int
    notes: int
    reason: str


class TicketUnmerged(msgspec.Struct, frozen=True, omit_defaults=True):
    merge: int
    ticket: int
    out_of: int
    reason: str
    back: bool = False  # the other one is again as it was, too


class DeadlineNear(msgspec.Struct, frozen=True):
    target: str
    due: int
    step: int  # of the ladder, from 1
    does: tuple[str, ...]


class DeadlineMissed(msgspec.Struct, frozen=True):
    target: str
    due: int


class StillLate(msgspec.Struct, frozen=True):
    target: str
    due: int
    step: int
    does: tuple[str, ...]


class PromiseKept(msgspec.Struct, frozen=True):
    target: str
    due: int | None  # None: its clock stood
    left: int  # µs of business hours


class KeptLate(msgspec.Struct, frozen=True):
    target: str
    due: int
    over: int  # µs of business hours


class SatisfactionAsked(msgspec.Struct, frozen=True):
    message: int


class SatisfactionGiven(msgspec.Struct, frozen=True):
    message: int
    customer: int
    score: int
    before: int | None


class NoteWritten(msgspec.Struct, frozen=True):
    note: int


class NoteEdited(msgspec.Struct, frozen=True):
    note: int


class CustomerChanged(msgspec.Struct, frozen=True):
    before: int
    after: int


class SuppressionLifted(msgspec.Struct, frozen=True):
    pass


class ParticipantAdded(msgspec.Struct, frozen=True):
    address: str
    reason: str


class ParticipantRemoved(msgspec.Struct, frozen=True):
    address: str


class AutomaticWithheld(msgspec.Struct, frozen=True):
    reason: str


class CustomerErased(msgspec.Struct, frozen=True):
    pass


class MessageWithdrawn(msgspec.Struct, frozen=True):
    message: int


class ChangeSettled(msgspec.Struct, frozen=True):
    message: int
    verb: str
    reason: str  # why the customer was not shown the change; blank: they were


class CustomerUnreachable(msgspec.Struct, frozen=True):
    reason: str


class CustomerReachable(msgspec.Struct, frozen=True):
    pass


Fact = (
    CustomerCreated
    | IdentityProven
    | ClaimMade
    | TicketOpened
    | RulesApplied
    | TicketTagged
    | MessageReceived
    | MessageEdited
    | MessageDeleted
    | AlbumGrew
    | ReplyQueued
    | DeliverySettled
    | AnswerGiven
    | AnswerDropped
    | AskedBack
    | PhraseSaid
    | StayedSilent
    | DataCollected
    | ToolAsked
    | HandedOff
    | TicketOffered
    | OfferClosed
    | TicketAssigned
    | TicketReleased
    | TicketTransferred
    | StatusChanged
    | TicketEscalated
    | PriorityChanged
    | TicketMerged
    | TicketUnmerged
    | DeadlineNear
    | DeadlineMissed
    | StillLate
    | PromiseKept
    | KeptLate
    | SatisfactionAsked
    | SatisfactionGiven
    | NoteWritten
    | NoteEdited
    | CustomerChanged
    | SuppressionLifted
    | ParticipantAdded
    | ParticipantRemoved
    | AutomaticWithheld
    | MessageWithdrawn
    | ChangeSettled
    | CustomerUnreachable
    | CustomerReachable
    | CustomerErased
)
