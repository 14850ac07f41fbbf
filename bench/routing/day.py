"""A day in a contact centre under a virtual clock: tickets come, agents work on several, customers lose patience.

An agent who has n tickets works on each at a rate g(n) (Tezcan & Zhang 2014), faster at what they are better at; three
breaks a day. Who gets what is asked of a dispatcher: the product's router, or one to compare with. Time in seconds.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

OPEN_SECONDS = 10 * 3600.0
LONGEST = OPEN_SECONDS + 6 * 3600.0
RATE = {0: 0.0, 1: 1.0, 2: 0.75, 3: 0.60, 4: 0.5, 5: 0.43, 6: 0.38}  # of each of so many tickets at once
SPEED = {1: 0.85, 2: 1.0, 3: 1.15}  # by level of the skill
KNOWN_CUSTOMER = 0.85  # of the work, where the agent had the customer before
BREAKS = ((1.0, 2.0, 0.25), (3.5, 2.5, 0.5), (7.0, 1.75, 0.25))  # hours: from, staggered over, long
DONE = 1e-6  # seconds of work that are none


@dataclass(slots=True)
class Task:
    """A ticket, and what became of it. `ticket`: as it was made."""

    ticket: Any
    agent: int | None = None
    began: float | None = None
    gave_up: float | None = None
    left: float = 0.0  # work, in seconds of an agent who does nothing else

    @property
    def waits(self) -> bool:
        return self.began is None and self.gave_up is None


@dataclass(slots=True)
class Worker:
    """An agent, and what they did."""

    agent: Any
    tasks: list[Task] = field(default_factory=list)
    here: bool = True
    seen: float = 0.0
    plan: int = 0  # of which end of a task is still meant
    busy: float = 0.0
    worked: float = 0.0


class Dispatcher(Protocol):
    """Gives tickets to agents by calling `give(ticket's number, agent's number)`."""

    def start(self, day: "Day") -> None: ...

    def came(self, task: Task, now: float) -> None: ...

    def gave_up(self, task: Task, now: float) -> None: ...

    def done(self, worker: Worker, tasks: Sequence[Task], now: float) -> None: ...

    def moved(self, worker: Worker, now: float) -> None:
        """Somebody went for a break, or came back."""

    def next_timer(self) -> float | None:
        """When it wants to be woken, in seconds."""

    def woken(self, now: float) -> None: ...


class Day:
    """One of them, from opening until six hours after it closes."""

    def __init__(self, tickets: Sequence[Any], agents: Sequence[Any], dispatcher: Dispatcher) -> None:
        self.tasks = [Task(ticket) for ticket in tickets]
        self.workers = [Worker(agent) for agent in agents]
        self.dispatcher = dispatcher
        self.now = 0.0
        self._happenings: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._timer: float | None = None

    def run(self) -> None:
        """Let it pass."""
        for task in self.tasks:
            self._at(task.ticket.arr, self._comes(task))
        for worker in self.workers:
            self._plan_breaks(worker)
        self.dispatcher.start(self)
        while self._happenings and self._happenings[0][0] <= LONGEST:
            self.now, _, happen = heapq.heappop(self._happenings)
            happen()
            self._set_timer()

    def give(self, task: Task, worker: Worker) -> None:
        """An agent begins with a ticket."""
        self._work(worker)
        task.agent, task.began = worker.agent.id, self.now
        task.left = task.ticket.work * (KNOWN_CUSTOMER if task.ticket.prev == worker.agent.id else 1.0)
        worker.tasks.append(task)
        self._plan(worker)

    # --- what happens

    def _comes(self, task: Task) -> Callable[[], None]:
        def comes() -> None:
            if task.ticket.pat is not None:
                self._at(self.now + task.ticket.pat, self._loses_patience(task))
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
            finished = finished or [min(worker.tasks, key=lambda task: task.left / _speed(worker, task))]
            for task in finished:
                worker.tasks.remove(task)
            self._plan(worker)
            self.dispatcher.done(worker, finished, self.now)

        return ends

    def _set_timer(self) -> None:
        wanted = self.dispatcher.next_timer()
        if wanted is not None and (self._timer is None or wanted < self._timer or self._timer <= self.now):
            self._timer = max(wanted, self.now)
            self._at(self._timer, lambda: self.dispatcher.woken(self.now))

    def _plan_breaks(self, worker: Worker) -> None:
        share = worker.agent.id / len(self.workers)
        for begin, spread, hours in BREAKS:
            away = (begin + share * spread) * 3600
            self._at(away, self._moves(worker, here=False))
            self._at(away + hours * 3600, self._moves(worker, here=True))

    # --- work

    def _work(self, worker: Worker) -> None:
        """What was done since we looked last."""
        passed = self.now - worker.seen
        if passed > 0 and worker.tasks:
            rate = RATE[len(worker.tasks)]
            for task in worker.tasks:
                task.left -= passed * rate * _speed(worker, task)
            worker.busy += passed
            worker.worked += passed * rate * len(worker.tasks)
        worker.seen = self.now

    def _plan(self, worker: Worker) -> None:
        worker.plan += 1
        if worker.tasks:
            rate = RATE[len(worker.tasks)]
            soonest = min(task.left / (rate * _speed(worker, task)) for task in worker.tasks)
            self._at(self.now + max(soonest, 1e-9), self._ends(worker, worker.plan))

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._happenings, (when, next(self._number), happen))


def _speed(worker: Worker, task: Task) -> float:
    return SPEED[worker.agent.skills[task.ticket.sk]]
