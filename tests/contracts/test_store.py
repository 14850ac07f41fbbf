"""The contract of the Store, on SQLite and on PostgreSQL: what a caller may rely on while nothing is broken.

What happens when something is broken is in test_store_outages.py, what the rows look like in test_store_rows.py.
"""

import asyncio
import threading

import pytest
from sqlalchemy import func, select

from contactcenter.model.columns import bind, table
from contactcenter.model.ledgers import Counter
from contactcenter.model.values import Conflict, StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.storage.groups import GROUP_LIMIT, Effects
from tests.contracts.engines import LETTER, WITHIN, Engine, Gate, Postgres, letters, write_letter

_counter = table(Counter)
FIGURE = select(func.sum(_counter.c.value).label("total")).where(_counter.c.figure == bind("figure"))


def write_and_tell(tx: Tx, name: str) -> None:
    write_letter(tx, name)
    tx.publish([f"letter:{name}"], name.encode())
    tx.count("letters", 1)


def write_then_refuse(tx: Tx, name: str) -> None:
    write_and_tell(tx, name)
    tx.wake("post")
    raise Conflict(f"{name} was sent already")


def figure(tx: Tx, name: str) -> int:
    return int(tx.one(FIGURE, figure=name).total or 0)


def frames(effects: Effects) -> list[bytes]:
    return [frame for _, frame in effects]


# --- writing ----------------------------------------------------------------------------------------------------------


async def test_a_write_answers_when_everybody_can_see_it(engine: Engine) -> None:
    async with engine.opened() as opened:
        assert await opened.store.write(write_letter, "from Ada") == "from Ada"
        assert engine.letters() == ["from Ada"]
        assert await opened.store.read(letters) == ["from Ada"]
        assert await opened.store.write_in("any lane", letters) == ["from Ada"]


async def test_use_cases_that_wait_together_are_committed_together(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        with Gate() as gate:
            first = await opened.held(gate)
            waiting = [opened.store.write(write_letter, f"{number:02}") for number in range(20)]
            gate.open()
            await asyncio.gather(first, *waiting)
        assert opened.commits == 2
        assert engine.letters() == [f"{number:02}" for number in range(20)]


async def test_a_group_is_bounded(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        with Gate() as gate:
            first = await opened.held(gate)
            waiting = [opened.store.write(letters) for _ in range(2 * GROUP_LIMIT + 1)]
            gate.open()
            await asyncio.gather(first, *waiting)
        assert opened.commits == 4


async def test_one_that_raises_loses_only_its_own(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        with Gate() as gate:
            first = await opened.held(gate)
            before = opened.store.write(write_and_tell, "before")
            refused = opened.store.write(write_then_refuse, "refused")
            after = opened.store.write(write_and_tell, "after")
            gate.open()
            await asyncio.gather(first, before, after)
            with pytest.raises(Conflict, match="refused was sent already"):
                await refused
        assert opened.commits == 2
        assert engine.letters() == ["after", "before"]
        assert frames(opened.released) == [b"before", b"after"]
        assert await opened.store.read(figure, "letters") == 2


async def test_effects_are_released_when_everybody_can_see_their_cause(engine: Engine) -> None:
    seen: list[list[str]] = []
    async with engine.opened(release=lambda effects: seen.append(engine.letters())) as opened:
        await opened.store.write(write_and_tell, "from Ada")
        assert opened.released == [(["letter:from Ada"], b"from Ada")]
    assert seen == [["from Ada"]]


async def test_a_wake_is_an_effect(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(lambda tx: tx.wake("outbox"))
        assert opened.released == [(("wake:outbox",), b"")]


async def test_effects_that_nobody_can_take_leave_no_caller_without_an_answer(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(effects: Effects) -> None:
        raise ValueError("the listener is broken")

    async with engine.opened(lanes=1, release=refuse) as opened, asyncio.timeout(WITHIN):
        with Gate() as gate:
            first = await opened.held(gate)
            waiting = [opened.store.write(write_and_tell, name) for name in ("one", "two")]
            gate.open()
            await asyncio.gather(first, *waiting)
    assert engine.letters() == ["one", "two"]
    assert "effects were not released" in caplog.text


async def test_an_inner_savepoint_undoes_changes_effects_and_figures(engine: Engine) -> None:
    def write_twice(tx: Tx) -> None:
        write_and_tell(tx, "kept")
        with pytest.raises(Conflict), tx.savepoint():
            write_then_refuse(tx, "undone")
        with tx.savepoint():
            write_and_tell(tx, "kept too")

    async with engine.opened() as opened:
        await opened.store.write(write_twice)
        assert engine.letters() == ["kept", "kept too"]
        assert frames(opened.released) == [b"kept", b"kept too"]
        assert await opened.store.read(figure, "letters") == 2


async def test_a_violation_inside_a_savepoint_can_be_answered_by_the_use_case(engine: Engine) -> None:
    """Such as "somebody was first": the rest of the use case goes on in the same transaction."""

    def write_unless_taken(tx: Tx) -> str:
        try:
            with tx.savepoint():
                write_letter(tx, "taken")
        except Exception as error:
            return type(error).__name__
        return "written"

    async with engine.opened() as opened:
        assert await opened.store.write(write_unless_taken) == "written"
        assert "UniqueViolation" in (told := await opened.store.write(write_unless_taken)) or "Integrity" in told
        assert engine.letters() == ["taken"]


async def test_an_iterator_that_runs_out_is_told_as_an_error(engine: Engine) -> None:
    """A future cannot carry StopIteration; the caller must not wait for ever because of that."""
    async with engine.opened() as opened, asyncio.timeout(WITHIN):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await opened.store.write(lambda tx: next(iter(letters(tx))))


async def test_all_of_one_use_case_happens_at_one_instant(engine: Engine) -> None:
    async with engine.opened() as opened:
        first, second = await opened.store.write(lambda tx: (tx.now, tx.now))
        assert first == second > 0


# --- lanes and figures ------------------------------------------------------------------------------------------------


async def test_use_cases_of_one_lane_never_run_at_the_same_time(engine: Engine) -> None:
    alone = threading.Lock()

    def be_alone(tx: Tx) -> bool:
        if not alone.acquire(blocking=False):
            return False
        try:
            letters(tx)
            return True
        finally:
            alone.release()

    async with engine.opened(lanes=4) as opened:
        assert all(await asyncio.gather(*(opened.store.write_in("conversation:7", be_alone) for _ in range(200))))


async def test_another_lane_goes_on_while_one_is_busy(scaled: Postgres) -> None:
    async with scaled.opened(lanes=2) as opened:
        with Gate() as gate:
            held = asyncio.ensure_future(opened.store.write_in("conversation:1", gate.hold))
            await gate.reached()
            others = [asyncio.ensure_future(opened.store.write_in(key, write_letter, key)) for key in "abcdefgh"]
            async with asyncio.timeout(WITHIN):
                done, _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
            assert {task.result() for task in done} <= set(scaled.letters())
            assert not held.done()
            gate.open()
            await asyncio.gather(held, *others)


async def test_lanes_that_add_to_one_figure_add_up(engine: Engine) -> None:
    def count(tx: Tx, delta: int) -> None:
        tx.count("waiting", delta)
        tx.count("never", delta)
        tx.count("never", -delta)

    async with engine.opened(lanes=4) as opened:
        keys = [f"conversation:{number}" for number in range(100)]
        await asyncio.gather(*(opened.store.write_in(key, count, n - 40) for n, key in enumerate(keys)))
        assert await opened.store.read(figure, "waiting") == sum(range(-40, 60))
        assert await opened.store.read(figure, "never") == 0


# --- reading ----------------------------------------------------------------------------------------------------------


async def test_a_reader_never_waits_for_the_writer(engine: Engine) -> None:
    async with engine.opened() as opened:
        with Gate() as gate:
            writing = await opened.held(gate, lambda tx: write_letter(tx, "not yet"))
            assert await asyncio.wait_for(opened.store.read(letters), WITHIN) == []
            gate.open()
            await writing
        assert await opened.store.read(letters) == ["not yet"]


async def test_a_read_sees_one_snapshot(engine: Engine) -> None:
    def read_twice(tx: Tx, gate: Gate) -> tuple[list[str], list[str]]:
        first = letters(tx)
        gate.hold()
        return first, letters(tx)

    async with engine.opened() as opened:
        await opened.store.write(write_letter, "old")
        with Gate() as gate:
            reading = asyncio.ensure_future(opened.store.read(read_twice, gate))
            await gate.reached()
            await opened.store.write(write_letter, "new")
            gate.open()
            assert await reading == (["old"], ["old"])
        assert await opened.store.read(letters) == ["new", "old"]


async def test_a_read_can_change_nothing_and_tell_nobody(engine: Engine) -> None:
    async with engine.opened() as opened:
        with pytest.raises(StoreUnavailable, match=r"read-?only"):
            await opened.store.read(write_letter, "from a reader")
        for tell in (
            lambda tx: tx.publish(["team"], b""),
            lambda tx: tx.wake("outbox"),
            lambda tx: tx.count("letters", 1),
        ):
            with pytest.raises(TypeError, match="a read cannot"):
                await opened.store.read(tell)
        assert engine.letters() == []


async def test_more_readers_than_connections_take_turns(engine: Engine) -> None:
    async with engine.opened(readers=2) as opened:
        await opened.store.write(write_letter, "from Ada")
        assert await asyncio.gather(*(opened.store.read(letters) for _ in range(50))) == [["from Ada"]] * 50


async def test_a_read_that_raises_tells_its_own_error_and_frees_its_connection(engine: Engine) -> None:
    def refuse(tx: Tx) -> None:
        letters(tx)
        raise Conflict("no")

    async with engine.opened(readers=1) as opened:
        for _ in range(3):
            with pytest.raises(Conflict):
                await opened.store.read(refuse)
        assert await asyncio.wait_for(opened.store.read(letters), WITHIN) == []


# --- giving up and closing --------------------------------------------------------------------------------------------


async def test_a_caller_who_gives_up_breaks_neither_the_group_nor_the_commit(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        with Gate() as gate:
            first = await opened.held(gate)
            impatient = asyncio.ensure_future(opened.store.write(write_and_tell, "impatient"))
            patient = asyncio.ensure_future(opened.store.write(write_and_tell, "patient"))
            impatient.cancel()
            gate.open()
            await asyncio.gather(first, patient)
        assert impatient.cancelled()
        assert engine.letters() == ["impatient", "patient"]
        assert frames(opened.released) == [b"impatient", b"patient"]
        assert await opened.store.write(write_letter, "next") == "next"


async def test_closing_finishes_what_waits(engine: Engine) -> None:
    async with engine.opened(lanes=1) as opened:
        with Gate() as gate:
            first = await opened.held(gate)
            waiting = [opened.store.write(write_letter, f"{number:02}") for number in range(5)]
            closing = asyncio.create_task(opened.store.close())
            gate.open()
            await asyncio.gather(first, *waiting, closing)
        assert opened.writers[0].calls[-1] == "close"
    assert engine.letters() == [f"{number:02}" for number in range(5)]


async def test_a_closed_store_says_so_at_once(engine: Engine) -> None:
    async with engine.opened() as opened, asyncio.timeout(WITHIN):
        await opened.store.close()
        with pytest.raises(StoreUnavailable, match="closed"):
            await opened.store.write(write_letter, "late")
        with pytest.raises(StoreUnavailable, match="closed"):
            await opened.store.read(letters)
        await opened.store.close()


async def test_one_row_is_looked_up_by_its_key(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(write_letter, "from Ada")
        assert (await opened.store.read(lambda tx: tx.one(LETTER, name="from Ada"))).name == "from Ada"
        assert await opened.store.read(lambda tx: tx.one(LETTER, name="from nobody")) is None
