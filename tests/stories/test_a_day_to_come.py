"""What is expected of a day to come is learned from the weeks before it, and so is what it takes."""

import random
from datetime import date, timedelta

import pytest

from contactcenter.figures import told
from contactcenter.figures.days import bounds, day_of, instant
from contactcenter.figures.outlook import SLOTS, Outlook, clock, outlook
from contactcenter.figures.report import Terms
from contactcenter.figures.tallies import ADD
from contactcenter.flow import actions
from contactcenter.model.columns import DAY, HOUR, SECOND
from contactcenter.ports import Tx
from tests.desk import NOON, QuietDesk, RunningDesk

BERLIN = Terms("Europe/Berlin")
TODAY = date(2026, 11, 21)
LAST_OF_SUMMER = date(2026, 10, 24)  # the clocks changed on one of the Sundays that are learned from


def of(quiet: QuietDesk, day: date, queue: str = "") -> Outlook:
    return quiet.do(outlook, BERLIN, day, queue)


def came(tx: Tx, day: date, hour: int, number: int) -> None:
    """So many between one hour and the next; half a minute later nine of ten were answered, one had left."""
    begin = instant(f"{day}T{hour:02}:00:00{'+02:00' if day <= LAST_OF_SUMMER else '+01:00'}", BERLIN.timezone, "day")
    chance = random.Random(day.toordinal())
    for place in range(number):
        at = begin + chance.randrange(HOUR)
        end = "answered" if place % 10 else "abandoned"
        for figure, value in (("offered", 0), (end, 30 * SECOND)):
            tx.add(ADD, figure=figure, at=at, ticket_id=1, queue="support" if place % 2 else "sales", channel="people",
                   agent_id=None, value=value, ref=0)  # fmt: skip


@pytest.fixture
def past(quiet: QuietDesk) -> QuietDesk:
    """Four weeks in which forty came between nine and ten each day; today, as many as ever came at another hour."""
    quiet.hear("ada@example.test", "Hello?", channel="people")
    for before in range(1, 29):
        quiet.do(came, TODAY - timedelta(days=before), 9, 40)
    quiet.do(came, TODAY, 4, 40)
    assert day_of(NOON, BERLIN.timezone) == TODAY
    return quiet


def test_tomorrow_is_expected_to_be_as_its_weekday_was(past: QuietDesk) -> None:
    found = of(past, TODAY + timedelta(days=1))
    assert (len(found.slots), found.days) == (SLOTS, 28)
    by_hour = {clock(n): sum(slot.expected for slot in found.slots[n : n + 4]) for n in range(0, SLOTS, 4)}
    assert by_hour.pop("09:00") == pytest.approx(40)
    assert set(by_hour.values()) == {0.0}
    assert sum(slot.expected for slot in of(past, TODAY + timedelta(days=1), "sales").slots) == pytest.approx(20)


def test_where_agents_were_seen_at_work_and_customers_left_both_are_learned(past: QuietDesk) -> None:
    """1,008 were answered by somebody who was busy for 84 hours, 300 s each; all waited 30 s, one in ten left."""
    grace = past.hire("Grace")
    begin = NOON - 20 * DAY
    past.clock.at = begin
    past.do(actions.set_presence, past.policies, grace, "away")
    past.do(actions.set_presence, past.policies, grace, "available")
    past.clock.at = NOON
    past.do(held, begin, 84 * HOUR, grace.agent or 0)
    found = of(past, TODAY + timedelta(days=1))
    assert found.handling == pytest.approx(300)
    assert found.patience == pytest.approx(300)
    nine = found.staff[36:40]
    assert all(0.8 <= staff.service_level < 1 for staff in nine)
    assert all(staff.scheduled == -(-staff.present * 10 // 7) for staff in nine)
    assert found.staff[0].present == 0


def held(tx: Tx, at: int, value: int, agent: int) -> None:
    tx.add(ADD, figure="held", at=at, ticket_id=1, queue="support", channel="people", agent_id=agent,
           value=value, ref=0)  # fmt: skip


def test_a_desk_that_began_yesterday_says_what_it_does_not_know(quiet: QuietDesk) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.do(came, TODAY - timedelta(days=1), 9, 10)
    found = of(quiet, TODAY + timedelta(days=1))
    assert (found.slots, found.staff, found.days) == ([], [], 1)
    assert list(told.day_to_come(found)) == ["2026-11-22: nothing is known of this weekday yet (1 days are known)"]


def test_a_day_is_told_by_the_hour(past: QuietDesk) -> None:
    lines = list(told.day_to_come(of(past, TODAY + timedelta(days=1))))
    assert lines[0] == "2026-11-22, learned from 28 days: a contact takes 300 s, customers give up after 300 s"
    assert len(lines) == 3
    assert lines[2].startswith("09:00      40.0 ")


async def test_supervisors_ask_for_tomorrow(any_desk: RunningDesk) -> None:
    desk = any_desk
    await desk.people_only.say("ada@example.test", "Hello", "m1", name="Ada")
    await desk.running.store.write(one_an_hour)
    found = await desk.sam.get("/forecast")
    assert (len(found["items"]), found["days_known"], found["answer_share"]) == (SLOTS, 28, 0.8)
    assert sum(slot["expected"] for slot in found["items"]) == pytest.approx(24)
    busiest = max(found["items"], key=lambda slot: slot["expected"])
    assert 0 < busiest["present"] <= busiest["scheduled"]
    await desk.sam.get("/forecast?day=soon", status=422)
    await desk.grace.get("/forecast", status=403)


def one_an_hour(tx: Tx) -> None:
    """For the four weeks before today, all of them answered at once."""
    today, _ = bounds(day_of(tx.now, "UTC"), "UTC")
    for at in range(today - 28 * DAY, today, HOUR):
        for figure in ("offered", "answered"):
            tx.add(ADD, figure=figure, at=at, ticket_id=1, queue="sales", channel="people", agent_id=None,
                   value=0, ref=0)  # fmt: skip


def test_a_day_off_is_expected_to_be_like_no_other_and_teaches_nothing(past: QuietDesk) -> None:
    """Two Sundays ago was a holiday: three days like tomorrow are left, on which forty came."""
    tomorrow, holiday = TODAY + timedelta(days=1), TODAY - timedelta(days=13)
    past.do(came, holiday, 9, 400)

    def is_off(queue: str, day: date) -> bool:
        return day == holiday

    found = past.do(outlook, BERLIN, tomorrow, "", is_off)
    assert found.days == 27
    assert sum(slot.expected for slot in found.slots) == pytest.approx(40)
    off = past.do(outlook, BERLIN, tomorrow, "", lambda queue, day: day == tomorrow)
    assert (off.slots, off.off) == ([], True)
    assert "a day off" in next(iter(told.day_to_come(off)))
