"""Buttons, menus and shortcuts: done at once, or a window is opened. Called by desk/work."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from contactcenter.crm.queries import IDENTITIES_OF
from contactcenter.desk import facts, queries, threads, windows
from contactcenter.desk.floor import NOTHING, Floor, Outcome, number_in, opens
from contactcenter.desk.received import Called, Pressed
from contactcenter.flow import actions, posts, replies, tickets
from contactcenter.flow.queries import TICKET
from contactcenter.flow.rights import Caller
from contactcenter.flow.views import shown_ticket
from contactcenter.model.values import Conflict, Invalid, NotAllowed, Source
from contactcenter.ports import Tx

MENUS = ("more", "about")
WHOLE = 30  # of the latest things said, in a window

Press = Callable[[Tx, Floor, Caller, Pressed], Outcome]


def pressed(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    """Do what a button or menu says. Raises what flow/actions raises, in words for the one who pressed."""
    if command.action in MENUS:  # its value names what was chosen
        verb = command.value.partition(":")[2]
        return _do(MENU, verb)(tx, floor, caller, command)
    return _do(BUTTONS, command.action)(tx, floor, caller, command)


def is_ours(action: str) -> bool:
    """Is it of a card, and not of a message to a customer?"""
    return action in MENUS or action in BUTTONS


def called(tx: Tx, floor: Floor, caller: Caller, command: Called) -> Outcome:
    """A shortcut, on a message or anywhere."""
    if command.name == "find_tickets":
        return opens(command.trigger, windows.find())
    ticket = posts.ticket_in(tx, command.place, command.thread)
    if ticket is None:
        raise Invalid("this message is in no ticket's thread")
    match command.name:
        case "make_note":
            return opens(command.trigger, windows.note(ticket, command.text))
        case "send_to_customer":
            return _send_on(tx, floor, command, ticket)
    raise Invalid(f"there is no shortcut {command.name!r}")


def _send_on(tx: Tx, floor: Floor, command: Called, ticket: int) -> Outcome:
    """A colleague's words, or one's own note, as a reply: in a window, so that it is read once more."""
    if command.writer != command.who.user:
        raise NotAllowed("only your own words can be sent on; copy what a colleague wrote into Reply")
    return opens(command.trigger, windows.reply(ticket, command.text, ()))


def _ticket(command: Pressed) -> int:
    return number_in(command.value.partition(":")[0])


def _more(command: Pressed) -> str:
    return command.value.partition(":")[2]


def _claim(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    with threads.taking(tx, floor, _ticket(command), command.at):
        actions.claim(tx, floor.policies, caller, _ticket(command))
    return NOTHING


def _suggest(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    threads.quote(tx, floor, caller, _ticket(command), _quoted(tx, floor, command), command.at)
    return NOTHING


def _edit_suggestion(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return opens(command.trigger, windows.reply(_ticket(command), _quoted(tx, floor, command).passage, ()))


def _quoted(tx: Tx, floor: Floor, command: Pressed) -> Source:
    """The article that was suggested, as it speaks on the ticket's channel. Raises NotFound."""
    row = tx.one(TICKET, id=_ticket(command))
    channel = "" if row is None else row.channel
    return floor.assistant.quote(_more(command), channel, floor.policies.kinds.get(channel, ""))


def _reply(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    number = _ticket(command)
    canned = [(reply.title, reply.name) for reply, _ in replies.render_all(tx, floor.policies, caller, number)]
    return opens(command.trigger, windows.reply(number, "", canned))


def _note(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return opens(command.trigger, windows.note(_ticket(command)))


def _solve(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return opens(command.trigger, windows.solve(_ticket(command), floor.policies.solve_reasons))


def _reopen(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    actions.set_status(tx, floor.policies, caller, _ticket(command), "open", None, "")
    return NOTHING


def _repeat(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    actions.repeat_delivery(tx, floor.policies, caller, number_in(_more(command)))
    return NOTHING


def _answer_offer(tx: Tx, floor: Floor, caller: Caller, command: Pressed, state: str) -> Outcome:
    with threads.taking(tx, floor, _ticket(command), command.at):
        actions.answer_offer(tx, floor.policies, caller, number_in(_more(command)), state)
    return NOTHING


def _presence(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    actions.set_presence(tx, floor.policies, caller, command.value)
    return _refresh(tx, floor, caller, command)


def _refresh(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    posts.home(tx, caller.as_agent(), command.who.user)
    return NOTHING


def _find(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return opens(command.trigger, windows.find())


def _open(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return NOTHING  # a link: the browser has followed it


def _assign(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    agents = [(f"{row.name} ({row.presence})", str(row.id)) for row in tx.all(queries.AGENTS)]
    queues = [(policy.title, name) for name, policy in sorted(floor.policies.queues.items())]
    return opens(command.trigger, windows.assign(_ticket(command), agents, queues))


def _snooze(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return opens(command.trigger, windows.snooze(_ticket(command)))


def _escalate(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return opens(command.trigger, windows.escalate(_ticket(command)))


def _merge(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    return opens(command.trigger, windows.merge(_ticket(command)))


def _merge_into(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    """From a window, which stays below this one."""
    view = windows.merge(_ticket(command), _more(command))
    return Outcome(opens=(("views.push", {"trigger_id": command.trigger, "view": view}),))


def _customer(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    ticket = shown_ticket(tx, _ticket(command), floor.policies.kinds)
    identities = [
        (row.kind, row.display or row.address, row.proven_at is not None)
        for row in tx.all(IDENTITIES_OF, customer=ticket.customer.id)
    ]
    recent = facts.tickets_of(tx, ticket.customer.id)
    view = windows.customer(ticket.id, ticket.customer.name, identities, recent, floor.public_url)
    return opens(command.trigger, view)


def _conversation(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    number = _ticket(command)
    return opens(command.trigger, windows.conversation(f"Ticket {number}", facts.turns_of(tx, number, WHOLE)))


def _bump(tx: Tx, floor: Floor, caller: Caller, command: Pressed) -> Outcome:
    actions.set_priority(tx, floor.policies, caller, _ticket(command), "urgent", "bumped in Slack")
    return NOTHING


def _set_mode(tx: Tx, floor: Floor, caller: Caller, command: Pressed, mode: str) -> Outcome:
    tickets.lock(tx, _ticket(command))
    ticket = tx.one(TICKET, id=_ticket(command))
    if ticket.assignee_id != caller.agent:
        caller.must_steer()
    if mode == "reply" and command.at <= posts.notes_since(tx, ticket.id):
        raise Conflict("the thread was told to keep all as notes after you pressed that")
    posts.set_mode(tx, ticket, mode, max(command.at, posts.replies_since(tx, ticket, floor.ahead)))
    return NOTHING


def _do(known: Mapping[str, Any], verb: str) -> Press:
    if verb not in known:
        raise Invalid(f"this button is of another version of the desk: {verb!r} is not known")
    act: Press = known[verb]
    return act


BUTTONS: Mapping[str, Press] = {
    "claim": _claim,
    "suggest": _suggest,
    "edit_suggestion": _edit_suggestion,
    "reply": _reply,
    "note": _note,
    "solve": _solve,
    "reopen": _reopen,
    "repeat": _repeat,
    "accept": partial(_answer_offer, state="accepted"),
    "decline": partial(_answer_offer, state="declined"),
    "presence": _presence,
    "refresh": _refresh,
    "find": _find,
    "open": _open,
    "bump": _bump,
    "assign": _assign,
    "merge_into": _merge_into,
}
MENU: Mapping[str, Press] = {
    "assign": _assign,
    "snooze": _snooze,
    "escalate": _escalate,
    "customer": _customer,
    "conversation": _conversation,
    "merge": _merge,
    "bump": _bump,
    "mode_reply": partial(_set_mode, mode="reply"),
    "mode_note": partial(_set_mode, mode="note"),
}
