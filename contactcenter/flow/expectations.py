"""How long customers wait: learned by the router's process from what it sees, kept by queue, told to whoever waits.

flow/assign calls `Expectations` while it routes; `expected` is asked where a place in the queue is told. The figures
are those of routing/waits; how often the range held is counted with them.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from contactcenter.model.columns import SECOND, adding_new, bind, table
from contactcenter.model.ledgers import Expectation
from contactcenter.ports import Tx
from contactcenter.routing.board import Board
from contactcenter.routing.waits import Pace, Patience, Wait, by_place

KEPT_EVERY = 5 * SECOND
NO_WAIT = 1 * SECOND  # whoever waits for less was not told anything

_expectation = table(Expectation)

ALL = select(_expectation)
OF_QUEUE = select(_expectation).where(_expectation.c.queue == bind("queue"))
ADD = adding_new(_expectation, "queue")
KEEP = (
    update(_expectation)
    .where(_expectation.c.queue == bind("which"))
    .values({column.name: bind(f"new_{column.name}") for column in _expectation.c if column.name != "queue"})
)

Work = dict[int, tuple[str, int]]
"""The tickets that an agent is at: queue and since when, by the number of the ticket."""


@dataclass(slots=True)
class Line:
    """What is known of a queue. `waits`: since when each of its tickets waits, and what was foretold."""

    pace: Pace = field(default_factory=Pace)
    patience: Patience = field(default_factory=Patience)
    slots: float = 0.0
    told: int = 0
    kept: int = 0
    waits: dict[int, tuple[int, Wait | None]] = field(default_factory=dict)


class Expectations:
    """Of all queues, in the router's process."""

    def __init__(self, tx: Tx) -> None:
        self.lines = {row.queue: _line(row) for row in tx.all(ALL)}
        self._work: dict[int, Work] = {}
        self._queues: dict[int, str] = {}  # of what waits
        self._saved = tx.now

    def works(self, agent: int, work: Work, now: int) -> None:
        """What an agent is at now: what they are no longer at took as long as it did."""
        for ticket, (queue, since) in self._work.get(agent, {}).items():
            if ticket not in work:
                line = self._line(queue)
                line.pace = line.pace.add((now - since) / SECOND)
        self._work[agent] = work

    def waits(self, ticket: int, queue: str, since: int) -> None:
        """It waits, behind all that waits there already."""
        if ticket in self._queues:
            return
        line = self._line(queue)
        line.waits[ticket] = since, by_place(len(line.waits), round(line.slots), line.pace, line.patience)
        self._queues[ticket] = queue

    def ends(self, ticket: int, now: int, *, gave_up: bool) -> None:
        """It waits no more: somebody has it, or it has come to nothing."""
        queue = self._queues.pop(ticket, None)
        if queue is None:
            return
        line = self._line(queue)
        since, wait = line.waits.pop(ticket)
        line.patience = line.patience.add((now - since) / SECOND, gave_up)
        if wait is not None and not gave_up and now - since >= NO_WAIT:
            low, high = wait.rounded()
            line.told += 1
            line.kept += int(low <= (now - since) / SECOND <= high)

    def keep(self, tx: Tx, board: Board) -> None:
        """Write it down, now and then."""
        if tx.now < self._saved + KEPT_EVERY:
            return
        self._saved = tx.now
        self._count_slots(board)
        for queue, line in self.lines.items():
            values = _values(line)
            if not tx.run(KEEP, which=queue, **{f"new_{name}": value for name, value in values.items()}):
                tx.run(ADD, queue=queue, **values)

    def _count_slots(self, board: Board) -> None:
        """An agent's room is shared by those of their queues in which something waits."""
        slots: dict[str, float] = defaultdict(float)
        for member in board.members.values():
            busy = [queue for queue in member.staff.queues if self._line(queue).waits] or list(member.staff.queues)
            for queue in busy if member.staff.present else ():
                slots[queue] += member.team.capacity / len(busy)
        for queue, line in self.lines.items():
            line.slots = slots[queue]

    def _line(self, queue: str) -> Line:
        return self.lines.setdefault(queue, Line())


def expected(tx: Tx, queue: str, ahead: int) -> tuple[int, int] | None:
    """Seconds that a ticket with so many before it will wait, from and to; None while too little is known."""
    row = tx.one(OF_QUEUE, queue=queue)
    if row is None:
        return None
    line = _line(row)
    wait = by_place(ahead, round(line.slots), line.pace, line.patience)
    return None if wait is None else wait.rounded()


def _line(row: Any) -> Line:
    pace, patience = Pace(row.handled_seconds, row.handled), Patience(row.waited_seconds, row.gave_up)
    return Line(pace, patience, row.slots, row.told, row.kept)


def _values(line: Line) -> dict[str, float]:
    return {
        "slots": line.slots,
        "handled_seconds": line.pace.seconds,
        "handled": line.pace.cases,
        "waited_seconds": line.patience.seconds,
        "gave_up": line.patience.abandoned,
        "told": line.told,
        "kept": line.kept,
    }
