"""How long there is left to answer, as agents see it: in lists and on the ticket, in words and in a colour."""

import re
import shutil
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from contactcenter.channels.loopback import Loopback
from contactcenter.settings import load
from tests.browser.test_choices_and_merging import picture, sign_in
from tests.desk import RunningDesk, eventually, running_desk, write_settings

QUEUES = {
    "calm": 'promise = "calm"\n[promises.calm]\nfirst_response_minutes = 300\nresolution_minutes = 6000\n',
    "risk": 'promise = "risk"\n[promises.risk]\nfirst_response_minutes = 300\nsteps = [{ at = 1e-9, does = "warn" }]\n',
    "late": 'promise = "late"\n[promises.late]\nfirst_response_minutes = 1e-5\n',
}
CHANNEL = '[channels.{name}]\nkind = "loopback"\nassistant = false\nqueue = "{name}"\n'
SETTINGS = "".join(f"[queues.{name}]\n{made}{CHANNEL.format(name=name)}" for name, made in QUEUES.items())


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_deadline_is_calm_at_risk_or_late(
    browser: Browser, tmp_path: Path, empty_store: Path, scheme: Literal["light", "dark"]
) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with running_desk(load(write_settings(tmp_path, more=SETTINGS), {})) as desk:
        for name in QUEUES:
            channel = desk.running.channels[name]
            assert isinstance(channel, Loopback)
            await channel.say(f"{name}@example.test", "Where is my order?", f"m-{name}", name=name.title())
        await eventually(lambda: escalated(desk))
        context = await browser.new_context(viewport={"width": 1300, "height": 800}, color_scheme=scheme)
        sam = await context.new_page()
        await sign_in(sam, desk, "Sam", "/open")
        due = {name: row(sam, name.title()).get_by_test_id("due") for name in QUEUES}
        await expect(due["calm"]).to_have_text(re.compile("due in 4 h"))
        await expect(due["calm"]).to_have_class(re.compile("due-calm"))
        await expect(due["risk"]).to_have_class(re.compile("due-risk"))
        await expect(due["late"]).to_have_text(re.compile("^late"))
        await expect(due["late"]).to_have_class(re.compile("due-late"))
        await picture(sam, f"console-due-list-{scheme}")
        await row(sam, "Late").click()
        await expect(sam.get_by_test_id("due-first_response")).to_contain_text("First answer late")
        await expect(sam.get_by_test_id("escalation")).to_contain_text("The promise late asks for help")
        await picture(sam, f"console-due-late-{scheme}")
        await row(sam, "Calm").click()
        await expect(sam.get_by_test_id("due-resolution")).to_contain_text("Solution due in 4 d")
        await picture(sam, f"console-due-calm-{scheme}")
        await context.close()


async def escalated(desk: RunningDesk) -> bool:
    return (await desk.ticket_of("Late"))["escalation"] is not None


def row(page: Page, name: str) -> Locator:
    return page.get_by_test_id("ticket-row").filter(has_text=name)
