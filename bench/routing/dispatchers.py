"""Who gives out the tickets of a simulated day: the product's router, and what the most used open desk does."""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from bench.routing.day import Day, Task, Worker
from contactcenter.model.columns import SECOND
from contactcenter.routing.board import Board, Call, Came, Changed, Freed, Load, Staff, Went
from contactcenter.routing.needs import Need, Stage
from contactcenter.routing.router import Decision, Event, Free, Ready, awaken, follow

CHANNELS = ("webchat", "telegram", "slack", "email")
EMAIL = 3
URGENCY = (2.0, 1.0, 1.0)  # urgent, normal, low
GUARD = 0.75  # of its target, after which mail may have the last room


class Router:
    """The product's own, told of what happens as flow/assign tells it. Tickets and agents are numbered from 1."""

    def __init__(self, seed: int) -> None:
        self.board = Board(seed)
        self.costs: list[int] = []  # ns: a decision, and folding in what was decided before

    def start(self, day: Day) -> None:
        self.day = day
        for worker in day.workers:
            self.board.apply(Changed(_staff(worker)))

    def came(self, task: Task, now: float) -> None:
        self.board.apply(Came(_call(task)))
        self._settle([Ready(task.ticket.id + 1)], now)

    def gave_up(self, task: Task, now: float) -> None:
        self.board.apply(Went(task.ticket.id + 1))

    def done(self, worker: Worker, tasks: Sequence[Task], now: float) -> None:
        for task in tasks:
            self.board.apply(Freed(task.ticket.id + 1, worker.agent.id + 1))
        self._settle([Free(worker.agent.id + 1)], now)

    def moved(self, worker: Worker, now: float) -> None:
        member = self.board.members[worker.agent.id + 1]
        self.board.apply(Changed(_staff(worker, tuple(member.holds.items()), member.assigned_at)))
        self._settle([Free(worker.agent.id + 1)], now)

    def next_timer(self) -> float | None:
        due = self.board.next_due()
        return None if due is None else due / SECOND

    def woken(self, now: float) -> None:
        self._settle(awaken(self.board, round(now * SECOND)), now)

    def _settle(self, events: list[Event], now: float) -> None:
        for event in events:
            began = time.perf_counter_ns()

            def carry_out(decision: Decision) -> bool:
                nonlocal began
                self.costs.append(time.perf_counter_ns() - began)
                self.day.give(self.day.tasks[decision.ticket - 1], self.day.workers[decision.agent - 1])
                began = time.perf_counter_ns()
                return True

            follow(self.board, event, round(now * SECOND), carry_out)
            self.costs.append(time.perf_counter_ns() - began)


class RoundRobin:
    """First in, first out, to the next of the team who has room."""

    def start(self, day: Day) -> None:
        self.day = day
        self.waiting: dict[tuple[int, int], deque[Task]] = {}
        self.last: dict[tuple[int, int], int] = {}

    def came(self, task: Task, now: float) -> None:
        kind = (task.ticket.sk, task.ticket.la)
        able = [worker for worker in self.day.workers if _can(worker, kind) and _room(worker)]
        if not able:
            self.waiting.setdefault(kind, deque()).append(task)
            return
        after = self.last.get(kind, -1)
        chosen = min(able, key=lambda worker: (worker.agent.id - after - 1) % len(self.day.workers))
        self.last[kind] = chosen.agent.id
        self.day.give(task, chosen)

    def gave_up(self, task: Task, now: float) -> None:
        self.waiting[task.ticket.sk, task.ticket.la].remove(task)

    def done(self, worker: Worker, tasks: Sequence[Task], now: float) -> None:
        while _room(worker):
            heads = [tasks for kind, tasks in self.waiting.items() if tasks and _can(worker, kind)]
            if not heads:
                return
            oldest = min(heads, key=lambda tasks: tasks[0].ticket.arr)
            self.day.give(oldest.popleft(), worker)

    def moved(self, worker: Worker, now: float) -> None:
        self.done(worker, (), now)

    def next_timer(self) -> None:
        return None

    def woken(self, now: float) -> None:
        raise AssertionError("it sets no timer")


def _can(worker: Worker, kind: tuple[int, int]) -> bool:
    return kind[0] in worker.agent.skills and kind[1] in worker.agent.langs


def _room(worker: Worker) -> bool:
    return worker.here and len(worker.tasks) < worker.agent.cap


def _staff(worker: Worker, holds: Iterable[tuple[int, Load]] = (), assigned_at: int = 0) -> Staff:
    agent = worker.agent
    skills = {f"skill{skill}": level for skill, level in agent.skills.items()}
    skills |= {f"language{language}": 5 for language in agent.langs}
    number = agent.id + 1
    return Staff(
        number, f"agent {number}", frozenset({"support"}), skills, agent.cap, worker.here, holds=tuple(holds),
        assigned_at=assigned_at,
    )  # fmt: skip


def _call(task: Task) -> Call:
    ticket: Any = task.ticket
    since, target = round(ticket.arr * SECOND), round(ticket.tgt * SECOND)
    need = Need(("support",), ((f"skill{ticket.sk}", 1), (f"language{ticket.la}", 1)))
    stages: tuple[Stage, ...] = (Stage(since, need, ticket.ch == EMAIL),)
    if ticket.ch == EMAIL:
        stages += (Stage(since + round(GUARD * target), need),)
    previous = 0 if ticket.prev is None else ticket.prev + 1
    return Call(
        ticket.id + 1, CHANNELS[ticket.ch], 1, URGENCY[ticket.pr], since, since + target, target, stages,
        previous=previous,
    )  # fmt: skip
