"""The history: append-only events, one chain per customer, and the catalogue of their kinds.

An event row carries the digest of the row before it, so that a removed or altered row shows. The chain is over
digests of the payloads: erasing a person deletes payloads and keeps the chain.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class CustomerCreated:
    channel: str


@dataclass(frozen=True, slots=True)
class IdentityAdded:
    identity: int
    kind: str


@dataclass(frozen=True, slots=True)
class IdentityProven:
    identity: int
    method: str


@dataclass(frozen=True, slots=True)
class ClaimMade:
    claim: int
    kind: str


@dataclass(frozen=True, slots=True)
class TicketOpened:
    channel: str
    queue: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class MessageReceived:
    message: int
    text_sha256: str
    proof: str


@dataclass(frozen=True, slots=True)
class MessageEdited:
    message: int
    text_sha256: str


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    message: int


@dataclass(frozen=True, slots=True)
class ReplyQueued:
    message: int
    text_sha256: str


@dataclass(frozen=True, slots=True)
class DeliverySettled:
    message: int
    delivery: str
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    message: int
    article: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerDropped:
    reason: str


@dataclass(frozen=True, slots=True)
class HandedOff:
    reason: str
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TicketOffered:
    offer: int
    agent: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferClosed:
    offer: int
    agent: int
    state: str


@dataclass(frozen=True, slots=True)
class TicketAssigned:
    agent: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TicketReleased:
    agent: int
    reason: str


@dataclass(frozen=True, slots=True)
class TicketTransferred:
    queue: str
    before: str


@dataclass(frozen=True, slots=True)
class StatusChanged:
    status: str
    before: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoteWritten:
    note: int


Fact = (
    CustomerCreated
    | IdentityAdded
    | IdentityProven
    | ClaimMade
    | TicketOpened
    | MessageReceived
    | MessageEdited
    | MessageDeleted
    | ReplyQueued
    | DeliverySettled
    | AnswerGiven
    | AnswerDropped
    | HandedOff
    | TicketOffered
    | OfferClosed
    | TicketAssigned
    | TicketReleased
    | TicketTransferred
    | StatusChanged
    | NoteWritten
)
