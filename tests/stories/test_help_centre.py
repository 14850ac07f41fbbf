"""Customers read the help centre: they find an article, read it, take its files, and say whether it helped."""

import hashlib
from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest

from tests.desk import RunningDesk, eventually

TEAPOT = {
    "slug": "teapots",
    "title": "Is the handle of my <teapot> to get warm?",
    "text": "The handle gets *warm*.\n\n<script>alert(1)</script>\n\n[Do not](javascript:alert(1)) [look](https://x.test)",
    "questions": ["Why is the handle warm?"],
}


async def page(desk: RunningDesk, path: str, status: int = 200, speaks: str = "en") -> str:
    headers = {"Accept": "text/html", "Accept-Language": speaks}
    async with desk.http.get(desk.url + path, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == status, text
        assert "<script" not in text
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        return text


async def known(desk: RunningDesk, slug: str) -> None:
    """Until the help centre shows it."""

    async def there() -> bool:
        async with desk.http.get(f"{desk.url}/help/{slug}") as answer:
            return answer.status == 200

    await eventually(there)


async def press(desk: RunningDesk, slug: str, helped: str, status: int = 303, **headers: str) -> str:
    url = f"{desk.url}/help/{slug}"
    async with desk.http.post(url, data={"helped": helped}, headers=headers, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return answer.headers.get("Location", "")


async def test_an_article_is_listed_found_and_read_and_brings_nothing_of_its_own(desk: RunningDesk) -> None:
    await desk.sam.post("/articles", TEAPOT)
    await known(desk, "teapots")
    assert "Is the handle of my &lt;teapot&gt; to get warm?" in await page(desk, "/help")
    assert "Refund rules" not in await page(desk, "/help")
    assert "/help/teapots" in await page(desk, "/help?q=handle+warm")
    assert "/help/order-status" in await page(desk, "/help?q=parc"), "a word that begins so"
    assert "Refund rules" not in await page(desk, "/help?q=refund")
    text = await page(desk, "/help/teapots")
    assert "The handle gets <em>warm</em>." in text
    assert "&lt;script&gt;alert(1)" in text
    assert 'href="javascript' not in text
    assert "Checked on <time" in text
    assert '<a href="/chat/site">Chat with us</a>' in text


@pytest.mark.parametrize(
    "asked", ["", " ", "%00", "\"'><b>", "a" * 5_000, "%F0%9F%98%80", "_ " * 400, "(((((*", "%2e%2e/"]
)
async def test_whatever_is_searched_for_a_page_answers(desk: RunningDesk, asked: str) -> None:
    text = await page(desk, f"/help?q={asked.replace(' ', '+').replace('#', '%23')}")
    assert "<b>" not in text


async def test_articles_are_listed_by_language(desk: RunningDesk) -> None:
    await desk.sam.post(
        "/articles", {"slug": "lieferung", "title": "Wo ist mein Paket?", "text": "Hier.", "language": "de"}
    )
    await known(desk, "lieferung")
    english, german = await page(desk, "/help"), await page(desk, "/help", speaks="de-AT,de;q=0.9")
    assert ("Wo ist mein Paket?" in english, "Where is my order?" in english) == (False, True)
    assert ("Wo ist mein Paket?" in german, "Where is my order?" in german) == (True, False)
    assert "Where is my order?" in await page(desk, "/help?language=en", speaks="de")
    assert '<html lang="de">' in await page(desk, "/help/lieferung")


async def test_what_a_reader_has_already_is_not_sent_again(desk: RunningDesk) -> None:
    for path in ("/help", "/help/order-status", "/help/sitemap.xml"):
        async with desk.http.get(desk.url + path) as first:
            tag = first.headers["ETag"]
            assert first.headers["Last-Modified"].endswith("GMT")
            assert first.headers["Cache-Control"] == "no-cache"
        async with desk.http.get(desk.url + path, headers={"If-None-Match": tag}) as again:
            assert (again.status, await again.read()) == (304, b"")
        async with desk.http.get(desk.url + path, headers={"If-None-Match": '"other"'}) as other:
            assert other.status == 200


async def test_a_sitemap_names_the_public_articles_and_when_they_changed(desk: RunningDesk) -> None:
    async with desk.http.get(f"{desk.url}/help/sitemap.xml") as answer:
        assert answer.content_type == "application/xml"
        text = await answer.text()
    assert f"<loc>{desk.settings.web.public_url}/help/order-status</loc><lastmod>20" in text
    assert "refunds" not in text


async def test_what_was_archived_is_gone_and_what_never_was_is_not_found(desk: RunningDesk) -> None:
    await desk.sam.call("DELETE", "/articles/returns", status=204)

    async def gone() -> bool:
        async with desk.http.get(f"{desk.url}/help/returns") as answer:
            return answer.status == 410

    await eventually(gone)
    assert "no longer valid" in await page(desk, "/help/returns", 410)
    await page(desk, "/help/nothing", 404)
    await desk.sam.call("DELETE", "/articles/refunds", status=204)
    await page(desk, "/help/refunds", 404)


async def test_a_draft_is_read_by_nobody_until_a_person_publishes_it(desk: RunningDesk) -> None:
    await desk.sam.post("/articles", {**TEAPOT, "draft": True})
    await page(desk, "/help/teapots", 404)
    assert "teapots" not in [article.slug for article in desk.running.assistant.articles]
    await desk.grace.call("PUT", "/articles/teapots/state", {"state": "published"}, status=403)
    await desk.sam.put("/articles/teapots/state", {"state": "published"})
    await known(desk, "teapots")


async def test_readers_say_whether_it_helped_without_a_script(desk: RunningDesk) -> None:
    text = await page(desk, "/help/order-status")
    assert '<button name="helped" value="yes">' in text
    assert await press(desk, "order-status", "yes") == "/help/order-status?said=yes#said"
    assert "Thank you." in await page(desk, "/help/order-status?said=yes")
    await press(desk, "order-status", "no")
    whole = await desk.grace.get("/articles/order-status")
    assert (whole["helped"], whole["not_helped"]) == (1, 1)
    await press(desk, "order-status", "maybe", 422)
    await press(desk, "nothing", "yes", 404)
    await press(desk, "refunds", "yes", 404)


async def test_another_sites_form_says_nothing(desk: RunningDesk) -> None:
    await press(desk, "order-status", "yes", 403, Origin="https://evil.example")
    await press(desk, "order-status", "yes", 403, **{"Sec-Fetch-Site": "cross-site"})
    assert (await desk.grace.get("/articles/order-status"))["helped"] == 0


async def test_one_reader_counts_only_so_often(desk: RunningDesk) -> None:
    for _ in range(40):
        await press(desk, "order-status", "yes")
    assert (await desk.grace.get("/articles/order-status"))["helped"] == 20


async def uploaded(desk: RunningDesk, name: str, content: bytes) -> dict[str, Any]:
    url = f"{desk.url}/api/v1/files?name={name}"
    async with desk.http.post(url, data=content, headers=desk.sam.headers) as answer:
        kept: dict[str, Any] = await answer.json()
        return kept


async def test_a_file_goes_with_an_article_and_stays_while_it_does(desk: RunningDesk) -> None:
    sent = await uploaded(desk, "table.pdf", b"%PDF-1.4 sizes")
    await desk.grace.call("POST", "/articles/returns/files", sent, status=403)
    file = await desk.sam.post("/articles/returns/files", {**sent, "size": 99})
    assert file["size"] == 14, "as it is, not as it is said to be"
    text = await page(desk, "/help/returns")
    assert '<a href="/help/returns/table.pdf">table.pdf</a>' in text
    async with desk.http.get(f"{desk.url}/help/returns/table.pdf") as answer:
        assert await answer.read() == b"%PDF-1.4 sizes"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    async with desk.http.get(desk.url + file["url"], headers=desk.grace.headers) as answer:
        assert answer.status == 200
    from contactcenter.flow.upkeep import file_named

    digest = hashlib.sha256(b"%PDF-1.4 sizes").hexdigest()
    assert await desk.running.store.read(file_named, digest)
    await desk.sam.call("DELETE", f"/articles/returns/files/{file['id']}", status=204)
    assert not await desk.running.store.read(file_named, digest)
    await page(desk, "/help/returns/table.pdf", 404)


class Tags(HTMLParser):
    """Every tag is closed by its own."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input", "br", "img", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_pages_are_well_formed(desk: RunningDesk) -> None:
    for path in ("/help", "/help?q=order", "/help?q=zzz", "/help/order-status", "/help/order-status?said=no"):
        tags = Tags()
        tags.feed(await page(desk, path))
        assert tags.open == []


async def test_a_form_that_is_too_large_is_refused(desk: RunningDesk) -> None:
    form = aiohttp.FormData({"helped": "y" * 10_000})
    async with desk.http.post(f"{desk.url}/help/order-status", data=form) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded; charset=nothing", "a/b"])
async def test_a_form_of_an_odd_type_does_no_harm(desk: RunningDesk, kind: str) -> None:
    headers = {"Content-Type": kind}
    async with desk.http.post(f"{desk.url}/help/order-status", data=b"\xff=&&x", headers=headers) as answer:
        assert answer.status == 422
