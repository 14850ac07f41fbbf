"""The business hours of each queue, as the settings have them.

Comes between `settings`, which are words, and routing/hours.py, which knows no country: the package `holidays` is asked
here, for a year when it is needed first, and imported only where a table names a country. Asked by `app`. Refuses what
cannot be read, and hours in which a queue would never be served.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.fuzz import ratio
from rapidfuzz.utils import default_process

from contactcenter.routing.hours import DAYS, Holidays, Hours, parse_hours
from contactcenter.settings import HoursSettings, Settings, SettingsError

YEARS_KEPT = 16


def of_queues(settings: Settings) -> dict[str, Hours]:
    """By queue, of those that have hours. Raises SettingsError."""
    tables = by_name(settings)
    found = {}
    for name, queue in settings.queues.items():
        if queue.hours and queue.hours not in tables:
            known = ", ".join(sorted(tables)) or "none"
            raise SettingsError(f"setting queues.{name}.hours: there is no [hours.{queue.hours}]; there are: {known}")
        if queue.hours:
            found[name] = tables[queue.hours]
            _refuse_never(name, queue.hours, found[name])
    return found


def by_name(settings: Settings) -> dict[str, Hours]:
    """Every table of hours. Raises SettingsError."""
    return {name: _hours(name, table) for name, table in settings.hours.items()}


def _refuse_never(queue: str, table: str, hours: Hours) -> None:
    if not hours.ever_open:
        raise SettingsError(
            f"setting queues.{queue}.hours: [hours.{table}] has no open hour, nobody would ever be there; "
            f'give it one, such as monday = ["09:00-17:00"], or the queue no hours, which means always'
        )


def _hours(name: str, table: HoursSettings) -> Hours:
    try:
        week = {day: getattr(table, day) for day in DAYS}
        holidays = _holidays(table.holidays) if table.holidays else None
        return parse_hours(table.timezone, week, table.closed_on, table.open_on, holidays)
    except ValueError as error:
        raise SettingsError(f"setting hours.{name}: {error}") from None


def _holidays(place: str) -> Holidays:
    """The public holidays in a country (ISO 3166-1) or a part of it (3166-2). Raises ValueError naming the nearest."""
    import holidays

    country, dash, part = place.partition("-")
    _check(place, country, part if dash else None)

    @lru_cache(YEARS_KEPT)
    def of_year(year: int) -> frozenset[date]:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))

    return of_year


def _check(place: str, country: str, part: str | None) -> None:
    """By the package's own lists, of which it keeps the one of countries without loading each of them."""
    import holidays
    from holidays.registry import COUNTRIES

    countries = {name: codes[1] for codes in COUNTRIES.values() for name in codes}
    if country not in countries.values():
        raise ValueError(_unknown(place, country, countries))
    known = holidays.country_holidays(country)
    if part is not None and part not in known.subdivisions:
        parts = {code: code for code in known.subdivisions} | dict(known.subdivisions_aliases)
        raise ValueError(_unknown(place, part, {name: f"{country}-{code}" for name, code in parts.items()}))


def _unknown(place: str, asked: str, known: Mapping[str, str]) -> str:
    """What is wrong with a place; `known` has what it is called by each of its names."""
    nearest = process.extractOne(asked, list(known), scorer=ratio, processor=default_process, score_cutoff=40)
    hint = (
        f"did you mean {known[nearest[0]]!r}?" if nearest else 'a country is written as "DE", a part of it as "DE-BE"'
    )
    return f"holidays: none are known of {place!r}; {hint}"
