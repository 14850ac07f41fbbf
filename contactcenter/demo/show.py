"""Start the demo, tell where to look, let customers write.

Called by `cli`. Starts what `serve` starts, on an embedded store that is thrown away at the end, adds two agents,
prints the addresses to open, and lets simulated customers write on the channels of config/demo.toml. What happens is
told line by line, as the history records it.
"""

import asyncio
import json
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select

from contactcenter import app
from contactcenter.channels.loopback import Loopback
from contactcenter.crm.queries import customer, event
from contactcenter.demo.post import post_office, write_mail
from contactcenter.flow import staff
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import bind
from contactcenter.model.values import Conflict
from contactcenter.ports import Tx
from contactcenter.settings import load, packaged
from contactcenter.web import auth

AGENTS = (("grace@example.test", "Grace", "agent", ("support",)), ("sam@example.test", "Sam", "supervisor", ("sales",)))

# Who writes what, after how many seconds. Some questions are in the articles and some are not.
SAID = (
    (1.0, "ada@example.test", "Ada", "When will my parcel arrive?"),
    (3.0, "bob@example.test", "Bob", "How can I change my password?"),
    (5.0, "eve@example.test", "Eve", "The lid of my teapot does not fit, and its handle gets warm. Is that normal?"),
    (8.0, "ada@example.test", "Ada", "Thank you! Can I talk to a person about something else?"),
    (12.0, "carl@example.test", "Carl", "Do you ship to Iceland?"),
    (16.0, "temporary@example.test", "Tess", "How do I send something back?"),
)
MAILED = (
    (2.0, "dora@example.test", "Dora", "Invoice", "Where do I find my invoice?"),
    (6.0, "finn@example.test", "Finn", "Broken cup", "One of the six cups came broken. What now?"),
)
TOLD = {
    "TicketOpened": "opened a ticket",
    "AnswerGiven": "got an answer from the article",
    "HandedOff": "was handed over to people:",
    "TicketOffered": "is held out to an agent:",
    "TicketAssigned": "has an agent:",
    "DeliverySettled": "delivery:",
    "StatusChanged": "is now",
}
NEWS = (
    select(event.c.kind, event.c.payload, event.c.at, event.c.ticket_id, customer.c.name)
    .join(customer, customer.c.id == event.c.customer_id)
    .where(event.c.at > bind("after"))
    .order_by(event.c.at, event.c.customer_id, event.c.position)
    .limit(100)
)
FEED_SECONDS = 0.5
MAIL_PORT = 2525


async def show(port: int, keep: Path | None, seconds: float, until_stopped: Callable[[], Awaitable[None]]) -> None:
    """Run it until stopped, or for so many seconds when that is not 0."""
    with tempfile.TemporaryDirectory(prefix="contactcenter-demo-") as thrown_away:
        folder = keep or Path(thrown_away)
        articles = folder / "articles"  # a copy: what is changed on the desk is written to its files
        if not articles.exists():
            shutil.copytree(packaged("examples/articles"), articles)
        port, door, relay = _free(port), _free(MAIL_PORT), _free(0)
        settings = load(
            packaged("demo.toml"),
            {
                "CONTACTCENTER_STORE__URL": f"sqlite:///{folder}/demo.db",
                "CONTACTCENTER_KNOWLEDGE__FOLDER": str(articles),
                "CONTACTCENTER_WEB__PORT": str(port),
                "CONTACTCENTER_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
                "CONTACTCENTER_CHANNELS__MAIL__SMTP_LISTEN": f"127.0.0.1:{door}",
                "CONTACTCENTER_CHANNELS__MAIL__SMTP_RELAY": f"127.0.0.1:{relay}",
            },
        )
        print("preparing the store …", flush=True)
        app.prepare_store(app.location_of(settings))
        async with post_office(_tell, relay), app.running(settings) as desk:
            links = await desk.store.write(_hire, desk.policies)
            _welcome(desk, links, keep, door)
            async with _going_on(desk, door):
                with suppress(TimeoutError):
                    await asyncio.wait_for(until_stopped(), seconds or None)
        print("stopped" if keep else "stopped, and the data is thrown away")


def _free(port: int) -> int:
    """That port, or a free one when it is taken or 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _hire(tx: Tx, policies: Policies) -> list[tuple[str, str, str]]:
    """The two agents, with a sign-in link each."""
    links = []
    for email, name, role, queues in AGENTS:
        with suppress(Conflict):  # the data was kept from an earlier demo
            staff.add_agent(tx, policies, email, name, role, queues)
        links.append((name, role, auth.issue_link(tx, email)))
    return links


def _welcome(desk: app.Running, links: list[tuple[str, str, str]], kept: Path | None, door: int) -> None:
    print(
        f"\n  {len(desk.assistant.articles)} articles, {len(links)} agents, data in {kept or 'a throw-away folder'}\n"
    )
    print(f"  write as a customer         {desk.url}/chat/site")
    print(f"  or by mail                  to support@example.test, by SMTP at 127.0.0.1:{door}")
    for name, role, link in links:
        print(f"  work as {name:<6} {role:<12} {desk.url}/desk/sign-in/{link}")
    print(f"  read the articles           {desk.url}/help")
    print(f"  the API                     {desk.url}/api/v1/openapi.json")
    print("\n  simulated customers begin to write; set yourself available on the desk to be offered their tickets.")
    print("  Ctrl+C ends it.\n", flush=True)


@asynccontextmanager
async def _going_on(desk: app.Running, door: int) -> AsyncIterator[None]:
    work = (_customers(desk), _correspondents(door), _feed(desk))
    tasks = [asyncio.create_task(item) for item in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _customers(desk: app.Running) -> None:
    """Those who write without a provider."""
    channel = desk.channels["try"]
    if not isinstance(channel, Loopback):
        raise TypeError("channels.try of demo.toml must be a loopback")
    began, passed = time.time_ns(), 0.0
    for number, (after, address, name, text) in enumerate(SAID):
        await asyncio.sleep(after - passed)
        passed = after
        await channel.say(address, text, f"demo-{began}-{number}", name=name)


async def _correspondents(door: int) -> None:
    """Those who write by mail."""
    passed = 0.0
    for after, address, name, subject, text in MAILED:
        await asyncio.sleep(after - passed)
        passed = after
        await write_mail(door, address, name, subject, text)


async def _feed(desk: app.Running) -> None:
    """Tell what the history records, as it does."""
    last = 0
    while True:
        for row in await desk.store.read(lambda tx, after=last: tx.all(NEWS, after=after)):  # type: ignore[misc]
            last = max(last, row.at)
            if row.kind in TOLD and not _is_a_repeat(row):
                _tell(f"{row.name} · ticket {row.ticket_id} {TOLD[row.kind]} {_detail(row.payload)}")
        await asyncio.sleep(FEED_SECONDS)


def _is_a_repeat(row: Any) -> bool:
    """A delivery that is tried again and again is told once."""
    return row.kind == "DeliverySettled" and int(json.loads(row.payload)["attempt"]) > 1


def _tell(text: str) -> None:
    print(f"  {text}", flush=True)


def _detail(payload: str) -> str:
    data = json.loads(payload)
    for key in ("article", "delivery", "status"):
        if key in data:
            reason = data.get("reason") or ""
            return f"{data[key]}{' (' + reason + ')' if reason and key != 'article' else ''}"
    if "reasons" in data:
        return "; ".join(data["reasons"])
    return str(data.get("reason", ""))
