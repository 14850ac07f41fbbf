"""Both engines behind one face, and what a contract needs to look behind it: a second pair of eyes, a gate, a watch.

A `Watched` connection is the store's own with a list of the transactions it ran and a place to let something go wrong.
A `Gate` holds a thread at a commit, or inside a use case, until the test opens it, so that no test waits for a while.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, insert, select
from sqlalchemy.pool import NullPool
from sqlmodel import Session, SQLModel

from contactcenter.model.columns import bind, table
from contactcenter.model.ledgers import Secret
from contactcenter.ports import Tx
from contactcenter.storage.groups import Connection, Effects
from contactcenter.storage.open import Location, locate
from contactcenter.storage.postgres import PostgresConnection
from contactcenter.storage.sqlite import SqliteConnection
from contactcenter.storage.store import LaneStore
from tests.desk import SetClock
from tests.servers import PostgreSQL

WITHIN = 20.0  # seconds until a test that waits gives up

_secret = table(Secret)
WRITE_LETTER = insert(_secret)
LETTERS = select(_secret.c.name).order_by(_secret.c.name)
LETTER = select(_secret).where(_secret.c.name == bind("name"))


def write_letter(tx: Tx, name: str) -> str:
    """The use case of most tests. A name is taken once: a second letter of that name violates a constraint."""
    tx.run(WRITE_LETTER, name=name, value=b"")
    return name


def letters(tx: Tx) -> list[str]:
    return [row.name for row in tx.all(LETTERS)]


class Watched:
    """A connection that tells what it did; `before["commit"]` and its like run before the thing itself."""

    def __init__(self, inner: Connection) -> None:
        self.inner = inner
        self.errors, self.faults, self.races = inner.errors, inner.faults, inner.races
        self.compiled = inner.compiled
        self.calls: list[str] = []
        self.before: dict[str, Callable[[], None]] = {}

    def count(self, call: str) -> int:
        return self.calls.count(call)

    def execute(self, statement: str, params: Any = (), /) -> Any:
        return self.inner.execute(statement, params)

    def number(self, cursor: Any) -> int:
        return self.inner.number(cursor)

    def begin(self, *, read_only: bool) -> None:
        self._note("begin")
        self.inner.begin(read_only=read_only)

    def be_first(self) -> None:
        self._note("be_first")
        self.inner.be_first()

    def commit(self) -> None:
        self._note("commit")
        self.inner.commit()

    def rollback(self) -> None:
        self._note("rollback")
        self.inner.rollback()

    def savepoint(self) -> None:
        self._note("savepoint")
        self.inner.savepoint()

    def release(self) -> None:
        self.inner.release()

    def rollback_to(self) -> None:
        self.inner.rollback_to()

    def add_figures(self, figures: list[tuple[str, int]]) -> None:
        self.inner.add_figures(figures)

    def close(self) -> None:
        self._note("close")
        self.inner.close()

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if call in self.before:
            self.before[call]()


class Gate:
    """Holds the thread that passes it until it is opened; opens by itself when the test ends."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._open = threading.Event()

    def hold(self, *_: object) -> None:
        """For a connection to do before its commit, or a use case that does not run on the event loop's thread."""
        self._reached.set()
        assert self._open.wait(WITHIN)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, WITHIN)

    def open(self) -> None:
        self._open.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.set()


@dataclass
class Opened:
    """A store with its writers in view, and what it released."""

    store: LaneStore
    clock: SetClock
    writers: list[Watched]
    released: Effects = field(default_factory=list)

    @property
    def commits(self) -> int:
        return sum(writer.count("commit") for writer in self.writers)

    async def held(self, gate: Gate, use_case: Callable[[Tx], Any] = letters) -> asyncio.Future[Any]:
        """A use case of the first writer whose commit stands at the gate: what is written now piles up behind it."""
        self.writers[0].before["commit"] = gate.hold
        waiting = asyncio.ensure_future(self.store.write(use_case))
        await gate.reached()
        del self.writers[0].before["commit"]
        return waiting


class Engine(ABC):
    """A migrated and empty database of its own."""

    name: str
    location: Location

    @abstractmethod
    def connection(self, lane: int, *, read_only: bool) -> Connection: ...

    @abstractmethod
    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Somebody else's look at what is committed, or their change; over a connection of their own."""

    @abstractmethod
    def outage(self) -> Exception:
        """An error as the driver raises it when the engine is not there."""

    @asynccontextmanager
    async def opened(
        self, lanes: int = 2, readers: int = 2, release: Callable[[Effects], None] | None = None
    ) -> AsyncIterator[Opened]:
        """A store on it, closed at the end. `release` is called before an effect is noted."""
        writers: list[Watched] = []
        released: Effects = []

        def connect(lane: int, read_only: bool) -> Connection:
            if read_only:
                return self.connection(lane, read_only=True)
            writers.append(Watched(self.connection(lane, read_only=False)))
            return writers[-1]

        def let_go(effects: Effects) -> None:
            if release is not None:
                release(effects)
            released.extend(effects)

        clock = SetClock()
        store = LaneStore(connect, lanes if self.lanes_allowed else 1, readers, clock, let_go)
        try:
            yield Opened(store, clock, writers, released)
        finally:
            await store.close()

    @property
    def lanes_allowed(self) -> bool:
        return self.location.file is None

    def letters(self) -> list[str]:
        """What anybody else sees of the letters."""
        return [row[0] for row in self.ask("SELECT name FROM secret ORDER BY name")]

    @contextmanager
    def orm(self) -> Iterator[Session]:
        """The same tables through SQLModel."""
        engine = create_engine(self.location.sqlalchemy_url, poolclass=NullPool)
        with Session(engine) as session:
            yield session
        engine.dispose()


class Sqlite(Engine):
    name = "sqlite"

    def __init__(self, file: Path) -> None:
        self.file = file
        self.location = locate(f"sqlite:///{file}", file.parent)

    def connection(self, lane: int, *, read_only: bool) -> Connection:
        return SqliteConnection(self.file, read_only=read_only)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(statement).fetchall()

    def outage(self) -> Exception:
        return sqlite3.OperationalError("disk I/O error")


def copied(empty_store: Path, folder: Path) -> Sqlite:
    """A copy of a migrated and empty file."""
    shutil.copyfile(empty_store, folder / "contract.db")
    return Sqlite(folder / "contract.db")


class Postgres(Engine):
    name = "postgres"

    def __init__(self, server: PostgreSQL, url: str) -> None:
        self.server = server
        self.url = url
        self.location = locate(url, Path())

    def connection(self, lane: int, *, read_only: bool) -> Connection:
        return PostgresConnection(self.url, lane, read_only=read_only)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """Forget every row."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SET lock_timeout = '10s'")
            for rows in reversed(SQLModel.metadata.sorted_tables):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(rows.name)))

    def outage(self) -> Exception:
        return psycopg.OperationalError("server closed the connection unexpectedly")

    def cut(self, pids: Sequence[int]) -> None:
        """End these backends, and return when they are gone (pg_terminate_backend with a time-out waits for that)."""
        for pid in pids:
            self.ask(f"SELECT pg_terminate_backend({int(pid)}, 10000)")

    def backends(self) -> list[int]:
        """The store's own connections."""
        return [
            row[0]
            for row in self.ask(
                "SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'contactcenter'"
            )
        ]
