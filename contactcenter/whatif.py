"""`contactcenter whatif`: a past stretch of time once more, with other people, other rules or other promises.

Called by `cli`; reads the store and changes nothing. What came and who was there is read by flow/past, how tickets open
by flow/rehearsal, and flow/trial lets it happen again; here it is set side by side and put into words. Every number
opens its tickets: by `--rows`, and a line for each in a table.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from contactcenter import app, calendars
from contactcenter.figures.days import bounds, day_of, instant
from contactcenter.figures.told import local
from contactcenter.flow.past import Past, read_past
from contactcenter.flow.policies import Policies
from contactcenter.flow.rehearsal import Rehearsed, rehearse
from contactcenter.flow.trial import (
    Conditions,
    Ran,
    Result,
    Shift,
    Sorted,
    Summary,
    by_queue,
    figures,
    once_more,
    really,
)
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.values import Invalid
from contactcenter.routing.demands import kept
from contactcenter.rulebook import places_of
from contactcenter.settings import Settings, SettingsError
from contactcenter.storage import migrate
from contactcenter.storage.store import LaneStore

LONGEST = 31 * DAY
EXAMPLES = 10
BEGINNING = 2**63 - 1
FIGURES = tuple(figures(0))
_SHIFT = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)=([1-9]\d{0,3})")
COLUMNS = ("column", "ticket", "came", "queue", "channel", "due", "agent", "had it", "answered", "left", "kept")


class Asked(msgspec.Struct, frozen=True):
    """What is asked for. `since` and `until` as people write them; `until` blank: the end of that day."""

    since: str
    until: str = ""
    agents: int | None = None
    capacity: int | None = None
    rows: str = ""
    listing: Path | None = None
    shifts: tuple[str, ...] = ()


async def what_if(settings: Settings, other: Settings | None, asked: Asked) -> list[str]:
    """What happened, what the desk as it is would have made of it, and what it would have been; in words."""
    _check(asked)
    location = app.location_of(settings)
    migrate.require(location)
    async with app.opened_store(settings, location, app.SystemClock()) as store:
        policies = app.make_policies(settings, {})
        begin, end = _stretch(asked, policies)
        past = await store.read(read_past, begin, end)
        own = await _conditions(store, settings, past)
        there = own if other is None else await _conditions(store, other, past)
    results = {"really": really(past, own), "replayed": once_more(past, own)}
    if name := _named(other, asked):
        shifts = tuple(_shift(text, past, policies.figures.timezone) for text in asked.shifts)
        conditions = msgspec.structs.replace(there, agents=asked.agents, capacity=asked.capacity, shifts=shifts)
        results[name] = once_more(past, conditions)
    if asked.listing is not None:
        _write(asked.listing, results, policies.figures.timezone)
    return list(_told(past, results, asked, policies))


def _check(asked: Asked) -> None:
    if asked.agents is not None and not 1 <= asked.agents <= 10_000:
        raise SettingsError("--agents must be from 1 to 10000; leave it out for those who were there")
    if asked.capacity is not None and not 1 <= asked.capacity <= 1_000:
        raise SettingsError("--capacity must be from 1 to 1000; leave it out for each agent's own")
    if asked.shifts and asked.agents is not None:
        raise SettingsError("--shift says how many are there already; leave out --agents")
    if asked.rows and asked.rows not in FIGURES:
        raise SettingsError(f"--rows can be {', '.join(FIGURES)}")


def _shift(text: str, past: Past, zone: str) -> Shift:
    """From `08:00-16:00=4`: so many each day by the desk's clocks; one that ends before it begins ends the next day."""
    found = _SHIFT.fullmatch(text)
    if found is None:
        raise SettingsError(f"--shift {text!r} must be such as 08:00-16:00=4")
    begins, ends, many = time.fromisoformat(found[1]), time.fromisoformat(found[2]), int(found[3])
    days = (day_of(past.begin, zone) + timedelta(days=number) for number in range(-1, LONGEST // DAY + 1))
    whole = [(_at(day, begins, zone), _at(day + timedelta(days=ends <= begins), ends, zone)) for day in days]
    stretches = [(max(begin, past.begin), min(end, past.until)) for begin, end in whole]
    return Shift(many, tuple(stretch for stretch in stretches if stretch[0] < stretch[1]))


def _at(day: date, clock: time, zone: str) -> int:
    return int(datetime.combine(day, clock, ZoneInfo(zone)).timestamp()) * SECOND


def _stretch(asked: Asked, policies: Policies) -> tuple[int, int]:
    zone = policies.figures.timezone
    begin = instant(asked.since, zone, "--from")
    end = instant(asked.until, zone, "--to") if asked.until else bounds(day_of(begin, zone), zone)[1]
    if not begin < end <= begin + LONGEST:
        raise Invalid(f"must be after --from, and at most {LONGEST // DAY} days", "--to")
    return begin, end


async def _conditions(store: LaneStore, settings: Settings, past: Past) -> Conditions:
    """As the settings have them. Tickets that came before, and came again, are as they were."""
    policies = app.make_policies(settings, {})
    places = {place.channel: place for place in places_of(settings, calendars.of_queues(settings))}
    sorting: dict[int, Sorted] = {}
    before = BEGINNING
    while page := await store.read(rehearse, policies.rules, places, before, past.begin):
        before = page[-1].ticket
        sorting |= {one.ticket: _as_sorted(one) for one in page}
    return Conditions(policies, {name: place.kind for name, place in places.items()}, sorting)


def _as_sorted(one: Rehearsed) -> Sorted:
    needs = "" if one.outcome is None else kept(one.outcome.needs)
    return Sorted(one.queue, one.becomes_queue, one.becomes_priority, needs)


def _named(other: Settings | None, asked: Asked) -> str:
    parts = ["other settings"] if other is not None else []
    parts += [f"{asked.agents} agents"] if asked.agents is not None else []
    parts += [f"capacity {asked.capacity}"] if asked.capacity is not None else []
    parts += ["other shifts"] if asked.shifts else []
    return ", ".join(parts)


def _told(past: Past, results: Mapping[str, Result], asked: Asked, policies: Policies) -> Iterator[str]:
    zone, within = policies.figures.timezone, policies.figures.within
    yield f"{local(past.begin, zone)} to {local(past.end, zone)}: {len(past.contacts)} contacts came to people"
    if not past.contacts or not past.colleagues:
        yield "nothing came, or nobody was there: there is nothing to replay"
        return
    summed = {name: by_queue(result, within) for name, result in results.items()}
    wide = [max(10, len(name)) + 2 for name in results]
    yield _line("", results, wide)
    yield _line("agents", [str(result.agents) for result in results.values()], wide)
    yield _line("busy, of their time available", [_percent(result.busy) for result in results.values()], wide)
    for queue in dict.fromkeys(name for found in summed.values() for name in found):
        yield f"{queue or 'all queues'}"
        for text, cells in _rows([found.get(queue) for found in summed.values()], within):
            yield _line(f"  {text}", cells, wide)
    yield from _moved(results)
    yield from _opened(results, asked.rows, within)


def _rows(found: Sequence[Summary | None], within: int) -> Iterator[tuple[str, list[str]]]:
    def each(tell: Callable[[Summary], str]) -> list[str]:
        return ["-" if summary is None else tell(summary) for summary in found]

    yield "contacts", each(lambda one: str(one.contacts))
    yield "promises kept", each(lambda one: _percent(one.kept / one.promised if one.promised else None))
    yield f"answered within {within / SECOND:g} s", each(lambda one: _percent(one.in_time / one.contacts))
    yield "answered", each(lambda one: str(one.answered))
    yield "left", each(lambda one: str(one.left))
    yield "neither yet", each(lambda one: str(one.contacts - one.answered - one.left))
    yield "half answered within", each(lambda one: _seconds(one.median))
    yield "nine of ten within", each(lambda one: _seconds(one.p90))


def _moved(results: Mapping[str, Result]) -> Iterator[str]:
    """Whose promise would have been kept or missed otherwise, beside the desk as it is."""
    last, before = list(results.values())[-1], results["replayed"]
    if last is before:
        return
    pairs = list(zip(before.ran, last.ran, strict=True))
    won = [new.ticket for old, new in pairs if old.kept is False and new.kept]
    lost = [new.ticket for old, new in pairs if old.kept and new.kept is False]
    for text, tickets in (("missed when replayed, kept then", won), ("kept when replayed, missed then", lost)):
        if tickets:
            yield f"{text}: {len(tickets)}, such as {', '.join(map(str, tickets[:EXAMPLES]))}"


def _opened(results: Mapping[str, Result], figure: str, within: int) -> Iterator[str]:
    """The tickets behind a figure."""
    if figure:
        fits = figures(within)[figure]
        for name, result in results.items():
            tickets = [one.ticket for one in result.ran if fits(one)]
            yield f"{figure}, {name}: {len(tickets)}: {', '.join(map(str, tickets)) or 'none'}"


def _write(file: Path, results: Mapping[str, Result], zone: str) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as text:
            out = csv.writer(text)
            out.writerow(COLUMNS)
            for name, result in results.items():
                out.writerows(_cells(name, one, zone) for one in result.ran)
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {error.strerror}; choose another file for --csv") from None


def _cells(column: str, one: Ran, zone: str) -> tuple[object, ...]:
    instants = ["" if at is None else local(at, zone) for at in (one.due, one.began, one.answered, one.left)]
    due, began, answered, left = instants
    promise = "" if one.kept is None else "yes" if one.kept else "no"
    came = local(one.since, zone)
    return column, one.ticket, came, one.queue, one.channel, due, one.agent or "", began, answered, left, promise


def _line(text: str, cells: Iterable[str], wide: Sequence[int]) -> str:
    return f"{text:<32}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, wide, strict=True))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.1f} %"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:g} s"
