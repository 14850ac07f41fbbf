"""Days and slots: what an instant belongs to, in the desk's time zone.

Asked by figures/report.py and by everybody who is asked for "today". A day is from one midnight to the next: 92, 96 or
100 slots. Slots begin at whole quarters of an hour UTC, which are whole quarters in every zone now in use, so that a
day is always made of whole slots.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contactcenter.model.columns import MINUTE, SECOND
from contactcenter.model.values import Invalid

SLOT = 15 * MINUTE


def midnight(day: date, zone: str) -> int:
    """The instant (µs) at which a day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def day_of(at: int, zone: str) -> date:
    """The day an instant is in."""
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).date()


def bounds(day: date, zone: str) -> tuple[int, int]:
    """The instants (µs) at which a day begins and at which the next one does."""
    return midnight(day, zone), midnight(day + timedelta(days=1), zone)


def days(begin: int, end: int, zone: str) -> Iterator[tuple[int, int]]:
    """Each day that has a part in a stretch, as far as it is in it: beginning and end (µs)."""
    day = day_of(begin, zone)
    while begin < end:
        day += timedelta(days=1)
        until = min(midnight(day, zone), end)
        yield begin, until
        begin = until


def instant(text: str, zone: str, where: str) -> int:
    """A day (2026-11-20: its beginning) or an instant (RFC 3339) as people write it. Raises Invalid, naming `where`."""
    try:
        if not "1971" < text < "2200":  # beyond them calendars and zones are guesses
            raise ValueError
        if len(text) == len("2026-11-20"):
            return midnight(date.fromisoformat(text), zone)
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError
        return int(found.timestamp() * 1000) * 1000
    except (ValueError, OverflowError):
        raise Invalid("must be a day, such as 2026-11-20, or an instant with its zone (RFC 3339)", where) from None
