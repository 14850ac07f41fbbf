"""How urgent a ticket is: an agent asks supervisors for help, a supervisor says what comes first.

Called by flow/actions, and by flow/ladder when a deadline comes. The order in which tickets are offered follows at
once; nobody is told anything by mail.
"""

from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.flow import live, promises, queries, tickets
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
    asked = EscalationView(Named(agent.id, agent.name), told, iso(tx.now))
    promises.reprioritised(tx, policies, ticket, _more_urgent(ticket.priority))
    return _escalate(tx, policies, ticket, asked, caller.actor)


def ask_for_help(tx: Tx, policies: Policies, ticket: Any, who: str, reason: str) -> bool:
    """The same by the desk itself, for a locked ticket that may be urgent already.

    False where an agent has asked and nobody has seen to it: their words stay, and it is more urgent all the same.
    """
    before = tx.one(queries.TICKET, id=ticket.id).escalation
    if before and msgspec.json.decode(before, type=EscalationView).by.id:
        bump(tx, ticket, reason)
        return False
    _escalate(tx, policies, ticket, EscalationView(Named(0, who), reason, iso(tx.now)), "system")
    return True


def bump(tx: Tx, ticket: Any, reason: str) -> None:
    """The desk itself makes a locked ticket one step more urgent, if there is one."""
    becomes = _more_urgent(ticket.priority)
    if becomes != ticket.priority:
        tickets.set_priority(tx, ticket, becomes)
        record(tx, ticket.customer_id, "system", PriorityChanged(becomes, ticket.priority, reason), ticket.id)


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
    if priority != ticket.priority:
        promises.reprioritised(tx, policies, ticket, priority)
    _change(tx, ticket, priority, caller, clean(reason).strip()[:REASON_LIMIT])
    tickets.show(tx, policies, ticket)
    return shown_ticket(tx, ticket_id, policies.kinds)


def _escalate(tx: Tx, policies: Policies, ticket: Any, asked: EscalationView, actor: str) -> TicketView:
    """One step more urgent where there is one, and supervisors are told who asks and why."""
    becomes = _more_urgent(ticket.priority)
    tx.run(queries.SET_ESCALATION, row=ticket.id, told=msgspec.json.encode(asked).decode())
    tickets.set_priority(tx, ticket, becomes)
    fact = TicketEscalated(becomes, ticket.priority, asked.reason)
    record(tx, ticket.customer_id, actor, fact, ticket.id)
    tickets.show(tx, policies, ticket)
    view = shown_ticket(tx, ticket.id, policies.kinds)
    live.escalated(tx, policies, view, asked)
    return view


def _more_urgent(priority: str) -> str:
    return PRIORITIES[max(0, PRIORITIES.index(priority) - 1)]


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
