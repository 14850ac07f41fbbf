"""What people do: claim, reply, note, transfer, snooze, solve; come and go; take or refuse an offer.

The web console, the API, the command line and Slack all call these, so that a right is checked and a fact recorded in
one place. Each is one use case; `once` makes any of them safe to repeat. A note and a reply are two functions over
two tables: no argument turns one into the other.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from contactcenter.crm.history import record
from contactcenter.crm.identify import identify, normalise
from contactcenter.flow import ledger, live, outbound, queries, threads, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import (
    AgentView,
    Author,
    MessageView,
    NoteView,
    OfferView,
    ParticipantView,
    TicketView,
    iso,
    offer_view,
    shown_agent,
    shown_message,
    shown_ticket,
)
from contactcenter.model.columns import clean
from contactcenter.model.history import CustomerChanged, NoteWritten, ParticipantRemoved, SuppressionLifted
from contactcenter.model.values import Attached, Conflict, Invalid, NotAllowed, NotFound, Sender
from contactcenter.ports import Tx

TEXT_LIMIT = 50_000  # characters of a reply or note
PRESENCES = ("available", "away", "offline")
STEERS = ("supervisor", "admin")
ADDRESS = re.compile(r"[^\s@<>,;:()\"]{1,100}@[^\s@<>,;:()\"]{1,150}")

V = TypeVar("V", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts: a role, and the agent they are. A token without an agent may read and steer, not answer."""

    role: str
    agent: int | None
    name: str

    @property
    def actor(self) -> str:
        return f"agent:{self.agent}" if self.agent is not None else self.role

    def as_agent(self) -> int:
        """The agent's id; raises NotAllowed for a caller who is none."""
        if self.agent is None:
            raise NotAllowed("this token belongs to no agent; make one with contactcenter token create --agent EMAIL")
        return self.agent

    def must_steer(self) -> None:
        """Raises NotAllowed for a plain agent."""
        if self.role not in STEERS:
            raise NotAllowed("this needs the role supervisor or admin")


def once(tx: Tx, key: str, request: bytes, answer: type[V], act: Callable[[Tx], V]) -> V:
    """Do it once per key: a repeat gets the first answer, the same key for another request is refused."""
    digest = sha256(request).digest()
    before = tx.one(queries.ANSWERED_BEFORE, key=key)
    if before is not None:
        if bytes(before.request) != digest:
            raise Conflict("this Idempotency-Key was used for another request")
        return msgspec.json.decode(before.answer, type=answer)
    done = act(tx)
    kept = msgspec.json.encode(done).decode()
    tx.run(queries.KEEP_ANSWER, key=key, request=digest, answer=kept, created_at=tx.now)
    return done


def claim(tx: Tx, policies: Policies, caller: Caller, ticket_id: int, version: int | None = None) -> TicketView:
    """Take a ticket. Raises Conflict telling who has it when somebody was first."""
    agent = _agent(tx, caller.as_agent())
    ticket = tickets.lock(tx, ticket_id, version)
    if ticket.assignee_id == agent.id:
        return shown_ticket(tx, ticket_id, policies.kinds)
    if ticket.assignee_id is not None and caller.role not in STEERS:
        raise Conflict(f"{_agent(tx, ticket.assignee_id).name} took ticket {ticket_id} first")
    _must_be_live(ticket)
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
        _must_be_live(ticket)
        agent = _agent(tx, agent_id)
        tickets.assign(tx, policies, ticket, agent, caller.actor, (f"{caller.name} gave it to {agent.name}",))
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
    tx: Tx, policies: Policies, caller: Caller, ticket_id: int, text: str, files: tuple[Attached, ...] = ()
) -> MessageView:
    """Say something to the customer, along the conversation of the ticket. Takes the ticket when nobody has it."""
    agent = _agent(tx, caller.as_agent())
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "closed":
        raise Conflict(f"ticket {ticket_id} is closed; the customer's next message opens a new one")
    _must_be_free_for(tx, caller, ticket)
    _must_fit(policies, ticket, files)
    if ticket.assignee_id is None and ticket.status in ("new", "open"):
        tickets.assign(tx, policies, ticket, agent, caller.actor, (f"{agent.name} answered it",))
        ticket = tickets.lock(tx, ticket_id)
    message = outbound.say(tx, policies, ticket, _text(text), ("agent", agent.id, agent.name), files=files)
    tickets.set_status(tx, policies, ticket, "answered", caller.actor, f"{agent.name} replied")
    return shown_message(tx, message)


def write_note(tx: Tx, caller: Caller, ticket_id: int, text: str) -> NoteView:
    """Say something to colleagues. It is a Note: no way leads from it to the customer."""
    agent = _agent(tx, caller.as_agent())
    ticket = tickets.lock(tx, ticket_id)
    text = _text(text)
    number = tx.add(queries.ADD_NOTE, ticket_id=ticket_id, agent_id=agent.id, text=text, created_at=tx.now)
    record(tx, ticket.customer_id, caller.actor, NoteWritten(number), ticket_id)
    view = NoteView(number, ticket_id, Author("agent", agent.id, agent.name), text, iso(tx.now))
    live.note_written(tx, ticket, view)
    return view


def set_status(
    tx: Tx, policies: Policies, caller: Caller, ticket_id: int, status: str, until: int | None, reason: str
) -> TicketView:
    """Solve, snooze, reopen or close a ticket."""
    if status not in ("open", "solved", "snoozed", "closed"):
        raise Invalid(f"status {status!r} cannot be set; it can be open, solved, snoozed or closed", "$.status")
    if status == "snoozed" and (until is None or until <= tx.now):
        raise Invalid("snoozed needs an instant in the future", "$.until")
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "closed" and status != "closed":
        raise Conflict(f"ticket {ticket_id} is closed; the customer's next message opens a new one")
    _must_be_free_for(tx, caller, ticket)
    told = reason or f"{caller.name} set it"
    tickets.set_status(tx, policies, ticket, status, caller.actor, told, until=until if status == "snoozed" else None)
    return shown_ticket(tx, ticket_id, policies.kinds)


def repeat_delivery(tx: Tx, caller: Caller, message_id: int) -> MessageView:
    """Send a message again whose delivery is unknown or buried."""
    caller.as_agent()
    message = tx.one(queries.MESSAGE_BY_ID, id=message_id)
    if message is None:
        raise NotFound(f"there is no message {message_id}")
    outbound.repeat(tx, tickets.lock(tx, message.ticket_id), message)
    return shown_message(tx, message_id)


def take_back(tx: Tx, policies: Policies, caller: Caller, message_id: int) -> MessageView:
    """Take a reply back that has not begun to leave; the ticket is ours to answer again."""
    message = tx.one(queries.MESSAGE_BY_ID, id=message_id)
    if message is None or message.direction != "outbound":
        raise NotFound(f"there is no message {message_id} of ours")
    if message.author_id is None or message.author_id != caller.agent:
        caller.must_steer()
    ticket = tickets.lock(tx, message.ticket_id)
    outbound.withdraw(tx, ticket, message, caller.actor)
    if ticket.status in ("answered", "solved"):  # whoever writes and solves at once has not solved it
        tickets.set_status(tx, policies, ticket, "open", caller.actor, f"{caller.name} took the reply back")
    return shown_message(tx, message_id)


def set_customer(tx: Tx, policies: Policies, caller: Caller, ticket_id: int, whom: Sender) -> TicketView:
    """Whose ticket it really is: of whoever wrote what a colleague forwarded. Answers go to them from now on."""
    caller.as_agent()
    ticket = tickets.lock(tx, ticket_id)
    way = policies.way(ticket.channel)
    if not way.channel.capabilities.threads_by_reference:
        raise Invalid(f"on channel {ticket.channel} a conversation stays with who began it", "$.address")
    _must_be_free_for(tx, caller, ticket)
    _must_be_address(whom)
    who = identify(tx, whom, "", way.channel.name)
    tx.run(queries.GIVE_CONVERSATION, conversation=ticket.conversation_id, who=who.identity, whose=who.customer,
           called=whom.name or whom.address)  # fmt: skip
    tx.run(queries.GIVE_TICKET, row=ticket.id, whose=who.customer, at=tx.now)
    for chain in {ticket.customer_id, who.customer}:
        record(tx, chain, caller.actor, CustomerChanged(ticket.customer_id, who.customer), ticket.id)
    tickets.show(tx, policies, ticket)
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
    _must_be_free_for(tx, caller, ticket)
    _must_be_address(whom)
    conversation = tx.one(queries.CONVERSATION_WITH, id=ticket.conversation_id)
    whose = normalise(whom.kind, whom.address)
    tx.run(queries.SET_REMOVED, conversation=conversation.id, whom=whose, becomes=0)
    return ParticipantView(threads.add(tx, conversation, whom, caller.actor), whom.name, joined=False)


def remove_participant(tx: Tx, caller: Caller, ticket_id: int, address: str) -> None:
    """Answer somebody no longer, also when they are in copy again. Raises NotFound for who does not take part."""
    caller.as_agent()
    ticket = tickets.lock(tx, ticket_id)
    _must_be_free_for(tx, caller, ticket)
    whom = normalise("email", clean(address))
    if tx.run(queries.SET_REMOVED, conversation=ticket.conversation_id, whom=whom, becomes=1) == 0:
        raise NotFound(f"{address} does not take part in ticket {ticket_id}")
    record(tx, ticket.customer_id, caller.actor, ParticipantRemoved(whom), ticket_id)


def retry(tx: Tx, loop: str, row: int) -> None:
    """Make buried work of a loop due again. Raises NotFound."""
    work = ledger.LEDGERS.get(loop)
    if work is None:
        raise NotFound(f"there is no loop {loop!r}; there are {', '.join(ledger.LEDGERS)}")
    if work is not ledger.outbox:
        work.retry(tx, row)
        return
    buried = tx.one(queries.OUTBOX_BY_ID, id=row)
    if buried is None:
        raise NotFound(f"outbox has no buried row {row}")
    message = tx.one(queries.MESSAGE_BY_ID, id=buried.message_id)
    outbound.repeat(tx, tickets.lock(tx, message.ticket_id), message)


def set_presence(tx: Tx, policies: Policies, caller: Caller, presence: str) -> AgentView:
    """Come or go. Whoever goes gives their open offers back; whoever was sent away says that they know."""
    if presence not in PRESENCES:
        raise Invalid(f"presence {presence!r} is unknown; it can be {', '.join(PRESENCES)}", "$.presence")
    agent = _agent(tx, caller.as_agent())
    if agent.presence != presence or agent.presence_reason:
        _become(tx, policies, agent.id, presence, caller.actor)
    return shown_agent(tx, agent.id)


def send_away(tx: Tx, policies: Policies, agent_id: int, reason: str) -> None:
    """An agent who is available and answers no offer is not there: no customer is to wait for them."""
    if _agent(tx, agent_id).presence == "available":
        _become(tx, policies, agent_id, "away", "system", reason)


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
        agent = _agent(tx, offer.agent_id)
        tickets.assign(tx, policies, ticket, agent, caller.actor, (f"{agent.name} accepted offer {offer_id}",))
    else:
        tickets.close_offer(tx, policies, ticket, offer, "declined", caller.actor)
    return offer_view(tx, tx.one(queries.OFFER, id=offer_id), policies.kinds)


def _become(tx: Tx, policies: Policies, agent: int, presence: str, actor: str, reason: str = "") -> None:
    tx.run(queries.SET_PRESENCE, row=agent, becomes=presence, at=tx.now, why=reason)
    if presence != "available":
        _give_offers_back(tx, policies, agent, actor)
    live.presence_changed(tx, agent)
    tx.wake("router")


def _give_offers_back(tx: Tx, policies: Policies, agent: int, actor: str) -> None:
    for offer in tx.all(queries.OFFERS_OF, agent=agent):
        ticket = tickets.lock(tx, offer.ticket_id)
        tickets.close_offer(tx, policies, ticket, offer, "withdrawn", actor)


def _agent(tx: Tx, agent: int) -> Any:
    row = tx.one(queries.AGENT, id=agent)
    if row is None:
        raise NotFound(f"there is no agent {agent}")
    return row


def _must_be_free_for(tx: Tx, caller: Caller, ticket: Any) -> None:
    """Nobody's ticket, or the caller's own, or a caller who steers."""
    if ticket.assignee_id not in (None, caller.agent) and caller.role not in STEERS:
        holder = _agent(tx, ticket.assignee_id).name
        raise Conflict(f"{holder} has ticket {ticket.id}; ask for it, or write a note")


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


def _must_be_live(ticket: Any) -> None:
    if ticket.status in ("solved", "closed"):
        raise Conflict(f"ticket {ticket.id} is {ticket.status}")


def _text(text: str) -> str:
    text = clean(text).strip()
    if not text:
        raise Invalid("the text is empty", "$.text")
    if len(text) > TEXT_LIMIT:
        raise Invalid(f"the text has {len(text)} characters; the limit is {TEXT_LIMIT}", "$.text")
    return text
