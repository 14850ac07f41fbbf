"""What a decision of the router costs, by how many agents there are and how much waits; and a long run at random.

72 kinds of ticket (4 channels, 3 skills, 2 languages, 3 urgencies), agents with some of the skills. A decision is timed
by itself: for an agent who has room, and for a ticket that came. `--events N` then has N random events happen, each
followed by what the property test of the router asks after (tests/properties/test_the_router_keeps_its_rules.py).
"""

import argparse
import random
import time
from collections.abc import Sequence
from typing import Any

from bench.common import program
from bench.common.figures import Goal, percentile, significant
from contactcenter.model.columns import MINUTE, SECOND
from contactcenter.routing.board import Board, Call, Came, Changed, Freed, Held, Staff, Went
from contactcenter.routing.needs import Need, Stage
from contactcenter.routing.reasons import explain
from contactcenter.routing.router import Free, Ready, decide
from tests.properties.test_the_router_keeps_its_rules import Floor

SIZES = ((100, 100), (1_000, 1_000), (1_000, 10_000), (1_000, 100_000))
CHANNELS = (("webchat", MINUTE), ("telegram", 5 * MINUTE), ("slack", 15 * MINUTE), ("email", 240 * MINUTE))
SKILLS, LANGUAGES, URGENCIES = ("billing", "technical", "sales"), ("en", "de"), (2.0, 1.0, 0.75)
CAPACITY = 5
ROUNDS = 5_000
CHECKED_EVERY = 50


class Desk:
    """A board with so many agents and so much that waits."""

    def __init__(self, agents: int, waiting: int, needs: int) -> None:
        self.rng, self.board, self.now = random.Random(1), Board(1), 1_000_000 * SECOND
        self.needs = needs
        self.tickets = 0
        for agent in range(1, agents + 1):
            self.board.apply(Changed(self.staff(agent)))
        for _ in range(waiting):
            self.board.apply(Came(self.call()))

    def staff(self, agent: int) -> Staff:
        known = self.rng.sample(SKILLS, self.rng.randint(1, 3)) + self.rng.sample(LANGUAGES, self.rng.randint(1, 2))
        special = {f"special{number}": 1 for number in self.rng.sample(range(self.needs), min(self.needs, 20))}
        skills = {skill: self.rng.randint(1, 5) for skill in known} | special
        return Staff(agent, f"Agent {agent}", frozenset({"support"}), skills, CAPACITY, present=True)

    def call(self) -> Call:
        self.tickets += 1
        kind, target = self.rng.choice(CHANNELS)
        names = (
            [f"special{self.rng.randrange(self.needs)}"] if self.needs else map(self.rng.choice, (SKILLS, LANGUAGES))
        )
        skills = tuple((name, 1) for name in sorted(names))
        since = self.now - self.rng.randrange(target)
        stages = (Stage(since, Need(("support",), skills), kind == "email"),)
        return Call(self.tickets, kind, 1, self.rng.choice(URGENCIES), since, since + target, target, stages)

    def measure(self, rounds: int) -> dict[str, float]:
        """Agents with room, and tickets that come, in turn."""
        agents = list(self.board.members)
        freed, arrived, told = list[float](), list[float](), list[float]()
        for _ in range(rounds):
            self.now += 10_000
            freed.append(self.free(self.rng.choice(agents), told))
            arrived.append(self.arrive())
        return {
            "agent_us_p50": significant(percentile(freed, 0.5)),
            "agent_us_p99": significant(percentile(freed, 0.99)),
            "ticket_us_p50": significant(percentile(arrived, 0.5)),
            "ticket_us_p99": significant(percentile(arrived, 0.99)),
            "reasons_us_p50": significant(percentile(told, 0.5)),
        }

    def free(self, agent: int, told: list[float]) -> float:
        """They have done with one, and get the next."""
        held = self.board.members[agent].holds
        if held:
            self.board.apply(Freed(next(iter(held)), agent))
        began = time.perf_counter_ns()
        decision = decide(self.board, Free(agent), self.now)
        cost = (time.perf_counter_ns() - began) / 1000
        if decision.ticket:
            began = time.perf_counter_ns()
            explain(self.board, decision, self.now)
            told.append((time.perf_counter_ns() - began) / 1000)
            self.board.apply(Held(decision.ticket, agent, self.now, decision.turn))
        return cost

    def arrive(self) -> float:
        """A ticket comes; it waits on, so that there is as much of it all the time."""
        call = self.call()
        self.board.apply(Came(call))
        began = time.perf_counter_ns()
        decision = decide(self.board, Ready(call.ticket), self.now)
        cost = (time.perf_counter_ns() - began) / 1000
        if decision.agent and len(self.board.calls) > self.tickets:
            self.board.apply(Went(call.ticket))
        return cost


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """All sizes, a desk of many special skills, and the long run."""
    rounds = ROUNDS // 10 if options.quick else ROUNDS
    figures: dict[str, Any] = {}
    for agents, waiting in SIZES[: 2 if options.quick else None]:
        program.say(f"{agents} agents, {waiting} waiting")
        figures[f"{agents} agents, {waiting} waiting"] = Desk(agents, waiting, 0).measure(rounds)
    program.say("5,000 needs")
    figures["1000 agents, 10000 waiting, 5000 needs"] = Desk(1_000, 10_000, 5_000).measure(rounds)
    if options.events:
        figures["events"] = long_run(options.events)
    return figures, [] if options.quick else _goals(figures)


def long_run(events: int) -> dict[str, float]:
    """Raises AssertionError where a rule is broken."""
    floor = Floor(4711, agents=8)
    for number in range(events):
        floor.happen()
        if number % CHECKED_EVERY == 0:
            floor.nothing_waits_without_need()
            floor.ages_are_kept()
        if number % 100_000 == 0:
            program.say(f"{number} events")
    return {"events": events, "decisions": len(floor.journal), "waiting": len(floor.calls)}


def _goals(figures: dict[str, Any]) -> list[Goal]:
    large, small, larger = (figures[f"1000 agents, {waiting} waiting"] for waiting in (10_000, 1_000, 100_000))
    return [
        *(Goal(f"{who}: p50 in us", 25, large[f"{who}_us_p50"]) for who in ("agent", "ticket")),
        *(Goal(f"{who}: p99 in us", 100, large[f"{who}_us_p99"]) for who in ("agent", "ticket")),
        *(
            Goal(f"{who}: 100,000 waiting beside 1,000", 2, larger[f"{who}_us_p50"] / small[f"{who}_us_p50"])
            for who in ("agent", "ticket")
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.decisions", description=__doc__)
    parser.add_argument("--events", type=int, default=0, metavar="N", help="then let so many random events happen")
    program.run("decisions", measure, parser)
