"""Arrivals are forecast from four weeks of the same weekday, holidays forgotten, and staffed by the promise."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.figures.erlang import Demand, service_level
from contactcenter.figures.forecast import Counts, Plan, Slot, Staffed, backtest, forecast, staffing

MONDAY = date(2026, 11, 23)
CHRISTMAS = date(2026, 12, 25)
PROMISE = Plan(share=0.8, within=20, handling=180)


def days(count: int, arrivals: Callable[[date], list[int]], until: date = MONDAY) -> Counts:
    """So many days before a date."""
    return {day: arrivals(day) for day in (until - timedelta(days=n) for n in range(1, count + 1))}


def by_weekday(day: date) -> list[int]:
    return [10 * day.weekday(), 100]


def expected(slots: list[Slot]) -> list[float]:
    return [round(slot.expected, 6) for slot in slots]


def test_a_day_is_expected_to_be_like_its_weekday() -> None:
    known = days(35, by_weekday)
    for ahead in range(7):
        assert expected(forecast(known, MONDAY + timedelta(days=ahead))) == [10 * ahead, 100]


def test_the_mean_of_four_weeks_is_taken_and_what_was_before_is_forgotten() -> None:
    mondays = {MONDAY - timedelta(weeks=n): [count] for n, count in enumerate((40, 44, 36, 40, 900), start=1)}
    assert expected(forecast(mondays, MONDAY)) == [40]


def test_fewer_weeks_are_enough_and_none_is_said_to_be_none() -> None:
    known = days(10, lambda day: [day.weekday(), 1])
    assert expected(forecast(known, MONDAY)) == [0, 1]
    assert forecast(days(6, by_weekday), MONDAY) == []
    assert forecast({}, MONDAY) == []


def test_a_day_is_never_forecast_from_itself_or_from_what_came_later() -> None:
    known = {**days(28, by_weekday), MONDAY: [900, 900], MONDAY + timedelta(days=1): [900, 900]}
    assert forecast(known, MONDAY) == forecast(days(28, by_weekday), MONDAY)


def test_nothing_is_learned_from_days_not_like_others() -> None:
    friday = CHRISTMAS + timedelta(weeks=1)
    known = days(28, lambda day: [0, 3] if day == CHRISTMAS else [50, 70], until=friday)
    assert expected(forecast(known, friday, {CHRISTMAS})) == [50, 70]
    assert expected(forecast(known, friday))[0] < 45


def test_what_came_lately_counts_more() -> None:
    def doubled_last_week(day: date) -> list[int]:
        return [10_000] if MONDAY - day <= timedelta(days=7) else [5_000]

    (slot,) = forecast(days(28, doubled_last_week), MONDAY)
    assert slot.expected == pytest.approx(10_000, rel=0.01)


def test_a_handful_of_arrivals_tells_no_new_level() -> None:
    (slot,) = forecast(days(28, lambda day: [2] if MONDAY - day <= timedelta(days=7) else [1]), MONDAY)
    assert slot.expected == pytest.approx(1.25, rel=0.02)


def test_the_interval_is_that_of_chance_where_weeks_differ_by_chance_only() -> None:
    (slot,) = forecast(days(28, lambda _: [100]), MONDAY)
    reach = 1.2816 * (100 * (1 + 1 / 4)) ** 0.5
    assert (slot.low, slot.high) == pytest.approx((100 - reach, 100 + reach), abs=0.01)


def test_the_interval_is_wider_where_weeks_differ_by_more() -> None:
    (calm,) = forecast(days(28, lambda _: [100]), MONDAY)
    (restless,) = forecast(days(28, lambda day: [50 if day.toordinal() // 7 % 2 else 150]), MONDAY)
    assert restless.high - restless.low > 3 * (calm.high - calm.low)


@given(st.lists(st.lists(st.integers(0, 500), min_size=3, max_size=3), min_size=1, max_size=40))
def test_an_interval_holds_what_is_expected_and_nothing_below_zero(counts: list[list[int]]) -> None:
    known = {MONDAY - timedelta(days=n): day for n, day in enumerate(counts, start=1)}
    for slot in forecast(known, MONDAY):
        assert 0 <= slot.low <= slot.expected <= slot.high


def test_a_forecast_that_is_always_right_has_no_error() -> None:
    known = days(42, by_weekday)
    score = backtest(known, [day for day in known if day >= MONDAY - timedelta(days=7)])
    assert score.wape == pytest.approx(0)
    assert (score.arrivals, score.slots, score.coverage) == (7 * 100 + 210, 14, 1.0)


def test_the_error_is_weighted_by_what_came() -> None:
    known = {**days(28, lambda _: [10, 90]), MONDAY: [20, 80]}
    score = backtest(known, [MONDAY])
    assert score.error == pytest.approx(20)
    assert score.wape == pytest.approx(0.2)


def test_a_forecast_of_a_week_ahead_knows_nothing_of_that_week() -> None:
    known = {**days(35, lambda day: [5000] if MONDAY - day < timedelta(days=7) else [10]), MONDAY: [10]}
    assert backtest(known, [MONDAY], ahead=7).wape == pytest.approx(0)
    assert (backtest(known, [MONDAY], ahead=1).wape or 0) > 1


def test_a_day_that_is_unlike_or_unknown_is_not_scored() -> None:
    score = backtest(days(28, by_weekday), [MONDAY, MONDAY - timedelta(days=1)], unlike={MONDAY - timedelta(days=1)})
    assert (score.slots, score.wape, score.coverage) == (0, None, None)
    assert backtest({}, [MONDAY]).slots == 0


def test_slots_are_staffed_for_the_promise() -> None:
    assert staffing([100, 0], 30, PROMISE) == [
        Staffed(14, 14, service_level(Demand(200, 180), 14, 20)),
        Staffed(0, 0, 1.0),
    ]
    assert [slot.present for slot in staffing([50], 15, PROMISE)] == [14]


def test_whoever_knows_that_customers_give_up_needs_fewer() -> None:
    (patient,) = staffing([100], 30, PROMISE)
    (impatient,) = staffing([100], 30, Plan(0.8, 20, 180, patience=60))
    assert impatient.present < patient.present


def test_several_at_once_count_for_what_gets_done() -> None:
    (one,) = staffing([100], 30, Plan(0.8, 20, 180))
    (three,) = staffing([100], 30, Plan(0.8, 20, 180, throughput=1.8))
    assert three == staffing([100], 30, Plan(0.8, 20, 100))[0]
    assert three.present < one.present


@pytest.mark.parametrize(("shrinkage", "scheduled"), [(0.0, 14), (0.3, 20), (0.125, 16), (0.5, 28)])
def test_the_roster_holds_those_as_well_who_are_away(shrinkage: float, scheduled: int) -> None:
    (slot,) = staffing([100], 30, Plan(0.8, 20, 180, shrinkage=shrinkage))
    assert (slot.present, slot.scheduled) == (14, scheduled)


def test_input_that_cannot_be_is_named() -> None:
    with pytest.raises(ValueError, match="ahead cannot be 0"):
        backtest({}, [], ahead=0)
    with pytest.raises(ValueError, match="throughput cannot be 0"):
        Plan(0.8, 20, 180, throughput=0)
    with pytest.raises(ValueError, match="shrinkage cannot be 1"):
        Plan(0.8, 20, 180, shrinkage=1)
    with pytest.raises(ValueError, match="minutes cannot be 0"):
        staffing([1], 0, PROMISE)
    with pytest.raises(ValueError, match="handling cannot be -1"):
        staffing([1], 30, Plan(0.8, 20, -1))
    with pytest.raises(ValueError, match="different numbers of slots"):
        forecast({MONDAY - timedelta(days=7): [1], MONDAY - timedelta(days=14): [1, 2]}, MONDAY)
