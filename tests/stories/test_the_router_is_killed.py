"""A router that is killed without warning while it gives out tickets: none is offered twice, none is forgotten."""

import asyncio
import random
import shutil
import sqlite3
from collections import Counter
from functools import partial
from pathlib import Path

import aiohttp

from contactcenter.app import SystemClock, location_of, make_policies, opened_store
from contactcenter.channels.loopback import Loopback, said
from contactcenter.flow import actions, intake
from contactcenter.flow.policies import Policies, Way
from contactcenter.ports import Store
from contactcenter.settings import load
from tests.desk import eventually, hire, write_settings
from tests.servers import free_port
from tests.stories.test_nothing_is_lost_or_doubled import Server

TICKETS, AGENTS, KILLS = 1_500, 10, 4
ENOUGH = 90.0  # seconds
LATER = """
[queues.support]
offer_seconds = 600
"""


async def test_whoever_is_killed_while_routing_offers_no_ticket_twice_and_forgets_none(
    tmp_path: Path, empty_store: Path
) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    port = free_port()
    config = write_settings(tmp_path, port=port)
    config.write_text(config.read_text().replace("[queues.support]\n", LATER.lstrip()))
    settings = load(config, {})
    async with opened_store(settings, location_of(settings), SystemClock()) as store:
        await filled(store, make_policies(settings, {}))
    server, rng = Server(config, f"http://127.0.0.1:{port}"), random.Random(4711)
    async with asyncio.timeout(ENOUGH), aiohttp.ClientSession() as http:
        async with server.running(http):
            for kill in range(KILLS):
                enough = TICKETS * kill // KILLS + rng.randrange(1, TICKETS // KILLS)
                await eventually(partial(reached, tmp_path, enough))
                await server.kill()
                await server.start(http)
            await eventually(lambda: reached(tmp_path, TICKETS), within=ENOUGH)
        told = offers(tmp_path)
        assert Counter(ticket for ticket, _ in told) == Counter(range(1, TICKETS + 1)), "each once"
        assert set(Counter(agent for _, agent in told).values()) == {TICKETS // AGENTS}, "nobody more than they hold"


async def filled(store: Store, known: Policies) -> None:
    """Agents who are there, and all that waits, before anybody routes."""
    policies = Policies({"people": Way(Loopback("people"), "support", assistant=False)}, known.queues)
    for number in range(AGENTS):
        person = await store.write(hire, policies, f"A{number}", "agent", ("support",), TICKETS // AGENTS)
        caller = actions.Caller("agent", person.id, person.name)
        await store.write(actions.set_presence, policies, caller, "available")
    heard = [said("people", f"c{number}@example.test", "Hello", f"m{number}") for number in range(TICKETS)]
    await asyncio.gather(*(store.write(intake.receive, policies, event) for event in heard))


def offers(folder: Path) -> list[tuple[int, int]]:
    """(ticket, agent), of whatever state: none was declined, and none ran out."""
    with sqlite3.connect(f"file:{folder / 'desk.db'}?mode=ro", uri=True) as read:
        return read.execute("SELECT ticket_id, agent_id FROM offer").fetchall()


async def reached(folder: Path, enough: int) -> bool:
    return len(offers(folder)) >= enough
