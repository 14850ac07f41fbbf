"""Articles come from a site's own sitemap, from files and from folders: as drafts, once, and only what may be had."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contactcenter.cli import main
from contactcenter.outside import pages
from contactcenter.outside.pages import Refused, is_public, site, unpacked
from tests.desk import RunningDesk, eventually

PAGE = "<html lang='de'><title>{0}</title><main><h1>{0}</h1><p>{1}</p></main></html>"


@dataclass
class Shop:
    """A web site with a sitemap."""

    pages: dict[str, Any] = field(default_factory=dict)  # by path: HTML, or a response
    robots: str = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""
    broken_robots: bool = False

    def sitemap(self, *more: str) -> str:
        addresses = [f"{self.url}{path}" for path in self.pages if path.startswith("/help")]
        return "".join(f"<url><loc>{address}</loc></url>" for address in (*addresses, *more))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path == "/robots.txt":
            status = 500 if self.broken_robots else 200 if self.robots else 404
            return web.Response(text=self.robots, status=status)
        if request.path == "/sitemap.xml":
            return web.Response(text=f"<urlset>{self.sitemap('http://127.0.0.9/elsewhere')}</urlset>")
        found = self.pages.get(request.path)
        if found is None:
            raise web.HTTPNotFound
        if callable(found):
            made: web.StreamResponse = await found(request)
            return made
        return web.Response(text=found, content_type="text/html")


@asynccontextmanager
async def opened(shop: Shop) -> AsyncIterator[Shop]:
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", shop.answer)
    async with TestServer(application) as server:
        shop.url = str(server.make_url("")).rstrip("/")
        yield shop


async def command(desk: RunningDesk, *words: str) -> int:
    """`contactcenter articles …` beside the running desk."""
    argv = ["articles", *words, "--config", str(desk.settings.folder / "contactcenter.toml")]
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, main, argv)


async def test_a_site_brings_drafts_and_brings_them_up_to_date(
    desk: RunningDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(Shop()) as shop:
        shop.pages = {
            "/help/lieferung": PAGE.format("Wo ist mein Paket?", "Unter Bestellungen."),
            "/help/secret": PAGE.format("Secret", "Not for robots."),
            "/help/file": lambda _: _file(),
        }
        shop.robots = "User-agent: *\nDisallow: /help/secret\n"
        assert await command(desk, "import", f"{shop.url}/sitemap.xml", "--private") == 1
        told = capsys.readouterr().out
        assert "added: lieferung" in told
        assert "1 added, 0 updated, 0 unchanged" in told
        assert "robots.txt says so" in told
        assert "is application/pdf, no page" in told
        assert "127.0.0.9/elsewhere is not of" in told
        assert "/help/secret" not in shop.asked
        whole = await desk.sam.get("/articles/lieferung")
        assert (whole["state"], whole["draft"]["language"]) == ("draft", "de")
        assert whole["source"] == f"{shop.url}/help/lieferung"

        await desk.sam.put("/articles/lieferung/state", {"state": "published"})
        await command(desk, "import", f"{shop.url}/sitemap.xml", "--private")
        assert "0 added, 0 updated, 1 unchanged" in capsys.readouterr().out
        assert (await desk.sam.get("/articles/lieferung"))["draft"] is None

        shop.pages["/help/lieferung"] = PAGE.format("Wo ist mein Paket?", "Unter Meine Bestellungen.")
        await command(desk, "import", f"{shop.url}/sitemap.xml", "--private")
        assert "updated: lieferung" in capsys.readouterr().out
        whole = await desk.sam.get("/articles/lieferung")
        assert "Meine" in whole["draft"]["text"]
        assert "Meine" not in whole["published"]["text"]


async def _file() -> web.StreamResponse:
    return web.Response(body=b"%PDF", content_type="application/pdf")


async def test_our_own_network_is_not_asked_unless_a_person_says_so(
    desk: RunningDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(Shop(pages={"/help/a": "x"})) as shop:
        for name in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.1"):
            address = shop.url.replace("127.0.0.1", name)
            assert await command(desk, "import", f"{address}/sitemap.xml") == 1
            told = capsys.readouterr().err
            assert "not a public address" in told or "not a canonical IPv4 address" in told, address
        assert shop.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2a00:1450:4001:830::200e", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("169.254.169.254", False), ("::1", False), ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("100.64.0.1", False), ("224.0.0.1", False), ("localhost", False), ("", False),
    ],
)  # fmt: skip
def test_an_address_is_public_or_it_is_not(address: str, public: bool) -> None:
    assert is_public(address) is public


async def refused(shop: Shop, path: str) -> str:
    async with site(shop.url, private=True) as there:
        with pytest.raises(Refused) as why:
            await there.get(shop.url + path)
        return str(why.value)


async def test_a_page_leads_nowhere_else_and_is_never_too_large() -> None:
    async def away(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://127.0.0.9/metadata")

    async def in_circles(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(request.path)

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(pages.SIZE_LIMIT // 100_000 + 5):
            await response.write(b"x" * 100_000)
        return response

    async def bomb(_: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(bytes(60_000_000)), headers={"Content-Encoding": "gzip"})

    async def odd(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x", headers={"Content-Encoding": "br"})

    found = {"/away": away, "/circles": in_circles, "/large": large, "/bomb": bomb, "/odd": odd}
    async with opened(Shop(pages=dict(found))) as shop:
        assert "is not of" in await refused(shop, "/away")
        assert "leads on and on" in await refused(shop, "/circles")
        assert "larger than" in await refused(shop, "/large")
        assert "larger than" in await refused(shop, "/bomb")
        assert "packed as br" in await refused(shop, "/odd")
        assert "answers 404" in await refused(shop, "/nothing")
    assert "cannot be fetched" in await refused(shop, "/closed")


def test_what_is_no_gzip_is_refused() -> None:
    assert unpacked(b"plain", "", "u") == b"plain"
    assert unpacked(gzip.compress(b"x"), "", "u") == b"x"
    with pytest.raises(Refused):
        unpacked(b"plain", "gzip", "u")


@pytest.mark.parametrize(
    "url", ["ftp://x.test/a", "http://u:p@x.test/", "http://[", "http://x.test:99999/", "//x.test"]
)
async def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(Refused):
        async with site(url) as there:
            await there.get(url)


async def test_a_site_whose_robots_file_cannot_be_had_is_not_read(
    desk: RunningDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(Shop(pages={"/help/a": "x"}, broken_robots=True)) as shop:
        assert await command(desk, "import", f"{shop.url}/sitemap.xml", "--private") == 1
        assert "robots.txt answers 500" in capsys.readouterr().err
        assert shop.asked == ["/robots.txt"]


async def test_a_sitemap_may_name_others(desk: RunningDesk) -> None:
    async def index(_: web.Request) -> web.StreamResponse:
        return web.Response(text=f"<sitemapindex><sitemap><loc>{shop.url}/sitemap.xml</loc></sitemap></sitemapindex>")

    async with opened(Shop(pages={"/help/a": PAGE.format("A", "Text"), "/index.xml": index})) as shop:
        await command(desk, "import", f"{shop.url}/index.xml", "--private")
    assert [item["slug"] for item in (await desk.sam.get("/articles?state=draft"))["items"]] == ["a"]


async def test_files_and_folders_come_by_the_command_line(
    desk: RunningDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "one.md").write_text("---\ntitle: One\n---\nText\n")
    (folder / "two.md").write_text("---\ntitle: Two\nowner: [\n---\nText\n")
    assert await command(desk, "import", str(folder)) == 1
    told = capsys.readouterr().out
    assert "skipped two.md:3: " in told
    assert "added: one" in told
    (tmp_path / "returns.html").write_text(PAGE.format("Returns", "Send it back."))
    assert await command(desk, "import", str(tmp_path / "returns.html"), "--audience", "agents") == 0
    assert "added: returns-2" in capsys.readouterr().out, "another article has that name"
    assert await command(desk, "import", str(tmp_path / "nothing.csv")) == 1
    assert "nothing.csv: cannot be read: No such file" in capsys.readouterr().err
    whole = await desk.sam.get("/articles/returns-2")
    assert whole["draft"]["audience"] == "agents"
    await desk.sam.call("DELETE", "/articles/returns-2", status=204)
    assert await command(desk, "import", str(tmp_path / "returns.html")) == 0
    assert "1 unchanged" in capsys.readouterr().out, "what was archived stays so"
    assert await command(desk, "list", "--stale") == 0
    assert "never checked        STALE" in capsys.readouterr().out


async def test_a_file_is_given_to_the_console(desk: RunningDesk) -> None:
    async def sent(name: str, content: bytes, status: int = 201) -> Any:
        url = f"{desk.url}/api/v1/files?name={name}"
        async with desk.http.post(url, data=content, headers=desk.sam.headers) as answer:
            kept = await answer.json()
        return await desk.sam.call("POST", "/article-imports", kept, status)

    told = await sent("faq.csv", b"title,text\nIs it iron?,It is.\nx,\n")
    assert (told["added"], told["faults"]) == (["is-it-iron"], ["faq.csv:3: has no text"])
    assert (await sent("faq.csv", b"title,text\nIs it iron?,It is.\n"))["unchanged"] == ["is-it-iron"]
    assert (await sent("faq.csv", b"title,text\nIs it iron?,Yes.\n"))["updated"] == ["is-it-iron"]
    assert "is none of" in (await sent("x.exe", b"MZ", 422))["detail"]
    by = (await desk.sam.get("/articles/is-it-iron"))["draft"]["by"]
    assert by == "Sam"
    missing = {"file": "0" * 64, "name": "x.csv", "type": "", "size": 1}
    await desk.sam.call("POST", "/article-imports", missing, 404)
    await desk.grace.call("POST", "/article-imports", missing, 403)

    async def not_answering() -> bool:
        return "is-it-iron" not in [article.slug for article in desk.running.assistant.articles]

    await eventually(not_answering)
