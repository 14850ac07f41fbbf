"""A day is from midnight to midnight where the desk is, and made of whole slots."""

from datetime import date

import pytest

from contactcenter.figures.days import SLOT, day_of, days, instant, midnight
from contactcenter.model.columns import HOUR
from contactcenter.model.values import Invalid

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2026, 11, 20), 24),
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Asia/Kathmandu", date(2026, 11, 20), 24),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # its clocks go forward at midnight
        ("UTC", date(2026, 3, 29), 24),
    ],
)
def test_a_day_has_whole_slots_also_when_the_clocks_change(zone: str, day: date, hours: float) -> None:
    begin, end = midnight(day, zone), midnight(date.fromordinal(day.toordinal() + 1), zone)
    assert (end - begin) / HOUR == hours
    assert begin % SLOT == end % SLOT == 0
    assert {day_of(at, zone) for at in range(begin, end, SLOT)} == {day}
    assert (day_of(begin - 1, zone) < day, day_of(end, zone) > day) == (True, True)


def test_a_stretch_is_cut_at_each_midnight() -> None:
    begin, end = (
        instant("2026-10-24T12:00:00+02:00", BERLIN, "from"),
        instant("2026-10-26T06:00:00+01:00", BERLIN, "to"),
    )
    assert [(until - since) / HOUR for since, until in days(begin, end, BERLIN)] == [12, 25, 6]
    assert list(days(begin, begin, BERLIN)) == []


def test_a_day_is_the_instant_at_which_it_begins() -> None:
    assert instant("2026-11-20", BERLIN, "from") == instant("2026-11-19T23:00:00Z", BERLIN, "from")


@pytest.mark.parametrize(
    "text", ["", "today", "2026-13-01", "2026-11-20T10:00:00", "0001-01-01", "9999-12-31", "9" * 50]
)
def test_what_is_no_day_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        instant(text, BERLIN, "from")
    assert refused.value.field == "from"
