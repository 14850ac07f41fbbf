"""The clocks of a promise, with their pauses, equal a count of minutes; what rows keep equals what histories tell."""

import random
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select

from contactcenter.flow import actions
from contactcenter.flow import promises as kept
from contactcenter.flow.policies import QueuePolicy
from contactcenter.model.columns import HOUR, MINUTE, table
from contactcenter.model.history import Event
from contactcenter.model.ledgers import Timer
from contactcenter.model.tickets import PRIORITIES
from contactcenter.routing import promises
from contactcenter.routing.hours import Hours, parse_hours
from contactcenter.routing.promises import FIRST, NEXT, RESOLUTION, Clock, Promise, Stand, Step
from contactcenter.routing.replayed import replay, told
from tests.desk import NOON, QuietDesk, asking_policies, opened_quiet_desk
from tests.steps import CUSTOMERS, TICKETS, Steps

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
STATUSES = ("new", "open", "answered", "snoozed", "solved")
HISTORY = 120  # steps
TIMERS = select(table(Timer))
EVENTS = select(table(Event)).order_by(table(Event).c.id)


def some_hours(rng: random.Random) -> Hours:
    spans = {day: [f"{rng.randint(6, 9):02}:{rng.choice((0, 15, 30)):02}-{rng.randint(10, 18)}:00"] for day in DAYS}
    return parse_hours(rng.choice(("UTC", "Europe/Berlin", "America/New_York")), spans, ["2026-11-23"])


def some_targets(rng: random.Random) -> dict[tuple[str, str], int]:
    return {
        (priority, target): rng.randint(5, 900) * MINUTE
        for priority in PRIORITIES
        for target in (FIRST, NEXT, RESOLUTION)
        if rng.random() < 0.9
    }


class Counted:
    """A day book: which minutes count for each target, told from the statuses alone."""

    def __init__(self, promise: Promise, status: str) -> None:
        self.promise = promise
        self.answers, self.solution = 0, 0
        self.answered = 0
        self.waits = False
        self.becomes(status)

    def becomes(self, status: str, *, replied: bool = False) -> None:
        if replied and (self.waits or self.answered == 0):
            self.answered, self.answers, self.waits = self.answered + 1, 0, False
        elif status in ("new", "open"):
            self.waits = True
        self.status = status

    def minute(self, at: int) -> None:
        if self.promise.hours is not None and not self.promise.hours.open_at(at):
            return
        self.answers += self.waits and self.status in ("new", "open", "snoozed")
        self.solution += self.status not in ("solved", "closed", *self.promise.pauses)


def used(promise: Promise, clock: Clock | None, at: int) -> int:
    if clock is None or clock.kept_at is not None:
        return 0 if clock is None else clock.used // MINUTE
    return (clock.used + (0 if clock.since is None else promise.between(clock.since, at))) // MINUTE


def test_clocks_with_pauses_equal_a_count_by_the_minute() -> None:
    """Every minute of four days is counted; due is the first minute at which as many have passed as are allowed."""
    for seed in range(40):
        rng = random.Random(seed)
        promise = Promise("p", some_targets(rng), some_hours(rng) if seed % 4 else None)
        at, status = NOON - 2 * 24 * HOUR, rng.choice(("new", "open"))
        clocks, counted = promises.begin(promise, Stand(status, "normal", at)), Counted(promise, status)
        due: dict[str, int] = {}
        for _ in range(4 * 24 * 60):
            for target, clock in clocks.running():
                assert clock.due is not None
                if clock.due == at:
                    due[target] = at
                    count = counted.solution if target == RESOLUTION else counted.answers
                    assert count == (clock.allowed or 0) // MINUTE, (seed, target)
            if rng.random() < 0.004:
                status, said = rng.choice(STATUSES), rng.random() < 0.3
                status = "answered" if said else status
                clocks = promises.turn(clocks, promise, Stand(status, "normal", at), replied=said)
                counted.becomes(status, replied=said)
            assert used(promise, clocks.resolution, at) == counted.solution, seed
            open_clock = clocks.first_response if counted.answered == 0 else clocks.next_response
            if counted.waits:
                assert used(promise, open_clock, at) == counted.answers, seed
            assert all(clock.missed for _, clock in promises.passed(clocks, at).running() if (clock.due or 0) <= at)
            counted.minute(at)
            at += MINUTE


def test_every_step_of_a_ladder_is_due_once_whatever_pauses_there_are() -> None:
    ladder = (Step(0.5, ("warn",)), Step(1.0, ("escalate",)), Step(2.0, ("bump",)))
    for seed in range(60):
        rng = random.Random(seed)
        promise = Promise("p", some_targets(rng), some_hours(rng), steps=ladder)
        at = NOON
        clocks = promises.begin(promise, Stand("open", "normal", at))
        taken: list[float] = []
        for _ in range(300):
            at += rng.randint(1, 90) * MINUTE
            if rng.random() < 0.3:
                clocks = promises.turn(clocks, promise, Stand(rng.choice(("open", "answered")), "normal", at))
            clocks = promises.passed(clocks, at)
            if clocks.resolution.runs and clocks.resolution.due is not None:
                risen, steps = promises.climb(promise, clocks.resolution, at)
                assert [step.at for step in steps] == [step.at for step in ladder[len(taken) :][: len(steps)]]
                taken += [step.at for step in steps]
                clocks = replace(clocks, resolution=risen)
        assert len(taken) <= len(ladder)


class MoreSteps(Steps):
    """What moves clocks besides: replies that are taken back, and time in small steps."""

    def step_take_back(self) -> None:
        for row in self.replies()[:1]:
            self.quiet.do(actions.take_back, self.quiet.policies, self.callers[-1], row.id)

    def step_delete(self) -> None:
        for row in self.replies()[:1]:
            self.quiet.do(actions.delete_reply, self.quiet.policies, self.callers[-1], row.id)

    def step_minutes_pass(self) -> None:
        self.quiet.clock.forward(self.rng.choice((300, 1800, 7000)))
        self.quiet.upkeep()

    step_more_minutes_pass = step_minutes_pass

    def step_robot_writes(self) -> None:
        who = self.rng.choice((*CUSTOMERS, "cron@example.test", "shop@example.test"))
        self.quiet.hear(who, "A copy was made.", channel="people", automatic="Auto-Submitted: auto-generated")

    step_more_robots_write = step_robot_writes

    def replies(self) -> list[Any]:
        rows = [row for ticket in self.quiet.rows(TICKETS) for row in self.quiet.said(ticket.id)]
        return self.rng.sample(found := [row for row in rows if row.author == "agent"], len(found))


def test_what_rows_keep_equals_what_the_history_tells(empty_store: Path, tmp_path: Path) -> None:
    missed = 0
    for seed in range(25):
        rng = random.Random(seed)
        ladder = (Step(0.5, ("warn", "bump")), Step(1.0, ("escalate",)), Step(1.5, ("bump",)))
        promised = {
            "support": Promise("fast", some_targets(rng), some_hours(rng), steps=ladder),
            "sales": Promise("slow", some_targets(rng), None, frozenset(("answered",))),
        }
        if seed % 3 == 0:
            del promised["sales"]  # promises nothing
        policies = asking_policies()
        queues = {name: QueuePolicy(name, name.title(), promise=promised.get(name)) for name in ("support", "sales")}
        with opened_quiet_desk(empty_store, tmp_path, type(policies)(policies.ways, queues)) as quiet:
            steps = MoreSteps(quiet, rng)
            for _ in range(HISTORY):
                steps.random_step()
            compare(quiet, promised, seed)
            missed += len([row for row in quiet.rows(EVENTS) if row.kind == "DeadlineMissed"])
            assert not [row.error for row in quiet.rows(TIMERS) if row.error]
    assert missed > 25, "the histories must hold what is missed"


def compare(quiet: QuietDesk, promised: dict[str, Promise], seed: int) -> None:
    events = [event for row in quiet.rows(EVENTS) if (event := told(row)) is not None]
    found = replay(events, promised)
    for row in quiet.rows(TICKETS):
        clocks = kept.read(row.clocks)
        assert clocks == found[row.id], (seed, row.id)
        assert {key: getattr(row, key) for key in kept.columns(clocks)} == kept.columns(clocks)
