"""What a card, an entry or a home shows, read in one transaction: values, from which cards.py and home.py draw."""

from typing import Any

import msgspec

from contactcenter.desk import queries
from contactcenter.figures import queues as figures
from contactcenter.figures import report
from contactcenter.figures.days import bounds, day_of
from contactcenter.figures.report import Scope
from contactcenter.flow import assist, posts
from contactcenter.flow.choices import RATE
from contactcenter.flow.policies import Policies
from contactcenter.flow.queries import AGENT, MESSAGE_BY_ID, OFFER, TICKET, UNANSWERED
from contactcenter.flow.views import SourceView, TicketView, files_of, message_view, read_choices, shown_ticket
from contactcenter.knowledge.assistant import Suggestion
from contactcenter.model.values import NotFound
from contactcenter.ports import Tx

TURNS = 3
LIST = 15  # tickets of each list of a home


class Turn(msgspec.Struct, frozen=True):
    """Something that was said."""

    author: str  # customer, agent, assistant
    name: str
    text: str
    at: int


class CardFacts(msgspec.Struct, frozen=True):
    """A ticket as its card shows it. `asks`: what the customer wants to know, for a suggestion."""

    ticket: TicketView
    waiting_since: int | None
    turns: tuple[Turn, ...]
    mode: str
    asks: str
    suggestion: Suggestion | None = None


class EntryFacts(msgspec.Struct, frozen=True):
    """A message or note as its entry shows it."""

    ticket: int
    kind: str  # message, note
    author: str
    name: str
    text: str
    at: int
    delivery: str = ""
    reason: str = ""
    files: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    automatic: str = ""
    proven: bool = True
    message: int = 0
    changed_at: int | None = None
    is_deleted: bool = False
    source: SourceView | None = None
    choices: tuple[str, ...] = ()
    chosen_below: str = ""  # of these words: the message of ours whose choice they take
    score: int = 0  # and the rating that they give

    @property
    def is_erased(self) -> bool:
        """The row stays when a person is forgotten, with nothing in it."""
        return not self.text and not self.files and (self.kind == "note" or not self.name)


class OfferFacts(msgspec.Struct, frozen=True):
    """An offer as whom it is held out to sees it."""

    number: int
    ticket: TicketView
    state: str
    reasons: str


class EscalationFacts(msgspec.Struct, frozen=True):
    """A ticket that an agent asks supervisors for help with."""

    ticket: TicketView
    by: str
    reason: str


class Listed(msgspec.Struct, frozen=True):
    """A ticket in a list. `due`: its deadline, where one was promised; `risk`: from when on it is near (µs)."""

    id: int
    subject: str
    status: str
    since: int | None
    priority: str
    queue: str = ""
    due: int | None = None
    risk: int | None = None


class Rated(msgspec.Struct, frozen=True):
    """How often customers rated, and the sum of their ratings, 1 to 5 each."""

    number: int
    total: int


class HomeFacts(msgspec.Struct, frozen=True):
    """What an agent's home shows."""

    name: str
    presence: str
    mine: tuple[Listed, ...]
    line: tuple[Listed, ...]
    queues: tuple[tuple[str, int, int | None], ...]  # title, how many wait, since when the oldest (µs)
    ratings: tuple[Rated, Rated]  # of today: the agent's, and the whole desk's
    now: int


def card(tx: Tx, policies: Policies, ticket: int) -> CardFacts | None:
    """None when it was erased."""
    try:
        view = shown_ticket(tx, ticket, policies.kinds)
    except NotFound:
        return None
    waiting = tx.one(TICKET, id=ticket)
    asks = assist.question_text(tx.all(UNANSWERED, ticket=ticket)) if view.status in ("new", "open") else ""
    mode = posts.mode_of(tx, policies, ticket)
    return CardFacts(view, waiting.waiting_since, turns_of(tx, ticket, TURNS), mode, asks)


def turns_of(tx: Tx, ticket: int, limit: int) -> tuple[Turn, ...]:
    """The latest things said on a ticket, oldest first."""
    said = tx.all(queries.LAST_SAID, ticket=ticket, limit=limit)
    return tuple(
        Turn(row.author, row.author_name, row.text, row.created_at)
        for row in reversed(said)
        if row.text or row.author_name  # not those of somebody who was forgotten
    )


def message(tx: Tx, number: int) -> EntryFacts | None:
    """None when it was erased."""
    row = tx.one(MESSAGE_BY_ID, id=number)
    if row is None:
        return None
    view = message_view(row, files_of(tx, number))
    chosen_below, score = _taken(tx, row)
    return EntryFacts(
        ticket=row.ticket_id,
        kind="message",
        author=row.author,
        name=row.author_name,
        text=row.text,
        at=row.created_at,
        delivery=row.delivery,
        reason=row.delivery_reason,
        files=tuple(file.name for file in view.files),
        remarks=tuple(view.remarks),
        automatic=row.automatic,
        proven=bool(row.proof) or row.direction == "outbound",
        message=number,
        changed_at=row.changed_at,
        is_deleted=bool(row.deleted),
        source=view.source,
        choices=tuple(view.choices),
        chosen_below=chosen_below,
        score=score,
    )


def note(tx: Tx, number: int) -> EntryFacts | None:
    """None when it was erased."""
    row = tx.one(queries.NOTE, id=number)
    if row is None:
        return None
    return EntryFacts(row.ticket_id, "note", "agent", row.agent_name, row.text, row.created_at)


def offer(tx: Tx, policies: Policies, number: int) -> OfferFacts | None:
    row = tx.one(OFFER, id=number)
    if row is None:
        return None
    reasons = msgspec.json.decode(row.reasons, type=list[str])
    why = "; ".join(reasons[:1] + reasons[-1:])  # why them and how urgent it is; the others are on the history
    return OfferFacts(number, shown_ticket(tx, row.ticket_id, policies.kinds), row.state, why)


def escalation(tx: Tx, policies: Policies, ticket: int) -> EscalationFacts | None:
    """None when it has been seen to."""
    view = shown_ticket(tx, ticket, policies.kinds)
    if view.escalation is None:
        return None
    return EscalationFacts(view, view.escalation.by.name, view.escalation.reason)


def home(tx: Tx, policies: Policies, agent: int) -> HomeFacts:
    row = tx.one(AGENT, id=agent)
    mine = tuple(_listed(one) for one in tx.all(queries.MINE, agent=agent, limit=LIST))
    line = tuple(
        Listed(one.id, one.subject, "open", one.since, one.priority, one.queue, one.due_at, one.risk_at)
        for one in tx.all(queries.IN_LINE, agent=agent, limit=LIST)
    )
    return HomeFacts(row.name, row.presence, mine, line, waits(tx, policies), ratings(tx, policies, agent), tx.now)


def ratings(tx: Tx, policies: Policies, agent: int) -> tuple[Rated, Rated]:
    """Of the day that it is where the desk is: of the tickets an agent has or had last, and of all."""
    terms = policies.figures
    begin, end = bounds(day_of(tx.now, terms.timezone), terms.timezone)
    scopes = Scope(begin, end, agent=agent), Scope(begin, end)
    own, desk = (Rated(*report.ratings(tx, terms, scope)) for scope in scopes)
    return own, desk


def waits(tx: Tx, policies: Policies) -> tuple[tuple[str, int, int | None], ...]:
    """Title of each queue, how many wait for an agent, and since when the oldest."""
    found = {row.queue: row for row in tx.all(queries.WAITS)}
    return tuple(
        (policy.title, found[name].tickets if name in found else 0, found[name].oldest if name in found else None)
        for name, policy in sorted(policies.queues.items())
    )


def tickets_of(tx: Tx, customer: int) -> list[Listed]:
    """A customer's tickets, latest first."""
    return [_listed(row) for row in tx.all(queries.TICKETS_OF, customer=customer, limit=LIST)]


def find(tx: Tx, words: str) -> list[Listed]:
    """Tickets of that number, or whose subject or customer's name holds the words, latest first."""
    number = words.strip().lstrip("#")
    if number.isdecimal() and (row := tx.one(TICKET, id=min(int(number), 2**62))) is not None:
        return [_listed(row)]
    pattern = "".join(f"\\{char}" if char in "\\%_" else char for char in words.strip().lower())
    return [_listed(row) for row in tx.all(queries.FIND, pattern=f"%{pattern}%", limit=LIST)] if words.strip() else []


def counts(tx: Tx, policies: Policies) -> list[tuple[str, dict[str, int]]]:
    """Title of each queue, and its live tickets by status."""
    by_queue = figures.by_queue(tx)
    return [(policy.title, by_queue.get(name, {})) for name, policy in sorted(policies.queues.items())]


def _taken(tx: Tx, row: Any) -> tuple[str, int]:
    """The message whose choice a message takes, and the rating that this is; blank and 0 for words of one's own."""
    under = None if row.pressed is None else tx.one(MESSAGE_BY_ID, id=row.pressed)
    if under is None:
        return "", 0
    offered = read_choices(under.choices)
    which = next((number for number, choice in enumerate(offered) if choice.text == row.text), under.chosen)
    does = "" if which is None else offered[which].does
    return under.text, int(does.removeprefix(RATE)) if does.startswith(RATE) else 0


def _listed(row: Any) -> Listed:
    return Listed(row.id, row.subject, row.status, row.waiting_since, row.priority, due=row.due_at, risk=row.risk_at)
