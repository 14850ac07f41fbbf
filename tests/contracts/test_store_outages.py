"""The contract of the Store when something is broken: constraints, deadlocks, lost connections, a full disk.

Whatever happens, each caller gets an outcome of their own, nothing is half-written, nothing undone has effects, and
the store works again when its engine does, without a restart of ours.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import update

from contactcenter.crm import history
from contactcenter.crm.queries import ADD_CUSTOMER
from contactcenter.model.columns import bind, table
from contactcenter.model.history import SuppressionLifted
from contactcenter.model.ledgers import Secret
from contactcenter.model.values import Conflict, StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.storage.postgres import PostgresConnection
from contactcenter.storage.sqlite import SqliteConnection
from tests.contracts.engines import (
    LETTER,
    WITHIN,
    WRITE_LETTER,
    Engine,
    Gate,
    Opened,
    Postgres,
    Sqlite,
    Watched,
    letters,
    write_letter,
)

_secret = table(Secret)
CHANGE_LETTER = update(_secret).where(_secret.c.name == bind("called")).values(value=bind("says"))
BIG = 4_000_000  # bytes, more than what is left of a full disk


class Runs:
    """A use case that counts its runs and does what the test wants at each."""

    def __init__(self, *acts: Callable[[Tx], Any]) -> None:
        self.acts = acts
        self.count = 0

    def __call__(self, tx: Tx) -> Any:
        act = self.acts[min(self.count, len(self.acts) - 1)]
        self.count += 1
        return act(tx)


def write_and_tell(tx: Tx, name: str) -> str:
    write_letter(tx, name)
    tx.publish(["post"], name.encode())
    return name


def writes(name: str) -> Callable[[Tx], str]:
    return lambda tx: write_and_tell(tx, name)


async def together(opened: Opened, *use_cases: Callable[[Tx], Any]) -> list[Any]:
    """Run them as one group of the first lane; what each caller was told."""
    with Gate() as gate:
        first = await opened.held(gate)
        waiting = [opened.store.write(use_case) for use_case in use_cases]
        gate.open()
        await first
        async with asyncio.timeout(WITHIN):
            return await asyncio.gather(*waiting, return_exceptions=True)


def told(effects: list[Any]) -> list[bytes]:
    return [frame for _, frame in effects]


# --- transactions that fail -------------------------------------------------------------------------------------------


async def test_a_violated_constraint_is_told_to_its_caller_alone(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        await opened.store.write(write_letter, "taken")
        before, refused, after = await together(opened, writes("before"), writes("taken"), writes("after"))
        assert (before, after) == ("before", "after")
        assert isinstance(refused, opened.writers[0].faults)
        assert engine.letters() == ["after", "before", "taken"]
        assert told(opened.released) == [b"before", b"after"]


async def test_a_use_case_that_fails_the_first_time_is_run_again(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        await opened.store.write(write_letter, "taken")
        lucky = Runs(writes("taken"), writes("free"))
        assert await together(opened, writes("before"), lucky, writes("after")) == ["before", "free", "after"]
        assert lucky.count == 2
        assert told(opened.released) == [b"before", b"free", b"after"]


async def test_what_a_use_case_told_in_a_run_that_was_undone_is_never_released(engine: Engine) -> None:
    def refuse(tx: Tx) -> None:
        raise Conflict("somebody was first meanwhile")

    async with engine.opened(lanes=1) as opened:
        await opened.store.write(write_letter, "taken")
        outcomes = await together(opened, Runs(writes("undone"), refuse), writes("taken"))
        assert isinstance(outcomes[0], Conflict)
        assert opened.released == []
        assert engine.letters() == ["taken"]


async def test_an_engine_that_refuses_to_begin_is_not_asked_once_per_caller(engine: Engine) -> None:
    """Each refusal may take as long as a time-out: fifty callers must not wait for fifty of them."""

    def refuse() -> None:
        raise engine.outage()

    async with engine.opened(lanes=1) as opened:
        writer = opened.writers[0]

        def break_the_engine(tx: Tx) -> None:
            writer.before["begin"] = refuse

        await opened.store.write(break_the_engine)
        begun = writer.count("begin")
        outcomes = await together_without_gate(opened, [writes(f"{number}") for number in range(50)])
        assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
        assert writer.count("begin") - begun <= 2
        writer.before.clear()
        assert await opened.store.write(write_letter, "afterwards") == "afterwards"


async def together_without_gate(opened: Opened, use_cases: list[Callable[[Tx], Any]]) -> list[Any]:
    return await asyncio.gather(*(opened.store.write(use_case) for use_case in use_cases), return_exceptions=True)


async def test_a_fault_of_ours_around_the_commit_leaves_no_caller_without_an_answer(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """A lane that died of it would let everybody wait for ever."""

    def fail() -> None:
        raise TypeError("a fault in a connection")

    async with engine.opened(lanes=1) as opened:
        opened.writers[0].before["commit"] = fail
        with pytest.raises(TypeError):
            await asyncio.wait_for(opened.store.write(write_letter, "lost"), WITHIN)
        opened.writers[0].before.clear()
        await asyncio.wait_for(opened.store.write(write_letter, "next"), WITHIN)
        assert engine.letters() == ["next"]
    assert "a lane failed" in caplog.text


async def test_a_commit_that_is_refused_is_run_again(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        refusals = iter([engine.outage()])

        def refuse_once() -> None:
            for error in refusals:
                raise error

        with Gate() as gate:
            first = await opened.held(gate)
            waiting = [opened.store.write(writes(name)) for name in ("one", "two")]
            opened.writers[0].before["commit"] = refuse_once
            gate.open()
            await asyncio.gather(first, *waiting)
        assert engine.letters() == ["one", "two"]
        assert told(opened.released) == [b"one", b"two"]


async def test_an_error_in_the_values_of_a_read_is_no_outage(engine: Engine) -> None:
    """Or it would be repeated for ever, as StoreUnavailable asks for."""
    async with engine.opened() as opened:
        with pytest.raises(opened.writers[0].faults):
            await opened.store.read(lambda tx: tx.one(LETTER, name=object()))
        assert await opened.store.read(letters) == []


# --- SQLite: the disk -------------------------------------------------------------------------------------------------


async def test_a_full_disk_refuses_what_does_not_fit_and_nothing_else(sqlite: Sqlite) -> None:
    def write_big(tx: Tx) -> None:
        write_and_tell(tx, "before the big one")
        tx.run(WRITE_LETTER, name="big", value=bytes(BIG))

    async with sqlite.opened() as opened:
        pages = _pragma(opened, "page_count")
        _pragma(opened, f"max_page_count={pages + 20}")
        small, big, other = await together(opened, writes("small"), write_big, writes("other"))
        assert (small, other) == ("small", "other")
        assert isinstance(big, StoreUnavailable)
        assert "full" in str(big)
        assert sqlite.letters() == ["other", "small"]
        assert told(opened.released) == [b"small", b"other"]
        _pragma(opened, f"max_page_count={pages + 20_000}")
        await opened.store.write(write_big)
        assert sqlite.letters() == ["before the big one", "big", "other", "small"]


async def test_a_file_that_became_read_only_is_an_outage_until_it_is_writable(sqlite: Sqlite) -> None:
    async with sqlite.opened() as opened:
        await opened.store.write(write_letter, "before")
        _pragma(opened, "query_only=ON")
        with pytest.raises(StoreUnavailable, match="readonly"):
            await opened.store.write(write_letter, "refused")
        assert await opened.store.read(letters) == ["before"]
        _pragma(opened, "query_only=OFF")
        await opened.store.write(write_letter, "after")
        assert sqlite.letters() == ["after", "before"]


async def test_another_program_that_writes_for_long_is_an_outage_not_an_error(sqlite: Sqlite) -> None:
    """The command line writes to the same file; whoever holds the lock beyond the busy time-out makes us say so."""
    async with sqlite.opened() as opened:
        _pragma(opened, "busy_timeout=1")
        other = SqliteConnection(sqlite.file, read_only=False)
        other.begin(read_only=False)
        with pytest.raises(StoreUnavailable, match="locked"):
            await opened.store.write(write_letter, "refused")
        other.rollback()
        other.close()
        await opened.store.write(write_letter, "after")
        assert sqlite.letters() == ["after"]


def _pragma(opened: Opened, pragma: str) -> int:
    """Ask or set something on the writer's connection while it is idle."""
    row = _driver(opened.writers[0]).execute(f"PRAGMA {pragma}").fetchone()
    return int(row[0]) if row else 0


def _driver(writer: Watched) -> Any:
    """The driver's own connection."""
    return writer.inner._connection  # type: ignore[attr-defined]


def test_an_sqlite_file_survives_a_power_cut_by_its_settings(sqlite: Sqlite) -> None:
    """What is acknowledged is synced: write-ahead log, synced at every commit (sqlite.org/pragma.html)."""
    connection = SqliteConnection(sqlite.file, read_only=False)
    ask = connection._connection.execute
    assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ask("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


# --- PostgreSQL: the server -------------------------------------------------------------------------------------------


async def test_a_connection_lost_in_the_middle_costs_nobody_anything(scaled: Postgres) -> None:
    def cut_the_line(tx: Tx) -> list[str]:
        scaled.cut(scaled.backends())
        return letters(tx)

    async with scaled.opened(lanes=1, readers=1) as opened:
        unlucky = Runs(cut_the_line, writes("unlucky"))
        assert await together(opened, writes("before"), unlucky, writes("after")) == ["before", "unlucky", "after"]
        assert scaled.letters() == ["after", "before", "unlucky"]
        assert told(opened.released) == [b"before", b"unlucky", b"after"]
        alone = Runs(cut_the_line, letters)
        assert await opened.store.write(alone) == ["after", "before", "unlucky"]
        assert alone.count == 2


async def test_a_connection_that_was_cut_while_idle_is_not_noticed(scaled: Postgres) -> None:
    async with scaled.opened(lanes=2, readers=1) as opened:
        await asyncio.gather(*(opened.store.write_in(key, write_letter, key) for key in "abcdefgh"))
        await opened.store.read(letters)
        await asyncio.to_thread(scaled.cut, scaled.backends())
        await asyncio.gather(*(opened.store.write_in(key, write_letter, key * 2) for key in "abcdefgh"))
        assert len(await opened.store.read(letters)) == 16


@pytest.mark.parametrize(
    ("how", "happened"),
    [(socket.SHUT_RDWR, []), (socket.SHUT_RD, ["from Ada"])],
    ids=["the commit was never sent", "the answer was lost"],
)
async def test_a_commit_without_an_answer_is_neither_claimed_nor_repeated(
    scaled: Postgres, how: int, happened: list[str]
) -> None:
    async with scaled.opened(lanes=1) as opened:
        writer = opened.writers[0]
        ada = Runs(writes("from Ada"))

        def lose_the_answer() -> None:
            del writer.before["commit"]
            _shut(writer, how)

        def write_and_lose(tx: Tx) -> str:
            writer.before["commit"] = lose_the_answer
            return str(ada(tx))

        with pytest.raises(StoreUnavailable, match="did not answer a commit"):
            await opened.store.write(write_and_lose)
        assert ada.count == 1
        assert opened.released == []
        await opened.store.write(write_letter, "next")
        assert scaled.letters() == [*happened, "next"]


def _shut(writer: Watched, how: int) -> None:
    connection: psycopg.Connection[Any] = _driver(writer)
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(how)


async def test_a_server_that_ends_our_backend_at_the_commit_leaves_the_outcome_unknown(scaled: Postgres) -> None:
    """Its last words are FATAL: it may have committed before it said them."""
    async with scaled.opened(lanes=1) as opened:
        writer = opened.writers[0]

        def end() -> None:
            writer.before.clear()
            scaled.cut([_driver(writer).info.backend_pid])

        def write_and_end(tx: Tx) -> str:
            writer.before["commit"] = end
            return write_letter(tx, "from Ada")

        with pytest.raises(StoreUnavailable, match="did not answer a commit"):
            await opened.store.write(write_and_end)
        assert await opened.store.write(letters) == []


async def test_lanes_that_deadlock_both_finish(scaled: Postgres) -> None:
    """The server undoes one of them; it is run again."""

    def change_both(tx: Tx, first: str, second: str, meet: Callable[[Tx], Any]) -> None:
        tx.run(CHANGE_LETTER, called=first, says=second.encode())
        meet(tx)
        tx.run(CHANGE_LETTER, called=second, says=first.encode())

    hurried = Postgres(scaled.server, f"{scaled.url}?options=-c%20deadlock_timeout%3D20ms")
    async with hurried.opened(lanes=2) as opened:
        for name in ("a", "b"):
            await opened.store.write(write_letter, name)
        with Gate() as one, Gate() as other:
            there = Runs(one.hold, letters)
            back = Runs(other.hold, letters)
            first, second = await _two_lanes(opened)
            waiting = [
                asyncio.ensure_future(opened.store.write_in(first, change_both, "a", "b", there)),
                asyncio.ensure_future(opened.store.write_in(second, change_both, "b", "a", back)),
            ]
            await asyncio.gather(one.reached(), other.reached())
            one.open()
            other.open()
            async with asyncio.timeout(WITHIN):
                await asyncio.gather(*waiting)
            assert there.count + back.count > 2


async def test_whoever_lost_the_race_for_a_place_in_a_history_is_next(scaled: Postgres) -> None:
    """However fast another lane writes the same history, nobody runs again and again."""
    tried: list[str] = []

    def be_late(tx: Tx, customer: int) -> None:
        tx.known[customer] = history._tail(tx, customer)
        tried.append(_write_meanwhile(scaled.url, customer, tx.known[customer][0] + 1))
        history.record(tx, customer, "system", SuppressionLifted())

    async with scaled.opened(lanes=2) as opened:
        customer = await opened.store.write(lambda tx: tx.add(ADD_CUSTOMER, name="Ada", created_at=tx.now))
        async with asyncio.timeout(WITHIN):
            await opened.store.write(be_late, customer)
    assert tried[-1] == "waits"
    assert tried.count("waits") == 1
    assert tried.count("wrote") >= 1


def _write_meanwhile(url: str, customer: int, position: int) -> str:
    """Write an event as another lane would."""
    with psycopg.connect(url, autocommit=True, options="-c lock_timeout=50ms") as other:
        try:
            other.execute(
                "INSERT INTO event (customer_id, position, kind, at, actor, payload_digest, previous, digest)"
                " VALUES (%s, %s, 'Other', 0, 'system', '', '', '')",
                (customer, position),
            )
        except psycopg.errors.LockNotAvailable:
            return "waits"
    return "wrote"


async def _two_lanes(opened: Opened) -> tuple[str, str]:
    """Keys that the store deals to two different lanes."""
    dealt: dict[int, str] = {}
    for key in "abcdefgh":
        before = [writer.count("begin") for writer in opened.writers]
        await opened.store.write_in(key, letters)
        dealt[next(n for n, writer in enumerate(opened.writers) if writer.count("begin") > before[n])] = key
    return dealt[0], dealt[1]


async def test_a_server_that_was_killed_is_used_again_when_it_is_back(scaled: Postgres) -> None:
    def write_and_kill(tx: Tx) -> None:
        write_and_tell(tx, "half")
        scaled.server.kill()
        letters(tx)

    async with scaled.opened(lanes=2, readers=2) as opened:
        await opened.store.write(write_letter, "before")
        with pytest.raises(StoreUnavailable):
            await _bounded(opened.store.write(write_and_kill))
        for attempt in (opened.store.write, opened.store.read):
            with pytest.raises(StoreUnavailable):
                await _bounded(attempt(letters))
        await asyncio.to_thread(scaled.server.start)
        for key in "abcd":
            await _bounded(opened.store.write_in(key, write_letter, key))
        assert await _bounded(opened.store.read(letters)) == ["a", "b", "before", "c", "d"]
        assert opened.released == []


async def _bounded(work: Awaitable[Any]) -> Any:
    async with asyncio.timeout(WITHIN):
        return await work


async def test_a_server_that_never_was_there_is_an_outage(tmp_path: Path) -> None:
    nobody = PostgresConnection("postgresql://postgres@127.0.0.1:1/nothing", 0, read_only=False)
    with pytest.raises(nobody.errors):
        nobody.begin(read_only=False)
    nobody.rollback()
