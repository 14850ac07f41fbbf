"""Figures as text: a table for a spreadsheet, and a page to read in a terminal.

Made of what figures/report.py counted, for the command line and for downloads. Adds nothing up but what can be added.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from contactcenter.figures import answers
from contactcenter.figures.days import bounds, day_of, instant
from contactcenter.figures.intervals import Estimate
from contactcenter.figures.outlook import IsOff, Outlook, clock, outlook
from contactcenter.figures.report import (
    FIGURES,
    MEASURED,
    Cell,
    Counts,
    Scope,
    Terms,
    Times,
    count,
    shares,
    times,
    total,
)
from contactcenter.model.columns import SECOND
from contactcenter.ports import Tx

SHARES = {
    "service_level": "service level",
    "first_promise": "promises kept: first answer",
    "next_promise": "promises kept: next answer",
    "resolution_promise": "promises kept: solution",
    "abandoned": "abandoned, of offered",
    "contained": "contained by the assistant, of asked",
    "settled": "settled within 7 days, of solved",
    "expired": "offers that ran out",
    "declined": "offers declined",
    "satisfied": "satisfied (4 or 5 of 5), of rated",
}
DONE = {
    "handed": "came to people after it",
    "settled": "settled without people",
    "came_back": "… and wrote again within three days",
    "done": "settled, and nobody came back",
}
TIMES = {
    "answered": "until a person answered",
    "first_response": "until the first response",
    "next_response": "until the next response",
    "abandoned": "until they left",
}


def a_day(tx: Tx, terms: Terms, text: str, scope: Scope, as_table: bool) -> list[str]:
    """A day, named as people write it (blank: today), as a page or as a table. `scope`: of any stretch of time. Raises
    Invalid.
    """
    day = _named(tx, terms, text)
    begin, end = bounds(day, terms.timezone)
    scope = replace(scope, begin=begin, end=end)
    cells = count(tx, terms, scope)
    if as_table:
        return [table(terms, cells).rstrip()]
    counts = total(cells.values())
    found = {kind: times(tx, terms, scope, kind, counts) for kind in MEASURED}
    return [f"{day} ({terms.timezone})", *page(terms, counts, found)]


def answered(tx: Tx, terms: Terms, text: str, queue: str, channel: str) -> list[str]:
    """What the assistant answered on a day, and what became of it, as a page. Raises Invalid."""
    day = _named(tx, terms, text)
    found = answers.count(tx, Scope(*bounds(day, terms.timezone), queue, channel))
    return [f"{day} ({terms.timezone})", *_answers(found)]


def to_come(tx: Tx, terms: Terms, text: str, queue: str, is_off: IsOff) -> list[str]:
    """What is expected of a day (blank: tomorrow). Raises Invalid."""
    day = _named(tx, terms, text) if text else _named(tx, terms, "") + timedelta(days=1)
    return list(day_to_come(outlook(tx, terms, day, queue, is_off)))


def table(terms: Terms, cells: Mapping[Cell, Counts]) -> str:
    """CSV (RFC 4180): one row per slot or day, queue and channel; what did not happen is 0, what was not measured too.

    `begin` is local time with its offset, so that the hour that comes twice is told apart.
    """
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["begin", "queue", "channel", *FIGURES, *(f"{kind}_seconds" for kind in MEASURED)])
    for (begin, queue, channel), counts in cells.items():
        numbers = [counts.figures.get(figure, 0) for figure in FIGURES]
        seconds = [f"{counts.sums.get(kind, 0) / SECOND:.3f}" for kind in MEASURED]
        out.writerow([local(begin, terms.timezone), queue, channel, *numbers, *seconds])
    return text.getvalue()


def page(terms: Terms, counts: Counts, found: Mapping[str, Times]) -> Iterator[str]:
    """Lines: what happened, what it says of a hundred, and how long it took."""
    for figure, number in counts.figures.items():
        yield f"{figure:<20} {number:>8}"
    yield ""
    for name, share in shares(terms, counts).items():
        told = f"{terms.formula} within {terms.within / SECOND:g} s" if name == "service_level" else ""
        yield f"{SHARES[name]:<38} {_share(share)}{f'  ({told})' if told else ''}"
    yield ""
    for kind, measured in found.items():
        yield f"{TIMES[kind]:<38} {_times(measured)}"


def day_to_come(found: Outlook) -> Iterator[str]:
    """Lines: by the hour, what is expected and how many agents its busiest quarter takes."""
    if found.off:
        yield f"{found.day}: a day off, which is like no other: nothing is expected of it, and nothing learned from it"
        return
    if not found.slots:
        yield f"{found.day}: nothing is known of this weekday yet ({found.days} days are known)"
        return
    patience = "nobody gives up" if found.patience is None else f"customers give up after {found.patience:.0f} s"
    yield f"{found.day}, learned from {found.days} days: a contact takes {found.handling:.0f} s, {patience}"
    yield "hour   expected  agents  on the roster"
    for hour in range(0, len(found.slots), 4):
        expected = sum(slot.expected for slot in found.slots[hour : hour + 4])
        busiest = max(found.staff[hour : hour + 4], key=lambda staff: staff.present)
        if expected:
            yield f"{clock(hour)}  {expected:8.1f}  {busiest.present:6}  {busiest.scheduled:13}"


def _answers(found: answers.Told) -> Iterator[str]:
    yield f"{found.opened} tickets were opened; the assistant answered in {found.whole.given}"
    for name, words in DONE.items():
        yield f"{words:<38} {_share(found.whole.shares()[name])}"
    yield f"{'done by the assistant, of all opened':<38} {_share(found.automation)}"
    yield ""
    yield "answers  tickets  handed  settled  back  article"
    for one in found.articles:
        of = one.counted
        numbers = f"{of.answers:7}  {of.given:7}  {of.handed:6}  {of.settled:7}  {of.came_back:4}"
        yield f"{numbers}  {one.article} ({one.channel})"


def local(at: int, zone: str) -> str:
    """An instant as the desk's clocks show it, with their offset."""
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).isoformat(timespec="minutes")


def _named(tx: Tx, terms: Terms, text: str) -> date:
    zone = terms.timezone
    return day_of(instant(text, zone, "--day") if text else tx.now, zone)


def _share(found: Estimate | None) -> str:
    if found is None:
        return "nothing to tell from"
    low, high = found.low * 100, found.high * 100
    return f"{found.value * 100:.1f} % of {found.cases} (95 %: {low:.1f} to {high:.1f})"


def _times(found: Times) -> str:
    if found.median is None:
        return "nothing to tell from"
    mean = "" if found.mean is None else f", mean {found.mean.value:.1f} s of {found.mean.cases}"
    return f"half within {found.median:g} s, nine of ten within {found.p90:g} s{mean}"
