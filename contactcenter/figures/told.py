"""Figures as text: a table for a spreadsheet, and a page to read in a terminal.

Made of what figures/report.py counted, for the command line and for downloads. Adds nothing up but what can be added.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from contactcenter.figures.intervals import Estimate
from contactcenter.figures.report import FIGURES, MEASURED, Cell, Counts, Terms, Times, shares
from contactcenter.model.columns import SECOND

SHARES = {
    "service_level": "service level",
    "abandoned": "abandoned, of offered",
    "contained": "contained by the assistant, of asked",
    "expired": "offers that ran out",
    "declined": "offers declined",
    "satisfied": "satisfied (4 or 5 of 5), of rated",
}
TIMES = {
    "answered": "until a person answered",
    "first_response": "until the first response",
    "abandoned": "until they left",
}


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


def page(terms: Terms, counts: Counts, times: Mapping[str, Times]) -> Iterator[str]:
    """Lines: what happened, what it says of a hundred, and how long it took."""
    for figure, number in counts.figures.items():
        yield f"{figure:<20} {number:>8}"
    yield ""
    for name, share in shares(terms, counts).items():
        told = f"{terms.formula} within {terms.within / SECOND:g} s" if name == "service_level" else ""
        yield f"{SHARES[name]:<38} {_share(share)}{f'  ({told})' if told else ''}"
    yield ""
    for kind, found in times.items():
        yield f"{TIMES[kind]:<38} {_times(found)}"


def local(at: int, zone: str) -> str:
    """An instant as the desk's clocks show it, with their offset."""
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).isoformat(timespec="minutes")


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
