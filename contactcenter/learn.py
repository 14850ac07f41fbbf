"""`contactcenter learn`: what past tickets suggest for the knowledge base, proposed to people.

Called by `cli`; reads the tickets page by page (flow/pasts), finds what the base lacks (knowledge/gaps) and what its
articles could learn (knowledge/samples), and keeps it as proposals (flow/proposals), a small transaction for each. What
was found before is brought up to date; what was declined does not come back. Writes no article.
"""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from contactcenter import app
from contactcenter.evaluate import DAYS_LIMIT, base_of, learned, past_tickets, read_articles
from contactcenter.flow import proposals
from contactcenter.flow.proposals import CHUNK, THOUSAND, KnownProposal
from contactcenter.knowledge.credit import Senders
from contactcenter.knowledge.found import Gap, Sample
from contactcenter.knowledge.gaps import Gaps, remembered, unanswered
from contactcenter.knowledge.lines import folded
from contactcenter.knowledge.past import Past
from contactcenter.knowledge.samples import samples
from contactcenter.knowledge.trial import Base
from contactcenter.model.columns import DAY
from contactcenter.ports import Store
from contactcenter.settings import Settings, SettingsError
from contactcenter.storage import migrate

WEEK = 7 * DAY
ASKED = 5  # questions in the middle of a group, by which it is seen whether the base knows it
LISTED = 30

Found = list[tuple[Gap, KnownProposal | None]]


def run(settings: Settings, arguments: Namespace) -> int:
    """The command; its exit code. Raises SettingsError."""
    if not 0 < arguments.days <= DAYS_LIMIT:
        raise SettingsError(f"--days must be more than 0 and at most {DAYS_LIMIT}")
    if arguments.most < 1:
        raise SettingsError("--most must be at least 1")
    work = learn(settings, arguments.days, arguments.most, progress=not arguments.quiet)
    print(*asyncio.run(work), sep="\n")
    return 0


async def learn(settings: Settings, days: float, most: int, *, progress: bool) -> list[str]:
    """Find and keep proposals; what was found, line by line."""
    location, clock = app.location_of(settings), app.SystemClock()
    migrate.require(location)
    async with app.opened_store(settings, location, clock) as store:
        known = await read_articles(settings, store)
        base = base_of("now", await asyncio.to_thread(learned, settings, known))
        began = clock.now()
        pasts: list[Past] = []
        senders = Senders(base.passages)
        async for some in past_tickets(store, began - int(days * DAY), most, progress=progress):
            pasts += await asyncio.to_thread(_remembered, senders, some)
        weeks = max(1.0, (began - min((past.opened_at for past in pasts), default=began)) / WEEK)
        before = await _known(store)
        found = await asyncio.to_thread(_gaps, pasts, base, before, progress)
        proposed = await asyncio.to_thread(samples, pasts, base)
        for gap, kept in found:
            await store.write(proposals.keep_gap, gap, weeks, kept)
        await _keep_samples(store, proposed, weeks, before)
        while await store.write(proposals.drop_old, began):
            pass
        rows = await store.read(proposals.page, "proposed", 2**62, 2**62, LISTED)
    return list(_told(len(pasts), sum(map(unanswered, pasts)), rows))


def _remembered(senders: Senders, some: Iterable[Past]) -> list[Past]:
    return [remembered(senders.credited(past)) for past in some]


async def _known(store: Store) -> list[KnownProposal]:
    found: list[KnownProposal] = []
    while rows := await store.read(proposals.known, found[-1].id if found else 0):
        found += rows
    return found


def _gaps(pasts: Iterable[Past], base: Base, before: Iterable[KnownProposal], progress: bool) -> Found:
    """What the base lacks, each with the proposal that was made of it before."""
    asked_people = [past for past in pasts if unanswered(past)]
    if progress:
        print(f"{len(asked_people)} questions are gathered", file=sys.stderr)
    gaps = Gaps(asked_people)
    articles = [known for known in before if known.kind == "article"]
    match, found = Matching(gaps, articles), []
    for number in range(len(gaps)):
        asked = gaps.central(number, ASKED)
        answers = sum(base.read(question).article != "" for question in asked)
        if 2 * answers <= len(asked) and (gap := gaps.gap(number)) is not None:
            found.append((gap, match.of(number)))
        if progress:
            print(f"\r{number + 1} of {len(gaps)} groups looked into", end="", file=sys.stderr, flush=True)
    if progress:
        print(file=sys.stderr)
    return found


class Matching:
    """Which proposal was made of a group before: one whose questions are near to it, whatever its tickets are now."""

    def __init__(self, gaps: Gaps, before: Sequence[KnownProposal]) -> None:
        self._gaps = gaps
        told = [(known, text) for known in before for text in known.samples]
        self._owners = [known for known, _ in told]
        self._rows = gaps.likeness.vectors([text for _, text in told])
        self._taken: set[int] = set()

    def of(self, number: int) -> KnownProposal | None:
        """The nearest; of two groups near to one that is still open, the larger has it, which comes first."""
        if not self._owners:
            return None
        near = self._gaps.nearness(number, self._rows)
        for n in map(int, np.argsort(-near, kind="stable")):
            owner = self._owners[n]
            if near[n] < self._gaps.likeness.near:
                return None
            if owner.state != "proposed" or owner.id not in self._taken:
                self._taken.add(owner.id)
                return owner
        return None


async def _keep_samples(store: Store, found: Sequence[Sample], weeks: float, before: Iterable[KnownProposal]) -> None:
    of_samples = [known for known in before if known.kind == "sample"]
    known = {(one.article, folded(text)): one for one in of_samples for text in one.samples}
    for begin in range(0, len(found), CHUNK // 2):
        some = [
            (sample, known.get((sample.article, folded(sample.text)))) for sample in found[begin : begin + CHUNK // 2]
        ]
        await store.write(proposals.keep_samples, some, weeks)


def _told(read: int, lacking: int, rows: Sequence[proposals.Row]) -> Iterator[str]:
    yield f"{read} tickets read; people had to answer {lacking} of them, with no article"
    if not rows:
        yield "nothing is proposed"
        return
    yield f"\n{'proposal':>8} {'saves a week':>13} {'tickets':>8} {'answered':>9} {'alike':>6}  what"
    for row in rows:
        title = proposals.samples_of(row)[0]
        what = f"for {row.article}: {title}" if row.kind == "sample" else title + ("" if row.text else "  (no text)")
        counts = f"{row.tickets:>8} {row.answered:>9} {row.alike:>6}"
        yield f"{row.id:>8} {row.saved / THOUSAND:>13.1f} {counts}  {what}"
    yield "\nsupervisors decide: GET and PUT /api/v1/proposals (docs/how-to/learning.md)"
