"""The assistant reads a `new` ticket: claim the question, think outside any transaction, settle what came of it.

Before it: flow/inbound. After it: flow/outbound for an answer, flow/assign after a handoff. The answer is posted only
if the ticket is still as it was read; else it is dropped with that reason on the history, and the ticket read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.figures import answers
from contactcenter.flow import automatic, folds, ledger, outbound, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.knowledge.assistant import Answer, Handoff, Question
from contactcenter.model.history import AnswerDropped, AnswerGiven, HandedOff
from contactcenter.model.values import Conflict, Source
from contactcenter.ports import Tx

QUESTION_LIMIT = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """A claimed question: the row, the attempt, and what is asked."""

    row: int
    attempt: int
    question: Question


def any_due(tx: Tx) -> bool:
    """Is there anything to answer? Asked before `begin`, so that an idle desk writes nothing."""
    return bool(ledger.questions.due_heads(tx, 1))


def begin(tx: Tx, worker: str, limit: int = 50) -> list[Asked]:
    """Claim what is to be answered and read it."""
    asked = []
    for head in ledger.questions.due_heads(tx, limit):
        row = ledger.questions.take(tx, head.id, worker)
        if row is not None:
            asked.append(Asked(row.id, row.attempts, _read(tx, row.ticket_id)))
    return asked


def settle(tx: Tx, policies: Policies, asked: Asked, outcome: Answer | Handoff) -> None:
    """Post the answer or hand over; drop either when the ticket has moved on since it was read."""
    question = asked.question
    try:
        ticket = tickets.lock(tx, question.ticket, question.version)
    except Conflict:
        _drop(tx, asked)
        return
    if ticket.status != "new":  # a question that was buried and made due again, and people have answered meanwhile
        _drop(tx, asked)
        return
    ledger.questions.finish(tx, asked.row, asked.attempt)
    match outcome:
        case Answer(source=source) if silent := automatic.why_silent(tx, policies, ticket):
            hand_off(tx, policies, ticket, silent, (source.article,))
        case Answer(text=text, source=source, reasons=reasons):
            offered = policies.way(ticket.channel).choices
            message = outbound.say(
                tx, policies, ticket, text, ("assistant", None, automatic.NAME), source, choices=offered
            )
            fact = AnswerGiven(message, source.article, source.score, reasons)
            record(tx, ticket.customer_id, "assistant", fact, ticket.id)
            answers.told(tx, ticket, message, source.article, source.score)
            tickets.set_status(tx, policies, ticket, "answered", "assistant", "answered from the knowledge base")
        case Handoff(reason=reason, suggestions=suggestions):
            hand_off(tx, policies, ticket, reason, tuple(item.article.slug for item in suggestions))


def fail(tx: Tx, policies: Policies, asked: Asked, error: Exception) -> None:
    """The assistant raised: try again, and after the last attempt pass the ticket to people, if they have it not."""
    try:
        buried = ledger.questions.fail(tx, asked.row, asked.attempt, error, tried=asked.attempt)
    except Conflict:  # it was taken out of our hands meanwhile
        return
    ticket = tickets.lock(tx, asked.question.ticket)
    if buried and ticket.status == "new":
        hand_off(tx, policies, ticket, f"the assistant failed: {type(error).__name__}", ())


def hand_off(tx: Tx, policies: Policies, ticket: Any, reason: str, suggestions: tuple[str, ...]) -> None:
    """Pass a locked ticket from the assistant to people; that it is open now goes without saying on the history."""
    fact = HandedOff(reason, suggestions)
    tickets.set_status(tx, policies, ticket, "open", "assistant", reason, handoff=reason, fact=fact)
    automatic.acknowledge(tx, policies, ticket)


def _read(tx: Tx, ticket_id: int) -> Question:
    ticket = tx.one(queries.TICKET, id=ticket_id)
    said = tx.all(queries.UNANSWERED, ticket=ticket_id)
    sources = tx.all(queries.SOURCES_TOLD, ticket=ticket_id)
    told = frozenset(msgspec.json.decode(row.source, type=Source).article for row in sources)
    return Question(ticket_id, ticket.version, question_text(said), told)


def question_text(said: Sequence[Any]) -> str:
    """What the assistant reads of the unanswered messages: no question is longer, and matching costs by the length."""
    return "\n".join(_new(row)[:QUESTION_LIMIT] for row in said)[-QUESTION_LIMIT:]


def _new(row: Any) -> str:
    """What was newly written: our own answer, quoted below it, is no question."""
    return folds.unfolded(row.text, folds.read(row.folds)) if row.folds else str(row.text)


def _drop(tx: Tx, asked: Asked) -> None:
    ticket = tx.one(queries.TICKET, id=asked.question.ticket)
    reason = f"ticket {ticket.id} changed while the assistant was reading it"
    record(tx, ticket.customer_id, "assistant", AnswerDropped(reason), ticket.id)
    if ticket.status == "new":
        ledger.questions.release(tx, asked.row, asked.attempt, tx.now)
        tx.wake("assistant")
    else:
        tx.run(queries.UNASK, ticket=ticket.id)
