"""Windows that were filled in: done by flow/actions; what is wrong is shown beside the field. Called by desk/work."""

from collections.abc import Callable, Mapping
from typing import Any

from contactcenter.desk import facts, threads, windows
from contactcenter.desk.floor import NOTHING, Floor, Outcome, number_in
from contactcenter.desk.received import Submitted
from contactcenter.flow import actions, replies
from contactcenter.flow.rights import Caller
from contactcenter.model.columns import HOUR
from contactcenter.model.values import Invalid
from contactcenter.ports import Tx

Form = Callable[[Tx, Floor, Caller, Submitted], Outcome]


def submitted(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    """Do what a window asks. Raises what flow/actions raises."""
    if command.form not in FORMS:
        raise Invalid(f"this window is of another version of the desk: {command.form!r} is not known")
    return FORMS[command.form][0](tx, floor, caller, command)


def where(command: Submitted) -> str:
    """The field that an error is shown at: the form's first."""
    return FORMS[command.form][1] if command.form in FORMS else next(iter(command.fields), "text")


def _ticket(command: Submitted) -> int:
    return number_in(command.about.get("ticket", ""))


def _reply(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    text, canned = command.fields.get("text", ""), command.fields.get("canned", "")
    if text.strip() and canned:
        raise Invalid("write something, or choose a canned reply: not both")
    if canned:
        text = replies.render(tx, floor.policies, caller, canned, _ticket(command))
    threads.reply_with(tx, floor, caller, _ticket(command), text, 0)
    return NOTHING


def _note(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    actions.write_note(tx, floor.policies, caller, _ticket(command), command.fields.get("text", ""))
    return NOTHING


def _solve(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    reason, remark = command.fields.get("reason", ""), command.fields.get("remark", "")
    actions.set_status(tx, floor.policies, caller, _ticket(command), "solved", None, reason, remark)
    return NOTHING


def _snooze(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    hours = command.fields.get("hours", "")
    if hours not in {value for _, value in windows.SNOOZES}:
        raise Invalid("choose until when")
    actions.set_status(tx, floor.policies, caller, _ticket(command), "snoozed", tx.now + int(hours) * HOUR, "")
    return NOTHING


def _escalate(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    actions.escalate(tx, floor.policies, caller, _ticket(command), command.fields.get("reason", ""))
    return NOTHING


def _assign(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    agent, queue = command.fields.get("agent", ""), command.fields.get("queue", "")
    if agent and queue:
        raise Invalid("choose a colleague or a queue: not both")
    number = _ticket(command)
    if remark := command.fields.get("note", "").strip():
        actions.write_note(tx, floor.policies, caller, number, remark)
    if queue:
        actions.transfer(tx, floor.policies, caller, number, queue)
    else:
        actions.give(tx, floor.policies, caller, number, number_in(agent) if agent else None)
    return NOTHING


def _merge(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    into = number_in(command.fields.get("into", ""))
    actions.merge_tickets(tx, floor.policies, caller, _ticket(command), into)
    return Outcome(answer={"response_action": "clear"})


def _find(tx: Tx, floor: Floor, caller: Caller, command: Submitted) -> Outcome:
    found = facts.find(tx, command.fields.get("words", ""))
    view = windows.found("Found", found, floor.public_url)
    return Outcome(answer={"response_action": "update", "view": view})


FORMS: Mapping[str, tuple[Form, str]] = {
    "reply": (_reply, "text"),
    "note": (_note, "text"),
    "solve": (_solve, "remark"),
    "snooze": (_snooze, "hours"),
    "escalate": (_escalate, "reason"),
    "assign": (_assign, "agent"),
    "merge": (_merge, "into"),
    "find": (_find, "words"),
}


def refused(command: Submitted, reason: str) -> dict[str, Any]:
    """What Slack is answered: the window stays, with what is wrong."""
    return windows.refused({where(command): reason})
