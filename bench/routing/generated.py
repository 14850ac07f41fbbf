"""The tickets and agents of a generator, as a day under a virtual clock takes them (contactcenter/routing/day.py).

Agents are faster at what they are better at, and with customers whom they had before; each has three breaks a day.
Tickets and agents are numbered from 1. Time in seconds from the opening.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from contactcenter.model.columns import SECOND
from contactcenter.routing.board import Call, Staff
from contactcenter.routing.day import Day, Dispatcher, Task, Worker
from contactcenter.routing.needs import Need, Stage

OPEN_SECONDS = 10 * 3600.0
LONGEST = OPEN_SECONDS + 6 * 3600.0
SPEED = {1: 0.85, 2: 1.0, 3: 1.15}  # by level of the skill
KNOWN_CUSTOMER = 0.85  # of the work, where the agent had the customer before
BREAKS = ((1.0, 2.0, 0.25), (3.5, 2.5, 0.5), (7.0, 1.75, 0.25))  # hours: from, staggered over, long
CHANNELS = ("webchat", "telegram", "slack", "email")
EMAIL = 3
URGENCY = (2.0, 1.0, 1.0)  # urgent, normal, low
GUARD = 0.75  # of its target, after which mail may have the last room


def day_of(tickets: Sequence[Any], agents: Sequence[Any], dispatcher: Dispatcher) -> Day:
    """A day that is still to pass."""
    workers = [Worker(_staff(agent), tuple(_moves(agent, len(agents))), agent) for agent in agents]
    return Day([_task(ticket) for ticket in tickets], workers, dispatcher, LONGEST, _pace)


def _pace(worker: Worker, task: Task) -> float:
    known = KNOWN_CUSTOMER if task.origin.prev == worker.origin.id else 1.0
    return SPEED[worker.origin.skills[task.origin.sk]] / known


def _moves(agent: Any, many: int) -> Iterator[tuple[float, bool]]:
    share = agent.id / many
    for begin, spread, hours in BREAKS:
        away = (begin + share * spread) * 3600
        yield away, False
        yield away + hours * 3600, True


def _staff(agent: Any) -> Staff:
    skills = {f"skill{skill}": level for skill, level in agent.skills.items()}
    skills |= {f"language{language}": 5 for language in agent.langs}
    number = agent.id + 1
    return Staff(number, f"agent {number}", frozenset({"support"}), skills, agent.cap, present=True)


def _task(ticket: Any) -> Task:
    since, target = round(ticket.arr * SECOND), round(ticket.tgt * SECOND)
    need = Need(("support",), ((f"skill{ticket.sk}", 1), (f"language{ticket.la}", 1)))
    stages: tuple[Stage, ...] = (Stage(since, need, ticket.ch == EMAIL),)
    if ticket.ch == EMAIL:
        stages += (Stage(since + round(GUARD * target), need),)
    previous = 0 if ticket.prev is None else ticket.prev + 1
    call = Call(
        ticket.id + 1, CHANNELS[ticket.ch], 1, URGENCY[ticket.pr], since, since + target, target, stages,
        previous=previous,
    )  # fmt: skip
    return Task(call, ticket.arr, ticket.work, ticket.pat, origin=ticket)
