"""The knowledge folder and the store are kept in step: both ways, whatever is killed, and by several processes."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from contactcenter import app
from contactcenter.app import SystemClock, location_of, opened_store
from contactcenter.cli import main
from contactcenter.flow import articles, articles_in_step
from contactcenter.instep import InStep
from contactcenter.knowledge.folder import look
from contactcenter.ports import Store, Tx
from contactcenter.settings import Settings, load
from tests.desk import Api, RunningDesk, eventually, running_desk, write_settings
from tests.servers import PostgreSQL, Redis

ORDERS = "---\ntitle: Where is my order?\n---\nLook under Orders, and then {more}.\n"


def folder(settings: Settings) -> Path:
    return settings.path(settings.knowledge.folder)


def edited(whole: dict[str, Any], text: str) -> dict[str, Any]:
    """What the console sends."""
    said = whole["published"]
    kept = ("title", "questions", "language", "audience", "owner", "variants", "checked")
    return {**{name: said[name] for name in kept}, "text": text, "revision": whole["revision"]}


async def reads(api: Api, slug: str, words: str) -> None:
    """Until the article that people read has these words."""

    async def said() -> bool:
        known = {item["slug"] for item in (await api.get("/articles?state=published"))["items"]}
        return slug in known and words in (await api.get(f"/articles/{slug}"))["published"]["text"]

    await eventually(said)


async def lies(file: Path, words: str) -> None:
    """Until the file has these words."""

    def there() -> bool:
        return file.exists() and words in file.read_text(encoding="utf-8")

    async def said() -> bool:
        return there()

    await eventually(said)


async def test_what_is_written_on_either_side_is_soon_on_the_other(any_desk: RunningDesk) -> None:
    desk, file = any_desk, folder(any_desk.settings) / "order-status.md"
    file.write_text(ORDERS.format(more="ask Grace"), encoding="utf-8")
    await reads(desk.sam, "order-status", "ask Grace")
    whole = await desk.sam.get("/articles/order-status")
    await desk.sam.put("/articles/order-status", edited(whole, "Look here, and then *wait*."))
    await lies(file, "and then *wait*")
    versions = await desk.sam.items("/articles/order-status/versions")
    assert [(version["number"], version["state"], version["by"]) for version in versions] == [
        (3, "published", "Sam"), (2, "past", "folder"), (1, "past", "folder"),
    ]  # fmt: skip
    told = await desk.grace.get("/articles/order-status/diff?from=2&to=3")
    assert {"kind": "added", "text": "Look here, and then *wait*."} in told["items"]
    (folder(desk.settings) / "sizes.md").write_text("---\ntitle: Which size fits me?\n---\nSee the table.\n")
    await reads(desk.sam, "sizes", "See the table")


async def test_a_file_that_is_deleted_archives_its_article_and_a_restored_one_is_a_file_again(
    desk: RunningDesk,
) -> None:
    file = folder(desk.settings) / "returns.md"
    before = file.read_text(encoding="utf-8")
    file.unlink()

    async def archived() -> bool:
        return bool((await desk.sam.get("/articles/returns"))["state"] == "archived")

    await eventually(archived)

    async def no_longer_helped() -> bool:
        async with desk.http.get(f"{desk.url}/help/returns") as page:
            return page.status == 410

    await eventually(no_longer_helped)
    await desk.sam.put("/articles/returns/state", {"state": "published"})
    await lies(file, "within thirty days")
    assert file.read_text(encoding="utf-8") == before
    await desk.sam.call("DELETE", "/articles/returns", status=204)

    async def gone() -> bool:
        return not file.exists()

    await eventually(gone)
    file.write_text(before.replace("thirty", "forty"), encoding="utf-8")
    await reads(desk.sam, "returns", "forty days")


async def test_what_is_wrong_with_a_file_is_told_and_the_others_work(
    desk: RunningDesk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    bad = folder(desk.settings) / "bad.md"
    bad.write_text("---\ntitle: Bad\ntags: [x]\n---\nText\n", encoding="utf-8")

    async def told() -> Any:
        return (await desk.grace.get("/article-faults"))["items"]

    fault = (await eventually(told))[0]
    assert (fault["path"], fault["line"]) == ("bad.md", 3)
    assert fault["reason"].startswith("unknown key 'tags'")
    assert any("bad.md:3: unknown key" in getattr(record, "reason", "") for record in caplog.records)
    assert len((await desk.grace.get("/articles"))["items"]) == 3
    main_elsewhere(["doctor", "--config", str(desk.settings.folder / "contactcenter.toml")])
    assert "BAD knowledge: skipped bad.md:3: unknown key 'tags'" in capsys.readouterr().out
    bad.write_text("---\ntitle: Good\n---\nText\n", encoding="utf-8")
    await reads(desk.sam, "bad", "Text")

    async def nothing_told() -> bool:
        return not await told()

    await eventually(nothing_told)


@pytest.mark.parametrize("others", [False, True])
async def test_a_folder_that_was_emptied_or_is_another_archives_nothing(desk: RunningDesk, others: bool) -> None:
    for file in folder(desk.settings).glob("*.md"):
        file.unlink()
    if others:
        (folder(desk.settings) / "other.md").write_text("---\ntitle: Other\n---\nText\n")

    async def told() -> bool:
        faults = (await desk.grace.get("/article-faults"))["items"]
        return any("nothing is archived" in fault["reason"] for fault in faults)

    await eventually(told)
    assert len((await desk.grace.get("/articles"))["items"]) == 3
    config = str(desk.settings.folder / "contactcenter.toml")
    assert main_elsewhere(["articles", "sync", "--anew", "--config", config]) == 0
    assert len(list(folder(desk.settings).glob("*.md"))) == 3 + others
    assert len((await desk.grace.get("/articles"))["items"]) == 3 + others


def opened(settings: Settings) -> Any:
    return opened_store(settings, location_of(settings), SystemClock())


async def in_step(settings: Settings, store: Store) -> InStep:
    found = app.in_step_with(settings, store)
    assert found is not None
    await found.compare()
    return found


def rewrite(tx: Tx, slug: str, text: str) -> None:
    """Somebody writes in the console."""
    row = articles.the_article(tx, slug)
    new = articles.said(tx, slug, row.published_id)
    author = articles.Author("agent:1", "console")
    articles.save(tx, row, type(new)(**{**{f: getattr(new, f) for f in new.__slots__}, "text": text}), author,
                  publish=True)  # fmt: skip


async def test_what_was_changed_on_both_sides_is_a_version_here_and_a_draft_of_what_the_folder_said(
    settings: Settings, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder(settings) / "order-status.md"
    async with opened(settings) as store:
        await in_step(settings, store)
        await store.write(rewrite, "order-status", "By Sam.")
        file.write_text(ORDERS.format(more="by hand"), encoding="utf-8")
        found = await in_step(settings, store)
        row = await store.read(articles.the_article, "order-status")
        assert (await store.read(articles.said, "order-status", row.published_id)).text == "By Sam."
        assert "by hand" in (await store.read(articles.said, "order-status", row.draft_id)).text
        assert "By Sam." in file.read_text(encoding="utf-8")
        assert [item.slug for item in await store.read(articles_in_step.in_conflict)] == ["order-status"]
        assert "article changed on both sides" in caplog.messages
        before = await store.read(articles.revision)
        await found.compare()
        assert await store.read(articles.revision) == before, "they are in step"
    config = str(settings.folder / "contactcenter.toml")
    assert main_elsewhere(["articles", "sync", "--config", config]) == 1
    assert "order-status was changed on both sides: order-status.md is its draft now" in capsys.readouterr().out


def main_elsewhere(argv: list[str]) -> int:
    """The command line, which brings an event loop of its own."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(main, argv).result()


@pytest.mark.parametrize("killed", ["before the file", "after the file"])
async def test_killed_between_store_and_file_they_are_in_step_after_the_next_start(
    settings: Settings, killed: str
) -> None:
    file = folder(settings) / "order-status.md"
    async with opened(settings) as store:
        await in_step(settings, store)
        await store.write(rewrite, "order-status", "By Sam.")
        if killed == "after the file":  # the file is written, and the store does not know
            there = next(iter(look(folder(settings)).values()))
            file.write_text(file.read_text(encoding="utf-8").replace("Under Orders you find", "By Sam."))
            file.write_text("---\ntitle: Where is my order?\nquestions:\n- When will my parcel arrive?\n"
                            "checked: 2026-11-01\n---\nBy Sam.\n")  # fmt: skip
            assert next(iter(look(folder(settings)).values())).digest != there.digest
    async with running_desk(settings) as desk:
        whole = await desk.sam.get("/articles/order-status")
        assert whole["published"]["text"] == "By Sam."
        assert whole["draft"] is None
        assert "By Sam." in file.read_text(encoding="utf-8")
        assert len(await desk.sam.items("/articles/order-status/versions")) == 2


async def test_of_two_processes_one_compares_and_both_know(
    tmp_path: Path, empty_server: str, postgres: PostgreSQL, redis: Redis
) -> None:
    file = write_settings(tmp_path, store=postgres.url(copy_of=empty_server), bus=redis.url)
    settings = load(file, {})
    article = folder(settings) / "order-status.md"
    async with running_desk(settings) as one, app.running(settings) as two:
        other = Api(one.http, two.url, one.people["Sam"].token)
        await one.sam.post("/articles", {"slug": "new", "title": "A new one", "text": "Of the first process."})
        article.write_text(ORDERS.format(more="ask both"), encoding="utf-8")

        async def known() -> bool:
            told = {item.slug: item.text for item in two.assistant.articles}
            return "ask both" in told.get("order-status", "") and "new" in told

        await eventually(known)
        await lies(folder(settings) / "new.md", "Of the first process.")
        assert (await other.get("/articles/new"))["state"] == "published"
        versions = await one.sam.items("/articles/order-status/versions")
        assert len(versions) == 2, "each change of the file is one version, however many look"


async def test_without_a_folder_articles_are_in_the_store_alone(tmp_path: Path, empty_store: Path) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    file = write_settings(tmp_path)
    file.write_text(file.read_text().replace('folder = "articles"', ""))
    async with running_desk(load(file, {})) as desk:
        await desk.sam.post("/articles", {"slug": "here", "title": "Is it here?", "text": "It is."})
        assert [item["slug"] for item in (await desk.grace.get("/articles"))["items"]] == ["here"]
        assert not (tmp_path / "articles" / "here.md").exists()


async def test_a_file_that_cannot_be_written_is_told_and_the_article_is_read_all_the_same(desk: RunningDesk) -> None:
    (folder(desk.settings) / "new.md").mkdir()
    await desk.sam.post("/articles", {"slug": "new", "title": "A new one", "text": "Words."})

    async def told() -> Any:
        return (await desk.grace.get("/article-faults"))["items"]

    fault = (await eventually(told))[0]
    assert (fault["path"], fault["reason"].partition(":")[0]) == ("new.md", "cannot be written")
    await reads(desk.sam, "new", "Words.")
    (folder(desk.settings) / "new.md").rmdir()
    (folder(desk.settings) / "sign.md").write_text("---\ntitle: A change\n---\nText\n", encoding="utf-8")
    await lies(folder(desk.settings) / "new.md", "Words.")


async def test_two_who_write_at_once_do_not_undo_each_other(desk: RunningDesk) -> None:
    whole = await desk.sam.get("/articles/returns")
    await desk.sam.put("/articles/returns", edited(whole, "The first."))
    refused = await desk.sam.put("/articles/returns", edited(whole, "The second."), status=409)
    assert "was changed meanwhile" in refused["detail"]
    await lies(folder(desk.settings) / "returns.md", "The first.")
    current = await desk.sam.get("/articles/returns")
    await lies(folder(desk.settings) / "returns.md", "The first.")
    await desk.sam.put("/articles/returns", edited(current, "The third."))
