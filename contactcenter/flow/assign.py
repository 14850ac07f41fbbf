"""Waiting tickets meet the agents who have room: the router decides, this carries it out.

Before it: flow/tickets, which put the ticket on the list. After it: an offer that the agent accepts (flow/actions) or
that runs out (flow/upkeep), or the assignment itself where the queue does not ask. One process at a time runs it.
"""

import json
from dataclasses import replace
from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.flow import ledger, live, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import MINUTE
from contactcenter.model.history import TicketOffered
from contactcenter.ports import Tx
from contactcenter.routing.router import Candidate, decide

REOFFER_AFTER = 2 * MINUTE  # from one offer of a ticket that an agent refused or missed to the next
BATCH = 50  # tickets in one use case


def queues_waiting(tx: Tx) -> list[str]:
    """The queues in which some ticket is held out to nobody."""
    return [row.stream for row in tx.all(queries.QUEUES_WAITING, now=tx.now)]


def route(tx: Tx, policies: Policies, queue: str) -> int:
    """Hold out the oldest waiting tickets of a queue to agents with room; how many."""
    team = _team(tx, queue)
    room = sum(max(0, candidate.capacity - candidate.load) for candidate in team.values())
    if not room:
        return 0
    offered = 0
    for row in tx.all(queries.NEXT_WAITING, queue=queue, now=tx.now, limit=min(room, BATCH)):
        offered += _offer_in_savepoint(tx, policies, team, row)
    return offered


Team = dict[int, Candidate]
"""The agents present in a queue, by id; whoever is offered a ticket has one more from there on."""


def _team(tx: Tx, queue: str) -> Team:
    return {
        row.id: Candidate(row.id, row.name, row.load, row.capacity, row.assigned_at)
        for row in tx.all(queries.PRESENT, queue=queue)
    }


def _offer_in_savepoint(tx: Tx, policies: Policies, team: Team, row: Any) -> bool:
    """One ticket that cannot be offered keeps its reason and holds up no other."""
    offered: list[int] = []

    def offer(tx: Tx, row: Any) -> None:
        agent = _offer(tx, policies, team, row)
        if agent is not None:
            offered.append(agent)

    if not ledger.waiting.attempt(tx, row, offer):
        return False
    for agent in offered:
        team[agent] = replace(team[agent], load=team[agent].load + 1, assigned_at=tx.now)
    return bool(offered)


def _offer(tx: Tx, policies: Policies, team: Team, row: Any) -> int | None:
    decision = decide(_candidates(tx, team, row))
    if decision.agent is None:
        return None
    ticket = tickets.lock(tx, row.ticket_id)
    offer_time = policies.queue(ticket.queue).offer_time
    if offer_time == 0:
        agent = tx.one(queries.AGENT, id=decision.agent)
        tickets.assign(tx, policies, ticket, agent, "router", decision.reasons)
    else:
        _hold_out(tx, policies, ticket, decision.agent, decision.reasons, tx.now + offer_time)
    return decision.agent


def _candidates(tx: Tx, team: Team, row: Any) -> list[Candidate]:
    if not row.offers:
        return list(team.values())
    refused = {entry.agent_id: entry for entry in tx.all(queries.REFUSALS, ticket=row.ticket_id)}
    just_now = tx.now - REOFFER_AFTER
    return [
        replace(candidate, refusals=refused[agent].refusals, resting=refused[agent].last > just_now)
        if agent in refused
        else candidate
        for agent, candidate in team.items()
    ]


class HeldOut(msgspec.Struct):
    """An offer's row, for one that was made in this transaction."""

    id: int
    ticket_id: int
    agent_id: int
    state: str
    reasons: str
    created_at: int
    expires_at: int


def _hold_out(tx: Tx, policies: Policies, ticket: Any, agent: int, reasons: tuple[str, ...], expires_at: int) -> None:
    values = {
        "ticket_id": ticket.id,
        "agent_id": agent,
        "state": "open",
        "reasons": json.dumps(reasons),
        "created_at": tx.now,
        "expires_at": expires_at,
    }
    offer = HeldOut(id=tx.add(queries.ADD_OFFER, **values), **values)
    tx.run(queries.MARK_OFFERED, ticket=ticket.id)
    tickets.add_timer(tx, "offer", offer.id, expires_at)
    record(tx, ticket.customer_id, "router", TicketOffered(offer.id, agent, reasons), ticket.id)
    live.offer_changed(tx, policies, offer)
