"""Who gives out the tickets of a simulated day: the product's router, and what the most used open desk does."""

import time
from collections import deque
from collections.abc import Sequence

from contactcenter.routing.board import Board
from contactcenter.routing.day import Day, Routed, Task, Worker
from contactcenter.routing.router import Decision, Event, follow


class Router(Routed):
    """The product's own, with a watch. `costs`: ns of each decision, and of folding in what was decided before."""

    def __init__(self, seed: int) -> None:
        super().__init__(Board(seed))
        self.costs: list[int] = []

    def settle(self, events: list[Event], now: int) -> None:
        for event in events:
            began = time.perf_counter_ns()

            def carry_out(decision: Decision) -> bool:
                nonlocal began
                self.costs.append(time.perf_counter_ns() - began)
                carried_out = self.carry_out(decision)
                began = time.perf_counter_ns()
                return carried_out

            follow(self.board, event, now, carry_out)
            self.costs.append(time.perf_counter_ns() - began)


class RoundRobin:
    """First in, first out, to the next of the team who has room."""

    def start(self, day: Day) -> None:
        self.day = day
        self.waiting: dict[tuple[int, int], deque[Task]] = {}
        self.last: dict[tuple[int, int], int] = {}

    def came(self, task: Task, now: float) -> None:
        kind = (task.origin.sk, task.origin.la)
        able = [worker for worker in self.day.workers if _can(worker, kind) and _room(worker)]
        if not able:
            self.waiting.setdefault(kind, deque()).append(task)
            return
        after = self.last.get(kind, -1)
        chosen = min(able, key=lambda worker: (worker.origin.id - after - 1) % len(self.day.workers))
        self.last[kind] = chosen.origin.id
        self.day.give(task, chosen)

    def gave_up(self, task: Task, now: float) -> None:
        self.waiting[task.origin.sk, task.origin.la].remove(task)

    def done(self, worker: Worker, tasks: Sequence[Task], now: float) -> None:
        while _room(worker):
            heads = [tasks for kind, tasks in self.waiting.items() if tasks and _can(worker, kind)]
            if not heads:
                return
            oldest = min(heads, key=lambda tasks: tasks[0].comes)
            self.day.give(oldest.popleft(), worker)

    def moved(self, worker: Worker, now: float) -> None:
        self.done(worker, (), now)

    def next_timer(self) -> None:
        return None

    def woken(self, now: float) -> None:
        raise AssertionError("it sets no timer")


def _can(worker: Worker, kind: tuple[int, int]) -> bool:
    return kind[0] in worker.origin.skills and kind[1] in worker.origin.langs


def _room(worker: Worker) -> bool:
    return worker.here and len(worker.tasks) < worker.origin.cap
