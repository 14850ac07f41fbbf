"""What `contactcenter articles` does: list them, compare them with the folder, bring some in. Called by `cli`.

Each answers lines for people, and whether there is something that they have to see to.
"""

from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contactcenter import app, importing
from contactcenter.flow import articles, articles_in_step
from contactcenter.knowledge.articles import ArticleError, is_stale
from contactcenter.knowledge.importing.incoming import Meant
from contactcenter.ports import Store, Tx
from contactcenter.settings import Settings, SettingsError

Told = tuple[list[str], bool]


async def listed(settings: Settings, asked: Namespace) -> Told:
    """A line for each article that is read; with `stale`, for those whose check date is too old."""
    async with _opened(settings) as store:
        lines = await store.read(_lines, app.make_policies(settings, {}).stale_after, asked.stale)
    return [*lines, f"{len(lines)} articles"], False


async def compared(settings: Settings, asked: Namespace) -> Told:
    """What is wrong after a comparison. A desk that runs may compare, too: each step goes by what the article and its
    file were when it was decided.
    """
    async with _opened(settings) as store:
        in_step = app.in_step_with(settings, store)
        if in_step is None:
            raise SettingsError("no knowledge.folder is configured: articles are in the store alone")
        if asked.anew:
            await store.write(articles_in_step.forget_files)
        await in_step.compare()
        faults = await store.read(articles_in_step.faults)
        both = await store.read(articles_in_step.in_conflict)
    told = [f"skipped {ArticleError(row.path, row.line, row.reason)}" for row in faults]
    told += [f"{row.slug} was changed on both sides: {row.origin} is its draft now" for row in both]
    return told or ["the folder and the store say the same"], bool(told)


async def imported(settings: Settings, asked: Namespace) -> Told:
    """What became of what was brought in, and what could not be read. Raises ArticleError."""
    meant = Meant(asked.language, asked.audience)
    async with _opened(settings) as store:
        told = await importing.bring(store, asked.what, meant, "import", private=asked.private)
    counts = ", ".join(f"{len(slugs)} {became}" for became, slugs in told.became.items())
    drafts = [f"{became}: {slug}" for became in ("added", "updated") for slug in told.became[became]]
    lines = [*(f"skipped {fault}" for fault in told.faults), *drafts, f"{counts}; a person publishes drafts"]
    return lines, bool(told.faults)


def _lines(tx: Tx, stale_after: int, only_stale: bool) -> list[str]:
    lines = []
    for row in articles.published(tx):
        article = articles_in_step.shown(row)
        stale = is_stale(article, tx.now, stale_after)
        if stale or not only_stale:
            checked = f"checked {article.checked}" if article.checked else "never checked"
            lines.append(f"{article.slug:<40} {checked:<20} {'STALE ' if stale else ''}{article.title}")
    return lines


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    location = app.location_of(settings)
    app.prepare_store(location)
    async with app.opened_store(settings, location, app.SystemClock()) as store:
        yield store
