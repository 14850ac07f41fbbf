"""Business hours: spans, holidays, midnight, and the two nights a year when the clocks are changed."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.model.columns import DAY, HOUR, MINUTE, SECOND
from contactcenter.routing.hours import DAYS, Hours, parse_hours

BERLIN = "Europe/Berlin"


def at(text: str) -> int:
    """An instant from its UTC text."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


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
    assert hours.next_opening(at("2026-03-29 00:00")) == at("2026-03-29 01:30")
    assert not hours.open_at(at("2026-03-29 01:29:59"))
    assert hours.open_at(at("2026-03-29 01:30"))


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


@pytest.mark.parametrize(
    ("zone", "spans", "closed", "reason"),
    [
        ("Europe/Atlantis", (), (), "unknown time zone 'Europe/Atlantis'; use a name such as Europe/Berlin"),
        ("../etc/passwd", (), (), "unknown time zone"),
        ("UTC", ("9-17",), (), "monday: '9-17' is not a span such as 09:00-17:00"),
        ("UTC", ("nine to five",), (), "monday: 'nine to five' is not a span"),
        ("UTC", ("09:00",), (), "monday: '09:00' is not a span"),
        ("UTC", ("17:00-09:00",), (), "monday: '17:00-09:00' ends before it starts"),
        ("UTC", ("09:00-09:00",), (), "ends before it starts"),
        ("UTC", ("09:00Z-17:00",), (), "is not a span"),
        ("UTC", (), ("Christmas",), "closed_on: 'Christmas' is not a date such as 2026-12-25"),
    ],
)
def test_what_cannot_be_read_is_named(zone: str, spans: tuple[str, ...], closed: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_hours(zone, {"monday": spans}, closed)
