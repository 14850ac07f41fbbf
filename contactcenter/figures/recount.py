"""The same from the history: what the events say must have been counted, held against what was (tallies.py).

Asked by `contactcenter verify`, by tests and by bench/figures.py. It shares no state with what it checks: the queue,
the status and the agent of a ticket at every instant are folded out of the events alone, from the first to the last.
It cannot recount a customer who was erased: their events say nothing any more, and their tallies stay as they were.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select

from contactcenter.figures.tallies import (
    ADD,
    ANSWERS,
    BY_MESSAGE,
    CONTACT,
    NEXT,
    OVER,
    STILL,
    agent_of,
    figure_of,
    tally,
)
from contactcenter.model.columns import bind, table
from contactcenter.model.history import Event
from contactcenter.model.tickets import Ticket
from contactcenter.ports import Tx

PAGE = 5_000
Row = tuple[str, int, int, str, str, int | None, int, int]
"""figure, at, ticket, queue, channel, agent, value, ref: a tally without its number."""

_event, _ticket = table(Event), table(Ticket)
EVENTS = (
    select(_event.c.id, _event.c.kind, _event.c.at, _event.c.actor, _event.c.ticket_id, _event.c.payload)
    .where(_event.c.id > bind("after"), _event.c.ticket_id.is_not(None))
    .order_by(_event.c.id)
    .limit(PAGE)
)
OWNER = select(_ticket.c.customer_id).where(_ticket.c.id == bind("ticket"))
LAST_EVENT = select(func.max(_event.c.id).label("id")).where(
    _event.c.customer_id == bind("customer"), _event.c.ticket_id == bind("ticket")
)
COLUMNS = ("figure", "at", "ticket_id", "queue", "channel", "agent_id", "value", "ref")
TALLIES = select(tally).where(tally.c.id > bind("after")).order_by(tally.c.id).limit(PAGE)

_decode = msgspec.json.decode


def compare(tx: Tx) -> list[str]:
    """Where the tallies are not what the history says, in words; empty when they agree."""
    told, counted = _both(tx)
    said = told.rows()
    wrong = [(row, "missing") for row in (said - counted).elements()]
    wrong += [(row, "not in the history") for row in (counted - said).elements() if row[2] not in told.unknown]
    return [f"ticket {row[2]}, {row[0]} at {row[1]}: the tally is {how}" for row, how in sorted(wrong, key=repr)]


def missing(tx: Tx) -> dict[int, tuple[int, list[Row]]]:
    """By ticket, what the history says and no tally does, and the number of the last event that says so."""
    told, counted = _both(tx)
    found: dict[int, tuple[int, list[Row]]] = {}
    for row in (told.rows() - counted).elements():
        found.setdefault(row[2], (told.last[row[2]], []))[1].append(row)
    return found


def add_missing(tx: Tx, tickets: Mapping[int, tuple[int, Sequence[Row]]]) -> int:
    """Write the tallies of some tickets that `missing` found; how many. A ticket to which something has happened since
    is left for another time.
    """
    written = 0
    for ticket, (last, rows) in tickets.items():
        owner = tx.one(OWNER, ticket=ticket)
        if owner is None or tx.one(LAST_EVENT, customer=owner.customer_id, ticket=ticket).id != last:
            continue
        for row in rows:
            tx.add(ADD, **dict(zip(COLUMNS, row, strict=True)))
        written += len(rows)
    return written


def _both(tx: Tx) -> tuple["Recount", Counter[Row]]:
    """What the history says, and what was counted."""
    told = Recount()
    for row in _paged(tx, EVENTS):
        told.hear(row)
    return told, Counter(map(_of, _paged(tx, TALLIES)))


def _paged(tx: Tx, statement: Any) -> Iterator[Any]:
    after = 0
    while rows := tx.all(statement, after=after):
        yield from rows
        after = rows[-1].id


def _of(row: Any) -> Row:
    return row.figure, row.at, row.ticket_id, row.queue, row.channel, row.agent_id, row.value, row.ref


class _Story:
    """One ticket, as far as its events have been heard."""

    def __init__(self, ticket: int, channel: str, queue: str, status: str, at: int) -> None:
        self.ticket, self.channel, self.queue, self.status, self.began = ticket, channel, queue, status, at
        self.agent: int | None = None
        self.offers: dict[int, int] = {}  # when each was made
        self.said: dict[int, int] = {}  # when each reply was given
        self.unsaid: tuple[int, str, int] | None = None  # when and by whom a reply was taken back; when it was given
        self.first = (at, ticket, queue, channel, None, 0, 0)  # of the row in which it began, all but the figure
        self.rows: list[Row] = []
        self.add("asked" if status == "new" else "offered", at)

    def add(self, figure: str, at: int, agent: int | None = None, value: int = 0, ref: int = 0) -> None:
        self.rows.append((figure, at, self.ticket, self.queue, self.channel, agent, value, ref))

    def end(self, figure: str, at: int, agent: int | None = None, ref: int = 0, since: int = 0) -> None:
        """Of the contact that is open: where and when it arrived."""
        _, came, ticket, queue, channel, *_ = self.last()
        self.rows.append((figure, came, ticket, queue, channel, agent, at - (since or came), ref))

    def let_go(self, at: int) -> None:
        """Whoever had it has it no more, or it is not open any more."""
        self.rows = [
            (*row[:6], at - row[1], row[7]) if row[0] == "held" and row[6] == STILL else row for row in self.rows
        ]

    def last(self) -> Row:
        return next((row for row in reversed(self.rows) if row[0] in CONTACT), ("", 0, 0, "", "", None, 0, 0))

    def awaited(self) -> Row | None:
        """The row that says since when the next answer is waited for."""
        last = next((row for row in reversed(self.rows) if row[0] in (*CONTACT, *NEXT)), None)
        return last if last is not None and last[0] == "awaited" else None

    @property
    def waits(self) -> bool:
        return self.last()[0] == "offered"

    def has(self, figure: str) -> bool:
        return any(row[0] == figure for row in self.rows)


class Recount:
    """Folds events in the order of their numbers. `unknown`: tickets whose beginning was not told, or was erased."""

    def __init__(self) -> None:
        self._stories: dict[int, _Story] = {}
        self.last: dict[int, int] = {}  # event of each ticket
        self.unknown: set[int] = set()

    def rows(self) -> Counter[Row]:
        """The tallies there must be."""
        return Counter(row for ticket, story in self._stories.items() if ticket not in self.unknown
                       for row in story.rows)  # fmt: skip

    def hear(self, event: Any) -> None:
        """One event more."""
        self.last[event.ticket_id] = event.id
        if event.payload is None:
            self.unknown.add(event.ticket_id)
            return
        fact = _decode(event.payload)
        if event.kind == "TicketOpened":
            self._stories[event.ticket_id] = _Story(
                event.ticket_id, fact["channel"], fact["queue"], fact["status"], event.at
            )
            return
        story = self._stories.get(event.ticket_id)
        if story is None:
            self.unknown.add(event.ticket_id)
            return
        told = _TOLD.get(event.kind)
        if told is not None:
            told(story, event, fact)
        if event.kind not in ("MessageWithdrawn", "MessageDeleted", *PROMISED):
            story.unsaid = None  # the status that comes of a reply taken back follows at once, or none does


def _assigned(story: _Story, event: Any, fact: Any) -> None:
    if story.status == "open" and story.agent != fact["agent"]:
        story.let_go(event.at)
        story.add("held", event.at, fact["agent"], STILL)
    story.agent = fact["agent"]


def _released(story: _Story, event: Any, fact: Any) -> None:
    story.let_go(event.at)
    story.agent = None


def _moved(story: _Story, event: Any, fact: Any) -> None:
    story.add("transferred", event.at, agent_of(event.actor))
    story.queue = fact["queue"]


def _offered(story: _Story, event: Any, fact: Any) -> None:
    story.offers[fact["offer"]] = event.at


def _offer_ended(story: _Story, event: Any, fact: Any) -> None:
    story.add(fact["state"], story.offers[fact["offer"]], fact["agent"], ref=fact["offer"])


def _replied(story: _Story, event: Any, fact: Any) -> None:
    agent = agent_of(event.actor)
    if agent is None:  # the assistant, or what the desk says by itself
        return
    story.add("replied", event.at, agent, ref=fact["message"])
    story.said[fact["message"]] = event.at
    awaited = story.awaited()
    if awaited is not None:
        _, came, ticket, queue, channel, *_ = awaited
        story.rows.append(("next_response", came, ticket, queue, channel, agent, event.at - came, fact["message"]))
    if story.waits:
        first = not story.has("first_response")
        if first:
            story.end("first_response", event.at, agent, fact["message"], since=story.began)
        story.end("answered", event.at, agent, fact["message"])


def _taken_back(story: _Story, event: Any, fact: Any) -> None:
    story.rows = [row for row in story.rows if row[7] != fact["message"] or row[0] not in BY_MESSAGE]
    _unsaid(story, event, fact)


def _unsaid(story: _Story, event: Any, fact: Any) -> None:
    story.unsaid = event.at, event.actor, story.said.get(fact["message"], 0)


def _kept(story: _Story, event: Any, fact: Any) -> None:
    story.add(figure_of(fact["target"], kept=True), event.at, value=fact["left"])


def _missed(story: _Story, event: Any, fact: Any) -> None:
    story.add(figure_of(fact["target"], kept=False), event.at)


def _rated(story: _Story, event: Any, fact: Any) -> None:
    for place, row in enumerate(story.rows):
        if row[0] == "rated":
            story.rows[place] = (*row[:6], fact["score"], row[7])
            return
    story.add("rated", event.at, story.agent, fact["score"])


def _left(story: _Story, event: Any, fact: Any) -> None:
    if story.waits:
        story.end("abandoned", event.at)


def _handed(story: _Story, event: Any, fact: Any) -> None:
    _becomes(story, event.at, "open")


def _changed(story: _Story, event: Any, fact: Any) -> None:
    if story.unsaid is not None and (event.at, event.actor, "open") == (*story.unsaid[:2], fact["status"]):
        kept = [f"{target}_kept" for target in ANSWERS]
        story.rows = [row for row in story.rows if row[1] != story.unsaid[2] or row[0] not in kept]
    _becomes(story, event.at, fact["status"])


def _merged(story: _Story, event: Any, fact: Any) -> None:
    if fact["ticket"] == story.ticket:
        _becomes(story, event.at, "closed", merged=True)


def _becomes(story: _Story, at: int, status: str, merged: bool = False) -> None:
    before, story.status = story.status, status
    if status == before:
        return
    if status == "solved" and before != "closed":
        story.add("solved", at, story.agent)
    if before == "solved" and status in ("new", "open"):
        story.add("reopened", at, story.agent)
    story.let_go(at)
    if status == "open" and story.agent is not None:
        story.add("held", at, story.agent, STILL)
    if status == "open":
        _comes_to_people(story, at, before)
    elif status in OVER and before not in OVER:
        _ends(story, at, merged)


def _comes_to_people(story: _Story, at: int, before: str) -> None:
    last = story.last()[0]
    if last == "answered" and before == "answered" and story.awaited() is None:
        story.add("awaited", at)
    if last == "offered" or (last == "answered" and before not in ("new", *OVER)):
        return
    if not last and story.has("asked"):
        story.rows = [row for row in story.rows if row[0] != "contained"]
        story.rows.append(("handed", *story.first))
    story.add("offered", at)


def _ends(story: _Story, at: int, merged: bool) -> None:
    if story.waits:
        figure = "merged" if merged else "abandoned" if story.agent is None else "dismissed"
        story.end(figure, at, story.agent)
    elif not merged and not story.last()[0] and story.has("asked") and not story.has("contained"):
        story.rows.append(("contained", *story.first))


PROMISED = ("PromiseKept", "KeptLate", "DeadlineMissed")
_TOLD = {
    "PromiseKept": _kept,
    "DeadlineMissed": _missed,
    "TicketAssigned": _assigned,
    "TicketReleased": _released,
    "TicketTransferred": _moved,
    "TicketOffered": _offered,
    "OfferClosed": _offer_ended,
    "ReplyQueued": _replied,
    "MessageWithdrawn": _taken_back,
    "MessageDeleted": _unsaid,
    "SatisfactionGiven": _rated,
    "CustomerUnreachable": _left,
    "HandedOff": _handed,
    "StatusChanged": _changed,
    "TicketMerged": _merged,
}


def slots_of(rows: Iterable[Row], slot: int) -> Counter[tuple[int, str, str, str]]:
    """How many of each figure by (beginning of the slot, queue, channel, figure). `slot` in µs."""
    return Counter((row[1] - row[1] % slot, row[3], row[4], row[0]) for row in rows)
