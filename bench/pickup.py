"""How soon a ticket that came is decided on, and how soon its offer is written down, on the store that `serve` has.

One ticket at a time, a hundred agents with room; the router's own loop runs beside it. From the commit of the event
that opened the ticket to the router's decision, and from there to the commit of the offer. `--store` names another
database, which must be empty.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.common import program
from bench.common.desk import write_settings
from bench.common.figures import Goal, percentile, significant
from contactcenter import app, workers
from contactcenter.bus.in_process import InProcessBus
from contactcenter.channels.loopback import Loopback, said
from contactcenter.flow import actions, intake, staff
from contactcenter.flow.assign import Routing
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.knowledge.assistant import Assistant
from contactcenter.ports import Store, Tx
from contactcenter.routing.router import Decision
from contactcenter.settings import load
from contactcenter.storage import migrate
from contactcenter.storage.open import open_files

AGENTS, ROOM, TICKETS = 100, 50, 1_000
POLICIES = Policies(
    {"people": Way(Loopback("people"), "support", assistant=False)},
    {"support": QueuePolicy("support", "Support")},
)
SETTINGS = """
[queues.support]
"""


class Watched(Routing):
    """Notes when it decided, and when that was written down."""

    def __init__(self) -> None:
        super().__init__()
        self.decided: dict[int, float] = {}

    def _carry_out(self, tx: Tx, policies: Policies, decision: Decision) -> bool:
        self.decided[decision.ticket] = time.perf_counter()
        return super()._carry_out(tx, policies, decision)


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Tickets one after the other."""
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        store = f'[store]\nurl = "{options.store}"\n' if options.store else ""
        settings = load(write_settings(Path(name), SETTINGS, store))
        location = app.location_of(settings)
        migrate.upgrade(location)
        bus, clock = InProcessBus(), app.SystemClock()
        async with app.opened_store(settings, location, clock, bus) as opened:
            await _hire(opened)
            assistant = Assistant([], 0.7, "http://desk.test")
            routing = Watched()
            shop = workers.Workshop(
                "bench", opened, bus, open_files(location, opened), clock, POLICIES, assistant, routing=routing
            )
            shop.held.add("router")
            told = asyncio.Event()
            for agent in range(1, AGENTS + 1):
                bus.subscribe(f"agent:{agent}", lambda topic, frame: told.set())
            async with asyncio.TaskGroup() as group:
                routes = group.create_task(_route(shop))
                waits = await _come(opened, routing, told, TICKETS // 10 if options.quick else TICKETS)
                routes.cancel()
    decided, written = zip(*waits, strict=True)
    figures = {
        "decided_ms": {"p50": significant(percentile(decided, 0.5)), "p99": significant(percentile(decided, 0.99))},
        "written_ms": {"p50": significant(percentile(written, 0.5)), "p99": significant(percentile(written, 0.99))},
    }
    return figures, [Goal("from the commit to the decision, p99 in ms", 5, figures["decided_ms"]["p99"])]


async def _route(shop: workers.Workshop) -> None:
    await workers._drain(shop, "router", partial(workers._router, shop))()


async def _hire(store: Store) -> None:
    for number in range(AGENTS):
        agent = await store.write(
            staff.add_agent, POLICIES, f"a{number}@example.test", f"A{number}", "agent", ("support",), ROOM
        )
        caller = actions.Caller("agent", agent, f"A{number}")
        await store.write(actions.set_presence, POLICIES, caller, "available")


async def _come(store: Store, routing: Watched, told: asyncio.Event, many: int) -> list[tuple[float, float]]:
    """(ms from the commit to the decision, ms from there until the agent is told) of each ticket."""
    waits = []
    for number in range(1, many + 1):
        event = said("people", f"c{number}@example.test", "Hello", f"m{number}")
        await store.write(intake.receive, POLICIES, event)
        committed = time.perf_counter()
        await told.wait()
        told.clear()
        written, decided = time.perf_counter(), routing.decided[number]
        waits.append((1000 * max(0.0, decided - committed), 1000 * (written - decided)))
    return waits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.pickup", description=__doc__)
    parser.add_argument("--store", default="", metavar="URL", help="an empty database to measure on")
    program.run("pickup", measure, parser)
