"""What was promised of a ticket is kept on its row, and moves with it.

Called by flow/tickets, flow/priority and flow/merging for whatever moves a clock (routing/promises.py says how), in the
transaction and, where a row is written anyway, in the statement that does it. After it: flow/ladder, when the timer
rings that is set here. Where a queue promises nothing it costs nothing.
"""

from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.figures import tallies
from contactcenter.flow import ledger, queries
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import adding
from contactcenter.model.history import DeadlineMissed, KeptLate, PromiseKept
from contactcenter.ports import Tx
from contactcenter.routing import promises
from contactcenter.routing.promises import TARGETS, Clocks, Promise, Stand

KIND = "promise"  # of timer

_new = adding(queries.timer)
_again = {"due_at": _new.excluded.due_at, "state": "due", "attempts": 0, "error": ""}
RING = _new.on_conflict_do_update(index_elements=["kind", "subject"], set_=_again)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Clocks).decode


def read(kept: str) -> Clocks | None:
    """The clocks as a row keeps them."""
    return _decode(kept) if kept else None


def routing_due(row: Any) -> tuple[int | None, str]:
    """Of a ticket's row: when the deadline that matters is up (µs), and its target; None and blank for none."""
    return row.due_at, row.due_target


def columns(clocks: Clocks | None) -> dict[str, Any]:
    """What a row keeps of them."""
    first = promises.first_due(clocks)
    return {
        "clocks": _encode(clocks).decode() if clocks is not None else "",
        "due_at": first[1].due if first else None,
        "due_target": first[0] if first else "",
        "risk_at": first[1].risk if first else None,
    }


def opened(policies: Policies, queue: str, stand: Stand, *, automatic: bool) -> Clocks | None:
    """What is promised of a ticket that is opened now; `automatic`: by a robot."""
    promise = policies.promise(queue)
    return None if promise is None else promises.begin(promise, stand, idle=automatic)


def heard(tx: Tx, policies: Policies, row: Any) -> None:
    """A person wrote on a locked ticket, which may be one that a robot opened."""
    before, promise = read(row.clocks), policies.promise(row.queue)
    if before is not None and promise is not None and before.idle:
        keep(tx, promise, row, before, promises.wake(before, promise, Stand(row.status, row.priority, tx.now)))


def begin_ringing(tx: Tx, policies: Policies, queue: str, number: int, clocks: Clocks | None) -> None:
    """The first timer of a ticket that was opened."""
    promise = policies.promise(queue)
    if promise is not None and clocks is not None:
        ring(tx, promise, number, clocks)


def turned(tx: Tx, policies: Policies, row: Any, becomes: str, *, replied: bool = False) -> dict[str, Any]:
    """A locked ticket is about to have another status; the columns to write with it.

    `replied`: because a person of ours has answered it.
    """
    before, promise = read(row.clocks), policies.promise(row.queue)
    if before is None or promise is None:
        return columns(None)
    after = promises.turn(before, promise, Stand(becomes, row.priority, tx.now), replied=replied)
    _follow(tx, promise, row, before, after)
    return columns(after)


def transferred(tx: Tx, policies: Policies, row: Any, queue: str) -> dict[str, Any]:
    """A locked ticket is about to be in another queue; the columns to write with that."""
    before, promise = read(row.clocks), policies.promise(queue)
    stand = Stand(row.status, row.priority, tx.now)
    idle = before is None and promise is not None and tx.one(queries.A_PERSON_WROTE, ticket=row.id) is None
    after = promises.move(before, policies.promise(row.queue), promise, stand, idle=idle)
    if promise is not None and after is not None:
        _follow(tx, promise, row, before, after)
    return columns(after)


def replied(tx: Tx, policies: Policies, row: Any) -> None:
    """A person answered a locked ticket whose status stays as it is."""
    if row.clocks:
        tx.run(queries.SET_PROMISED, row=row.id, **turned(tx, policies, row, row.status, replied=True))


def reprioritised(tx: Tx, policies: Policies, row: Any, priority: str) -> None:
    """Somebody changed the priority of a locked ticket, and with it what is promised. The ladder does not call this:
    none of its steps moves the deadline to which it leads."""
    before, promise = read(row.clocks), policies.promise(row.queue)
    if before is not None and promise is not None:
        after = promises.retarget(before, promise, promise, Stand(row.status, priority, tx.now))
        keep(tx, promise, row, before, after)


def unsaid(tx: Tx, row: Any, said_at: int) -> bool:
    """The answer that a locked ticket got at that instant was taken back; does that change its clocks?"""
    before = read(row.clocks)
    after = None if before is None else promises.unsaid(before, said_at)
    if after != before:
        tx.run(queries.SET_PROMISED, row=row.id, **columns(after))
        tallies.unkept(tx, row.id, said_at)
    return after != before


def joined(tx: Tx, policies: Policies, source: Any, target: Any, priority: str) -> None:
    """A locked ticket was merged into another one, which has this priority now. `source`: as it was before."""
    before, promise = read(target.clocks), policies.promise(target.queue)
    if before is None or promise is None:
        return
    theirs, by = read(source.clocks), policies.promise(source.queue)
    stand, after = Stand(target.status, priority, tx.now), before
    if priority != target.priority:
        after = promises.retarget(before, promise, promise, stand)
    if theirs is not None and by is not None:
        after = promises.join(after, promise, theirs, by, stand)
    keep(tx, promise, target, before, after)


def put_back(tx: Tx, policies: Policies, number: int, kept: str, merged: str) -> None:
    """A merge is undone: the clocks of a locked ticket are as they were kept before it. `merged`: and after it."""
    row = tx.one(queries.TICKET, id=number)
    before, promise = read(kept), policies.promise(row.queue)
    if before is None or promise is None:
        return
    now = read(row.clocks)
    keep(tx, promise, row, now, promises.restore(before, read(merged), now, tx.now))


def keep(tx: Tx, promise: Promise, row: Any, before: Clocks | None, after: Clocks) -> None:
    """Write the clocks of a locked ticket, and what follows."""
    if before != after:
        tx.run(queries.SET_PROMISED, row=row.id, **columns(after))
        _follow(tx, promise, row, before, after)


def ring(tx: Tx, promise: Promise, number: int, clocks: Clocks) -> None:
    """Have upkeep look at a ticket when the next thing is due. A timer that is set for nothing any more finds that."""
    due = promises.next_step(promise, clocks)
    if due is not None:
        tx.run(RING, **ledger.due(tx.now, f"{KIND}:{number}", due), kind=KIND, subject=number)


def _follow(tx: Tx, promise: Promise, row: Any, before: Clocks | None, after: Clocks) -> None:
    """The timer, and on the history what was missed and what was kept."""
    ring(tx, promise, row.id, after)
    for target in TARGETS:
        was, clock = before.of(target) if before is not None else None, after.of(target)
        if was is None or clock is None or clock.allowed is None:
            continue
        if clock.missed and not was.missed and clock.due is not None:
            record(tx, row.customer_id, "system", DeadlineMissed(target, clock.due), row.id)
            tallies.promised(tx, row, target, None)
        if clock.kept_at == tx.now and was.kept_at is None:
            left = promises.left_at(promise, clock, tx.now) or 0
            late = clock.missed and clock.due is not None
            fact = KeptLate(target, clock.due or 0, -left) if late else PromiseKept(target, clock.due, left)
            record(tx, row.customer_id, "system", fact, row.id)
            if not late:
                tallies.promised(tx, row, target, left)
