"""Tickets and agents as the router sees them, read from the tables. Called by flow/assign."""

import json
from bisect import bisect_right
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import func, select

from contactcenter.flow.expectations import Work
from contactcenter.flow.policies import Policies, RoutingPolicy
from contactcenter.flow.skills import skills_of
from contactcenter.model.columns import MINUTE, SECOND, ZERO, bind, table, word
from contactcenter.model.ledgers import Waiting
from contactcenter.model.people import Agent, Membership
from contactcenter.model.tickets import Offer, Ticket
from contactcenter.ports import Tx
from contactcenter.routing.board import Call, Load, Staff
from contactcenter.routing.demands import Needs, NeedStep, routing_needs
from contactcenter.routing.needs import Need, Stage

REOFFER_AFTER = 2 * MINUTE  # from one offer of a ticket that an agent refused or missed to the next
URGENCY = {"urgent": 2.0, "high": 1.5, "normal": 1.0, "low": 0.75}  # how many times the time left counts
ANSWERS = ("first_response", "next_response")
Limits = tuple[tuple[str, int], ...]
HURRY = {"urgent": 0.5, "high": 0.75, "normal": 1.0, "low": 1.0}  # of the usual target, where nothing was promised

agent, membership, offer, ticket, waiting = (table(model) for model in (Agent, Membership, Offer, Ticket, Waiting))

_of_call = (
    select(
        waiting,
        ticket.c.customer_id,
        ticket.c.channel,
        ticket.c.priority,
        ticket.c.queue,
        ticket.c.needs,
        ticket.c.due_at.label("promised_at"),
        ticket.c.due_target,
    )
    .join(ticket, ticket.c.id == waiting.c.ticket_id)
    .where(waiting.c.state == word("due"), waiting.c.offered == ZERO)
)
CALL = _of_call.where(waiting.c.ticket_id == bind("ticket"))
CALLS = _of_call.where(waiting.c.id > bind("after")).order_by(waiting.c.id).limit(bind("limit"))
PREVIOUS = (
    select(ticket.c.assignee_id)
    .where(ticket.c.customer_id == bind("whose"), ticket.c.id < bind("before"), ticket.c.assignee_id.is_not(None))
    .order_by(ticket.c.id.desc())
    .limit(1)
)
STAFF = select(agent).where(agent.c.id == bind("agent"))
STAFF_AFTER = select(agent.c.id).where(agent.c.id > bind("after")).order_by(agent.c.id).limit(bind("limit"))
QUEUES_OF = select(membership.c.queue).where(membership.c.agent_id == bind("agent"))
HOLDS = (
    select(ticket)
    .where(
        ticket.c.assignee_id == bind("agent"),
        (ticket.c.status == word("open"))
        | (ticket.c.status.in_([word("answered"), word("solved")]) & (ticket.c.updated_at > bind("after"))),
    )
    .order_by(ticket.c.id)
)
HELD_OUT = (
    select(ticket.c.id, ticket.c.channel)
    .join(offer, offer.c.ticket_id == ticket.c.id)
    .where(offer.c.agent_id == bind("agent"), offer.c.state == word("open"))
    .order_by(ticket.c.id)
)
REFUSALS = (
    select(offer.c.agent_id, func.max(offer.c.created_at).label("last"), func.count().label("times"))
    .where(offer.c.ticket_id == bind("ticket"), offer.c.state.in_([word("declined"), word("expired")]))
    .group_by(offer.c.agent_id)
    .order_by(offer.c.agent_id)
)


def call_of(tx: Tx, policies: Policies, row: Any) -> Call:
    """A ticket that waits; `row`: of CALL."""
    kind = policies.kinds.get(row.channel, row.channel)
    previous = tx.one(PREVIOUS, whose=row.customer_id, before=row.ticket_id)
    refused = tx.all(REFUSALS, ticket=row.ticket_id) if row.offers else ()
    rest = ((one.agent_id, one.last + REOFFER_AFTER) for one in refused)
    return replace(
        called(policies.routing, kind, row, tx.now),
        previous=0 if previous is None else previous.assignee_id,
        resting=tuple((agent, until) for agent, until in rest if until > tx.now),
        refused=tuple((one.agent_id, one.times) for one in refused),
    )


def called(routing: RoutingPolicy, kind: str, row: Any, now: int) -> Call:
    """The same of a ticket of whose past nothing is known. `kind`: of its channel."""
    due = _due(routing, kind, row)
    needs = routing_needs(row)
    return Call(
        ticket=row.ticket_id,
        channel=kind,
        weight=routing.weight(kind),
        urgency=URGENCY[row.priority],
        since=row.since,
        due=due,
        target=max(due - row.since, SECOND),
        stages=_stages(routing, kind, row, needs, due, now),
        wanted=tuple(sorted(needs.wanted.items())),
    )


def _due(routing: RoutingPolicy, kind: str, row: Any) -> int:
    """When it is to be answered: as was promised, or as is usual. A solution may be promised for much later."""
    usual = int(row.since + routing.target(kind) * HURRY[row.priority])
    if row.promised_at is None:
        return usual
    return int(row.promised_at if row.due_target in ANSWERS else min(usual, row.promised_at))


class Present(NamedTuple):
    """An agent as they are now; the tickets that they are at; when one of these gives its room back by itself."""

    staff: Staff
    work: Work
    until: int | None


def staff_of(tx: Tx, policies: Policies, agent: int) -> Present:
    """An agent, read from the tables."""
    row = tx.one(STAFF, agent=agent)
    holds = tx.all(HOLDS, agent=agent, after=tx.now - policies.routing.kept_longest)
    untils = {one.id: _until(policies, one) for one in holds}
    at = [one for one in holds if (until := untils[one.id]) is None or until > tx.now]
    staff = Staff(
        agent=agent,
        name=row.name,
        queues=frozenset(one.queue for one in tx.all(QUEUES_OF, agent=agent)),
        skills=skills_of(tx, agent),
        capacity=row.capacity,
        present=row.presence == "available",
        away=f"is {row.presence}{f' ({row.away_for})' if row.away_for else ''}",
        limits=limits_of(policies.routing, own_limits(row.limits)),
        holds=tuple((one.id, _load(policies, one.channel)) for one in (*at, *tx.all(HELD_OUT, agent=agent))),
        assigned_at=row.assigned_at,
    )
    work = {one.id: (one.queue, max(one.assigned_at or 0, one.waiting_since or one.updated_at)) for one in at}
    return Present(staff, work, min((until for one in at if (until := untils[one.id]) is not None), default=None))


def limits_of(routing: RoutingPolicy, own: Limits) -> Limits:
    """The desk's limits, but for what is an agent's own; 0 of their own is none at all."""
    return tuple(sorted({**dict(routing.limits), **dict(own)}.items())) if own else routing.limits


def own_limits(kept: str) -> Limits:
    """As an agent's row keeps them."""
    return tuple(sorted(json.loads(kept).items())) if kept else ()


def _until(policies: Policies, ticket: Any) -> int | None:
    """When a ticket gives its room back by itself; None: not before somebody does something."""
    if ticket.status == "open":
        return None
    kind = policies.kinds.get(ticket.channel, ticket.channel)
    return int(ticket.updated_at + policies.routing.kept(kind, ticket.status))


def _load(policies: Policies, channel: str) -> Load:
    kind = policies.kinds.get(channel, channel)
    return Load(kind, policies.routing.weight(kind))


def _stages(
    routing: RoutingPolicy, kind: str, row: Any, needs: Needs, due: int, now: int
) -> tuple[Stage, ...]:  # fmt: skip
    """What it needs from now on, less and less."""
    guard = row.since + int(routing.guard * (due - row.since)) if kind in routing.patient else row.since
    steps = needs.steps or (NeedStep(0),)
    starts = [row.since + step.after * SECOND for step in steps]
    instants = sorted({*starts, *([guard] if guard > now else [])})
    stages = [_stage(row.queue, steps[bisect_right(starts, at) - 1], at, guard) for at in instants]
    passed = sum(at <= now for at in instants)
    return tuple(stages[max(0, passed - 1) :])


def _stage(queue: str, step: NeedStep, at: int, guard: int) -> Stage:
    return Stage(at, Need(step.open_to(queue), tuple(sorted(step.skills.items()))), reserved=at < guard)
