"""What people do: claim, reply, note, transfer, snooze, solve; come and go; take or refuse an offer.

What takes more has a module of its own and is found here too: escalations and priority (flow/priority), merging
(flow/merging), tags (flow/tagging), coming and going (flow/presence).

The web console, the API, the command line and Slack all call these, so that a right is checked and a fact recorded in
one place. Each is one use case; `once` makes any of them safe to repeat. A note and a reply are two functions over
two tables: no argument turns one into the other.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from contactcenter.crm.history import record
from contactcenter.crm.identify import identify, normalise
from contactcenter.figures import tallies
from contactcenter.flow import (
    corrections,
    doors,
    ledger,
    live,
    outbound,
    pickups,
    posts,
    promises,
    queries,
    satisfaction,
    threads,
    tickets,
)
from contactcenter.flow.merging import merge_tickets as merge_tickets
from contactcenter.flow.merging import preview_merge as preview_merge
from contactcenter.flow.merging import unmerge as unmerge
from contactcenter.flow.policies import Policies
from contactcenter.flow.presence import PRESENCES as PRESENCES
from contactcenter.flow.presence import set_presence as set_presence
from contactcenter.flow.priority import escalate as escalate
from contactcenter.flow.priority import set_priority as set_priority
from contactcenter.flow.rights import STEERS as STEERS
from contactcenter.flow.rights import Caller as Caller
from contactcenter.flow.rights import must_be_free_for, must_be_live, the_agent, why_over
from contactcenter.flow.tagging import set_tags as set_tags
from contactcenter.flow.views import (
    Author,
    MessageView,
    NoteView,
    OfferView,
    ParticipantView,
    TicketView,
    iso,
    offer_view,
    shown_message,
    shown_ticket,
)
from contactcenter.model.columns import clean
from contactcenter.model.history import (
    CustomerChanged,
    NoteEdited,
    NoteWritten,
    ParticipantRemoved,
    StatusChanged,
    SuppressionLifted,
)
from contactcenter.model.values import Attached, Conflict, Invalid, NotFound, Sender, Source
from contactcenter.ports import Tx

TEXT_LIMIT = 50_000  # characters of a reply or note
ADDRESS = re.compile(r"[^\s@<>,;:()\"]{1,100}@[^\s@<>,;:()\"]{1,150}")

V = TypeVar("V", bound=msgspec.Struct)


def once(tx: Tx, key: str, request: bytes, answer: type[V], act: Callable[[Tx], V]) -> V:
    """Do it once per key: a repeat gets the first answer, the same key for another request is refused."""
    digest = sha256(request).digest()
    before = tx.one(queries.ANSWERED_BEFORE, key=key)
    if before is not None:
        if bytes(before.request) != digest:
            raise Conflict("this Idempotency-Key was used for another request")
        if not before.answer:  # flow/traces forgot it, on request of the person it is about
            raise Conflict("this was done already; what was answered then has been erased")
        return msgspec.json.decode(before.answer, type=answer)
    done = act(tx)
    kept = msgspec.json.encode(done).decode()
    tx.run(queries.KEEP_ANSWER, key=key, request=digest, answer=kept, created_at=tx.now)
    return done


def claim(tx: Tx, policies: Policies, caller: Caller, ticket_id: int, version: int | None = None) -> TicketView:
    """Take a ticket. Raises Conflict telling who has it when somebody was first."""
    agent = the_agent(tx, caller.as_agent())
    ticket = tickets.lock(tx, ticket_id, version)
    if ticket.assignee_id == agent.id:
        return shown_ticket(tx, ticket_id, policies.kinds)
    if ticket.assignee_id is not None and caller.role not in STEERS:
        raise Conflict(f"{the_agent(tx, ticket.assignee_id).name} took ticket {ticket_id} first")
    must_be_live(tx, ticket)
    tickets.assign(tx, policies, ticket, agent, caller.actor, (f"{agent.name} claimed it",))
    return shown_ticket(tx, ticket_id, policies.kinds)


def give(
    tx: Tx, policies: Policies, caller: Caller, ticket_id: int, agent_id: int | None, version: int | None = None
) -> TicketView:
    """Give a ticket to an agent, or back to its queue with None. An agent may give away their own, or take one."""
    if agent_id is not None and agent_id == caller.agent:
        return claim(tx, policies, caller, ticket_id, version)
    ticket = tickets.lock(tx, ticket_id, version)
    if ticket.assignee_id is None or ticket.assignee_id != caller.agent:
        caller.must_steer()
    if agent_id is None:
        tickets.release(tx, policies, ticket, caller.actor, f"{caller.name} gave it back")
    else:
        must_be_live(tx, ticket)
        agent = the_agent(tx, agent_id)
        tickets.assign(tx, policies, ticket, agent, caller.actor, (f"{caller.name} gave it to {agent.name}",))
        posts.given(tx, policies, ticket_id, agent_id, caller.name)
    return shown_ticket(tx, ticket_id, policies.kinds)


def transfer(
    tx: Tx, policies: Policies, caller: Caller, ticket_id: int, queue: str, version: int | None = None
) -> TicketView:
    """Move a ticket to another queue."""
    if queue not in policies.queues:
        raise Invalid(f"there is no queue {queue!r}; there are {', '.join(sorted(policies.queues))}", "$.queue")
    ticket = tickets.lock(tx, ticket_id, version)
    if ticket.assignee_id is not None and ticket.assignee_id != caller.agent:
        caller.must_steer()
    tickets.transfer(tx, policies, ticket, queue, caller.actor)
    return shown_ticket(tx, ticket_id, policies.kinds)


def reply(
    tx: Tx,
    policies: Policies,
    caller: Caller,
    ticket_id: int,
    text: str,
    files: tuple[Attached, ...] = (),
    hold: int = 0,
    source: Source | None = None,
) -> MessageView:
    """Say something to the customer, along the conversation of the ticket. Takes the ticket when nobody has it.

    `hold`: µs for which it can be changed or taken back at least, whatever the channel grants. `source`: the article
    it is from, which the customer is shown, as with the assistant's answers.
    """
    agent = the_agent(tx, caller.as_agent())
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "closed":
        raise Conflict(why_over(tx, ticket))
    must_be_free_for(tx, caller, ticket)
    doors.must_be_open(tx, ticket)
    _must_fit(policies, ticket, files)
    if ticket.assignee_id is None and ticket.status in ("new", "open"):
        tickets.assign(tx, policies, ticket, agent, caller.actor, (f"{agent.name} answered it",))
        ticket = tickets.lock(tx, ticket_id)
    message = outbound.say(
        tx, policies, ticket, _text(text), ("agent", agent.id, agent.name), source, files=files, at=tx.now + hold
    )
    tallies.replied(tx, ticket, agent.id, message)
    if ticket.status == "answered":
        promises.replied(tx, policies, ticket)
    tickets.set_status(tx, policies, ticket, "answered", caller.actor, f"{agent.name} replied", replied=True)
    return shown_message(tx, message)


def write_note(tx: Tx, policies: Policies, caller: Caller, ticket_id: int, text: str) -> NoteView:
    """Say something to colleagues. It is a Note: no way leads from it to the customer."""
    agent = the_agent(tx, caller.as_agent())
    ticket = tickets.lock(tx, ticket_id)
    text = _text(text)
    if tx.one(queries.TICKET, id=ticket_id).merged_into is not None:
        raise Conflict(why_over(tx, ticket))
    number = tx.add(queries.ADD_NOTE, ticket_id=ticket_id, agent_id=agent.id, text=text, created_at=tx.now)
    record(tx, ticket.customer_id, caller.actor, NoteWritten(number), ticket_id)
    view = NoteView(number, ticket_id, Author("agent", agent.id, agent.name), text, iso(tx.now))
    live.note_written(tx, policies, ticket, view)
    return view


def edit_note(tx: Tx, policies: Policies, caller: Caller, note_id: int, text: str) -> None:
    """Change what one's own note says; a note it stays."""
    row = tx.one(queries.NOTE, id=note_id)
    if row is None or row.agent_id != caller.as_agent():
        raise NotFound(f"there is no note {note_id} of yours")
    ticket = tickets.lock(tx, row.ticket_id)
    tx.run(queries.SET_NOTE, row=note_id, says=_text(text))
    record(tx, ticket.customer_id, caller.actor, NoteEdited(note_id), ticket.id)
    view = NoteView(note_id, ticket.id, Author("agent", row.agent_id, caller.name), _text(text), iso(row.created_at))
    live.note_written(tx, policies, ticket, view)


def set_status(
    tx: Tx,
    policies: Policies,
    caller: Caller,
    ticket_id: int,
    status: str,
    until: int | None,
    reason: str,
    remark: str = "",
) -> TicketView:
    """Solve, snooze, reopen or close a ticket. Where the desk has reasons for solving, one of them must be given."""
    if status not in ("open", "solved", "snoozed", "closed"):
        raise Invalid(f"status {status!r} cannot be set; it can be open, solved, snoozed or closed", "$.status")
    if status == "snoozed" and (until is None or until <= tx.now):
        raise Invalid("snoozed needs an instant in the future", "$.until")
    if status == "solved" and policies.solve_reasons and reason not in policies.solve_reasons:
        raise Invalid(f"say why it is solved: {', '.join(policies.solve_reasons)}", "$.reason")
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "closed" and status != "closed":
        raise Conflict(why_over(tx, ticket))
    must_be_free_for(tx, caller, ticket)
    told = reason or f"{caller.name} set it"
    fact = StatusChanged(status, ticket.status, told, remark) if remark else None
    until = until if status == "snoozed" else None
    tickets.set_status(tx, policies, ticket, status, caller.actor, told, until=until, fact=fact)
    if status != ticket.status:
        _survey(tx, policies, caller, ticket, status)
    return shown_ticket(tx, ticket_id, policies.kinds)


def repeat_delivery(tx: Tx, policies: Policies, caller: Caller, message_id: int) -> MessageView:
    """Send a message again whose delivery is unknown or buried."""
    caller.as_agent()
    message = tx.one(queries.MESSAGE_BY_ID, id=message_id)
    if message is None:
        raise NotFound(f"there is no message {message_id}")
    outbound.repeat(tx, policies, tickets.lock(tx, message.ticket_id), message)
    return shown_message(tx, message_id)


def take_back(tx: Tx, policies: Policies, caller: Caller, message_id: int) -> MessageView:
    """Take a reply back that has not begun to leave; the ticket is ours to answer again."""
    ticket, message = _own_words(tx, caller, message_id)
    outbound.withdraw(tx, policies, ticket, message, caller.actor)
    if ticket.status in ("answered", "solved"):  # whoever writes and solves at once has not solved it
        ticket = tickets.unanswer(tx, ticket, message)
        tickets.set_status(tx, policies, ticket, "open", caller.actor, f"{caller.name} took the reply back")
        satisfaction.unask(tx, policies, ticket, caller.actor)
    return shown_message(tx, message_id)


def edit_reply(tx: Tx, policies: Policies, caller: Caller, message_id: int, text: str) -> MessageView:
    """Have a message of ours say something else, also where it was delivered if the medium can. Raises Conflict."""
    ticket, message = _own_words(tx, caller, message_id)
    corrections.edit(tx, policies, ticket, message, _text(text), caller.actor)
    return shown_message(tx, message_id)


def delete_reply(tx: Tx, policies: Policies, caller: Caller, message_id: int) -> MessageView:
    """Take a message of ours away, likewise; the ticket is ours to answer again when no other answer stands."""
    ticket, message = _own_words(tx, caller, message_id)
    corrections.delete(tx, policies, ticket, message, caller.actor)
    if ticket.status == "answered" and corrections.leaves_unanswered(tx, ticket):
        ticket = tickets.unanswer(tx, ticket, message)
        tickets.set_status(tx, policies, ticket, "open", caller.actor, f"{caller.name} took the reply back")
    return shown_message(tx, message_id)


def set_customer(tx: Tx, policies: Policies, caller: Caller, ticket_id: int, whom: Sender) -> TicketView:
    """Whose ticket it really is: of whoever wrote what a colleague forwarded. Answers go to them from now on."""
    caller.as_agent()
    ticket = tickets.lock(tx, ticket_id)
    way = policies.way(ticket.channel)
    if not way.channel.capabilities.threads_by_reference:
        raise Invalid(f"on channel {ticket.channel} a conversation stays with who began it", "$.address")
    must_be_free_for(tx, caller, ticket)
    _must_be_address(whom)
    who = identify(tx, whom, "", way.channel.name)
    tx.run(queries.GIVE_CONVERSATION, conversation=ticket.conversation_id, who=who.identity, whose=who.customer,
           called=whom.name or whom.address)  # fmt: skip
    tx.run(queries.GIVE_TICKET, row=ticket.id, whose=who.customer, at=tx.now)
    for chain in {ticket.customer_id, who.customer}:
        record(tx, chain, caller.actor, CustomerChanged(ticket.customer_id, who.customer), ticket.id)
    tickets.show(tx, policies, ticket)
    live.participants_changed(tx, ticket)
    return shown_ticket(tx, ticket_id, policies.kinds)


def lift_suppression(tx: Tx, caller: Caller, customer: int) -> None:
    """Let automatic messages go to a customer's addresses again. Raises NotFound where nothing is held back."""
    caller.as_agent()
    if tx.run(queries.UNSUPPRESS, whom=customer) == 0:
        raise NotFound(f"nothing is held back from customer {customer}")
    record(tx, customer, caller.actor, SuppressionLifted())


def add_participant(tx: Tx, policies: Policies, caller: Caller, ticket_id: int, whom: Sender) -> ParticipantView:
    """Have somebody else answered too in a ticket's conversation, where the medium knows of such (mail)."""
    caller.as_agent()
    ticket = tickets.lock(tx, ticket_id)
    if not policies.way(ticket.channel).channel.capabilities.threads_by_reference:
        raise Invalid(f"nobody can be in copy on channel {ticket.channel}", "$.address")
    must_be_free_for(tx, caller, ticket)
    _must_be_address(whom)
    conversation = tx.one(queries.CONVERSATION_WITH, id=ticket.conversation_id)
    whose = normalise(whom.kind, whom.address)
    tx.run(queries.SET_REMOVED, conversation=conversation.id, whom=whose, becomes=0)
    address = threads.add(tx, conversation, whom, caller.actor)
    live.participants_changed(tx, ticket)
    return ParticipantView(address, whom.name, joined=False)


def remove_participant(tx: Tx, caller: Caller, ticket_id: int, address: str) -> None:
    """Answer somebody no longer, also when they are in copy again. Raises NotFound for who does not take part."""
    caller.as_agent()
    ticket = tickets.lock(tx, ticket_id)
    must_be_free_for(tx, caller, ticket)
    whom = normalise("email", clean(address))
    if tx.run(queries.SET_REMOVED, conversation=ticket.conversation_id, whom=whom, becomes=1) == 0:
        raise NotFound(f"{address} does not take part in ticket {ticket_id}")
    record(tx, ticket.customer_id, caller.actor, ParticipantRemoved(whom), ticket_id)
    live.participants_changed(tx, ticket)


def retry(tx: Tx, policies: Policies, loop: str, row: int) -> None:
    """Make buried work of a loop due again. Raises NotFound."""
    work = ledger.LEDGERS.get(loop)
    if work is None:
        raise NotFound(f"there is no loop {loop!r}; there are {', '.join(ledger.LEDGERS)}")
    if work is ledger.files:
        pickups.retry(tx, row)
        return
    buried = tx.one(queries.OUTBOX_BY_ID, id=row) if work is ledger.outbox else None
    if buried is None or buried.verb != "send":
        work.retry(tx, row)
        return
    message = tx.one(queries.MESSAGE_BY_ID, id=buried.message_id)
    outbound.repeat(tx, policies, tickets.lock(tx, message.ticket_id), message)


def answer_offer(tx: Tx, policies: Policies, caller: Caller, offer_id: int, state: str) -> OfferView:
    """Accept or decline an offer held out to the caller. Raises Conflict when it has ended."""
    if state not in ("accepted", "declined"):
        raise Invalid(f"an offer cannot become {state!r}; it can be accepted or declined", "$.state")
    offer = tx.one(queries.OFFER, id=offer_id)
    if offer is None or offer.agent_id != caller.as_agent():
        raise NotFound(f"no offer {offer_id} is held out to you")
    ticket = tickets.lock(tx, offer.ticket_id)
    offer = tx.one(queries.OFFER, id=offer_id)
    if offer.state != "open":
        raise Conflict(f"offer {offer_id} is {offer.state} already")
    if state == "accepted":
        agent = the_agent(tx, offer.agent_id)
        tickets.assign(tx, policies, ticket, agent, caller.actor, (f"{agent.name} accepted offer {offer_id}",))
    else:
        tickets.close_offer(tx, policies, ticket, offer, "declined", caller.actor)
    return offer_view(tx, tx.one(queries.OFFER, id=offer_id), policies.kinds)


def _survey(tx: Tx, policies: Policies, caller: Caller, ticket: Any, status: str) -> None:
    """What a ticket's new status means for the question how satisfied its customer is, and for an escalation."""
    if status == "solved":
        tx.run(queries.SET_ESCALATION, row=ticket.id, told="")
        satisfaction.ask(tx, policies, ticket)
    elif ticket.status == "solved":
        satisfaction.unask(tx, policies, ticket, caller.actor)


def _own_words(tx: Tx, caller: Caller, message_id: int) -> tuple[Any, Any]:
    """The locked ticket and the message, which only its author changes, or who steers."""
    message = tx.one(queries.MESSAGE_BY_ID, id=message_id)
    if message is None or message.direction != "outbound":
        raise NotFound(f"there is no message {message_id} of ours")
    if message.author_id is None or message.author_id != caller.agent:
        caller.must_steer()
    ticket = tickets.lock(tx, message.ticket_id)
    return ticket, tx.one(queries.MESSAGE_BY_ID, id=message_id)


def _must_be_address(whom: Sender) -> None:
    if not ADDRESS.fullmatch(whom.address):
        raise Invalid("is no mail address, such as bob@example.test", "$.address")


def _must_fit(policies: Policies, ticket: Any, files: tuple[Attached, ...]) -> None:
    limit = policies.way(ticket.channel).channel.capabilities.files_limit if files else 0
    total = sum(file.size for file in files)
    if files and limit == 0:
        raise Invalid(f"channel {ticket.channel} cannot carry files; say where the customer can find them", "$.files")
    if total > limit:
        raise Invalid(f"the files have {total} bytes; a message on {ticket.channel} carries {limit}", "$.files")


def _text(text: str) -> str:
    text = clean(text).strip()
    if not text:
        raise Invalid("the text is empty", "$.text")
    if len(text) > TEXT_LIMIT:
        raise Invalid(f"the text has {len(text)} characters; the limit is {TEXT_LIMIT}", "$.text")
    return text
