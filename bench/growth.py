"""What a past costs: a message, a page and the queue figures on a desk with a thousand tickets and with a million.

Two desks run side by side and take messages in turn, from visitors whose tickets are open and spread over all that
are. Pages and figures are read afterwards on both stores, CPU time of the reading thread alone.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import program
from bench.common.desk import Agent, add_agents, desk, live_sockets, write_settings
from bench.common.figures import Goal, middle, spread
from bench.common.fill import Past, fill
from bench.common.load import ACKED, Crowd
from bench.common.processes import Server
from bench.common.program import say
from bench.common.sockets import Socket, connect_all
from contactcenter import app
from contactcenter.channels.webchat.sessions import Session, sign
from contactcenter.flow import actions
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Secret
from contactcenter.ports import Store, Tx
from contactcenter.settings import load
from contactcenter.web.api import customers, tickets
from contactcenter.web.api import desk as desk_api
from contactcenter.web.api.operations import Call

ROUNDS = 5
SMALL = 1_000, 500, 60, 7  # tickets, open, waiting, agents: a page of each filter is full
LARGE = 10_000, 60, 7  # open, waiting, agents: the figures count the last two
TINY = 0.1  # milliseconds; what costs less is not judged by its growth
VISITORS = 400
UNDER_WAY = 128
READS = 60  # of each page
WARM = 10  # of them, not counted
KEY = bytes(32)  # what sessions are signed with

SETTINGS = """
[queues.support]
[channels.site]
kind = "webchat"
assistant = false
"""


@dataclass(frozen=True, slots=True)
class Grown:
    """A desk's files: its past, and the agents."""

    file: Path
    past: Past
    agents: Sequence[Agent]


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Messages first, then what people read."""
    many = 100_000 if options.quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        small = await _grown(Path(name) / "small", *SMALL)
        large = await _grown(Path(name) / "large", many, *LARGE)
        figures, message_growth = await _messages(small, large, 2_000 if options.quick else 8_000)
        reads = await _reads(small, large)
    figures |= {"stored_tickets": many, "page_cpu_us": {}}
    for page, (before, after) in reads.items():
        figures["page_cpu_us"][page] = {"small": spread(before), "large": spread(after)}
    cost = {page: middle(after) / 1000 for page, (_, after) in reads.items()}
    growth = {page: middle(after) / middle(before) for page, (before, after) in reads.items()}
    dearest = max(cost, key=cost.__getitem__)
    grown_most = max((page for page in growth if cost[page] > TINY), key=growth.__getitem__)
    goals = [
        Goal("CPU per message against a thousand tickets", 1.5, message_growth),
        Goal(f"CPU of the dearest page ({dearest}), ms", 2, cost[dearest]),
        Goal(f"CPU of the page that grew most ({grown_most}) against a thousand tickets", 2, growth[grown_most]),
        Goal("CPU of the queue figures, ms", 2, cost["queue figures"]),
        Goal("CPU of the queue figures against a thousand tickets", 2, growth["queue figures"]),
    ]
    return figures, goals


async def _grown(folder: Path, count: int, live: int, waiting: int, team: int) -> Grown:
    say(f"growth: filling in {count:,} tickets")
    file = write_settings(folder, SETTINGS)
    # Agents have more than they can hold, so that the router leaves the waiting tickets alone.
    agents = await add_agents(file, team, ["support"], capacity=1)
    past = Past(count, live, waiting, team, app.SystemClock().now())
    async with _opened(file) as store:
        await store.write(lambda tx: tx.run(table(Secret).insert(), name="web", value=KEY))
    await asyncio.to_thread(fill, folder / "var" / "contactcenter.db", past)
    return Grown(file, past, agents)


# --- messages ---------------------------------------------------------------------------------------------------------


async def _messages(small: Grown, large: Grown, count: int) -> tuple[dict[str, Any], float]:
    """CPU microseconds of each server for a message, and by how much the larger one is dearer."""
    cpu: dict[str, list[float]] = {"small": [], "large": []}
    figures: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        subjects = {}
        for name, grown in (("small", small), ("large", large)):
            server = await stack.enter_async_context(desk(grown.file))
            figures[f"{name}_start_cpu_s"] = server.cpu()
            subjects[name] = server, await _crowd(grown, server)
            await subjects[name][1].closed(VISITORS * 4, UNDER_WAY)  # the pages in use are read once
        for number in range(ROUNDS):
            say(f"growth: round {number + 1} of {ROUNDS}")
            for name, (server, crowd) in subjects.items():
                before = server.cpu()
                await crowd.closed(count, UNDER_WAY)
                cpu[name].append((server.cpu() - before) / count * 1e6)
    figures |= {f"{name}_cpu_us_per_message": spread(values) for name, values in cpu.items()}
    return figures, middle([after / before for before, after in zip(cpu["small"], cpu["large"], strict=True)])


async def _crowd(grown: Grown, server: Server) -> Crowd:
    tokens = [sign(Session(session, "site"), KEY) for session in grown.past.held(VISITORS)]
    paths = [f"/chat/site/socket?token={token}&after=3" for token in tokens]
    sockets = await connect_all(server.host, server.port, paths, _ignore)
    return Crowd(sockets, ACKED, await live_sockets(server, grown.agents, _ignore))


# --- pages ------------------------------------------------------------------------------------------------------------

Read = tuple[Callable[[Tx, Call], Any], dict[str, int | str], dict[str, str]]


async def _reads(small: Grown, large: Grown) -> dict[str, tuple[list[float], list[float]]]:
    """CPU microseconds of every page, on either desk in turn."""
    say("growth: reading pages")
    found: dict[str, tuple[list[float], list[float]]] = {}
    async with _opened(small.file) as first, _opened(large.file) as second:
        pages = _pages(small.past)
        for page, (act, path, query) in _pages(large.past).items():
            here, there = _call(small, *pages[page][1:]), _call(large, path, query)
            both = [(await first.read(_timed, act, here), await second.read(_timed, act, there)) for _ in range(READS)]
            found[page] = [before for before, _ in both[WARM:]], [after for _, after in both[WARM:]]
    return found


def _call(grown: Grown, path: Mapping[str, int | str], query: Mapping[str, str]) -> Call:
    policies = app.make_policies(load(grown.file), {})
    caller = actions.Caller("supervisor", grown.agents[0].id, "Agent 0")
    return Call(caller, policies, Assistant([], 0.95, ""), path, query, None)


def _timed(tx: Tx, act: Callable[[Tx, Call], Any], call: Call) -> float:
    before = time.thread_time_ns()
    act(tx, call)
    return (time.thread_time_ns() - before) / 1000


def _pages(past: Past) -> dict[str, Read]:
    """What the console asks for: lists by every filter, first and middle page, and what belongs to one ticket."""
    one: dict[str, int | str] = {"id": past.tickets}
    middle_of_live = f"{past.now - past.live // 2 * past.step}.{past.tickets}"
    queries = {
        "live": {},
        "live, middle": {"after": middle_of_live},
        "open": {"status": "open"},
        "open, middle": {"status": "open", "after": middle_of_live},
        "answered": {"status": "answered"},
        "solved": {"status": "solved"},
        "queue": {"queue": "support"},
        "queue, open, middle": {"queue": "support", "status": "open", "after": middle_of_live},
        "mine": {"assignee": "me"},
        "mine, open": {"assignee": "me", "status": "open"},
        "nobody's": {"assignee": "none"},
        "nobody's in a queue": {"assignee": "none", "queue": "support", "status": "open"},
        "a customer's": {"customer": "1"},
    }
    pages: dict[str, Read] = {f"tickets: {name}": (tickets.list_tickets, {}, query) for name, query in queries.items()}
    return pages | {
        "ticket": (tickets.get_ticket, one, {}),
        "messages of a ticket": (tickets.list_messages, one, {}),
        "notes of a ticket": (tickets.list_notes, one, {}),
        "history of a ticket": (tickets.ticket_history, one, {}),
        "history of a customer": (customers.customer_history, {"id": 1}, {}),
        "customer": (customers.get_customer, {"id": 1}, {}),
        "offers": (tickets.list_offers, {}, {}),
        "buried": (desk_api.list_buried, {}, {}),
        "queue figures": (desk_api.queue_figures, {}, {}),
    }


def _opened(file: Path) -> AbstractAsyncContextManager[Store]:
    settings = load(file)
    return app.opened_store(settings, app.location_of(settings), app.SystemClock())


def _ignore(socket: Socket, frame: bytes) -> None:
    """Nobody measures yet."""


if __name__ == "__main__":
    program.run("growth", measure)
