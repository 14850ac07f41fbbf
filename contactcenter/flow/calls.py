"""Tickets and agents as the router sees them, read from the tables. Called by flow/assign."""

from typing import Any

from contactcenter.flow import queries
from contactcenter.flow.expectations import Work
from contactcenter.flow.policies import Policies, RoutingPolicy
from contactcenter.model.columns import MINUTE
from contactcenter.ports import Tx
from contactcenter.routing.board import Call, Load, Staff
from contactcenter.routing.needs import Need, Stage

REOFFER_AFTER = 2 * MINUTE  # from one offer of a ticket that an agent refused or missed to the next
URGENCY = {"urgent": 2.0, "high": 1.5, "normal": 1.0, "low": 0.75}  # how many times the time left counts
HURRY = {"urgent": 0.5, "high": 0.75, "normal": 1.0, "low": 1.0}  # of the usual target, where nothing was promised


def call_of(tx: Tx, policies: Policies, row: Any) -> Call:
    """A ticket that waits; `row`: of queries.CALL."""
    kind = policies.kinds.get(row.channel, row.channel)
    target = int(policies.routing.target(kind) * HURRY[row.priority])
    previous = tx.one(queries.PREVIOUS, whose=row.customer_id, before=row.ticket_id)
    return Call(
        ticket=row.ticket_id,
        channel=kind,
        weight=policies.routing.weight(kind),
        urgency=URGENCY[row.priority],
        since=row.since,
        due=row.since + target,
        target=target,
        stages=_stages(policies.routing, kind, row, target, tx.now),
        previous=0 if previous is None else previous.assignee_id,
        resting=_resting(tx, row) if row.offers else (),
    )


def staff_of(tx: Tx, policies: Policies, agent: int) -> tuple[Staff, Work]:
    """An agent as they are now, and the tickets that they are at."""
    row = tx.one(queries.STAFF, agent=agent)
    holds = tx.all(queries.HOLDS, agent=agent)
    held = (*holds, *tx.all(queries.HELD_OUT, agent=agent))
    work = {one.id: (one.queue, max(one.assigned_at or 0, one.waiting_since or 0)) for one in holds}
    staff = Staff(
        agent=agent,
        name=row.name,
        queues=frozenset(one.queue for one in tx.all(queries.QUEUES_OF, agent=agent)),
        skills={},
        capacity=row.capacity,
        present=row.presence == "available",
        away=f"is {row.presence}",
        limits=policies.routing.limits,
        holds=tuple((one.id, _load(policies, one.channel)) for one in held),
        assigned_at=row.assigned_at,
    )
    return staff, work


def _load(policies: Policies, channel: str) -> Load:
    kind = policies.kinds.get(channel, channel)
    return Load(kind, policies.routing.weight(kind))


def _stages(routing: RoutingPolicy, kind: str, row: Any, target: int, now: int) -> tuple[Stage, ...]:
    """What it needs, from now on."""
    need = Need((row.queue,))
    guard = row.since + int(routing.guard * target)
    if kind not in routing.patient or guard <= now:
        return (Stage(row.since, need),)
    return (Stage(row.since, need, reserved=True), Stage(guard, need))


def _resting(tx: Tx, row: Any) -> tuple[tuple[int, int], ...]:
    refused = tx.all(queries.REFUSALS, ticket=row.ticket_id, after=tx.now - REOFFER_AFTER)
    return tuple((entry.agent_id, entry.last + REOFFER_AFTER) for entry in refused)
