"""The rule of all work that must not be lost, and of who may be the only one, on both engines (flow/ledger, leases)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.channels.loopback import said
from contactcenter.flow import deliver, intake, leases, ledger, outbound, tickets, upkeep
from contactcenter.flow.ledger import Ledger
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import SECOND, adding, bind, table
from contactcenter.model.ledgers import Inbox, Timer
from contactcenter.model.tickets import Ticket
from contactcenter.model.values import Conflict, NotFound, StoreUnavailable, Undeliverable, Unparseable
from contactcenter.ports import Tx
from tests.contracts.engines import WITHIN, Engine, Gate, Postgres
from tests.desk import eventually, quiet_policies

_inbox, _timer = table(Inbox), table(Timer)
ADD_EVENT, ADD_TIMER = adding(_inbox), adding(_timer)
EVENT = select(_inbox).where(_inbox.c.id == bind("id"))


def receive(tx: Tx, stream: str, name: str, due_in: int = 0) -> int:
    """A raw event that waits in the inbox."""
    work = {"stream": stream, "state": "due", "due_at": tx.now + due_in, "attempts": 0, "owner": "", "error": ""}
    event = {"channel": "support", "external_id": name, "payload": b"", "file": "", "envelope": "", "told_of": None}
    return tx.add(ADD_EVENT, created_at=tx.now, **work, **event)


def heads(tx: Tx) -> list[str]:
    return [row.external_id for row in ledger.inbox.due_heads(tx)]


def event(tx: Tx, number: int) -> Any:
    return tx.one(EVENT, id=number)


def take(tx: Tx, number: int, worker: str) -> tuple[str, int] | None:
    row = ledger.inbox.take(tx, number, worker)
    return None if row is None else (row.owner, row.attempts)


def succeed(tx: Tx, row: Any) -> None:
    """Nothing to do."""


def fail_with(error: Exception) -> Callable[[Tx, Any], None]:
    def fail(tx: Tx, row: Any) -> None:
        receive(tx, "undone", f"undone-{row.id}-{row.attempts}")
        raise error

    return fail


# --- order ------------------------------------------------------------------------------------------------------------


async def test_only_the_oldest_unfinished_of_a_stream_may_be_taken(engine: Engine) -> None:
    async with engine.opened() as opened:
        write, read = opened.store.write, opened.store.read
        first = await write(receive, "Ada", "first")
        await write(receive, "Ada", "second")
        await write(receive, "Bob", "other")
        assert await read(heads) == ["first", "other"]
        assert await write(take, first, "worker") == ("worker", 1)
        assert await read(heads) == ["other"]
        await write(ledger.inbox.finish, first, 1)
        assert sorted(await read(heads)) == ["other", "second"]


async def test_what_is_not_due_yet_holds_its_stream_and_no_other(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(receive, "Ada", "later", due_in=5 * SECOND)
        await opened.store.write(receive, "Ada", "behind it")
        await opened.store.write(receive, "Bob", "now")
        assert await opened.store.read(heads) == ["now"]
        opened.clock.at += 5 * SECOND
        assert sorted(await opened.store.read(heads)) == ["later", "now"]


async def test_a_stream_is_worked_off_in_order_until_one_fails(engine: Engine) -> None:
    done: list[str] = []

    def do(tx: Tx, row: Any) -> None:
        done.append(row.external_id)
        if row.external_id == "b":
            raise ValueError("b is broken")

    async with engine.opened() as opened:
        for name in "abc":
            await opened.store.write(receive, "Ada", name)
        assert await opened.store.write(ledger.inbox.work_off, "Ada", do) == 2
        assert done == ["a", "b"]
        assert await opened.store.write(ledger.inbox.work_off, "Ada", do) == 0
        assert await opened.store.read(heads) == []


async def test_a_long_stream_is_worked_off_in_pieces_and_wakes_its_loop_for_the_rest(engine: Engine) -> None:
    async with engine.opened() as opened:
        for number in range(ledger.BATCH + 3):
            await opened.store.write(receive, "Ada", f"{number:02}")
        assert await opened.store.write(ledger.inbox.work_off, "Ada", succeed) == ledger.BATCH
        assert opened.released == [(("wake:inbox",), b"")]
        assert await opened.store.write(ledger.inbox.work_off, "Ada", succeed) == 3


async def test_two_processes_never_do_one_thing_twice(scaled: Postgres) -> None:
    """Both sweep: whoever comes second waits for the row, and finds it done."""
    done: list[str] = []

    async with scaled.opened(lanes=1) as opened, scaled.opened(lanes=1) as elsewhere:
        for name in ("first", "second"):
            await opened.store.write(receive, "Ada", name)
        with Gate() as gate:

            def do(tx: Tx, row: Any) -> None:
                done.append(row.external_id)

            here = await opened.held(gate, lambda tx: ledger.inbox.work_off(tx, "Ada", do))
            there = asyncio.ensure_future(elsewhere.store.write(ledger.inbox.work_off, "Ada", do))
            await eventually(lambda: _waits_for_a_lock(scaled))
            gate.open()
            assert await asyncio.wait_for(here, WITHIN) == 2
            assert await asyncio.wait_for(there, WITHIN) == 0
        assert done == ["first", "second"]


async def _waits_for_a_lock(scaled: Postgres) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool((await asyncio.to_thread(scaled.ask, waiting))[0][0])


# --- failing ----------------------------------------------------------------------------------------------------------


async def test_failing_keeps_the_reason_and_a_time_and_undoes_the_rest(engine: Engine) -> None:
    async with engine.opened() as opened:
        number = await opened.store.write(receive, "Ada", "broken")
        await opened.store.write(ledger.inbox.work_off, "Ada", fail_with(ValueError("the parser is broken")))
        row = await opened.store.read(event, number)
        assert (row.state, row.attempts, row.owner) == ("due", 1, "")
        assert row.due_at == opened.clock.at + int(ledger.inbox.backoff[0] * SECOND)
        assert "Traceback" in row.error
        assert "ValueError: the parser is broken" in row.error
        assert engine.ask("SELECT count(*) FROM inbox") == [(1,)]
        opened.clock.at = row.due_at
        assert await opened.store.write(ledger.inbox.work_off, "Ada", succeed) == 1
        row = await opened.store.read(event, number)
        assert (row.state, row.error) == ("done", "")


async def test_what_fails_too_often_is_buried_listed_and_can_be_retried(engine: Engine) -> None:
    async with engine.opened() as opened:
        write, read = opened.store.write, opened.store.read
        number = await write(receive, "Ada", "hopeless")
        await write(receive, "Ada", "behind it")
        waits = []
        for _ in ledger.inbox.backoff:
            assert await write(ledger.inbox.work_off, "Ada", fail_with(ValueError("still broken"))) == 1
            row = await read(event, number)
            waits.append((row.due_at - opened.clock.at) // SECOND)
            opened.clock.at = row.due_at
        assert waits == list(ledger.inbox.backoff)
        assert await read(ledger.inbox.buried) == []
        await write(ledger.inbox.attempt, await read(event, number), fail_with(ValueError("for the last time")))
        (buried,) = await read(ledger.inbox.buried)
        assert (buried.id, buried.stream, buried.attempts) == (number, "Ada", len(ledger.inbox.backoff) + 1)
        assert "for the last time" in buried.error
        assert await read(heads) == ["behind it"]
        await write(ledger.inbox.retry, number)
        assert opened.released[-1] == (("wake:inbox",), b"")
        assert await read(heads) == ["hopeless"]
        assert (await read(event, number)).attempts == 0


@pytest.mark.parametrize("error", [Unparseable("no JSON"), Undeliverable("no such address")])
async def test_what_no_repeat_can_mend_is_buried_at_once(engine: Engine, error: Exception) -> None:
    async with engine.opened() as opened:
        await opened.store.write(receive, "Ada", "junk")
        await opened.store.write(ledger.inbox.work_off, "Ada", fail_with(error))
        (buried,) = await opened.store.read(ledger.inbox.buried)
        assert (buried.attempts, buried.error) == (1, f"{type(error).__name__}: {error}")


async def test_an_outage_of_the_store_is_not_recorded_as_a_failure(engine: Engine) -> None:
    async with engine.opened() as opened:
        number = await opened.store.write(receive, "Ada", "unharmed")
        with pytest.raises(StoreUnavailable):
            await opened.store.write(ledger.inbox.work_off, "Ada", fail_with(StoreUnavailable("away")))
        row = await opened.store.read(event, number)
        assert (row.state, row.attempts, row.error) == ("due", 0, "")


async def test_buried_work_is_listed_in_pages(engine: Engine) -> None:
    async with engine.opened() as opened:
        numbers = [await opened.store.write(receive, f"{number}", f"{number}") for number in range(5)]
        for number in range(5):
            await opened.store.write(ledger.inbox.work_off, f"{number}", fail_with(Unparseable("junk")))
        first = await opened.store.read(ledger.inbox.buried, 0, 3)
        rest = await opened.store.read(ledger.inbox.buried, first[-1].id, 3)
        assert [row.id for row in (*first, *rest)] == numbers


async def test_only_what_is_buried_can_be_retried(engine: Engine) -> None:
    async with engine.opened() as opened:
        number = await opened.store.write(receive, "Ada", "alive")
        for wrong in (number, number + 1):
            with pytest.raises(NotFound):
                await opened.store.write(ledger.inbox.retry, wrong)


# --- claims -----------------------------------------------------------------------------------------------------------


async def test_a_claim_is_given_once(engine: Engine) -> None:
    async with engine.opened() as opened:
        number = await opened.store.write(receive, "Ada", "wanted")
        assert await opened.store.write(take, number, "here") == ("here", 1)
        assert await opened.store.write(take, number, "there") is None


async def test_a_worker_that_lost_its_claim_cannot_settle_it(engine: Engine) -> None:
    async with engine.opened() as opened:
        write = opened.store.write
        number = await write(receive, "Ada", "taken over")
        await write(ledger.inbox.take, number, "slow")
        await write(ledger.inbox.release, number, 1, opened.clock.at)
        await write(ledger.inbox.take, number, "quick")
        with pytest.raises(Conflict, match="attempt 1 is no longer the current one"):
            await write(ledger.inbox.finish, number, 1)
        with pytest.raises(Conflict):
            await write(lambda tx: ledger.inbox.fail(tx, number, 1, ValueError("late"), tried=1))
        await write(ledger.inbox.release, number, 1, opened.clock.at)
        row = await opened.store.read(event, number)
        assert (row.state, row.owner, row.attempts, row.error) == ("taken", "quick", 2, "")
        await write(ledger.inbox.finish, number, 2)


async def test_what_the_dead_had_taken_is_found(engine: Engine) -> None:
    async with engine.opened() as opened:
        write = opened.store.write
        await write(leases.beat, "alive", [])
        for stream, owner in (("Ada", "alive"), ("Bob", "dead")):
            await write(ledger.inbox.take, await write(receive, stream, stream), owner)
        assert [row.stream for row in await opened.store.read(ledger.inbox.taken_by_dead)] == ["Bob"]
        await write(leases.leave, "alive")
        assert [row.stream for row in await opened.store.read(ledger.inbox.taken_by_dead)] == ["Ada", "Bob"]


@pytest.mark.parametrize("work", ledger.LEDGERS.values(), ids=ledger.LEDGERS)
async def test_every_ledger_speaks_both_dialects(engine: Engine, work: Ledger) -> None:
    """An empty desk asks all of them every second."""
    async with engine.opened() as opened:
        of_one_channel = work in (ledger.outbox, ledger.files, ledger.posts)
        due = await opened.store.read(
            lambda tx: work.due_heads(tx, shard="support") if of_one_channel else work.due_heads(tx)
        )
        assert due == []
        assert await opened.store.read(work.buried) == []
        assert await opened.store.read(work.taken_by_dead) == []
        assert await opened.store.write(work.take, 1, "worker") is None
        with pytest.raises(NotFound):
            await opened.store.write(work.retry, 1)
        with pytest.raises(Conflict):
            await opened.store.write(work.finish, 1, 1)
        with pytest.raises(Conflict):
            await opened.store.write(lambda tx: work.fail(tx, 1, 1, ValueError(), tried=1))


async def test_a_timer_that_rang_is_gone(engine: Engine) -> None:
    async with engine.opened() as opened:

        def wind(tx: Tx) -> int:
            work = {"stream": "t", "state": "due", "due_at": tx.now, "attempts": 0, "owner": "", "error": ""}
            return tx.add(ADD_TIMER, kind="snooze", subject=7, created_at=tx.now, **work)

        await opened.store.write(wind)
        assert await opened.store.write(ledger.timers.work_off, "t", succeed) == 1
        assert engine.ask("SELECT count(*) FROM timer") == [(0,)]


async def test_two_processes_that_clear_up_after_a_dead_one_do_not_trip_over_each_other(scaled: Postgres) -> None:
    """Whoever comes second finds it done; an error would end their heartbeat, and with it the process."""
    policies = quiet_policies()
    async with scaled.opened(lanes=1) as opened, scaled.opened(lanes=1) as elsewhere:
        await opened.store.write(intake.receive, policies, said("people", "ada", "Where is my order?", "m1"))
        await opened.store.write(_answer_ada, policies)
        assert len(await opened.store.write(deliver.begin, "dead", "people")) == 1
        with Gate() as gate:
            here = await opened.held(gate, lambda tx: upkeep.release_dead(tx, policies))
            there = asyncio.ensure_future(elsewhere.store.write(upkeep.release_dead, policies))
            await eventually(lambda: _waits_for_a_lock(scaled))
            gate.open()
            assert await asyncio.wait_for(here, WITHIN) == 1
            await asyncio.wait_for(there, WITHIN)
    assert scaled.ask("SELECT delivery FROM message WHERE direction = 'outbound'") == [("unknown",)]


def _answer_ada(tx: Tx, policies: Policies) -> None:
    (ticket,) = tx.all(select(table(Ticket)))
    outbound.say(tx, policies, tickets.lock(tx, ticket.id), "It is on its way.", ("agent", 1, "Grace"))


# --- leases -----------------------------------------------------------------------------------------------------------


def die(engine: Engine, who: str) -> None:
    """Their last beat was too long ago, by the database's clock."""
    engine.ask(f"UPDATE owner SET beat_at = beat_at - {leases.DEAD_AFTER + SECOND} WHERE id = '{who}'")  # noqa: S608


async def test_a_lease_has_one_holder(engine: Engine) -> None:
    async with engine.opened() as opened:
        write = opened.store.write
        assert await write(leases.beat, "one", ["router", "run:support"]) == ["router", "run:support"]
        assert await write(leases.beat, "other", ["router", "send:site"]) == ["send:site"]
        assert await write(leases.beat, "one", ["router", "run:support"]) == ["router", "run:support"]
        assert await write(leases.beat, "one", ["router"]) == ["router"]


async def test_the_lease_of_the_dead_is_taken_over(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(leases.beat, "one", ["router"])
        await opened.store.write(leases.beat, "other", ["router"])
        die(engine, "one")
        assert await opened.store.write(leases.beat, "other", ["router"]) == ["router"]
        assert await opened.store.write(leases.beat, "one", ["router"]) == []


async def test_whoever_beats_late_but_first_keeps_the_lease(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(leases.beat, "one", ["router"])
        die(engine, "one")
        assert await opened.store.write(leases.beat, "one", ["router"]) == ["router"]
        assert await opened.store.write(leases.beat, "other", ["router"]) == []


async def test_leaving_frees_at_once(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(leases.beat, "one", ["router"])
        await opened.store.write(leases.leave, "one")
        assert await opened.store.write(leases.beat, "other", ["router"]) == ["router"]


async def test_an_embedded_start_voids_every_claim(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(leases.beat, "before the crash", ["router"])
        await opened.store.write(leases.forget_all)
        assert await opened.store.write(leases.beat, "after it", ["router"]) == ["router"]


async def test_two_heirs_do_not_both_inherit(scaled: Postgres) -> None:
    """Both find the holder dead in the same instant; the one who comes second sees who was first."""
    async with scaled.opened(lanes=1) as opened, scaled.opened(lanes=1) as elsewhere:
        await opened.store.write(leases.beat, "dead", ["router"])
        await opened.store.write(leases.leave, "dead")
        with Gate() as gate:
            here = await opened.held(gate, lambda tx: leases.beat(tx, "one", ["router"]))
            there = asyncio.ensure_future(elsewhere.store.write(leases.beat, "other", ["router"]))
            await eventually(lambda: _waits_for_a_lock(scaled))
            gate.open()
            assert await asyncio.wait_for(here, WITHIN) == ["router"]
            assert await asyncio.wait_for(there, WITHIN) == []
