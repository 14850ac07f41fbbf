"""How urgent a ticket is: an agent asks supervisors for help, a supervisor says what comes first.

Called by flow/actions. The order in which tickets are offered follows at once; nobody is told anything by mail.
"""

from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.flow import live, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.rights import Caller, must_be_live, the_agent
from contactcenter.flow.views import EscalationView, Named, TicketView, iso, shown_ticket
from contactcenter.model.columns import clean
from contactcenter.model.history import PriorityChanged, TicketEscalated
from contactcenter.model.tickets import PRIORITIES
from contactcenter.model.values import Conflict, Invalid
from contactcenter.ports import Tx

REASON_LIMIT = 500  # characters


def escalate(
    tx: Tx, policies: Policies, caller: Caller, ticket_id: int, reason: str, version: int | None = None
) -> TicketView:
    """Ask supervisors for help with any ticket: one step more urgent, and they are told. Raises Conflict for one that
    is urgent already."""
    agent = the_agent(tx, caller.as_agent())
    ticket = tickets.lock(tx, ticket_id, version)
    must_be_live(tx, ticket)
    told = _reason(reason)
    if ticket.priority == PRIORITIES[0]:
        raise Conflict(f"ticket {ticket_id} is {PRIORITIES[0]} already; write a note, or speak to a supervisor")
    becomes = PRIORITIES[PRIORITIES.index(ticket.priority) - 1]
    asked = EscalationView(Named(agent.id, agent.name), told, iso(tx.now))
    tx.run(queries.SET_ESCALATION, row=ticket.id, told=msgspec.json.encode(asked).decode())
    tickets.set_priority(tx, ticket, becomes)
    fact = TicketEscalated(becomes, ticket.priority, told)
    record(tx, ticket.customer_id, caller.actor, fact, ticket.id)
    tickets.show(tx, policies, ticket)
    view = shown_ticket(tx, ticket_id, policies.kinds)
    live.escalated(tx, policies, view, asked)
    return view


def set_priority(
    tx: Tx,
    policies: Policies,
    caller: Caller,
    ticket_id: int,
    priority: str,
    reason: str = "",
    version: int | None = None,
) -> TicketView:
    """A supervisor says how urgent it is; an escalation is seen to by that."""
    caller.must_steer()
    if priority not in PRIORITIES:
        raise Invalid(f"priority {priority!r} is unknown; it can be {', '.join(PRIORITIES)}", "$.priority")
    ticket = tickets.lock(tx, ticket_id, version)
    must_be_live(tx, ticket)
    tx.run(queries.SET_ESCALATION, row=ticket.id, told="")
    _change(tx, ticket, priority, caller, clean(reason).strip()[:REASON_LIMIT])
    tickets.show(tx, policies, ticket)
    return shown_ticket(tx, ticket_id, policies.kinds)


def _change(tx: Tx, ticket: Any, priority: str, caller: Caller, reason: str) -> None:
    if priority == ticket.priority:
        return
    tickets.set_priority(tx, ticket, priority)
    fact = PriorityChanged(priority, ticket.priority, reason or f"{caller.name} set it")
    record(tx, ticket.customer_id, caller.actor, fact, ticket.id)


def _reason(reason: str) -> str:
    told = clean(reason).strip()
    if not told:
        raise Invalid("say why: it is what a supervisor sees first", "$.reason")
    if len(told) > REASON_LIMIT:
        raise Invalid(f"the reason has {len(told)} characters; the limit is {REASON_LIMIT}", "$.reason")
    return told
