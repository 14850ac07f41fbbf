"""What people do in Slack: stored first, done then; at once where nothing has to be asked of Slack, else by the loop.

Before it: desk/intake, which acknowledges once `receive` has committed. After it: flow/actions, as for the console. An
event is new once under its key; a repeat is answered like the first. Refuses whoever is no agent.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from contactcenter.desk import forms, orders, presses, queries, threads
from contactcenter.desk.floor import NOTHING, Floor, Outcome
from contactcenter.desk.received import (
    Called,
    CameHome,
    Command,
    Commands,
    Ordered,
    Person,
    Pressed,
    Rewritten,
    Said,
    Submitted,
    Unsaid,
)
from contactcenter.flow import ledger, posts
from contactcenter.flow.queries import AGENT
from contactcenter.flow.rights import Caller
from contactcenter.model.columns import DAY
from contactcenter.model.values import Attached, Conflict, Invalid, NotAllowed, NotFound, RetryLater, Undeliverable
from contactcenter.ports import Tx

KNOWN_FOR = 1 * DAY  # after that Slack is asked again who somebody is
REFUSALS = (Conflict, Invalid, NotAllowed, NotFound)  # told to whoever asked; anything else is a fault and tried again

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Commands)


def receive(tx: Tx, floor: Floor, command: Commands) -> Outcome:
    """Keep it, and do it at once where that is possible. What the doing raises undoes both: see `keep`."""
    if isinstance(command, Submitted) and tx.one(queries.BY_KEY, key=_refused(command)) is not None:
        return _answered(tx, _refused(command))
    number = _store(tx, command)
    if not number:
        return _answered(tx, command.key)
    if needs_slack(tx, command) or tx.one(queries.EARLIER, stream=command.stream, row=number) is not None:
        tx.wake("desk")
        return Outcome(later=True)
    outcome = do(tx, floor, command, ())
    tx.run(queries.DONE, row=number)
    _keep_answer(tx, number, command, outcome)
    return outcome


def keep(tx: Tx, command: Commands, error: Exception) -> Outcome:
    """Keep what `receive` could not do; it is acknowledged, and tried again."""
    number = _store(tx, command)
    if number:
        ledger.acts.fail(tx, number, 0, error, tried=1)
    return Outcome(later=True)


def work_off(tx: Tx, floor: Floor, row: Any, files: tuple[Attached, ...], trouble: Exception | None) -> Outcome:
    """Do a row of the loop for which Slack was asked before, or keep it with what went wrong in that."""
    outcomes: list[Outcome] = []

    def act(tx: Tx, row: Any) -> None:
        command = command_of(row)
        if isinstance(trouble, Undeliverable) and isinstance(command, Said):
            outcomes.append(do(tx, floor, command, (), str(trouble)))
        elif trouble is not None:
            raise trouble
        elif _was_not_asked(tx, command, files):
            raise RetryLater("it turned out to be in a ticket's thread: Slack is to be asked about it first", 1.0)
        else:
            outcomes.append(do(tx, floor, command, files))
        _keep_answer(tx, row.id, command, outcomes[-1])
        _tell_late(tx, command, outcomes[-1])

    ledger.acts.work_off(tx, row.stream, act, lambda head: head.id == row.id)
    return outcomes[0] if outcomes else NOTHING


def _was_not_asked(tx: Tx, command: Commands, files: tuple[Attached, ...]) -> bool:
    """Was Slack not asked for what is needed now, because the card was not known when it was looked at?"""
    return is_unknown(tx, command) or (isinstance(command, Said) and not files and needs_files(tx, command))


def command_of(row: Any) -> Commands:
    """What a row says."""
    command: Commands = _decode.decode(row.payload)
    return command


def needs_slack(tx: Tx, command: Commands) -> bool:
    """Has something to be asked of Slack first: who somebody is, or for a file?"""
    return _may_be_ours(tx, command) or needs_files(tx, command) or is_unknown(tx, command)


def needs_files(tx: Tx, command: Commands) -> bool:
    """Are there files that may go to a customer? Those of a stranger are left where they are."""
    if not isinstance(command, Said) or not command.files or not _is_ours(tx, command):
        return False
    row = _person(tx, command.who)
    return row is None or row.agent_id is not None


def is_unknown(tx: Tx, command: Commands) -> bool:
    """Do we not know yet who did it?"""
    if isinstance(command, Unsaid) or (isinstance(command, Said) and not _is_ours(tx, command)):
        return False
    row = _person(tx, command.who)
    return row is None or row.checked_at < tx.now - KNOWN_FOR


def do(tx: Tx, floor: Floor, command: Commands, files: tuple[Attached, ...], missing: str = "") -> Outcome:
    """Do it; a refusal is told to whoever asked, and is done with that. `missing`: why a file of it is not there."""
    if isinstance(command, Unsaid):
        return _told(tx, command, lambda: threads.unsaid(tx, floor, command))
    if _may_be_ours(tx, command):
        raise RetryLater("a card of this channel is on its way, and this may be in its thread")
    if isinstance(command, Said) and not _is_ours(tx, command):
        return NOTHING
    caller = _caller(tx, command.who)
    if caller is None:
        return _strange(tx, command)
    if isinstance(command, Said):
        return _told(tx, command, lambda: threads.said(tx, floor, caller, command, files, missing))
    return _told(tx, command, lambda: _act(tx, floor, caller, command))


def _act(tx: Tx, floor: Floor, caller: Caller, command: Commands) -> Outcome:
    match command:
        case Rewritten():
            return threads.rewritten(tx, floor, caller, command)
        case Pressed():
            return presses.pressed(tx, floor, caller, command)
        case Submitted():
            return forms.submitted(tx, floor, caller, command)
        case Ordered():
            return orders.ordered(tx, floor, caller, command)
        case Called():
            return presses.called(tx, floor, caller, command)
        case CameHome():
            posts.home(tx, caller.as_agent(), command.who.user)
    return NOTHING


def _told(tx: Tx, command: Commands, act: Callable[[], Outcome]) -> Outcome:
    try:
        with tx.savepoint():
            return act()
    except REFUSALS as error:
        return _refuse(tx, command, str(error))


def _refuse(tx: Tx, command: Commands, reason: str) -> Outcome:
    """Say why not: in the window, as the answer, or to the one person in the place where they are."""
    match command:
        case Submitted():
            return Outcome(answer=forms.refused(command, reason))
        case Ordered():
            return Outcome(answer={"response_type": "ephemeral", "text": f":no_entry: {reason}"})
        case Pressed(place=place) | Called(place=place):
            posts.whisper(tx, place, command.who.user, reason, command.key)
        case Said(place=place, thread=thread):
            posts.whisper(tx, place, command.who.user, f"Nothing of it was kept: {reason}.", command.key, thread)
        case Rewritten(place=place):
            posts.whisper(
                tx, place, command.who.user, f"The edit changed nothing for the customer: {reason}.", command.key
            )
        case Unsaid():
            _tell_writer(tx, command, reason)
    return NOTHING


def _tell_writer(tx: Tx, command: Unsaid, reason: str) -> None:
    """A deletion says nothing of who did it: it is said in the thread."""
    row = tx.one(posts.BY_TS, place=command.place, ts=command.ts)
    if row is not None and row.ticket_id is not None:
        words = f":warning: A reply was deleted here, but the customer has it: {reason}."
        posts.tell(tx, command.place, words, command.key, row.ticket_id)


def _strange(tx: Tx, command: Commands) -> Outcome:
    """Whoever is no agent is told so, once in a thread."""
    match command:
        case Said() | Rewritten():
            thread = getattr(command, "thread", "")
            key = f"stranger {command.place} {thread}"
            posts.whisper(tx, command.place, command.who.user, threads.STRANGER, key, thread)
        case CameHome():
            posts.home(tx, 0, command.who.user)
        case _:
            return _refuse(tx, command, "only agents of this desk can do that: ask whoever runs it to add you by the "
                                        "e-mail address of your Slack profile")  # fmt: skip
    return NOTHING


def _is_ours(tx: Tx, command: Said) -> bool:
    """Is it in a ticket's thread?"""
    return posts.ticket_in(tx, command.place, command.thread) is not None


def _may_be_ours(tx: Tx, command: Commands) -> bool:
    """Is it in no thread that we know of, while a card of the place is on its way and may be what it answers?"""
    return (
        isinstance(command, Said)
        and tx.one(posts.BY_TS, place=command.place, ts=command.thread) is None
        and tx.one(posts.ON_ITS_WAY, place=command.place) is not None
    )


def _person(tx: Tx, who: Person) -> Any:
    return tx.one(queries.PERSON, team=who.team, user=who.user)


def _caller(tx: Tx, who: Person) -> Caller | None:
    row = _person(tx, who)
    agent = None if row is None or row.agent_id is None else tx.one(AGENT, id=row.agent_id)
    return None if agent is None else Caller(agent.role, agent.id, agent.name)


def _store(tx: Tx, command: Command) -> int:
    """The number of its row; 0 when it is there already."""
    return tx.add(
        queries.ADD_ACT,
        **ledger.due(tx.now, command.stream),
        key=command.key,
        payload=_encode(command).decode(),
        answer="",
    )


def _refused(command: Submitted) -> str:
    """The key of a window that was refused: Slack leaves it open, and it comes again under its own."""
    return f"{command.key}:{command.trigger}"


def _answered(tx: Tx, key: str) -> Outcome:
    row = tx.one(queries.BY_KEY, key=key)
    return Outcome(answer=json.loads(row.answer) if row is not None and row.answer else {})


def _keep_answer(tx: Tx, row: int, command: Command, outcome: Outcome) -> None:
    """What it said goes: it is on the ticket now, or nowhere."""
    refused = isinstance(command, Submitted) and _is_refusal(outcome)
    answer = json.dumps(outcome.answer) if refused else ""
    tx.run(queries.ANSWERED, row=row, said=answer, left="")
    if isinstance(command, Submitted) and refused:
        tx.run(queries.RENAME, row=row, becomes=_refused(command))


def _tell_late(tx: Tx, command: Command, outcome: Outcome) -> None:
    """Its window has closed: why nothing came of it is said directly."""
    if isinstance(command, Submitted) and _is_refusal(outcome):
        why = "; ".join(outcome.answer["errors"].values())
        posts.whisper(tx, "", command.who.user, f"What you filled in was not taken: {why}", _refused(command))


def _is_refusal(outcome: Outcome) -> bool:
    return outcome.answer.get("response_action") == "errors"
