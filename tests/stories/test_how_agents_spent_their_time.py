"""How long each agent was there, how long with tickets in their hands; days sum to what the clocks show."""

import random
from collections import Counter
from pathlib import Path

import pytest

from contactcenter.figures import shifts
from contactcenter.figures.days import bounds, day_of, days
from contactcenter.figures.shifts import Shift, Stay
from contactcenter.flow import actions
from contactcenter.flow.actions import Caller
from contactcenter.model.columns import DAY, HOUR, MINUTE
from tests.desk import NOON, QuietDesk, RunningDesk, asking_policies, opened_quiet_desk
from tests.steps import BusySteps


@pytest.fixture
def grace(quiet: QuietDesk) -> Caller:
    return quiet.hire("Grace")


def become(quiet: QuietDesk, who: Caller, presence: str, after: float) -> None:
    quiet.clock.forward(after)
    quiet.do(actions.set_presence, quiet.policies, who, presence)


def shift_of(quiet: QuietDesk, who: Caller, begin: int = NOON, end: int = NOON + DAY) -> Shift:
    return next(shift for shift in quiet.do(shifts.shifts, begin, end) if shift.agent == who.agent)


def stays_of(quiet: QuietDesk, who: Caller, begin: int, end: int) -> list[Stay]:
    row = next(row for row in quiet.rows(shifts.AGENTS) if row.id == who.agent)
    return quiet.do(shifts.stays, row, begin, end)


def test_each_presence_is_as_long_as_it_was_and_the_present_one_goes_on(quiet: QuietDesk, grace: Caller) -> None:
    become(quiet, grace, "away", 3600)
    become(quiet, grace, "available", 600)
    become(quiet, grace, "offline", 1800)
    quiet.clock.forward(7200)
    assert shift_of(quiet, grace).presence == {
        "available": 90 * MINUTE, "away": 10 * MINUTE, "offline": 2 * HOUR,
    }  # fmt: skip
    assert shift_of(quiet, grace, NOON + 30 * MINUTE, NOON + 65 * MINUTE).presence == {
        "available": 30 * MINUTE, "away": 5 * MINUTE,
    }  # fmt: skip
    assert stays_of(quiet, grace, NOON + 50 * MINUTE, NOON + 65 * MINUTE) == [
        Stay(NOON + 50 * MINUTE, NOON + 60 * MINUTE, "available", ""),
        Stay(NOON + 60 * MINUTE, NOON + 65 * MINUTE, "away", ""),
    ]


def test_who_answers_no_offer_is_away_for_the_desk_s_reason(quiet: QuietDesk, grace: Caller) -> None:
    for name in ("ada", "bob"):
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    for _ in range(2):
        quiet.route()
        quiet.clock.forward(31)
        quiet.upkeep()
    quiet.clock.forward(60)
    last = stays_of(quiet, grace, NOON, NOON + DAY)[-1]
    assert (last.presence, "not answered" in last.reason) == ("away", True)


def test_handling_is_time_available_with_a_ticket_open_in_hand_however_many(quiet: QuietDesk, grace: Caller) -> None:
    for name in ("ada", "bob"):
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    quiet.clock.forward(600)
    quiet.do(actions.claim, quiet.policies, grace, 1)
    quiet.clock.forward(300)
    quiet.do(actions.claim, quiet.policies, grace, 2)
    quiet.clock.forward(300)
    quiet.do(actions.reply, quiet.policies, grace, 1, "Here it is.")
    become(quiet, grace, "away", 300)
    become(quiet, grace, "available", 300)
    quiet.clock.forward(300)
    quiet.do(actions.reply, quiet.policies, grace, 2, "Here it is.")
    quiet.clock.forward(600)
    shift = shift_of(quiet, grace)
    assert shift.handling == (300 + 300 + 300 + 300) * 1_000_000
    assert shift.occupancy == pytest.approx(1200 / 2400)
    assert (shift.figures["held"], shift.figures["answered"]) == (2, 2)


def test_a_ticket_that_is_still_in_hand_counts_until_now(quiet: QuietDesk, grace: Caller) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.do(actions.claim, quiet.policies, grace, 1)
    quiet.clock.forward(120)
    assert shift_of(quiet, grace).occupancy == 1.0
    assert shift_of(quiet, grace, NOON + MINUTE).handling == MINUTE


def test_who_was_neither_there_nor_did_anything_is_not_listed(quiet: QuietDesk, grace: Caller) -> None:
    quiet.clock.forward(3600)
    assert [shift.name for shift in quiet.do(shifts.shifts, NOON, NOON + DAY)] == ["Grace"]
    assert quiet.do(shifts.shifts, NOON - 2 * DAY, NOON - DAY) == []
    assert quiet.do(shifts.shifts, NOON + 2 * DAY, NOON + 3 * DAY) == []


def test_days_sum_to_the_whole_and_each_is_as_long_as_its_clocks_say(empty_store: Path, tmp_path: Path) -> None:
    """Over the two days on which the clocks change."""
    zone = "Europe/Berlin"
    with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as quiet:
        begin, _ = bounds(day_of(1_793_000_000_000_000, zone), zone)  # Monday 26 October 2026
        begin -= 3 * DAY
        quiet.clock.at = begin
        steps = BusySteps(quiet, random.Random(9))
        while quiet.clock.at < begin + 6 * DAY:
            steps.random_step()
        pieces = list(days(begin, begin + 5 * DAY, zone))
        assert {(until - since) // HOUR for since, until in pieces} >= {24, 25}
        whole = {shift.agent: shift for shift in quiet.do(shifts.shifts, begin, begin + 5 * DAY)}
        summed: Counter[tuple[int, str]] = Counter()
        for since, until in pieces:
            for shift in quiet.do(shifts.shifts, since, until):
                assert sum(shift.presence.values()) == until - since
                summed.update(times_of(shift))
        assert summed == sum((Counter(times_of(shift)) for shift in whole.values()), Counter())
        assert all(0 < shift.handling <= shift.presence["available"] for shift in whole.values())


def times_of(shift: Shift) -> dict[tuple[int, str], int]:
    """All but offline: who was not there all day is not listed."""
    there = {(shift.agent, presence): time for presence, time in shift.presence.items() if presence != "offline"}
    return {**there, (shift.agent, "handling"): shift.handling}


async def test_supervisors_read_how_agents_spent_their_time(any_desk: RunningDesk) -> None:
    desk = any_desk
    await desk.grace.put("/agents/me/presence", {"presence": "available"})
    await desk.grace.put("/agents/me/presence", {"presence": "away"})
    shown = (await desk.sam.get("/figures/agents"))["items"]
    assert [(row["name"], sorted(row["seconds"])) for row in shown] == [("Grace", ["available", "away", "offline"])]
    stays = (await desk.sam.get(f"/agents/{shown[0]['agent']}/presences"))["items"]
    assert [stay["presence"] for stay in stays] == ["offline", "available", "away"]
    await desk.sam.get("/agents/99/presences", status=404)
    await desk.grace.get("/figures/agents", status=403)
    await desk.grace.get(f"/agents/{shown[0]['agent']}/presences", status=403)
