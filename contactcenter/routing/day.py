"""A stretch of time under a virtual clock: tickets come, agents work on several at once, customers lose patience.

Asked by flow/trial with what really came, and by bench/routing with what a generator made. Who gets what is asked of a
dispatcher: `Routed`, which is the product's own router, or one to compare with. An agent who has n tickets works on
each at a rate g(n) (Tezcan & Zhang 2014). Times are seconds from the beginning; reads no clock and no table.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from contactcenter.model.columns import SECOND
from contactcenter.routing.board import Board, Call, Came, Changed, Freed, Staff, Went
from contactcenter.routing.router import Decision, Event, Free, Ready, awaken, follow

RATES = (0.0, 1.0, 0.75, 0.60, 0.5, 0.43, 0.38)  # of each of so many tickets at once
DONE = 1e-6  # seconds of work that are none


@dataclass(slots=True)
class Task:
    """A ticket, and what became of it. `work`: seconds of an agent who does nothing else; `keeps`: for how long it has
    its room after that; `patience`: None for a customer who never gives up; `origin`: what it was made of.
    """

    call: Call
    comes: float
    work: float
    patience: float | None = None
    keeps: float = 0.0
    origin: Any = None
    agent: int | None = None
    began: float | None = None
    gave_up: float | None = None
    left: float = 0.0  # of the work

    @property
    def waits(self) -> bool:
        return self.began is None and self.gave_up is None


@dataclass(slots=True)
class Worker:
    """An agent, and what they did. `moves`: when they come and go."""

    staff: Staff
    moves: Sequence[tuple[float, bool]] = ()
    origin: Any = None
    tasks: list[Task] = field(default_factory=list)
    here: bool = True
    seen: float = 0.0
    plan: int = 0  # of which end of a task is still meant
    busy: float = 0.0
    worked: float = 0.0


class Dispatcher(Protocol):
    """Gives tickets to agents by calling `Day.give`."""

    def start(self, day: "Day") -> None: ...

    def came(self, task: Task, now: float) -> None: ...

    def gave_up(self, task: Task, now: float) -> None: ...

    def done(self, worker: Worker, tasks: Sequence[Task], now: float) -> None:
        """Their room is free again."""

    def moved(self, worker: Worker, now: float) -> None:
        """Somebody came or went."""

    def next_timer(self) -> float | None:
        """When it wants to be woken."""

    def woken(self, now: float) -> None: ...


class Day:
    """One of them. `longest`: when it ends, whoever still waits; `pace`: how fast an agent works on a ticket."""

    def __init__(
        self,
        tasks: Sequence[Task],
        workers: Sequence[Worker],
        dispatcher: Dispatcher,
        longest: float,
        pace: Callable[[Worker, Task], float] = lambda worker, task: 1.0,
    ) -> None:
        self.tasks, self.workers, self.dispatcher = tasks, workers, dispatcher
        self.longest, self.pace = longest, pace
        self.now = 0.0
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._timer: float | None = None

    def run(self) -> None:
        """Let it pass."""
        for task in self.tasks:
            self._at(task.comes, self._comes(task))
        for worker in self.workers:
            for at, here in worker.moves:
                self._at(at, self._moves(worker, here))
        self.dispatcher.start(self)
        while self._happenings and self._happenings[0][0] <= self.longest:
            self.now, _, happen = heapq.heappop(self._happenings)
            happen()
            self._set_timer()

    def give(self, task: Task, worker: Worker) -> None:
        """An agent begins with a ticket."""
        self._work(worker)
        task.agent, task.began, task.left = worker.staff.agent, self.now, task.work
        worker.tasks.append(task)
        self._plan(worker)

    # --- what happens

    def _comes(self, task: Task) -> Callable[[], None]:
        def comes() -> None:
            if task.patience is not None:
                self._at(self.now + task.patience, self._loses_patience(task))
            self.dispatcher.came(task, self.now)

        return comes

    def _loses_patience(self, task: Task) -> Callable[[], None]:
        def loses() -> None:
            if task.waits:
                task.gave_up = self.now
                self.dispatcher.gave_up(task, self.now)

        return loses

    def _moves(self, worker: Worker, here: bool) -> Callable[[], None]:
        def moves() -> None:
            worker.here = here
            self.dispatcher.moved(worker, self.now)

        return moves

    def _ends(self, worker: Worker, plan: int) -> Callable[[], None]:
        def ends() -> None:
            if plan != worker.plan:
                return
            self._work(worker)
            finished = [task for task in worker.tasks if task.left <= DONE]
            finished = finished or [min(worker.tasks, key=lambda task: task.left / self.pace(worker, task))]
            for task in finished:
                worker.tasks.remove(task)
            self._plan(worker)
            self._free(worker, [task for task in finished if not task.keeps])
            for task in finished:
                if task.keeps:
                    self._at(self.now + task.keeps, lambda task=task: self._free(worker, [task]))  # type: ignore[misc]

        return ends

    def _free(self, worker: Worker, tasks: Sequence[Task]) -> None:
        if tasks:
            self.dispatcher.done(worker, tasks, self.now)

    def _set_timer(self) -> None:
        wanted = self.dispatcher.next_timer()
        if wanted is not None and (self._timer is None or wanted < self._timer or self._timer <= self.now):
            self._timer = max(wanted, self.now)
            self._at(self._timer, lambda: self.dispatcher.woken(self.now))

    # --- work

    def _work(self, worker: Worker) -> None:
        """What was done since we looked last."""
        passed = self.now - worker.seen
        if passed > 0 and worker.tasks:
            each = rate(len(worker.tasks))
            for task in worker.tasks:
                task.left -= passed * each * self.pace(worker, task)
            worker.busy += passed
            worker.worked += passed * each * len(worker.tasks)
        worker.seen = self.now

    def _plan(self, worker: Worker) -> None:
        worker.plan += 1
        if worker.tasks:
            each = rate(len(worker.tasks))
            soonest = min(task.left / (each * self.pace(worker, task)) for task in worker.tasks)
            self._at(self.now + max(soonest, 1e-9), self._ends(worker, worker.plan))

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._happenings, (when, next(self._number), happen))


def rate(tickets: int) -> float:
    """At which each of so many tickets at once is worked on; more than six get nothing more done in all."""
    last = len(RATES) - 1
    return RATES[tickets] if tickets <= last else RATES[last] * last / tickets


class Routed:
    """The product's router, told of what happens as flow/assign tells it. `begins`: the instant (µs) of second 0."""

    def __init__(self, board: Board, begins: int = 0) -> None:
        self.board, self.begins = board, begins

    def start(self, day: Day) -> None:
        self.day = day
        self._tasks = {task.call.ticket: task for task in day.tasks}
        self._workers = {worker.staff.agent: worker for worker in day.workers}
        for worker in day.workers:
            self.board.apply(Changed(replace(worker.staff, present=worker.here)))

    def came(self, task: Task, now: float) -> None:
        self.board.apply(Came(task.call))
        self.settle([Ready(task.call.ticket)], self.instant(now))

    def gave_up(self, task: Task, now: float) -> None:
        self.board.apply(Went(task.call.ticket))

    def done(self, worker: Worker, tasks: Sequence[Task], now: float) -> None:
        for task in tasks:
            self.board.apply(Freed(task.call.ticket, worker.staff.agent))
        self.settle([Free(worker.staff.agent)], self.instant(now))

    def moved(self, worker: Worker, now: float) -> None:
        agent = worker.staff.agent
        member = self.board.members[agent]
        holds = tuple(member.holds.items())
        staff = replace(worker.staff, present=worker.here, holds=holds, assigned_at=member.assigned_at)
        self.board.apply(Changed(staff))
        self.settle([Free(agent)], self.instant(now))

    def next_timer(self) -> float | None:
        due = self.board.next_due()
        return None if due is None else (due - self.begins) / SECOND

    def woken(self, now: float) -> None:
        self.settle(awaken(self.board, self.instant(now)), self.instant(now))

    def settle(self, events: list[Event], now: int) -> None:
        """Decide what follows from events at an instant, and carry it out."""
        for event in events:
            follow(self.board, event, now, self.carry_out)

    def carry_out(self, decision: Decision) -> bool:
        """A ticket is its agent's, who begins at once."""
        self.day.give(self._tasks[decision.ticket], self._workers[decision.agent])
        return True

    def instant(self, now: float) -> int:
        """Of a second of the day (µs)."""
        return self.begins + round(now * SECOND)
