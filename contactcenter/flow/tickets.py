"""The life of a ticket: opened, heard, handed to people, given, answered, snoozed, solved, closed.

Every other use case changes a ticket only through here, so that status, queue, figures, the list of waiting tickets,
timers, history and live updates always agree. Whoever changes a ticket locks its row first.
"""

from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.figures import queues as figures
from contactcenter.figures import tallies
from contactcenter.flow import ledger, live, promises, queries, rechecks, sorting
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.history import (
    Fact,
    OfferClosed,
    StatusChanged,
    TicketAssigned,
    TicketMerged,
    TicketOpened,
    TicketReleased,
    TicketTransferred,
)
from contactcenter.model.tickets import PRIORITIES
from contactcenter.model.values import Conflict, NotFound
from contactcenter.ports import Tx
from contactcenter.routing.demands import kept
from contactcenter.routing.promises import Stand
from contactcenter.routing.rules import Outcome

SUBJECT_LIMIT = 120


class First(msgspec.Struct, frozen=True):
    """What a ticket begins with. `since`: when it was written (µs). `why_people`: blank when the assistant reads it.
    `outcome`: what the rules make of it, where one holds.
    """

    subject: str
    since: int
    why_people: str
    automatic: bool = False  # a robot wrote it
    follows: int | None = None  # the closed ticket it goes on from
    outcome: Outcome | None = None


class Locked(msgspec.Struct):
    """A ticket's row as `lock` gives it, for one that was made in this transaction."""

    id: int
    customer_id: int
    conversation_id: int
    channel: str
    status: str
    queue: str
    assignee_id: int | None
    priority: str
    version: int
    handoff: str
    waiting_since: int | None
    clocks: str


def open_ticket(tx: Tx, policies: Policies, way: Way, conversation: Any, first: First) -> Locked:
    """A new ticket for what a conversation now begins to say; the locked row."""
    status = "open" if first.why_people else "new"
    outcome = first.outcome or Outcome()
    queue, priority = outcome.queue or way.queue, outcome.priority or ("low" if first.automatic else "normal")
    clocks = promises.opened(policies, queue, Stand(status, priority, tx.now), automatic=first.automatic)
    promised = promises.columns(clocks)
    number = tx.add(
        queries.ADD_TICKET,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        subject=first.subject,
        status=status,
        queue=queue,
        assignee_id=None,
        priority=priority,
        version=1,
        handoff="",
        needs=kept(outcome.needs),
        created_at=tx.now,
        updated_at=tx.now,
        waiting_since=first.since,
        snoozed_until=None,
        assigned_at=None,
        **promised,
    )
    tx.run(queries.SET_CURRENT, conversation=conversation.id, current=number)
    figures.moved(tx, None, (queue, status))
    reason = first.why_people or "the assistant reads it first"
    if first.follows is not None:
        reason += f"; it goes on from ticket {first.follows}, which is closed"
    fact = TicketOpened(conversation.channel, queue, status, reason, priority, first.automatic)
    record(tx, conversation.customer_id, "customer", fact, number)
    promises.begin_ringing(tx, policies, queue, number, clocks)
    opened = Locked(
        id=number,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        status=status,
        queue=queue,
        assignee_id=None,
        priority=priority,
        version=1,
        handoff="",
        waiting_since=first.since,
        clocks=promised["clocks"],
    )
    if first.outcome is not None:
        sorting.note(tx, opened, first.outcome)
    tallies.opened(tx, opened)
    return opened


def lock(tx: Tx, ticket: int, version: int | None = None) -> Any:
    """The ticket's row, ours until the commit; its version has grown. Raises NotFound, or Conflict for an old one."""
    if version is None:
        row = tx.one(queries.LOCK, row=ticket)
    else:
        row = tx.one(queries.LOCK_VERSION, row=ticket, expected=version)
    if row is not None:
        return row
    now = tx.one(queries.SHOWN_TICKET_BY_ID, id=ticket)
    if now is None:
        raise NotFound(f"there is no ticket {ticket}")
    holder = now.assignee_name or "nobody"
    raise Conflict(f"ticket {ticket} has changed since you read it: it is {now.status}, with {holder}")


def set_status(
    tx: Tx,
    policies: Policies,
    ticket: Any,
    becomes: str,
    actor: str,
    reason: str,
    *,
    until: int | None = None,
    handoff: str = "",
    fact: Fact | None = None,
    since: int | None = None,
    replied: bool = False,
) -> None:
    """Change the status of a locked ticket, and all that follows from it.

    `handoff`: why the assistant passed it on. `fact`: what the history keeps of it, where that says more. `since`: when
    the customer began to wait, where that was longer ago than the ticket knows. `replied`: because a person answered.
    """
    if becomes == ticket.status and becomes != "snoozed":
        return
    since = (since or _waiting_since(tx, ticket)) if becomes in ("new", "open") else None
    tx.run(
        queries.SET_STATUS,
        row=ticket.id,
        becomes=becomes,
        at=tx.now,
        since=since,
        until=until,
        passed_on=handoff or ticket.handoff,
        **promises.turned(tx, policies, ticket, becomes, replied=replied),
    )
    if becomes != ticket.status:
        figures.moved(tx, (ticket.queue, ticket.status), (ticket.queue, becomes))
        tallies.changed(tx, ticket, becomes, isinstance(fact, TicketMerged))
    if ticket.assignee_id is not None and "open" in (ticket.status, becomes):
        rechecks.agent(tx, ticket.assignee_id)
    record(tx, ticket.customer_id, actor, fact or StatusChanged(becomes, ticket.status, reason), ticket.id)
    if ticket.status == "new" and becomes != "new":
        tx.run(queries.UNASK, ticket=ticket.id)
    if becomes == "open" and ticket.assignee_id is None:
        wait(tx, ticket, since or tx.now)
    elif becomes != "open":
        stop_waiting(tx, policies, ticket)
    _set_timers(tx, policies, ticket, becomes, until)
    show(tx, policies, ticket)


def unanswer(tx: Tx, ticket: Any, message: Any) -> Any:
    """A reply of a locked ticket was taken back: it has not kept what was promised. The row as it is then."""
    return lock(tx, ticket.id) if promises.unsaid(tx, ticket, message.created_at) else ticket


def assign(tx: Tx, policies: Policies, ticket: Any, agent: Any, actor: str, reasons: tuple[str, ...]) -> None:
    """Give a locked ticket to an agent; it becomes theirs to answer."""
    before = ticket.assignee_id
    stop_waiting(tx, policies, ticket, accepted_by=agent.id)
    tx.run(queries.SET_ASSIGNEE, row=ticket.id, who=agent.id, at=tx.now)
    tx.run(queries.NOTE_ASSIGNED, row=agent.id, at=tx.now)
    rechecks.agent(tx, agent.id)
    if before is not None and before != agent.id:
        rechecks.agent(tx, before)
    record(tx, ticket.customer_id, actor, TicketAssigned(agent.id, reasons), ticket.id)
    tallies.given(tx, ticket, agent.id)
    if ticket.status == "new":
        _to_people(tx, policies, ticket, actor)
    show(tx, policies, ticket, *([f"agent:{before}"] if before is not None else []))


def release(tx: Tx, policies: Policies, ticket: Any, actor: str, reason: str) -> None:
    """Take a locked ticket from its agent; it waits again, as old as it is."""
    if ticket.assignee_id is None:
        return
    tx.run(queries.SET_ASSIGNEE, row=ticket.id, who=None, at=tx.now)
    rechecks.agent(tx, ticket.assignee_id)
    record(tx, ticket.customer_id, actor, TicketReleased(ticket.assignee_id, reason), ticket.id)
    if ticket.status == "open":
        tallies.let_go(tx, ticket)
        wait(tx, ticket, _waiting_since(tx, ticket))
    show(tx, policies, ticket, f"agent:{ticket.assignee_id}")


def transfer(tx: Tx, policies: Policies, ticket: Any, queue: str, actor: str) -> None:
    """Move a locked ticket to another queue, out of its agent's hands."""
    if queue == ticket.queue:
        return
    policies.queue(queue)
    release(tx, policies, ticket, actor, f"transferred to {queue}")
    withdraw_offer(tx, policies, ticket, "withdrawn")
    kept = promises.transferred(tx, policies, ticket, queue)
    tx.run(queries.SET_QUEUE, row=ticket.id, to=queue, at=tx.now, **kept)
    tx.run(queries.REQUEUE, ticket=ticket.id, to=queue)
    figures.moved(tx, (ticket.queue, ticket.status), (queue, ticket.status))
    record(tx, ticket.customer_id, actor, TicketTransferred(queue, ticket.queue), ticket.id)
    tallies.transferred(tx, ticket, actor)
    show(tx, policies, ticket, f"queue:{ticket.queue}")
    rechecks.ticket(tx, ticket.id)


def set_priority(tx: Tx, ticket: Any, priority: str) -> None:
    """Change how urgent a locked ticket is, and with it its place among those that wait."""
    if priority == ticket.priority:
        return
    tx.run(queries.SET_PRIORITY, row=ticket.id, becomes=priority)
    tx.run(queries.SET_RANK, ticket=ticket.id, rank=PRIORITIES.index(priority))
    rechecks.ticket(tx, ticket.id)


def waits_since(tx: Tx, ticket: Any, since: int) -> None:
    """A locked ticket that is ours to answer is as old as this."""
    tx.run(queries.SET_WAITING_SINCE, row=ticket.id, since=since)
    tx.run(queries.SET_AGE, ticket=ticket.id, since=since)
    rechecks.ticket(tx, ticket.id)


def ask(tx: Tx, ticket: int) -> None:
    """Have the assistant read a ticket that is new."""
    tx.run(queries.ASK, **ledger.due(tx.now, f"ticket:{ticket}"), ticket_id=ticket)
    tx.wake("assistant")


def wait(tx: Tx, ticket: Any, since: int) -> None:
    """Put a ticket on the list of those that wait for an agent, with its true age."""
    tx.run(
        queries.WAIT,
        **ledger.due(tx.now, ticket.queue),
        ticket_id=ticket.id,
        rank=PRIORITIES.index(ticket.priority),
        since=since,
        offered=0,
        offers=0,
    )
    rechecks.ticket(tx, ticket.id)


def stop_waiting(tx: Tx, policies: Policies, ticket: Any, accepted_by: int | None = None) -> None:
    """Take it off that list; an open offer of it ends."""
    if tx.run(queries.UNWAIT, ticket=ticket.id):
        rechecks.ticket(tx, ticket.id)
        withdraw_offer(tx, policies, ticket, "withdrawn", accepted_by)


def withdraw_offer(tx: Tx, policies: Policies, ticket: Any, state: str, accepted_by: int | None = None) -> None:
    """End the open offer of a ticket, if there is one: accepted when it was held out to whoever took it."""
    offer = tx.one(queries.OPEN_OFFER, ticket=ticket.id)
    if offer is not None:
        close_offer(tx, policies, ticket, offer, "accepted" if offer.agent_id == accepted_by else state, "system")


def close_offer(tx: Tx, policies: Policies, ticket: Any, offer: Any, state: str, actor: str) -> None:
    """End an open offer; the ticket may be offered again. Raises Conflict when it had ended already."""
    if tx.one(queries.CLOSE_OFFER, row=offer.id, becomes=state) is None:
        raise Conflict(f"offer {offer.id} has ended already")
    tx.run(queries.DROP_TIMER, what="offer", whom=offer.id)
    tx.run(queries.UNMARK_OFFERED, ticket=ticket.id)
    record(tx, ticket.customer_id, actor, OfferClosed(offer.id, offer.agent_id, state), ticket.id)
    tallies.offer_ended(tx, ticket, offer, state)
    live.offer_changed(tx, policies, tx.one(queries.OFFER, id=offer.id))
    rechecks.ticket(tx, ticket.id)
    rechecks.agent(tx, offer.agent_id)


def show(tx: Tx, policies: Policies, ticket: Any, *also: str, conversation: Any = None) -> None:
    """Tell everybody concerned how the ticket is now. `conversation`: its row, where the caller has it."""
    conversations = tx.all(queries.CONVERSATIONS_OF, ticket=ticket.id) if conversation is None else [conversation]
    live.ticket_changed(tx, policies, ticket.id, conversations, *also)


def set_timer(tx: Tx, kind: str, subject: int, at: int) -> None:
    """Have upkeep look at something at an instant; moves a timer that is there already."""
    if tx.run(queries.MOVE_TIMER, what=kind, whom=subject, at=at) == 0:
        add_timer(tx, kind, subject, at)


def add_timer(tx: Tx, kind: str, subject: int, at: int) -> None:
    """The same for something that has no timer yet."""
    tx.run(
        queries.SET_TIMER,
        **ledger.due(tx.now, f"{kind}:{subject}", at),
        kind=kind,
        subject=subject,
    )


def _to_people(tx: Tx, policies: Policies, ticket: Any, actor: str) -> None:
    """Somebody took it while the assistant had it: the assistant is silent from here on."""
    since = _waiting_since(tx, ticket)
    reason, kept = "an agent took it", promises.turned(tx, policies, ticket, "open")
    tx.run(
        queries.SET_STATUS, row=ticket.id, becomes="open", at=tx.now, since=since, until=None, passed_on=reason, **kept
    )
    tx.run(queries.UNASK, ticket=ticket.id)
    figures.moved(tx, (ticket.queue, "new"), (ticket.queue, "open"))
    tallies.came_to_people(tx, ticket)
    record(tx, ticket.customer_id, actor, StatusChanged("open", "new", reason), ticket.id)


def _waiting_since(tx: Tx, ticket: Any) -> int:
    return tx.now if ticket.waiting_since is None else int(ticket.waiting_since)


def _set_timers(tx: Tx, policies: Policies, ticket: Any, status: str, until: int | None) -> None:
    if status == "snoozed" and until is not None:
        set_timer(tx, "snooze", ticket.id, until)
    elif ticket.status == "snoozed":
        tx.run(queries.DROP_TIMER, what="snooze", whom=ticket.id)
    if status == "solved":
        set_timer(tx, "close", ticket.id, tx.now + policies.close_solved_after)
    elif ticket.status == "solved":
        tx.run(queries.DROP_TIMER, what="close", whom=ticket.id)
