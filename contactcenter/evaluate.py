"""`contactcenter evaluate`: the knowledge base on the desk's own past tickets, before a change goes live.

Called by `cli`; reads the store page by page (flow/pasts), asks each base what it would do (knowledge/trial), tells how
far it is, and changes nothing. Every figure opens: the tickets that would go otherwise are listed by number, what
customers wrote in them with what is personal left out.
"""

import asyncio
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from contactcenter import app
from contactcenter.figures.intervals import Estimate, share
from contactcenter.flow import articles, articles_in_step, pasts
from contactcenter.knowledge.answering.study import Study
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.assistant import Answer, Assistant, Question
from contactcenter.knowledge.folder import look
from contactcenter.knowledge.lines import folded
from contactcenter.knowledge.past import Past
from contactcenter.knowledge.replies import LookUp, Phrase, Reply
from contactcenter.knowledge.trial import Base, Change, Read, Score, Trial
from contactcenter.model.columns import DAY
from contactcenter.ports import Store
from contactcenter.settings import Settings, SettingsError
from contactcenter.storage import migrate

DAYS_LIMIT = 36_500  # a hundred years
LISTED = 50  # changes on a page for people; --json has them all
TOLD_BY = {
    "customer": "the customer said that it helps",
    "silence": "the assistant answered and they never came back",
    "agent": "an agent sent an article",
    "reply": "people answered in their own words",
    "": "nothing shows what was right",
}


class Asked(msgspec.Struct, frozen=True):
    """What is to be tried: on which tickets, and what is to change."""

    days: float
    most: int
    folder: Path | None = None
    precision: float | None = None


class BaseView(msgspec.Struct, frozen=True):
    """One base in figures. `correct` is the share of right answers where it is known, with Wilson's interval.

    `at_best` leaves out the wrong ones against which only people's own words speak: they may have meant the same.
    """

    name: str
    answered: int
    right: int
    wrong: int
    unknown: int
    handed: int
    missed: int
    own_words: int
    correct: Estimate | None
    at_best: Estimate | None
    without_by_heart: Estimate | None


class Verdict(msgspec.Struct, frozen=True):
    """All that was found."""

    days: float
    tickets: int
    told_by: Mapping[str, int]
    bases: list[BaseView]
    changes: list[Change]


def run(settings: Settings, arguments: Namespace) -> int:
    """The command; its exit code. Raises SettingsError."""
    folder = Path(arguments.folder) if arguments.folder else None
    least = arguments.at_least
    if least is not None and not 0 <= least <= 1:
        raise SettingsError("--at-least must be from 0 to 1")
    asked = Asked(arguments.days, arguments.most, folder, arguments.precision)
    verdict = asyncio.run(evaluate(settings, asked, progress=not arguments.quiet))
    print(*([msgspec.json.encode(verdict).decode()] if arguments.json else told(verdict)), sep="\n")
    return 0 if least is None or reaches(verdict, least) else 1


async def evaluate(settings: Settings, asked: Asked, *, progress: bool) -> Verdict:
    """Try the base as it is, and beside it the changed one, where something is to change. Raises SettingsError."""
    _check(asked)
    location, clock = app.location_of(settings), app.SystemClock()
    migrate.require(location)
    since = clock.now() - int(asked.days * DAY)
    async with app.opened_store(settings, location, clock) as store:
        known = await read_articles(settings, store)
        trial = Trial(await asyncio.to_thread(bases_of, settings, known, asked))
        async for some in past_tickets(store, since, asked.most, progress=progress):
            await asyncio.to_thread(_ask, trial, some)
    views = [_view(base, score) for base, score in zip(trial.bases, trial.scores, strict=True)]
    return Verdict(asked.days, trial.asked, dict(trial.told_by), views, trial.changes)


async def read_articles(settings: Settings, store: Store) -> list[Article]:
    """Those that are published; while the store has none yet, those of the knowledge folder."""
    rows = await store.read(articles.published)
    folder = settings.knowledge.folder
    if rows or not folder:
        return [articles_in_step.shown(row) for row in rows]
    return await asyncio.to_thread(_of_folder, settings.path(folder))


def bases_of(settings: Settings, known: Sequence[Article], asked: Asked) -> list[Base]:
    """The base as it is, and the one it would be. Raises ArticleError."""
    bases = [base_of("now", learned(settings, known))]
    if asked.folder is not None or asked.precision is not None:
        changed = known if asked.folder is None else _of_folder(asked.folder)
        bases.append(base_of("changed", learned(settings, changed, asked.precision)))
    return bases


def learned(settings: Settings, known: Sequence[Article], precision: float | None = None) -> Assistant:
    """An assistant that knows these articles as well as can be; nothing of it is kept."""
    study = Study(app.make_encoder(settings))
    wanted = settings.knowledge.precision if precision is None else precision
    assistant = Assistant(known, wanted, settings.web.public_url, study)
    assistant.catch_up()
    return assistant


def _of_folder(folder: Path) -> list[Article]:
    return [file.article for file in look(folder).values() if file.article is not None]


def base_of(name: str, assistant: Assistant) -> Base:
    """What an assistant knows, on trial."""

    def read(text: str) -> Read:
        outcome = assistant.answer(Question(0, 0, text))
        if isinstance(outcome, LookUp):
            return Read(outcome.article, f"it asks {outcome.tool} first")
        if isinstance(outcome, Reply) and outcome.rest is not None:
            return Read("", outcome.rest.reason)  # it answers a part, and people the rest
        if not isinstance(outcome, Reply):
            return Read("", outcome.reason)
        answer = next((part for part in outcome.parts if isinstance(part, Answer)), None)
        if answer is None:
            return Read("", outcome.parts[-1].reason if isinstance(outcome.parts[-1], Phrase) else "it said nothing")
        return Read(answer.source.article, "; ".join(answer.reasons))

    passages = {article.slug: article.passage for article in assistant.articles}
    samples = (folded(text) for article in assistant.articles for text in (article.title, *article.questions))
    return Base(name, read, passages, frozenset(samples))


async def past_tickets(store: Store, since: int, most: int, *, progress: bool) -> AsyncIterator[list[Past]]:
    """Tickets in which somebody asked something, newest first, a page after the other, at most so many."""
    newer, before, found = pasts.Newer(), pasts.NEWEST, 0
    while before and found < most:
        page = await store.read(pasts.page, before, since)
        some = [newer.judged(past) for past in page.pasts][: most - found]
        found, before = found + len(some), page.before
        if some:
            yield some
        if progress:
            print(f"\r{found} tickets read", end="", file=sys.stderr, flush=True)
    if progress:
        print(file=sys.stderr)


def told(verdict: Verdict) -> Iterator[str]:
    """The page for people."""
    yield f"{verdict.tickets} tickets of the last {verdict.days:g} days in which a person asked something; of them"
    for key, words in TOLD_BY.items():
        yield f"{verdict.told_by.get(key, 0):>7}  {words}"
    yield f"\n{'':<34}" + "".join(f"{base.name:>10}" for base in verdict.bases)
    for name, words in (
        ("answered", "would answer"), ("right", "  right"), ("wrong", "  wrong"),
        ("own_words", "    only by people's own words"), ("unknown", "  not known"),
        ("handed", "would hand over"), ("missed", "  though an article was right"),
    ):  # fmt: skip
        yield f"{words:<34}" + "".join(f"{getattr(base, name):>10}" for base in verdict.bases)
    yield ""
    for base in verdict.bases:
        yield f"{base.name:<8} right, of the answers that can be judged: {_share(base.correct)}"
        if base.own_words:
            yield f"{'':<8} if people's own words said the same: {_share(base.at_best)}"
        if base.correct != base.without_by_heart:
            yield f"{'':<8} without questions that are samples word for word: {_share(base.without_by_heart)}"
    if len(verdict.bases) > 1:
        yield from _changes(verdict.changes)


def reaches(verdict: Verdict, least: float) -> bool:
    """Is the share of right answers of the last base at least this? Where nothing can be judged, it is not."""
    correct = verdict.bases[-1].correct
    return correct is not None and correct.value >= least


def _check(asked: Asked) -> None:
    if not 0 < asked.days <= DAYS_LIMIT:
        raise SettingsError(f"--days must be more than 0 and at most {DAYS_LIMIT}")
    if asked.most < 1:
        raise SettingsError("--most must be at least 1")
    if asked.precision is not None and not 0 < asked.precision < 1:
        raise SettingsError("--precision must be between 0 and 1")


def _ask(trial: Trial, some: Sequence[Past]) -> None:
    for past in some:
        trial.add(past)


def _view(base: Base, score: Score) -> BaseView:
    judged = score.right + score.wrong
    rest = share(score.right - score.by_heart_right, judged - score.by_heart)
    counts = score.answered, score.right, score.wrong, score.unknown, score.handed, score.missed, score.own_words
    best = share(score.right, judged - score.own_words)
    return BaseView(base.name, *counts, share(score.right, judged), best, rest)


def _share(found: Estimate | None) -> str:
    if found is None:
        return "nothing to tell from"
    return f"{found.value:.1%} of {found.cases} (95 %: {found.low:.1%} to {found.high:.1%})"


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    yield f"\n{len(changes)} tickets would go otherwise" + (":" if changes else "")
    for change in changes[:LISTED]:
        was, becomes = _outcome(change.was, change.was_right), _outcome(change.becomes, change.becomes_right)
        yield f"{change.ticket:>7}  {was} -> {becomes}\n{'':<9}{change.question}"
    if len(changes) > LISTED:
        yield f"and {len(changes) - LISTED} more; --json lists them all"


def _outcome(article: str, right: bool | None) -> str:
    return f"{article} ({'not known' if right is None else 'right' if right else 'wrong'})" if article else "people"
