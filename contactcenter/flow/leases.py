"""Who lives, and who may be the only one: heartbeats and leases, by the database's clock.

Called by the heartbeat of every process once a second. A process silent for three seconds is dead: its leases may be
taken and its claims are void (flow/upkeep.release_dead).
"""

from collections.abc import Sequence

from sqlalchemy import delete, exists, select, update

from contactcenter.model.columns import SECOND, adding_new, bind, db_now, table
from contactcenter.model.ledgers import Lease, Owner
from contactcenter.ports import Tx

DEAD_AFTER = 3 * SECOND

_owner, _lease = table(Owner), table(Lease)

BEAT = update(_owner).where(_owner.c.id == bind("who")).values(beat_at=db_now())
ARRIVE = adding_new(_owner, "id", id=bind("who"), beat_at=db_now())
BURY_THE_DEAD = delete(_owner).where(_owner.c.beat_at < db_now() - DEAD_AFTER)
ALIVE = select(_owner.c.id).where(_owner.c.beat_at >= db_now() - DEAD_AFTER).limit(1)
LEAVE = delete(_owner).where(_owner.c.id == bind("who"))
FORGET_ALL = delete(_owner)
TAKE = adding_new(_lease, "name", name=bind("what"), owner=bind("who"))
TAKE_OVER = (
    update(_lease)
    .where(_lease.c.name == bind("what"), ~exists().where(_owner.c.id == _lease.c.owner))
    .values(owner=bind("who"))
)
HELD = select(_lease.c.name).where(_lease.c.owner == bind("who"))


def beat(tx: Tx, who: str, wanted: Sequence[str]) -> list[str]:
    """Live on, let the dead go, take the leases that are free; those we hold of the wanted ones."""
    if tx.run(BEAT, who=who) == 0:
        tx.run(ARRIVE, who=who)
    tx.run(BURY_THE_DEAD)
    held = {row.name for row in tx.all(HELD, who=who)}
    for name in wanted:
        if name not in held and (tx.run(TAKE, what=name, who=who) or tx.run(TAKE_OVER, what=name, who=who)):
            held.add(name)
    return sorted(held & set(wanted))


def leave(tx: Tx, who: str) -> None:
    """Go in order: what we held is free at once."""
    tx.run(LEAVE, who=who)


def anybody_lives(tx: Tx) -> bool:
    """Does any process of the desk run?"""
    return tx.one(ALIVE) is not None


def forget_all(tx: Tx) -> None:
    """At the start of an embedded desk, whose only process we are: every earlier claim is void."""
    tx.run(FORGET_ALL)
