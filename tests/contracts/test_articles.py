"""Articles in the store, on both engines: versions stay, of two changes at once one is refused, sums are numbers."""

import asyncio
from typing import Any

import pytest

from contactcenter.flow import article_files, article_imports, articles, articles_in_step
from contactcenter.flow.articles import Author
from contactcenter.knowledge.articles import Article, ArticleError, packed
from contactcenter.knowledge.folder import Found
from contactcenter.knowledge.importing.incoming import Incoming
from contactcenter.knowledge.steps import Step
from contactcenter.model.values import Conflict, NotFound
from contactcenter.ports import Tx
from tests.contracts.engines import Engine

SAM = Author("agent:1", "console")
ORDERS = Article("orders", "Where is my order?", "Under “Orders”.", ("When?",), "de", variants=(("bot", "Orders"),))


def begin(tx: Tx, text: str = "One.", *, publish: bool = True) -> Any:
    return articles.begin(tx, Article("orders", "T", text), SAM, publish=publish)


def save(tx: Tx, text: str, *, publish: bool = True, slug: str = "orders") -> Any:
    return articles.save(tx, articles.the_article(tx, slug), Article(slug, "T", text), SAM, publish=publish)


def texts(tx: Tx) -> list[str]:
    row = articles.the_article(tx, "orders")
    return [item.text for item in tx.all(articles.VERSIONS, whose=row.id, before=100, limit=50)]


async def test_what_was_written_is_read_back_and_every_version_stays(engine: Engine) -> None:
    async with engine.opened() as opened:
        store = opened.store
        await store.write(articles.begin, ORDERS, SAM, publish=True)
        found = await store.read(articles.published)
        assert [articles_in_step.shown(row) for row in found] == [ORDERS]
        await store.write(save, "Two.")
        await store.write(save, "Two.")
        await store.write(save, "Three.", publish=False)
        assert await store.read(texts) == ["Three.", "Two.", "Under “Orders”."]
        assert [row.text for row in await store.read(articles.published)] == ["Two."]
        await store.write(lambda tx: articles.publish_draft(tx, articles.the_article(tx, "orders")))
        assert [row.text for row in await store.read(articles.published)] == ["Three."]


async def test_every_change_makes_another_revision(engine: Engine) -> None:
    async with engine.opened() as opened:
        store = opened.store
        assert await store.read(articles.revision) == 0
        seen = [0]
        row = await store.write(begin)
        for change in (
            lambda tx: save(tx, "Two.", publish=False),
            lambda tx: articles.drop_draft(tx, articles.the_article(tx, "orders")),
            lambda tx: articles.archive(tx, articles.the_article(tx, "orders")),
            lambda tx: articles.restore(tx, articles.the_article(tx, "orders")),
            lambda tx: article_files.attach(tx, "orders", "a.pdf", "application/pdf", 3, "0" * 64),
            lambda tx: article_files.detach(tx, "orders", 1),
        ):
            seen.append(await store.read(articles.revision))
            await store.write(change)
        assert len(set(seen)) == len(seen)
        await store.write(articles_in_step.wrote, "orders", "orders.md", "d", row.published_id)
        assert await store.read(articles.revision) == seen[-1] + 1, "what a file holds is no change of the article"


async def test_of_two_changes_at_once_one_is_refused(engine: Engine) -> None:
    async with engine.opened() as opened:
        store = opened.store
        row = await store.write(begin)

        def again(tx: Tx, text: str) -> Any:
            return articles.save(tx, row, Article("orders", "T", text), SAM, publish=True)

        done = await asyncio.gather(
            *(store.write_in(f"lane{n}", again, f"By {n}.") for n in range(4)), return_exceptions=True
        )
        assert sorted(isinstance(item, Conflict) for item in done) == [False, True, True, True]
        assert len(await store.read(texts)) == 2
        with pytest.raises(Conflict):
            await store.write(begin)


async def test_readers_thank_by_the_day_and_all_of_it_is_summed(engine: Engine) -> None:
    async with engine.opened() as opened:
        store = opened.store
        row = await store.write(begin)
        for day, helped in (("2026-11-21", True), ("2026-11-21", False), ("2026-11-22", True)):
            await store.write(articles.thank, row.id, day, helped)
        assert await store.read(articles.thanks) == {row.id: (2, 1)}


async def test_a_draft_that_is_discarded_is_archived_and_comes_back_as_a_draft(engine: Engine) -> None:
    async with engine.opened() as opened:
        store = opened.store
        await store.write(lambda tx: begin(tx, publish=False))
        await store.write(lambda tx: articles.drop_draft(tx, articles.the_article(tx, "orders")))
        row = await store.read(articles.the_article, "orders")
        assert (row.draft_id, row.archived_at is not None) == (None, True)
        row = await store.write(lambda tx: articles.restore(tx, articles.the_article(tx, "orders")))
        assert (row.draft_id is not None, row.archived_at) == (True, None)
        with pytest.raises(NotFound):
            await store.read(articles.the_article, "nothing")


async def test_a_step_of_the_folder_goes_by_what_was_decided(engine: Engine) -> None:
    file = Found("a/orders.md", "orders", "d1", Article("orders", "T", "By hand."))
    async with engine.opened() as opened:
        store = opened.store
        await store.write(articles_in_step.take, Step("take_in", "orders", file), 0)
        known = (await store.read(articles_in_step.known))["orders"]
        assert (known.path, known.synced, known.changed) == ("a/orders.md", "d1", False)
        assert known.content == packed(Article("orders", "T", "By hand."))
        await store.write(save, "By Sam.")
        with pytest.raises(Conflict):
            await store.write(articles_in_step.take, Step("archive", "orders"), known.revision)
        with pytest.raises(Conflict):
            await store.read(articles_in_step.to_write, "orders", known.revision)
        known = (await store.read(articles_in_step.known))["orders"]
        assert known.changed
        other = Found("a/orders.md", "orders", "d2", Article("orders", "T", "Both."))
        await store.write(articles_in_step.take, Step("draft", "orders", other), known.revision)
        assert [row.slug for row in await store.read(articles_in_step.in_conflict)] == ["orders"]
        assert (await store.read(articles_in_step.known))["orders"].changed, "the file is still to be written"


async def test_faults_are_news_once(engine: Engine) -> None:
    fault = ArticleError("bad.md", 3, "unknown key")
    async with engine.opened() as opened:
        store = opened.store
        assert await store.write(articles_in_step.tell_faults, [fault, fault])
        assert not await store.write(articles_in_step.tell_faults, [fault])
        row = (await store.read(articles_in_step.faults))[0]
        assert (row.path, row.line, row.reason) == ("bad.md", 3, "unknown key")
        assert await store.write(articles_in_step.tell_faults, [])
        assert await store.read(articles_in_step.faults) == []


async def test_an_import_finds_its_article_again(engine: Engine) -> None:
    async with engine.opened() as opened:
        store = opened.store
        await store.write(begin)
        first = Incoming(Article("orders", "T", "From there."), "https://shop.test/orders")
        assert await store.write(article_imports.take, first, "import") == ("added", "orders-2")
        assert await store.write(article_imports.take, first, "import") == ("unchanged", "orders-2")
        second = Incoming(Article("orders", "T", "New\0 there."), "https://shop.test/orders")
        assert await store.write(article_imports.take, second, "import") == ("updated", "orders-2")
        await store.write(lambda tx: articles.archive(tx, articles.the_article(tx, "orders-2")))
        third = Incoming(Article("orders", "T", "Newer."), "https://shop.test/orders")
        assert await store.write(article_imports.take, third, "import") == ("unchanged", "orders-2")


async def test_a_file_of_an_article_is_replaced_by_one_of_its_name(engine: Engine) -> None:
    async with engine.opened() as opened:
        store = opened.store
        row = await store.write(begin)
        for digest in ("1" * 64, "2" * 64):
            await store.write(article_files.attach, "orders", "a.pdf", "application/pdf", 3, digest)
        assert [file.digest for file in await store.read(article_files.of, row.id)] == ["2" * 64]
        with pytest.raises(NotFound):
            await store.write(article_files.detach, "orders", 99)
