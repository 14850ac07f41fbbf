"""`contactcenter decisions`: are the router's decisions those that it would make again?

Makes them again from the logbook, pass by pass, and holds each against what the history says: who got the ticket, and
every reason. Called by `cli`; reads the store page by page, and changes nothing.
"""

import sys
from collections import defaultdict, deque
from collections.abc import Sequence

from contactcenter import app
from contactcenter.figures.told import local
from contactcenter.flow import logbook
from contactcenter.model.columns import DAY
from contactcenter.routing.log import Made, Remake
from contactcenter.settings import Settings, SettingsError
from contactcenter.storage import migrate

DAYS_LIMIT = logbook.KEPT / DAY


async def make_again(settings: Settings, days: float, *, progress: bool) -> tuple[list[str], bool]:
    """What was found, in words, and whether all decisions are as they were."""
    if not 0 < days <= DAYS_LIMIT:
        raise SettingsError(f"--days must be more than 0 and at most {DAYS_LIMIT:g}: the logbook is kept for as long")
    location, clock = app.location_of(settings), app.SystemClock()
    migrate.require(location)
    async with app.opened_store(settings, location, clock) as store:
        after = await store.read(logbook.beginning, clock.now() - int(days * DAY)) - 1
        check, begun = Check(), False
        while after >= 0 and (page := await store.read(logbook.passes, after)):
            if not begun:
                begun = True
                check.expect(await store.read(logbook.decided, page[0][1].at))
            after = page[-1][0]
            for _, one in page:
                check.hear(check.remake.go_on(one), one.at)
            if progress:
                print(f"\r{check.alike} decisions made again", end="", file=sys.stderr, flush=True)
    if progress:
        print(file=sys.stderr)
    return check.told(settings.figures.timezone)


class Check:
    """Decisions made again beside those of the history. `alike`: how many agree, up to the first that does not."""

    def __init__(self) -> None:
        self.remake = Remake()
        self.alike = self.unknown = 0
        self.first: tuple[Made | None, Made | None] | None = None  # as it was, and as it would be now
        self.begins = 0
        self._stored: dict[tuple[int, int], deque[Made]] = defaultdict(deque)

    def expect(self, stored: Sequence[Made]) -> None:
        """What the history says."""
        for one in stored:
            self._stored[one.ticket, one.at].append(one)

    def hear(self, made: Sequence[Made], at: int) -> None:
        """What comes out of the next pass. What was erased from the history is not known any more."""
        self.begins = self.begins or at
        for one in made:
            known = self._stored.get((one.ticket, one.at))
            stored = known.popleft() if known else None
            if stored is None:
                self.unknown += 1
            elif stored == one:
                self.alike += self.first is None
            else:
                self.first = self.first or (stored, one)

    def told(self, zone: str) -> tuple[list[str], bool]:
        """In words, and whether all is well."""
        if not self.begins:
            return ["the logbook is empty: the router has not run yet"], True
        lines = [f"{self.alike} decisions since {local(self.begins, zone)} come out again as they were"]
        if self.unknown:
            lines.append(f"{self.unknown} more are not on the history: their customers were erased")
        left = next((known[0] for known in self._stored.values() if known), None)
        if self.first is None and left is not None:  # it gave out what it would not give out again
            self.first = left, None
        if self.first is not None:
            lines += _difference(*self.first, zone)
        return lines, self.first is None


def _difference(was: Made | None, now: Made | None, zone: str) -> list[str]:
    one = was or now
    assert one is not None  # noqa: S101 (one of them is)
    told = [f"the first that differs: ticket {one.ticket} at {local(one.at, zone)}"]
    for title, made in (("as it was", was), ("made again", now)):
        told.append(f"  {title}: {f'agent {made.agent}' if made else 'nobody'}")
        told += [f"    {reason}" for reason in made.reasons] if made else []
    return told
