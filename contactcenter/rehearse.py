"""`contactcenter rules try`: what the rules of a settings file would make of the tickets of the last days.

Called by `cli`; reads the store page by page, tells how far it is, and changes nothing. What it makes of one ticket is
for flow/rehearsal; here it is counted and put into words, with numbers of tickets to look at and no word of a customer.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contactcenter import app
from contactcenter.flow.rehearsal import Rehearsed, rehearse
from contactcenter.flow.views import iso
from contactcenter.model.columns import DAY
from contactcenter.routing.rules import Rule, needs_in_words
from contactcenter.rulebook import places_of
from contactcenter.settings import Settings, SettingsError
from contactcenter.storage import migrate

DAYS_LIMIT = 36_500  # a hundred years
EXAMPLES = 5
BEGINNING = 2**63 - 1
COLUMNS = ("ticket", "opened", "channel", "rules", "queue", "becomes queue", "priority", "becomes priority", "needs",
           "tags")  # fmt: skip


@dataclass
class Tally:
    """What was counted; of each kind of move the first tickets, to be looked at."""

    tickets: int = 0
    moving: int = 0
    gone: int = 0  # of channels that are no longer there
    matched: Counter[str] = field(default_factory=Counter)
    moves: dict[str, list[int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, one: Rehearsed) -> None:
        self.tickets += 1
        if one.outcome is None:
            self.gone += 1
            return
        self.moving += one.moves
        self.matched.update(match.rule for match in one.outcome.matched)
        self._note("queue", one.queue, one.becomes_queue, one.ticket)
        self._note("priority", one.priority, one.becomes_priority, one.ticket)
        for told in (*needs_in_words(one.outcome.needs)[:1], *(f"tag {tag}" for tag in one.outcome.tags)):
            self._count(told, one.ticket)

    def _note(self, what: str, before: str, becomes: str, ticket: int) -> None:
        if before != becomes:
            self._count(f"{what} {before} -> {becomes}", ticket)

    def _count(self, what: str, ticket: int) -> None:
        self.counts[what] += 1
        if len(seen := self.moves.setdefault(what, [])) < EXAMPLES:
            seen.append(ticket)


async def try_rules(settings: Settings, days: float, listing: Path | None, *, progress: bool) -> list[str]:
    """What was found, line by line; a line for each ticket into the file `listing`, where one is given."""
    if not 0 < days <= DAYS_LIMIT:
        raise SettingsError(f"--days must be more than 0 and at most {DAYS_LIMIT}")
    policies = app.make_policies(settings, {})
    hours = {name: queue.hours for name, queue in policies.queues.items()}
    places = {place.channel: place for place in places_of(settings, hours)}
    location, clock, tally, before = app.location_of(settings), app.SystemClock(), Tally(), BEGINNING
    migrate.require(location)
    since = clock.now() - int(days * DAY)
    with ExitStack() as stack:
        writer = _writer(stack, listing)
        async with app.opened_store(settings, location, clock) as store:
            while page := await store.read(rehearse, policies.rules, places, before, since):
                before = page[-1].ticket
                for one in page:
                    tally.add(one)
                    if writer is not None:
                        writer.writerow(_row(one))
                if progress:
                    print(f"\r{tally.tickets} tickets read", end="", file=sys.stderr, flush=True)
    if progress:
        print(file=sys.stderr)
    return list(_told(policies.rules, tally, days))


def _writer(stack: ExitStack, listing: Path | None) -> Any:
    """What writes rows into the file; None where there is none. Raises SettingsError."""
    if listing is None:
        return None
    try:
        file = stack.enter_context(listing.open("w", encoding="utf-8", newline=""))
    except OSError as error:
        raise SettingsError(f"cannot write {listing}: {error.strerror}; choose another file for --csv") from None
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    return writer


def _row(one: Rehearsed) -> tuple[Any, ...]:
    made = one.outcome
    names = " ".join(match.rule for match in made.matched) if made else ""
    needs, tags = ("; ".join(needs_in_words(made.needs)), " ".join(made.tags)) if made else ("", "")
    queues, priorities = (one.queue, one.becomes_queue), (one.priority, one.becomes_priority)
    return one.ticket, iso(one.opened_at)[:19] + "Z", one.channel, names, *queues, *priorities, needs, tags


def _told(rules: Sequence[Rule], tally: Tally, days: float) -> Iterator[str]:
    """The table, for people."""
    yield f"{tally.moving} of {tally.tickets} tickets of the last {days:g} days would open otherwise than they did"
    if tally.gone:
        yield f"{tally.gone} of them came in by channels that are no longer there, and are left out"
    if not rules:
        yield "there are no rules: begin with [[rules]] in the settings (docs/how-to/queues.md)"
        return
    wide = max(20, *(len(rule.name) for rule in rules))
    yield f"\n{'rule':<{wide}}  matched  why"
    for rule in rules:
        yield f"{rule.name:<{wide}}  {tally.matched[rule.name]:>7}  {rule.why}"
    if tally.counts:
        wide = max(20, *map(len, tally.counts))
        yield f"\n{'what changes, is needed or marked':<{wide}}  tickets  such as"
        for what in sorted(tally.counts, key=lambda what: (-tally.counts[what], what)):
            examples = ", ".join(map(str, tally.moves[what]))
            yield f"{what:<{wide}}  {tally.counts[what]:>7}  {examples}"
