"""Business hours: spans, nights, holidays, the two nights a year when the clocks are changed, and what is due when."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.model.columns import DAY, HOUR, MINUTE, SECOND
from contactcenter.routing.hours import DAYS, Hours, parse_hours

BERLIN = "Europe/Berlin"
WEEKDAYS = DAYS[:5]


def at(text: str) -> int:
    """An instant from its UTC text."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def there(text: str) -> int:
    """An instant from what a clock in Berlin shows; with its offset, or without where that is clear."""
    local = datetime.fromisoformat(text)
    return int((local if local.tzinfo else local.replace(tzinfo=ZoneInfo(BERLIN))).timestamp()) * SECOND


def office(*closed: str) -> Hours:
    """Monday to Friday from nine to five in Berlin."""
    return parse_hours(BERLIN, dict.fromkeys(WEEKDAYS, ("09:00-17:00",)), closed)


def every_day(*spans: str, zone: str = BERLIN, closed: tuple[str, ...] = ()) -> Hours:
    return parse_hours(zone, dict.fromkeys(DAYS, spans), closed)


def test_hours_are_those_of_the_clock_on_the_desks_wall() -> None:
    hours = every_day("09:00-17:00")
    assert not hours.open_at(at("2026-11-23 07:59:59"))
    assert hours.open_at(at("2026-11-23 08:00"))
    assert hours.open_at(at("2026-11-23 15:59:59"))
    assert not hours.open_at(at("2026-11-23 16:00"))
    assert hours.open_at(at("2026-07-01 07:00")), "in summer an hour earlier by UTC"


def test_a_day_may_have_a_break_at_noon() -> None:
    hours = every_day("09:00-12:30", "13:30-17:00", zone="UTC")
    assert not hours.open_at(at("2026-11-23 13:00"))
    assert hours.next_opening(at("2026-11-23 12:30")) == at("2026-11-23 13:30")


def test_spans_may_be_written_in_any_order() -> None:
    hours = every_day("13:30-17:00", "09:00-12:30", zone="UTC")
    assert hours.next_opening(at("2026-11-23 07:00")) == at("2026-11-23 09:00")


@pytest.mark.parametrize("end", ["24:00", "00:00"])
def test_a_span_may_last_until_midnight(end: str) -> None:
    hours = every_day(f"22:00-{end}", zone="UTC")
    assert hours.open_at(at("2026-11-23 23:59:59"))
    assert not hours.open_at(at("2026-11-24 00:00"))


def test_from_midnight_to_midnight_is_always() -> None:
    hours = every_day("00:00-24:00")
    start = at("2026-03-28 00:00")
    assert all(hours.open_at(start + hour * HOUR) for hour in range(72))


def test_a_closed_date_is_closed_whatever_its_weekday() -> None:
    hours = every_day("09:00-17:00", zone="UTC", closed=("2026-12-25", "2026-12-26"))
    assert not hours.open_at(at("2026-12-25 12:00"))
    assert hours.next_opening(at("2026-12-24 17:00")) == at("2026-12-27 09:00")


def test_the_next_opening_of_an_open_desk_is_now() -> None:
    now = at("2026-11-23 12:00") + 123_456
    assert every_day("09:00-17:00").next_opening(now) == now


def test_a_desk_that_never_opens_has_no_next_opening() -> None:
    assert parse_hours("UTC", {}).next_opening(at("2026-11-23 12:00")) is None
    assert not parse_hours("UTC", {}).open_at(at("2026-11-23 12:00"))


def test_an_opening_in_the_hour_that_spring_skips_is_when_the_skipped_hour_ends() -> None:
    hours = every_day("02:30-08:00")  # on 29 March 2026 two o'clock is followed by three
    assert hours.next_opening(at("2026-03-29 00:00")) == at("2026-03-29 01:00")
    assert not hours.open_at(at("2026-03-29 00:59:59"))
    assert hours.open_at(at("2026-03-29 01:00"))


def test_in_the_hour_that_autumn_repeats_the_desk_opens_once() -> None:
    hours = every_day("02:30-08:00")  # on 25 October 2026 three o'clock is followed by two
    opens = at("2026-10-25 00:30")
    assert hours.next_opening(at("2026-10-24 23:00")) == opens
    assert all(hours.open_at(opens + n * MINUTE) for n in range(0, 6 * 60, 10))


@given(
    st.integers(0, 400 * 24 * 60),
    st.sampled_from(["09:00-17:00", "00:00-24:00", "02:15-02:45", "22:00-24:00", "00:00-00:30"]),
    st.sampled_from([BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_the_next_opening_is_the_first_open_instant(minute: int, span: str, zone: str) -> None:
    hours = every_day(span, zone=zone, closed=("2026-12-25",))
    now = at("2026-01-01 00:00") + minute * MINUTE
    opening = hours.next_opening(now)
    assert opening is not None
    assert hours.open_at(opening)
    assert opening == now or not hours.open_at(opening - 1)
    assert not any(hours.open_at(now + n * 15 * MINUTE) for n in range(200) if now + n * 15 * MINUTE < opening)


def test_a_span_of_the_week_is_looked_for_a_year_ahead() -> None:
    christmas = tuple((date(2026, 11, 21) + timedelta(days=n)).isoformat() for n in range(30))
    hours = every_day("09:00-17:00", zone="UTC", closed=christmas)
    assert hours.next_opening(at("2026-11-21 00:00")) == at("2026-12-21 09:00")
    assert (hours.next_opening(at("2026-11-21 00:00")) or 0) - at("2026-11-21 00:00") < 31 * DAY


# --- what is due when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "hours", "due", "closed"),
    [
        ("2026-11-20 16:30", 4, "2026-11-23 12:30", ()),
        ("2026-11-20 16:30", 4, "2026-11-24 12:30", ("2026-11-23",)),
        ("2026-11-21 12:00", 1, "2026-11-23 10:00", ()),
        ("2026-03-27 16:00", 2, "2026-03-30 10:00+02:00", ()),
        ("2026-11-20 09:00", 8, "2026-11-20 17:00", ()),
        ("2026-12-24 16:00", 3, "2026-12-28 11:00", ("2026-12-25", "2026-12-26")),
    ],
)
def test_a_promise_of_the_office_is_due_in_its_own_hours(
    start: str, hours: int, due: str, closed: tuple[str, ...]
) -> None:
    assert office(*closed).after(there(start), hours * HOUR) == there(due)
    assert office(*closed).between(there(start), there(due)) == hours * HOUR


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-29 01:30+01:00", "2026-03-29 04:30+02:00"),
        ("2026-10-25 01:30+02:00", "2026-10-25 02:30+01:00"),
    ],
)
def test_who_is_always_there_loses_and_gains_nothing_when_clocks_are_changed(start: str, due: str) -> None:
    assert every_day("00:00-24:00").after(there(start), 2 * HOUR) == there(due)


def test_no_work_is_done_at_once_whether_the_desk_is_open_or_not() -> None:
    for start in (there("2026-11-20 12:00"), there("2026-11-21 12:00")):
        assert office().after(start, 0) == start
        assert office().after(start, -HOUR) == start
    assert parse_hours("UTC", {}).after(0, 0) == 0


def test_the_least_work_after_hours_is_due_when_the_desk_has_just_opened() -> None:
    assert office().after(there("2026-11-20 17:00"), 1) == there("2026-11-23 09:00") + 1


def test_open_time_between_two_instants_is_none_where_they_are_in_no_order() -> None:
    noon = there("2026-11-20 12:00")
    assert office().between(noon, noon) == 0
    assert office().between(noon + HOUR, noon) == 0
    assert office().between(there("2026-11-21 00:00"), there("2026-11-23 09:00")) == 0
    assert office().between(noon + 1, noon + 3) == 2


def test_a_desk_that_never_opens_keeps_no_promise() -> None:
    assert parse_hours("UTC", {}).after(at("2026-11-23 12:00"), 1) is None
    assert parse_hours("UTC", {}).between(0, at("2026-11-23 12:00")) == 0


def test_months_of_closed_days_are_passed_over() -> None:
    away = tuple((date(2026, 12, 1) + timedelta(n)).isoformat() for n in range(500))
    assert office(*away).after(there("2026-11-30 16:00"), 2 * HOUR) == there("2028-04-14 10:00")
    assert office(*away).next_opening(there("2026-12-01 09:00")) == there("2028-04-14 09:00")


def test_four_hundred_days_of_work_are_due_some_day() -> None:
    start = there("2026-11-23 09:00")
    assert every_day("00:00-24:00").after(start, 400 * DAY) == start + 400 * DAY
    assert office().after(start, 400 * DAY) == there("2031-06-27 17:00"), "1,200 days of eight hours: 240 weeks"
    an_hour = parse_hours(BERLIN, {"monday": ("09:00-10:00",)})
    due = an_hour.after(start, 400 * DAY)
    assert due is not None
    assert an_hour.between(start, due) == 400 * DAY


def test_what_is_due_after_the_last_year_is_never_due() -> None:
    always = every_day("00:00-24:00")
    assert always.after(at("2290-01-01 00:00"), 400 * DAY) is not None
    assert always.after(at("2026-01-01 00:00"), 400 * 366 * DAY) is None


@pytest.mark.parametrize("instant", [-(10**30), -1, 10**17, 10**30])
def test_an_instant_out_of_all_years_is_an_instant_at_which_nobody_is_there(instant: int) -> None:
    hours = every_day("00:00-24:00")
    assert not hours.open_at(instant)
    assert hours.between(instant, instant + 1) == 0
    assert hours.next_opening(instant) == (at("1970-01-01 00:00") if instant < 0 else None)


# --- nights -----------------------------------------------------------------------------------------------------------


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    hours = parse_hours("UTC", {"friday": ("22:00-06:00",)}, ("2026-11-27",))
    assert hours.open_at(at("2026-11-20 23:59"))
    assert hours.open_at(at("2026-11-21 05:59:59")), "on Saturday, which has no hours of its own"
    assert not hours.open_at(at("2026-11-21 06:00"))
    assert not hours.open_at(at("2026-11-20 05:00")), "the night of Thursday, which has none"
    assert hours.next_opening(at("2026-11-21 06:00")) == at("2026-12-04 22:00"), "the night of a day off is off"


def test_a_night_of_an_open_day_goes_on_into_a_closed_one() -> None:
    hours = every_day("22:00-06:00", zone="UTC", closed=("2026-12-25",))
    assert hours.open_at(at("2026-12-25 05:59"))
    assert not hours.open_at(at("2026-12-25 22:00"))
    assert not hours.open_at(at("2026-12-26 05:00"))
    assert hours.after(at("2026-12-25 00:00"), 7 * HOUR) == at("2026-12-26 23:00")


@pytest.mark.parametrize(
    ("evening", "lasts"), [("2026-03-28 20:00", 7), ("2026-10-24 20:00", 9), ("2026-06-01 20:00", 8)]
)
def test_a_night_in_which_clocks_are_changed_is_as_long_as_it_is(evening: str, lasts: int) -> None:
    hours = every_day("22:00-06:00")
    assert hours.between(there(evening), there(evening) + 12 * HOUR) == lasts * HOUR


def test_a_night_and_the_morning_after_it_are_not_counted_twice() -> None:
    hours = every_day("05:00-09:00", "22:00-06:00", zone="UTC")
    assert hours.between(at("2026-11-23 12:00"), at("2026-11-24 12:00")) == 11 * HOUR


def test_spans_that_overlap_are_one() -> None:
    hours = every_day("09:00-13:00", "12:00-17:00", "10:00-11:00", "17:00-18:00", zone="UTC")
    assert hours == every_day("09:00-18:00", zone="UTC")
    assert hours.between(at("2026-11-23 00:00"), at("2026-11-24 00:00")) == 9 * HOUR


# --- clocks that are changed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "span", "day", "opens", "lasts"),
    [
        (BERLIN, "02:15-02:45", "2026-03-29", None, 0),  # skipped altogether
        (BERLIN, "01:00-02:30", "2026-03-29", "2026-03-29 00:00", 60),  # until the clock jumps over its end
        (BERLIN, "02:15-02:45", "2026-10-25", "2026-10-25 00:15", 30),  # the first time that the clock shows it
        (BERLIN, "02:30-03:30", "2026-10-25", "2026-10-25 00:30", 120),
        ("Australia/Lord_Howe", "01:45-02:15", "2026-10-04", "2026-10-03 15:15", 15),  # half an hour is skipped at two
        ("Australia/Lord_Howe", "01:45-02:15", "2026-04-05", "2026-04-04 14:45", 60),
        ("America/Havana", "00:00-02:00", "2026-03-08", "2026-03-08 05:00", 60),  # the day begins at one
        ("America/Havana", "00:00-02:00", "2026-11-01", "2026-11-01 04:00", 180),
        ("Pacific/Apia", "09:00-17:00", "2011-12-30", None, 0),  # a whole day was skipped
    ],
)
def test_a_span_lasts_from_when_its_times_are_shown_first_or_passed(
    zone: str, span: str, day: str, opens: str | None, lasts: int
) -> None:
    hours = parse_hours(zone, {DAYS[date.fromisoformat(day).weekday()]: (span,)})
    begin = at(f"{day} 00:00") - DAY
    assert hours.between(begin, begin + 3 * DAY) == lasts * MINUTE
    if opens is not None:
        assert hours.next_opening(begin) == at(opens)


def test_many_threads_are_told_the_same() -> None:
    hours = office()
    starts = [there("2026-01-01 00:00") + n * 7 * DAY for n in range(200)]
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda start: hours.after(start, 40 * HOUR), starts * 4))
    assert told == [office().after(start, 40 * HOUR) for start in starts] * 4


# --- holidays ---------------------------------------------------------------------------------------------------------


def test_a_holiday_is_closed_unless_it_is_worked_and_a_year_is_asked_for_when_it_comes() -> None:
    asked = set()

    def holidays(year: int) -> set[date]:
        asked.add(year)
        return {date(year, 12, 24), date(year, 12, 25)}

    week = dict.fromkeys(WEEKDAYS, ("09:00-17:00",))
    hours = parse_hours("UTC", week, worked=["2026-12-24"], holidays=holidays)
    assert asked == set()
    assert hours.after(at("2026-12-23 16:00"), 10 * HOUR) == at("2026-12-28 10:00")
    assert asked <= {2026, 2027}
    assert not hours.open_at(at("2027-12-24 12:00"))


@pytest.mark.parametrize(
    ("zone", "spans", "closed", "reason"),
    [
        ("Europe/Atlantis", (), (), "unknown time zone 'Europe/Atlantis'; use a name such as Europe/Berlin"),
        ("../etc/passwd", (), (), "unknown time zone"),
        ("UTC", ("9-17",), (), "monday: '9-17' is not a span such as 09:00-17:00"),
        ("UTC", ("nine to five",), (), "monday: 'nine to five' is not a span"),
        ("UTC", ("09:00",), (), "monday: '09:00' is not a span"),
        ("UTC", ("09:00-",), (), "monday: '09:00-' is not a span"),
        ("UTC", ("24:00-06:00",), (), "monday: '24:00-06:00' is not a span"),
        ("UTC", ("09:00-25:00",), (), "monday: '09:00-25:00' is not a span"),
        ("UTC", ("09:00-17:00:00.5",), (), "is not a span"),
        ("UTC", ("09:00-09:00",), (), "monday: '09:00-09:00' ends when it starts; a whole day is 00:00-24:00"),
        ("UTC", ("09:00Z-17:00",), (), "is not a span"),
        ("UTC", (), ("Christmas",), "closed_on: 'Christmas' is not a date such as 2026-12-25"),
    ],
)
def test_what_cannot_be_read_is_named(zone: str, spans: tuple[str, ...], closed: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_hours(zone, {"monday": spans}, closed)


@pytest.mark.parametrize(
    ("closed", "worked", "reason"),
    [
        ((), "Easter", "open_on: 'Easter' is not a date such as 2026-12-25"),
        (("2026-12-25",), "2026-12-25", "open_on: 2026-12-25 is in closed_on, too"),
        ((), "2026-12-06", "open_on: 2026-12-06 is a Sunday, on which there are no hours to work"),
    ],
)
def test_a_worked_holiday_that_cannot_be_is_named(closed: tuple[str, ...], worked: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_hours("UTC", dict.fromkeys(WEEKDAYS, ("09:00-17:00",)), closed, [worked])
