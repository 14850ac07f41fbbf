"""What the store's own layer costs: the use case that takes a message in, against its bare SQL on the driver.

The statements of each message are recorded once, then executed again from the same state of the database by a plain
loop over sqlite3, a hundred messages to a commit. The product takes the same messages in from a hundred callers at a
time. Both in this process, in turn; CPU time of all threads.
"""

import argparse
import asyncio
import gc
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.common import program
from bench.common.desk import add_agents, write_settings
from bench.common.figures import Goal, middle, spread
from bench.common.load import WORDS, new_id
from bench.common.program import Wrong, say
from contactcenter import app
from contactcenter.bus.in_process import InProcessBus
from contactcenter.channels.registry import Built
from contactcenter.channels.webchat.channel import Said, Settings, WebChat
from contactcenter.flow import actions, intake
from contactcenter.flow.policies import Policies
from contactcenter.model.values import RawEvent
from contactcenter.ports import Store
from contactcenter.settings import load
from contactcenter.storage.sqlite import PRAGMAS

GROUP = 100
VISITORS = 200
ROUNDS = 5
SETTINGS = """
[queues.support]
[channels.site]
kind = "webchat"
assistant = false
"""

Statement = tuple[str, Any]
Message = list[Statement]


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """The product and the bare driver in turn, each on a copy of the same database."""
    gc.enable()  # here the product runs in our own process
    count = 1_000 if options.quick else 4_000
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        folder = Path(name)
        policies = await _first_messages(folder / "start")
        events = [_event(number % VISITORS) for number in range(count * ROUNDS)]
        say(f"store: recording {len(events)} messages")
        messages = await _record(_copy(folder, "recorded"), policies, events)
        plain = [[entry for entry in message if not _marks_savepoint(entry)] for message in messages]
        bare = Bare(_copy(folder, "bare"))
        unguarded = Bare(_copy(folder, "unguarded"))
        found: dict[str, list[float]] = {"product": [], "bare": [], "bare_without_savepoints": []}
        async with _opened(_copy(folder, "product")) as store:
            for number in range(ROUNDS):
                say(f"store: round {number + 1} of {ROUNDS}")
                some = slice(number * count, (number + 1) * count)
                found["product"].append(await _take_in(store, policies, events[some]))
                found["bare"].append(bare.replay(messages[some]))
                found["bare_without_savepoints"].append(unguarded.replay(plain[some]))
        _same([folder / name for name in ("product", "bare", "unguarded")])
    figures: dict[str, Any] = {f"{name}_cpu_us": spread(values) for name, values in found.items()}
    figures["statements_per_message"] = len(messages[-1])
    figures["sql_of_one_message"] = [sql for sql, _ in messages[-1]]
    ratio = middle([this / that for this, that in zip(found["product"], found["bare"], strict=True)])
    return figures, [Goal("CPU of the message unit, in bare statements at 100 to a commit", 3, ratio)]


async def _first_messages(folder: Path) -> Policies:
    """A database in which each visitor has a ticket that an agent holds."""
    file = write_settings(folder, SETTINGS)
    (agent,) = await add_agents(file, 1, ["support"], VISITORS)
    own = Settings(kind="webchat", assistant=False)
    built = Built(WebChat("site", own, InProcessBus()), own)
    policies = app.make_policies(load(file), {"site": built})
    caller = actions.Caller("agent", agent.id, "Agent 0")
    async with _opened(folder) as store:
        await asyncio.gather(*(_receive(store, policies, _event(number)) for number in range(VISITORS)))
        for ticket in range(1, VISITORS + 1):
            await store.write(actions.claim, policies, caller, ticket)
    return policies


def _opened(folder: Path) -> AbstractAsyncContextManager[Store]:
    settings = load(folder / "contactcenter.toml")
    return app.opened_store(settings, app.location_of(settings), app.SystemClock())


def _copy(folder: Path, name: str) -> Path:
    shutil.copytree(folder / "start", folder / name)
    return folder / name


def _event(visitor: int) -> RawEvent:
    """What a visitor's socket hands to intake."""
    session, key = f"{visitor:032x}", new_id().decode()
    said = Said(key, session, WORDS.decode())
    return RawEvent("site", f"{key}/{session}", f"site:{session}", msgspec.json.encode(said))


async def _receive(store: Store, policies: Policies, event: RawEvent) -> None:
    accepted = await store.write_in(event.stream, intake.receive, policies, event)
    if not accepted.new or not accepted.seq:
        raise Wrong(f"the event was not taken in: {accepted}")


async def _take_in(store: Store, policies: Policies, events: Sequence[RawEvent]) -> float:
    """CPU microseconds for each message, with a hundred callers waiting at a time."""
    before = time.process_time()
    for first in range(0, len(events), GROUP):
        some = events[first : first + GROUP]
        await asyncio.gather(*(store.write_in(raw.stream, intake.receive, policies, raw) for raw in some))
    return (time.process_time() - before) / len(events) * 1e6


# --- the bare driver --------------------------------------------------------------------------------------------------


class Bare:
    """The driver, with the pragmas of the product and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(_database(folder), isolation_level=None, cached_statements=512)
        for pragma in PRAGMAS:
            self._connection.execute(pragma)

    def replay(self, messages: Sequence[Message]) -> float:
        """CPU microseconds for each message."""
        execute = self._connection.execute
        before = time.process_time()
        for first in range(0, len(messages), GROUP):
            execute("BEGIN IMMEDIATE")
            for message in messages[first : first + GROUP]:
                for sql, params in message:
                    execute(sql, params).fetchall()
            execute("COMMIT")
        return (time.process_time() - before) / len(messages) * 1e6


async def _record(folder: Path, policies: Policies, events: Sequence[RawEvent]) -> list[Message]:
    """The statements of each event, in order, without those that begin and end its transaction."""
    messages: list[Message] = []
    with _recording() as statements:
        async with _opened(folder) as store:
            for event in events:
                statements.clear()
                await _receive(store, policies, event)
                messages.append([entry for entry in statements if not _marks_transaction(entry)])
    return messages


@contextmanager
def _recording() -> Iterator[list[Statement]]:
    """Whoever connects meanwhile has every statement written down; nothing is synced, it is thrown away anyway."""
    statements: list[Statement] = []
    connect = sqlite3.connect

    class Recorded(sqlite3.Connection):
        def execute(self, sql: str, params: Any = (), /) -> sqlite3.Cursor:
            if sql.startswith("PRAGMA synchronous"):
                sql = "PRAGMA synchronous=OFF"
            statements.append((sql, params))
            return super().execute(sql, params)

    sqlite3.connect = partial(connect, factory=Recorded)  # type: ignore[assignment]
    try:
        yield statements
    finally:
        sqlite3.connect = connect


def _marks_transaction(statement: Statement) -> bool:
    return statement[0].startswith(("BEGIN", "COMMIT", "PRAGMA"))


def _marks_savepoint(statement: Statement) -> bool:
    return statement[0].startswith(("SAVEPOINT", "RELEASE"))


def _same(folders: Sequence[Path]) -> None:
    """Whoever was quicker must have stored as much."""
    counted = [_count(folder) for folder in folders]
    if len(set(counted)) != 1:
        raise Wrong(f"the databases differ: {counted}")


def _count(folder: Path) -> tuple[int, ...]:
    connection = sqlite3.connect(_database(folder))
    tables = ("inbox", "message", "event")
    counted = tuple(int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables)  # noqa: S608
    connection.close()
    return counted


def _database(folder: Path) -> Path:
    return folder / "var" / "contactcenter.db"


if __name__ == "__main__":
    program.run("store", measure)
