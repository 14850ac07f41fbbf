"""The business hours of each queue as settings have them: holidays by country, and what is refused by name."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from contactcenter.calendars import of_queues
from contactcenter.model.columns import SECOND
from contactcenter.settings import HoursSettings, QueueSettings, Settings, SettingsError

OFFICE = ["09:00-17:00"]
WORKED: dict[str, Any] = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), OFFICE)


def at(text: str) -> int:
    """An instant from its UTC text."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def desk(hours: HoursSettings, **queues: str) -> Settings:
    """A desk whose queues have those hours, unless told otherwise."""
    named = queues or {"support": "office"}
    return Settings(hours={"office": hours}, queues={name: QueueSettings(hours=of) for name, of in named.items()})


def refusal(settings: Settings) -> str:
    with pytest.raises(SettingsError) as refused:
        of_queues(settings)
    return str(refused.value)


def holidays(place: str, open_on: tuple[str, ...] = ()) -> Settings:
    return desk(HoursSettings(**WORKED, holidays=place, open_on=list(open_on)))


@pytest.mark.parametrize(
    ("place", "day", "is_open"),
    [
        ("DE", "2026-12-25", False),
        ("DE", "2027-12-24", True),
        ("DE", "2027-03-08", True),
        ("DE-BE", "2027-03-08", False),  # women's day is a holiday in Berlin alone
        ("DE-BE", "2027-05-17", False),  # Whit Monday of a year to come
        ("US", "2026-07-03", False),  # the fourth is a Saturday
        ("US", "2027-12-31", False),  # a holiday of the next year, kept in this one
        ("", "2026-12-25", True),
    ],
)
def test_a_desk_is_closed_on_the_holidays_of_its_country_or_part(place: str, day: str, is_open: bool) -> None:
    hours = of_queues(holidays(place))["support"]
    assert hours.open_at(at(f"{day} 12:00")) == is_open


def test_a_holiday_can_be_worked() -> None:
    hours = of_queues(holidays("DE-BE", ("2027-03-08",)))["support"]
    assert hours.open_at(at("2027-03-08 12:00"))
    assert not hours.open_at(at("2028-03-08 12:00"))


@pytest.mark.parametrize(
    ("place", "hint"),
    [
        ("DEU", "did you mean 'DE'?"),
        ("Germany", "did you mean 'DE'?"),
        ("UK", "did you mean 'GB'?"),
        ("de", "did you mean 'DE'?"),
        ("DE-Berlin", "did you mean 'DE-BE'?"),
        ("DE-be", "did you mean 'DE-BE'?"),
        ("US-Californa", "did you mean 'US-CA'?"),
        ("DE-", 'a country is written as "DE", a part of it as "DE-BE"'),
        ("!!", 'a country is written as "DE", a part of it as "DE-BE"'),
    ],
)
def test_an_unknown_country_or_part_is_refused_with_the_nearest(place: str, hint: str) -> None:
    assert refusal(holidays(place)) == f"setting hours.office: holidays: none are known of {place!r}; {hint}"


def test_hours_without_an_hour_are_refused_by_the_queue_that_has_them() -> None:
    told = refusal(desk(HoursSettings(closed_on=["2026-12-25"], holidays="DE")))
    assert told.startswith("setting queues.support.hours: [hours.office] has no open hour, nobody would ever be there;")


def test_hours_that_no_queue_has_can_be_empty() -> None:
    assert of_queues(desk(HoursSettings(), support="")) == {}


def test_hours_that_are_not_there_are_refused_with_those_that_are() -> None:
    told = refusal(desk(HoursSettings(**WORKED), support="office", sales="late"))
    assert told == "setting queues.sales.hours: there is no [hours.late]; there are: office"


def test_what_cannot_be_read_is_refused_by_its_table() -> None:
    assert refusal(desk(HoursSettings(timezone="Mars"))).startswith("setting hours.office: unknown time zone 'Mars'")
    assert refusal(desk(HoursSettings(monday=["9-5"]))).startswith("setting hours.office: monday: '9-5' is not a span")


def test_holidays_cost_nothing_where_no_table_names_a_country() -> None:
    script = (
        "import sys\nfrom contactcenter import app\nfrom contactcenter.settings import HoursSettings, QueueSettings, "
        "Settings\nhours = HoursSettings(monday=['09:00-17:00'])\n"
        "app.make_policies(Settings(hours={'office': hours}, queues={'support': QueueSettings(hours='office')}), {})\n"
        "print('holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
