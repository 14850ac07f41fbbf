"""The promise of the README, walked through by a stranger in a browser and by mail, with the process killed midway."""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path

import aiohttp
import aiosmtplib
import pytest
from playwright.async_api import Browser, Page, expect

from tests.desk import eventually
from tests.providers.smtp_relay import SmtpRelay
from tests.servers import free_port

PROGRAM = Path(sys.executable).parent / "contactcenter"
ARTICLES = Path(__file__).parent.parent.parent / "config" / "examples" / "articles"
SETTINGS = """
[store]
url = "sqlite:///desk.db"
[web]
port = {port}
public_url = "http://127.0.0.1:{port}"
[knowledge]
folder = "{articles}"
precision = 0.6
[queues.support]
title = "Support"
offer_seconds = 120
[channels.site]
kind = "webchat"
title = "Chat with Acme"
[channels.mail]
kind = "email"
address = "support@acme.test"
smtp_listen = "127.0.0.1:{smtp}"
smtp_relay = "{relay}"
"""


class Desk:
    """`contactcenter serve` in a process of its own; killed and started at the same addresses."""

    def __init__(self, folder: Path, relay: str) -> None:
        self.smtp = free_port()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.config = folder / "contactcenter.toml"
        text = SETTINGS.format(port=port, smtp=self.smtp, relay=relay, articles=ARTICLES)
        self.config.write_text(text, encoding="utf-8")
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._spawn()
        await eventually(self._ready, within=30)

    def _spawn(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([PROGRAM, "serve", "--config", self.config], stdout=log, stderr=log)

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)

    async def run(self, *arguments: str) -> str:
        """What a command of the command line prints."""
        command = [str(PROGRAM), *arguments, "--config", str(self.config)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
        return str(done.stdout)

    async def _ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@asynccontextmanager
async def opened(browser: Browser, width: int) -> AsyncIterator[Page]:
    """A page of a person of their own; any error on it fails the test."""
    context = await browser.new_context(viewport={"width": width, "height": 800})
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        yield page
        assert faults == []
    finally:
        await context.close()


def written(text: str, subject: str, answers: Message | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Bob <bob@customer.test>", "support@acme.test", subject
    mail["Message-ID"] = f"<{abs(hash(text))}@customer.test>"
    if answers is not None:
        mail["In-Reply-To"] = mail["References"] = answers["Message-ID"]
    mail.set_content(text)
    return mail.as_bytes()


async def mailed(desk: Desk, mail: bytes) -> None:
    await aiosmtplib.send(
        mail, sender="bob@customer.test", recipients=["support@acme.test"], hostname="127.0.0.1", port=desk.smtp
    )


def received(relay: SmtpRelay) -> list[Message]:
    return [message_from_bytes(taken.content) for taken in relay.taken]


def plain(mail: Message) -> str:
    """Its text, in the form without markup."""
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    return bytes(text.get_payload(decode=True)).decode()


async def texts(page: Page) -> list[str]:
    found = await page.get_by_test_id("message").all_inner_texts()
    return [" ".join(text.split()) for text in found]


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()


def shows(page: Page, *fragments: str) -> Callable[[], Awaitable[bool]]:
    """Each fragment is in one message of the page, once."""

    async def check() -> bool:
        found = await texts(page)
        return all(sum(fragment in text for text in found) == 1 for fragment in fragments)

    return check


async def test_a_stranger_walks_the_whole_story_and_finds_nothing_missing_and_nothing_doubled(
    browser: Browser, tmp_path: Path
) -> None:
    async with SmtpRelay() as relay:
        desk = Desk(tmp_path, relay.place)
        printed = await desk.run("agent", "add", "grace@acme.test", "--name", "Grace", "--queue", "support")
        link = re.findall(r"http\S+", printed)[-1]
        await desk.start()
        try:
            async with opened(browser, 1300) as grace, opened(browser, 420) as ada:
                await _story(desk, relay, grace, ada, link)
        finally:
            await desk.kill()


async def _story(desk: Desk, relay: SmtpRelay, grace: Page, ada: Page, link: str) -> None:
    # Ada asks in the chat and is answered from an article, with its source.
    await ada.goto(f"{desk.url}/chat/site")
    await say(ada, "How long can I return an order?")
    await eventually(shows(ada, "send anything back within 30 days"))
    await expect(ada.get_by_role("link", name="How do I send something back?")).to_be_visible()

    # Bob asks by mail and is answered by mail, in his thread.
    await mailed(desk, written("I forgot my password", "Sign-in"))
    await eventually(lambda: _is(len(relay.taken) == 1))
    first = received(relay)[0]
    assert "Forgot password?" in plain(first)
    assert re.fullmatch(r"Re: \[#\d+\] Sign-in", first["Subject"])

    # Grace signs in by her link and is offered Ada, who asks for a person.
    await grace.goto(link)
    await grace.get_by_role("button", name="Sign in").click()
    await grace.locator("[data-presence=available]").click()
    await ada.get_by_role("button", name="Talk to a person").click()
    await grace.get_by_test_id("offer-accept").click()
    await expect(ada.get_by_test_id("state")).to_contain_text("Grace")
    await grace.get_by_test_id("ticket-row").first.click()
    await say(grace, "Hello Ada, this is Grace.")
    await eventually(shows(ada, "Hello Ada, this is Grace."))
    await grace.get_by_test_id("note-mode").click()
    await say(grace, "She sounds worried.")
    await expect(grace.get_by_test_id("note")).to_contain_text("She sounds worried.")

    # The process is killed; Ada goes on writing; it starts again.
    await desk.kill()
    await say(ada, "Are you still there?")
    await desk.start()
    await eventually(shows(ada, "Are you still there?"), within=30)
    await eventually(shows(grace, "Are you still there?"), within=30)
    await grace.get_by_test_id("reply-mode").click()
    await say(grace, "Yes, I am.")
    await eventually(shows(ada, "Yes, I am."), within=30)

    # Bob answers the answer; his mail joins his ticket, and Grace's reply reaches him once.
    await mailed(desk, written("That did not help. Can I talk to a human?", "Re: Sign-in", first))
    await grace.get_by_test_id("offer-accept").click()
    await grace.get_by_test_id("ticket-row").filter(has_text="Sign-in").click()
    await eventually(shows(grace, "I forgot my password", "That did not help."))
    await say(grace, "Of course, Bob.")
    await eventually(lambda: _is(len(relay.taken) == 2))
    assert "Of course, Bob." in plain(received(relay)[1])
    assert first["Message-ID"] in received(relay)[1]["References"]

    # Solved; nothing is missing and nothing is doubled, also for a window that is opened again.
    await grace.get_by_test_id("solve").click()
    await ada.reload()
    said = ("How long can I return an order?", "send anything back", "Talk to a person", "Hello Ada", "Are you still")
    await eventually(shows(ada, *said, "Yes, I am."))
    assert len(await texts(ada)) == 6
    assert not any("worried" in text for text in await texts(ada))
    assert "0 buried" in await desk.run("buried")
    assert "as they were written" in await desk.run("verify", "--quiet")


async def _is(value: bool) -> bool:
    return value


@pytest.mark.parametrize("path", ["/", "/help", "/help/returns", "/chat/site", "/desk"])
async def test_a_page_obeys_its_own_content_policy(path: str, browser: Browser, tmp_path: Path) -> None:
    async with SmtpRelay() as relay:
        desk = Desk(tmp_path, relay.place)
        await desk.start()
        try:
            async with opened(browser, 800) as page:
                refused: list[str] = []
                page.on("console", lambda message: refused.append(message.text) if "policy" in message.text else None)
                answer = await page.goto(desk.url + path)
                assert answer is not None
                assert answer.status == 200
                assert "default-src 'none'" in answer.headers["content-security-policy"]
                assert refused == []
        finally:
            await desk.kill()
