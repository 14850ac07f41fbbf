"""Waiting tickets meet the agents who have room: the router decides, this carries it out.

Before it: flow/tickets, which put the ticket on the list. After it: an offer that the agent accepts (flow/actions) or
that runs out (flow/upkeep), or the assignment itself where the queue does not ask. One process at a time runs it.
"""

import json
from typing import Any

from contactcenter.crm.history import record
from contactcenter.flow import ledger, live, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.model.history import TicketOffered
from contactcenter.ports import Tx
from contactcenter.routing.router import Candidate, Decision, decide

BATCH = 20  # tickets in one use case


def queues_waiting(tx: Tx) -> list[str]:
    """The queues in which some ticket is held out to nobody."""
    return [row.stream for row in tx.all(queries.QUEUES_WAITING, now=tx.now)]


def route(tx: Tx, policies: Policies, queue: str) -> int:
    """Hold out the oldest waiting tickets of a queue to agents with room; how many."""
    present = tx.all(queries.PRESENT, queue=queue)
    room = sum(max(0, row.capacity - row.load) for row in present)
    if not room:
        return 0
    offered = 0
    for row in tx.all(queries.NEXT_WAITING, queue=queue, now=tx.now, limit=min(room, BATCH)):
        offered += _offer_in_savepoint(tx, policies, row)
    return offered


def _offer_in_savepoint(tx: Tx, policies: Policies, row: Any) -> bool:
    """One ticket that cannot be offered keeps its reason and holds up no other."""
    offered = False

    def offer(tx: Tx, row: Any) -> None:
        nonlocal offered
        offered = _offer(tx, policies, row)

    ledger.waiting.attempt(tx, row, offer)
    return offered


def _offer(tx: Tx, policies: Policies, row: Any) -> bool:
    decision = decide(_candidates(tx, row))
    if decision.agent is None:
        return False
    ticket = tickets.lock(tx, row.ticket_id)
    offer_time = policies.queue(ticket.queue).offer_time
    if offer_time == 0:
        agent = tx.one(queries.AGENT, id=decision.agent)
        tickets.assign(tx, policies, ticket, agent, "router", decision.reasons)
    else:
        _hold_out(tx, policies, ticket, decision, tx.now + offer_time)
    return True


def _candidates(tx: Tx, row: Any) -> list[Candidate]:
    refusals = {entry.agent_id: entry.refusals for entry in tx.all(queries.REFUSALS, ticket=row.ticket_id)}
    return [
        Candidate(agent.id, agent.name, agent.load, agent.capacity, agent.assigned_at, refusals.get(agent.id, 0))
        for agent in tx.all(queries.PRESENT, queue=row.stream)
    ]


def _hold_out(tx: Tx, policies: Policies, ticket: Any, decision: Decision, expires_at: int) -> None:
    offer = tx.add(
        queries.ADD_OFFER,
        ticket_id=ticket.id,
        agent_id=decision.agent,
        state="open",
        reasons=json.dumps(decision.reasons),
        created_at=tx.now,
        expires_at=expires_at,
    )
    tx.run(queries.MARK_OFFERED, ticket=ticket.id, held=1)
    tickets.set_timer(tx, "offer", offer, expires_at)
    fact = TicketOffered(offer, decision.agent or 0, decision.reasons)
    record(tx, ticket.customer_id, "router", fact, ticket.id)
    live.offer_changed(tx, policies, tx.one(queries.OFFER, id=offer))
