"""What screens, the API and live updates show of a row: the shapes of docs/reference/api, and how they are made.

Read by web/ and by flow/live. Instants leave as RFC 3339 text, ids as integers.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec

from contactcenter.flow import folds, queries, skills
from contactcenter.model.values import Choice, Fold, NotFound
from contactcenter.ports import Tx
from contactcenter.routing.demands import Needs, routing_needs
from contactcenter.routing.promises import TARGETS, Clock, Clocks

MILLION = 1_000_000
QUOTE_LIMIT = 160  # characters

_clocks = msgspec.json.Decoder(Clocks).decode
_choices = msgspec.json.Decoder(tuple[Choice, ...]).decode


class Named(msgspec.Struct):
    """Somebody, by id and name."""

    id: int
    name: str


class CustomerNamed(msgspec.Struct):
    """Who the customer of a ticket says they are, where they write from, and whether that was ever proven."""

    id: int
    name: str
    address: str
    proven: bool


class Author(msgspec.Struct):
    """Who said it: customer, agent or assistant."""

    kind: str
    id: int | None
    name: str


class Proof(msgspec.Struct):
    """What vouches for an inbound message."""

    method: str


class FileView(msgspec.Struct):
    """A file of a message. `state`: stored, fetching (from the provider), or failed, with the reason in `trouble`."""

    name: str
    type: str
    size: int
    url: str
    state: Literal["stored", "fetching", "failed"] = "stored"
    trouble: str | None = None


class QuotedView(msgspec.Struct):
    """The earlier message that one answers, cut short. A text that was taken away is blank."""

    id: int
    author: Author
    text: str


class SourceView(msgspec.Struct):
    """The article and passage behind an answer."""

    article: str
    title: str
    url: str
    passage: str
    checked: str
    score: float


class EscalationView(msgspec.Struct):
    """Who asked supervisors for help with a ticket, and why."""

    by: Named
    reason: str
    at: str


class TargetView(msgspec.Struct):
    """One thing that was promised. `due`: null while its clock stands; `at_risk_at`: when the ladder's first step is.

    `warned`: a step of the ladder was taken. `kept_at`: when it was done, in time or not; `missed` tells which.
    """

    due: str | None
    at_risk_at: str | None
    warned: bool
    kept_at: str | None
    missed: bool


class PromiseView(msgspec.Struct):
    """What was promised of a ticket, by the promise of that name. `target`: whose deadline matters now, or blank."""

    name: str
    target: Literal["", "first_response", "next_response", "resolution"]
    first_response: TargetView | None
    next_response: TargetView | None
    resolution: TargetView | None

    def of(self, target: str) -> TargetView | None:
        """The view of a target."""
        found: TargetView | None = getattr(self, target) if target else None
        return found


class NearView(msgspec.Struct):
    """An article that may help, with its score from 0 to 1."""

    article: str
    title: str
    score: float


class SummaryView(msgspec.Struct):
    """What the customer asked, the titles of what they were told, the data they gave, and what is near."""

    asked: list[str] = []
    answered: list[str] = []
    collected: dict[str, str] = {}
    suggestions: list[NearView] = []


class TicketView(msgspec.Struct):
    """A ticket as people see it."""

    id: int
    subject: str
    status: str
    queue: str
    assignee: Named | None
    customer: CustomerNamed
    channel: str
    kind: str
    priority: str
    version: int
    created_at: str
    updated_at: str
    waiting_since: str | None
    snoozed_until: str | None
    handoff: str | None
    preview: str
    escalation: EscalationView | None = None
    merged_into: int | None = None
    rating: int | None = None  # 1 to 5, as the customer said
    language: str | None = None  # BCP 47, that the customer's app or browser is set to
    unreachable: str | None = None  # why a reply would not reach the customer
    promise: PromiseView | None = None  # null where the queue promises nothing
    tags: list[str] = []
    needs: Needs | None = None  # what it asks of whoever takes it
    summary: SummaryView | None = None  # of its talk with the assistant, once that passed it on


class MessageView(msgspec.Struct):
    """A message as people see it."""

    id: int
    ticket: int
    conversation: int
    seq: int
    direction: str
    author: Author
    text: str
    at: str
    delivery: str | None
    delivery_reason: str | None
    proof: Proof | None
    automatic: str
    files: list[FileView]
    source: SourceView | None
    client_id: str
    folds: list[Fold] = []
    remarks: list[str] = []
    choices: list[str] = []  # short answers offered with it
    chosen: int | None = None  # the one that was taken last
    pressed: int | None = None  # the message whose choice these words take
    edited_at: str | None = None
    deleted_at: str | None = None
    answers: QuotedView | None = None
    markup: bool = False


class ParticipantView(msgspec.Struct):
    """Somebody who is answered too. `joined`: they answered in the thread without having been written to."""

    address: str
    name: str
    joined: bool


class NoteView(msgspec.Struct):
    """A note as colleagues see it."""

    id: int
    ticket: int
    author: Author
    text: str
    at: str


class OfferView(msgspec.Struct):
    """A ticket held out to an agent."""

    id: int
    ticket: TicketView
    agent: int
    state: str
    reasons: list[str]
    created_at: str
    expires_at: str


class AgentView(msgspec.Struct):
    """An agent with their presence and load."""

    id: int
    name: str
    email: str
    role: str
    presence: str
    presence_since: str
    presence_reason: str | None  # why the desk set it; null when they did
    queues: list[str]
    capacity: int
    load: int
    skills: dict[str, int] = {}  # levels, 1 to 5
    away_for: str | None = None  # their own reason
    limits: dict[str, int] = {}  # the most of a kind of channel at once, where it is not the desk's


def iso(instant: int) -> str:
    """Microseconds as RFC 3339 text."""
    second, micros = divmod(instant, MILLION)
    return f"{_second(second)}.{micros:06d}Z"


@lru_cache(maxsize=256)
def _second(second: int) -> str:
    """A message is shown in the second it came in, mostly with others: the calendar is asked once."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def micros(text: str) -> int:
    """Microseconds of what `iso` wrote."""
    return int(datetime.fromisoformat(text).timestamp()) * MILLION


def iso_or_none(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


def read_choices(kept: str) -> tuple[Choice, ...]:
    """Of a message's row."""
    return _choices(kept) if kept else ()


def ticket_view(row: Any, kinds: dict[str, str]) -> TicketView:
    """From a row of SHOWN_TICKET; `kinds` maps the configured channels to their kind."""
    return TicketView(
        id=row.id,
        subject=row.subject,
        status=row.status,
        queue=row.queue,
        assignee=None if row.assignee_id is None else Named(row.assignee_id, row.assignee_name),
        customer=CustomerNamed(
            row.customer_id, row.customer_name, row.customer_address, row.customer_proven_at is not None
        ),
        channel=row.channel,
        kind=kinds.get(row.channel, ""),
        priority=row.priority,
        version=row.version,
        created_at=iso(row.created_at),
        updated_at=iso(row.updated_at),
        waiting_since=iso_or_none(row.waiting_since),
        snoozed_until=iso_or_none(row.snoozed_until),
        handoff=row.handoff or None,
        preview=row.preview,
        escalation=msgspec.json.decode(row.escalation, type=EscalationView) if row.escalation else None,
        merged_into=row.merged_into,
        rating=row.rating,
        language=row.language or None,
        unreachable=row.unreachable or None,
        promise=_promise_view(row) if row.clocks else None,
        tags=sorted(row.tags.split(",")) if row.tags else [],
        needs=routing_needs(row) if row.needs else None,
        summary=msgspec.json.decode(row.summary, type=SummaryView) if row.summary else None,
    )


def _promise_view(row: Any) -> PromiseView:
    """From the clocks of a row."""
    clocks = _clocks(row.clocks)
    shown = {target: _target_view(clocks.of(target)) for target in TARGETS}
    return PromiseView(clocks.name, row.due_target, **shown)


def _target_view(clock: Clock | None) -> TargetView | None:
    if clock is None or clock.allowed is None:
        return None
    stands = iso_or_none(clock.kept_at)
    return TargetView(iso_or_none(clock.due), iso_or_none(clock.risk), clock.step > 0, stands, clock.missed)


def message_view(row: Any, files: list[FileView], answers: QuotedView | None = None) -> MessageView:
    """From a row of Message."""
    changed_at = iso_or_none(row.changed_at)
    return MessageView(
        id=row.id,
        ticket=row.ticket_id,
        conversation=row.conversation_id,
        seq=row.seq,
        direction=row.direction,
        author=Author(row.author, row.author_id, row.author_name),
        text=row.text,
        at=iso(row.created_at),
        delivery=row.delivery or None,
        delivery_reason=row.delivery_reason or None,
        proof=Proof(row.proof) if row.proof else None,
        automatic=row.automatic,
        files=files,
        source=msgspec.json.decode(row.source, type=SourceView) if row.source else None,
        client_id=row.client_id,
        folds=list(folds.read(row.folds)),
        remarks=msgspec.json.decode(row.remarks, type=list[str]) if row.remarks else [],
        choices=[choice.text for choice in read_choices(row.choices)],
        chosen=row.chosen,
        pressed=row.pressed,
        edited_at=None if row.deleted else changed_at,
        deleted_at=changed_at if row.deleted else None,
        answers=answers,
        markup=bool(row.markup),
    )


def files_of(tx: Tx, message: int) -> list[FileView]:
    """The files of a message, with the address the API serves them at."""
    return [_file_view(row) for row in tx.all(queries.ATTACHMENTS_OF, message=message)]


def quoted(tx: Tx, message: int | None) -> QuotedView | None:
    """The message that another one answers, as far as a line shows it."""
    row = None if message is None else tx.one(queries.QUOTED, id=message)
    if row is None:
        return None
    return QuotedView(row.id, Author(row.author, row.author_id, row.author_name), row.text[:QUOTE_LIMIT])


def _file_view(row: Any) -> FileView:
    view = FileView(row.name, row.type, row.size, f"/api/v1/files/{row.id}")
    if row.ref.startswith("remote:"):
        view.state, view.trouble = ("failed", row.trouble) if row.trouble else ("fetching", None)
    return view


def shown_ticket(tx: Tx, ticket: int, kinds: dict[str, str]) -> TicketView:
    """One ticket; raises NotFound."""
    row = tx.one(queries.SHOWN_TICKET_BY_ID, id=ticket)
    if row is None:
        raise NotFound(f"there is no ticket {ticket}")
    return ticket_view(row, kinds)


def shown_message(tx: Tx, message: int) -> MessageView:
    """One message; raises NotFound."""
    row = tx.one(queries.MESSAGE_BY_ID, id=message)
    if row is None:
        raise NotFound(f"there is no message {message}")
    return whole_message(tx, row)


def whole_message(tx: Tx, row: Any) -> MessageView:
    """From a row of Message, with its files and what it answers."""
    return message_view(row, files_of(tx, row.id), quoted(tx, row.answers_id))


def note_view(row: Any) -> NoteView:
    """From a row of NOTES_AFTER."""
    return NoteView(row.id, row.ticket_id, Author("agent", row.agent_id, row.agent_name), row.text, iso(row.created_at))


def offer_view(tx: Tx, row: Any, kinds: dict[str, str]) -> OfferView:
    """From a row of Offer."""
    return OfferView(
        id=row.id,
        ticket=shown_ticket(tx, row.ticket_id, kinds),
        agent=row.agent_id,
        state=row.state,
        reasons=json.loads(row.reasons),
        created_at=iso(row.created_at),
        expires_at=iso(row.expires_at),
    )


def agent_view(tx: Tx, row: Any) -> AgentView:
    """From a row of SHOWN_AGENT."""
    return AgentView(
        id=row.id,
        name=row.name,
        email=row.email,
        role=row.role,
        presence=row.presence,
        presence_since=iso(row.presence_since),
        presence_reason=row.presence_reason or None,
        queues=[membership.queue for membership in tx.all(queries.QUEUES_OF, agent=row.id)],
        capacity=row.capacity,
        load=row.load,
        skills=skills.skills_of(tx, row.id),
        away_for=row.away_for or None,
        limits=json.loads(row.limits) if row.limits else {},
    )


def shown_agent(tx: Tx, agent: int) -> AgentView:
    """One agent; raises NotFound."""
    row = tx.one(queries.SHOWN_AGENT, id=agent)
    if row is None:
        raise NotFound(f"there is no agent {agent}")
    return agent_view(tx, row)
