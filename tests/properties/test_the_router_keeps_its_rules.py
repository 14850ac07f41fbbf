"""Whatever happens, in whatever order: nobody gets too much or what they cannot do, and nothing waits without need."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.model.columns import HOUR, MINUTE, SECOND
from contactcenter.routing.board import Board, Call, Came, Changed, Freed, Load, Staff, Went
from contactcenter.routing.needs import Need, Stage
from contactcenter.routing.router import Decision, Event, Free, Ready, awaken, decide, follow

QUEUES, SKILLS, CHANNELS = ("support", "sales"), ("german", "billing"), ("webchat", "telegram", "email")
MOST_WAITING = 60
EVENTS = 20_000  # in one test; `bench.decisions --events` goes on for as long as one likes


class Floor:
    """A board, what is true of it by a book of its own, and events at random."""

    def __init__(self, seed: int, agents: int = 12) -> None:
        self.rng, self.board, self.now = random.Random(seed), Board(seed), 0
        self.agents = agents
        self.staff: dict[int, Staff] = {}
        self.holds: dict[int, dict[int, Load]] = {}
        self.calls: dict[int, Call] = {}
        self.owners: dict[int, int] = {}
        self.number = 0
        self.journal: list[tuple[int, int, str]] = []
        for agent in range(1, agents + 1):
            self.change(agent)

    def happen(self) -> None:
        """One event."""
        self.now += self.rng.choice((0, 1, SECOND, 10 * SECOND))
        coming = 6 if self.now // HOUR % 2 else 3  # more than can be done, and less, in turn
        act = self.rng.choice((*[self.come] * coming, *[self.free] * 4, self.go, self.refuse, self.change_somebody))
        self.settle([*act(), *awaken(self.board, self.now)])

    def come(self) -> list[Event]:
        if len(self.calls) >= MOST_WAITING:
            return self.free()
        self.number += 1
        kind, target = self.rng.choice(CHANNELS), self.rng.choice((MINUTE, 10 * MINUTE))
        weight, since = self.rng.choice((1, 1, 2)), self.now - self.rng.choice((0, 0, MINUTE))
        needs = [self.need(strict=True), self.need(strict=False)]
        stages = [Stage(since, needs[0], kind == "email"), Stage(self.now + 30 * SECOND, needs[1])]
        urgency, previous = self.rng.choice((1.0, 2.0)), self.rng.randrange(self.agents + 1)
        return self.wait(
            Call(
                self.number, kind, weight, urgency, since, since + target, target, tuple(stages), previous=previous
            )
        )  # fmt: skip

    def need(self, *, strict: bool) -> Need:
        skills = [(skill, self.rng.choice((1, 3, 5))) for skill in SKILLS if strict and self.rng.random() < 0.3]
        return Need((self.rng.choice(QUEUES),) if strict else QUEUES, tuple(skills))

    def wait(self, call: Call) -> list[Event]:
        self.calls[call.ticket] = call
        self.board.apply(Came(call))
        return [Ready(call.ticket)]

    def free(self) -> list[Event]:
        """Somebody has done with a ticket."""
        if not self.owners:
            return []
        ticket = self.rng.choice(sorted(self.owners))
        agent = self.owners.pop(ticket)
        del self.holds[agent][ticket]
        self.board.apply(Freed(ticket, agent))
        return [Free(agent)]

    def refuse(self) -> list[Event]:
        """Somebody does not take it; it is as old as it was."""
        if not self.owners:
            return []
        ticket = self.rng.choice(sorted(self.owners))
        agent = self.owners.pop(ticket)
        del self.holds[agent][ticket]
        self.board.apply(Freed(ticket, agent))
        call = self.given[ticket]
        stages = tuple(stage for stage in call.stages if stage.at > self.now)
        current = [stage for stage in call.stages if stage.at <= self.now][-1:]
        again = replace(call, stages=(*current, *stages), resting=((agent, self.now + MINUTE),))
        return [*self.wait(again), Free(agent)]

    def go(self) -> list[Event]:
        if self.calls:
            ticket = self.rng.choice(sorted(self.calls))
            del self.calls[ticket]
            self.board.apply(Went(ticket))
        return []

    def change_somebody(self) -> list[Event]:
        return self.change(self.rng.randint(1, self.agents))

    def change(self, agent: int) -> list[Event]:
        queues = frozenset(self.rng.sample(QUEUES, self.rng.choice((1, 2))))
        skills = {skill: self.rng.randint(1, 5) for skill in SKILLS if self.rng.random() < 0.6}
        held = self.holds.setdefault(agent, {})
        limits = (("email", 2),) if self.rng.random() < 0.5 else ()
        self.staff[agent] = Staff(
            agent, f"Agent {agent}", queues, skills, self.rng.randint(1, 5), self.rng.random() < 0.8, limits=limits,
            holds=tuple(held.items()),
        )  # fmt: skip
        self.board.apply(Changed(self.staff[agent]))
        return [Free(agent)]

    given: dict[int, Call]

    def settle(self, events: list[Event]) -> None:
        self.given = getattr(self, "given", {})
        for event in events:
            follow(self.board, event, self.now, self.carry_out)

    def carry_out(self, decision: Decision) -> bool:
        call, staff = self.calls.pop(decision.ticket), self.staff[decision.agent]
        self.journal.append((decision.ticket, decision.agent, decision.because))
        assert decision.ticket not in self.owners, "it has an owner"
        assert staff.present, "they are not there"
        assert self.stage(call).need.met_by(staff.queues, staff.skills), "they cannot do that"
        assert self.room(decision.agent, call) >= 0, "they have too much"
        assert all(agent != decision.agent or until <= self.now for agent, until in call.resting)
        self.holds[decision.agent][decision.ticket] = Load(call.channel, call.weight)
        self.owners[decision.ticket] = decision.agent
        self.given[decision.ticket] = call
        return True

    def stage(self, call: Call) -> Stage:
        return [stage for stage in call.stages if stage.at <= self.now][-1]

    def room(self, agent: int, call: Call) -> int:
        """What is left of it when they take that as well; less than nothing: it does not go."""
        staff, held = self.staff[agent], self.holds[agent].values()
        left = staff.capacity - sum(load.weight for load in held) - call.weight
        for channel, most in staff.limits:
            if channel == call.channel:
                left = min(left, most - sum(load.weight for load in held if load.channel == channel) - call.weight)
        return left

    def nothing_waits_without_need(self) -> None:
        for call in self.calls.values():
            stage = self.stage(call)
            for agent, staff in self.staff.items():
                if not staff.present or not stage.need.met_by(staff.queues, staff.skills):
                    continue
                if any(who == agent and self.now < until for who, until in call.resting):
                    continue
                assert self.room(agent, call) < (1 if stage.reserved else 0), f"{agent} could have {call}"

    def ages_are_kept(self) -> None:
        for ticket, call in self.calls.items():
            assert self.board.calls[ticket].call.since == call.since


@pytest.mark.parametrize("seed", range(3))
def test_over_many_events_no_rule_is_broken(seed: int) -> None:
    floor = Floor(seed)
    for number in range(EVENTS):
        floor.happen()
        if number % 20 == 0:
            floor.nothing_waits_without_need()
            floor.ages_are_kept()
    assert len(floor.journal) > EVENTS / 10


@given(st.integers(0, 2**32), st.integers(1, 400))
def test_after_any_event_no_rule_is_broken(seed: int, events: int) -> None:
    floor = Floor(seed, agents=4)
    for _ in range(events):
        floor.happen()
        floor.nothing_waits_without_need()
        floor.ages_are_kept()


@given(st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_decisions(seed: int) -> None:
    journals = []
    for _ in range(2):
        floor = Floor(seed)
        for _ in range(300):
            floor.happen()
        journals.append(floor.journal)
    assert journals[0] == journals[1]


@given(st.integers(0, 2**32))
def test_to_decide_changes_nothing(seed: int) -> None:
    floor = Floor(seed)
    for _ in range(200):
        floor.happen()
        events: list[Event] = [*map(Ready, floor.calls), *map(Free, floor.staff)]
        assert [decide(floor.board, event, floor.now) for event in events] == [
            decide(floor.board, event, floor.now) for event in events
        ]
