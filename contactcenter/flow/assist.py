"""The assistant reads a `new` ticket: claim the question, think outside any transaction, settle what came of it.

Before it: flow/inbound. After it: flow/outbound for what is said, flow/assign after a handoff. Anything is said only
if the ticket is still as it was read; else it is dropped with that reason on the history, and the ticket read again.
Whoever writes faster than it can be read is read less often, all at once.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.crm.identify import claim
from contactcenter.figures import answers
from contactcenter.flow import automatic, folds, ledger, outbound, queries, talks, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import read_choices
from contactcenter.knowledge.finding import nearest
from contactcenter.knowledge.forms import mail_in
from contactcenter.knowledge.handing_over import in_words, summarise
from contactcenter.knowledge.memory import Memory, Near
from contactcenter.knowledge.replies import PERSON, Answer, Handoff, Phrase, Question, Reply, Settled, Silence, Taken
from contactcenter.model.columns import SECOND
from contactcenter.model.history import (
    AnswerDropped,
    AnswerGiven,
    AskedBack,
    DataCollected,
    Fact,
    HandedOff,
    PhraseSaid,
    StayedSilent,
    ToolAsked,
)
from contactcenter.model.values import Choice, Conflict, Source
from contactcenter.ports import Tx

QUESTION_LIMIT = 4_000  # characters
PAUSE = SECOND // 4  # before what was dropped twice is read again; doubled each time
LONGEST_PAUSE = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Asked:
    """A claimed question: the row, the attempt, and what is asked."""

    row: int
    attempt: int
    question: Question


def any_due(tx: Tx) -> bool:
    """Is there anything to answer? Asked before `begin`, so that an idle desk writes nothing."""
    return bool(ledger.questions.due_heads(tx, 1))


def begin(tx: Tx, policies: Policies, worker: str, limit: int = 50) -> list[Asked]:
    """Claim what is to be answered and read it."""
    asked = []
    for head in ledger.questions.due_heads(tx, limit):
        row = ledger.questions.take(tx, head.id, worker)
        if row is not None:
            asked.append(Asked(row.id, row.attempts, _read(tx, policies, row.ticket_id)))
    return asked


def forgotten(tx: Tx, worker: str, in_hand: Set[int], before: Set[int]) -> frozenset[int]:
    """Claims of a worker that it knows nothing of; those it did not know of `before` either are given back.

    A claim is lost without its owner's end when the store was away while it was written down, or settled.
    """
    rows = [row for row in ledger.questions.taken_by(tx, worker) if row.id not in in_hand]
    for row in rows:
        if row.id in before:
            ledger.questions.release(tx, row.id, row.attempts, tx.now)
            tx.wake("assistant")
    return frozenset(row.id for row in rows)


def settle(tx: Tx, policies: Policies, asked: Asked, outcome: Settled, tool: ToolAsked | None = None) -> None:
    """Say it, hand over or stay silent; drop all of it when the ticket has moved on since it was read.

    `tool`: what was asked outside before, and how that went.
    """
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
    if tool is not None:
        record(tx, ticket.customer_id, "assistant", tool, ticket.id)
    match outcome:
        case Reply() if silent := automatic.why_silent(tx, policies, ticket):
            _collect(tx, ticket, outcome.taken)
            hand_off(tx, policies, ticket, silent, _of_answers(outcome), outcome.memory)
        case Reply():
            _reply(tx, policies, ticket, outcome)
        case Handoff(reason=reason, suggestions=suggestions):
            _collect(tx, ticket, outcome.taken)
            hand_off(tx, policies, ticket, reason, nearest(suggestions), outcome.memory)
        case Silence(reason=reason):
            talks.keep(tx, ticket.id, msgspec.structs.replace(outcome.memory, read=question.seen))
            record(tx, ticket.customer_id, "assistant", StayedSilent(reason), ticket.id)
            tickets.set_status(tx, policies, ticket, outcome.becomes, "assistant", reason)


def fail(tx: Tx, policies: Policies, asked: Asked, error: Exception) -> None:
    """The assistant raised: try again, and after the last attempt pass the ticket to people, if they have it not."""
    try:
        buried = ledger.questions.fail(tx, asked.row, asked.attempt, error, tried=asked.attempt)
    except Conflict:  # it was taken out of our hands meanwhile
        return
    ticket = tickets.lock(tx, asked.question.ticket)
    if buried and ticket.status == "new":
        hand_off(tx, policies, ticket, f"the assistant failed: {type(error).__name__}")


def hand_off(
    tx: Tx, policies: Policies, ticket: Any, reason: str, near: Sequence[Near] = (), memory: Memory | None = None
) -> None:
    """Pass a locked ticket from the assistant to people, with a summary; that it is open now goes without saying."""
    unread = ""
    if memory is None:  # nothing was thought: what is remembered, and what was written since
        memory = talks.recall(tx, ticket.id)
        unread = "" if memory.form else question_text(tx.all(queries.UNANSWERED, ticket=ticket.id))
    memory = msgspec.structs.replace(memory, form=None, options=())
    summary = summarise(memory, unread, near)
    talks.keep(tx, ticket.id, memory)
    talks.pass_on(tx, ticket.id, summary)
    fact = HandedOff(reason, tuple(item.article for item in near), in_words(summary))
    tickets.set_status(tx, policies, ticket, "open", "assistant", reason, handoff=reason, fact=fact)
    automatic.acknowledge(tx, policies, ticket)


def question_text(said: Sequence[Any]) -> str:
    """What the assistant reads of the unanswered messages: no question is longer, and matching costs by the length."""
    return "\n".join(_new(row)[:QUESTION_LIMIT] for row in said)[-QUESTION_LIMIT:]


def _reply(tx: Tx, policies: Policies, ticket: Any, reply: Reply) -> None:
    parts, memory = _for_medium(policies, ticket, reply.parts), reply.memory
    for number, part in enumerate(parts, 1):
        _say(tx, policies, ticket, part, last=number == len(parts) and reply.rest is None)
    _collect(tx, ticket, reply.taken)
    memory = msgspec.structs.replace(memory, said=memory.said + len(parts))
    if reply.rest is not None:
        hand_off(tx, policies, ticket, reply.rest.reason, nearest(reply.rest.suggestions), memory)
        return
    talks.keep(tx, ticket.id, memory)
    answered = any(part.answers for part in parts)
    why = "answered from the knowledge base" if answered else parts[-1].reason
    tickets.set_status(tx, policies, ticket, reply.becomes, "assistant", why)


@dataclass(frozen=True, slots=True)
class Said:
    """One message: the answers and phrases that are in it, its text, the source that the medium shows below it."""

    text: str
    source: Source | None
    answers: tuple[Answer, ...]
    phrases: tuple[Phrase, ...]

    @property
    def reason(self) -> str:
        return self.phrases[-1].reason if self.phrases else ""


def _for_medium(policies: Policies, ticket: Any, parts: tuple[Answer | Phrase, ...]) -> list[Said]:
    """A message for each part; one mail for all of them, each answer with its source in words."""
    single = [_one(part) for part in parts]
    if len(parts) == 1 or not policies.way(ticket.channel).channel.capabilities.threads_by_reference:
        return single
    texts = [f"{one.text}\n\n{one.source.in_words}" if one.source else one.text for one in single[:-1]]
    last = single[-1]
    answers = tuple(answer for one in single for answer in one.answers)
    phrases = tuple(phrase for one in single for phrase in one.phrases)
    return [Said("\n\n".join([*texts, last.text]), last.source, answers, phrases)]


def _one(part: Answer | Phrase) -> Said:
    if isinstance(part, Answer):
        return Said(part.text, part.source, (part,), ())
    return Said(part.text, None, (), (part,))


def _say(tx: Tx, policies: Policies, ticket: Any, said: Said, *, last: bool) -> None:
    """Queue a message, and write down why it was said. The last one offers what can be answered to it."""
    offered = _offered(policies.way(ticket.channel).choices, said) if last else ()
    author = ("assistant", None, automatic.NAME)
    message = outbound.say(tx, policies, ticket, said.text, author, said.source, choices=offered)
    for answer in said.answers:
        source = answer.source
        given = AnswerGiven(message, source.article, source.score, answer.reasons)
        record(tx, ticket.customer_id, "assistant", given, ticket.id)
        answers.told(tx, ticket, message, source.article, source.score)
    for phrase in said.phrases:
        fact: Fact = PhraseSaid(message, phrase.kind, phrase.reason)
        if phrase.articles:
            fact = AskedBack(message, phrase.articles, phrase.reason)
        record(tx, ticket.customer_id, "assistant", fact, ticket.id)


def _offered(usual: tuple[Choice, ...], said: Said) -> tuple[Choice, ...]:
    """Below an answer what is usual there; below a question its own choices and a person; below politeness nothing."""
    if not said.phrases:
        return usual
    own = said.phrases[-1].choices
    person = tuple(choice for choice in usual if choice.does == PERSON)
    return (*own, *person) if own or said.phrases[-1].kind == "machine" else ()


def _collect(tx: Tx, ticket: Any, taken: Sequence[Taken]) -> None:
    """That the customer gave it, on their history; an address is a claim and no more."""
    for one in taken:
        record(tx, ticket.customer_id, "customer", DataCollected(one.article, one.name), ticket.id)
        if address := mail_in(one.value):
            claim(tx, ticket.customer_id, (("email", address),))


def _of_answers(reply: Reply) -> tuple[Near, ...]:
    sources = [part.source for part in reply.parts if isinstance(part, Answer)]
    return tuple(Near(source.article, source.title, source.score) for source in sources)


def _read(tx: Tx, policies: Policies, ticket_id: int) -> Question:
    ticket = tx.one(queries.TICKET, id=ticket_id)
    memory = talks.recall(tx, ticket_id)
    said = [row for row in tx.all(queries.UNANSWERED, ticket=ticket_id) if row.id > memory.read]
    sources = tx.all(queries.SOURCES_TOLD, ticket=ticket_id)
    told = frozenset(msgspec.json.decode(row.source, type=Source).article for row in sources)
    pressed = tx.one(queries.LAST_CHOICE, ticket=ticket_id)
    pressed = None if pressed is None or pressed.id <= memory.read else pressed
    way = policies.ways.get(ticket.channel)
    heard = said if pressed is None else [*said, pressed]
    question = Question(
        ticket=ticket_id,
        version=ticket.version,
        text=question_text(said),
        told=told,
        memory=memory,
        chosen="" if pressed is None else _does(tx, pressed.pressed),
        seen=max((row.id for row in heard), default=0),
    )
    if way is None:
        return question
    return replace(
        question,
        writer=talks.writer_of(tx, way.channel, ticket.conversation_id, heard),
        channel=(way.channel.name, way.channel.kind),
        curt=way.channel.capabilities.robots_write,
    )


def _does(tx: Tx, under: int) -> str:
    """What the choice does that was taken last below a message."""
    message = tx.one(queries.MESSAGE_BY_ID, id=under)
    offered = read_choices(message.choices) if message is not None else ()
    which = None if message is None else message.chosen
    return offered[which].does if which is not None and 0 <= which < len(offered) else ""


def _new(row: Any) -> str:
    """What was newly written: our own answer, quoted below it, is no question."""
    return folds.unfolded(row.text, folds.read(row.folds)) if row.folds else str(row.text)


def _drop(tx: Tx, asked: Asked) -> None:
    ticket = tx.one(queries.TICKET, id=asked.question.ticket)
    reason = f"ticket {ticket.id} changed while the assistant was reading it"
    record(tx, ticket.customer_id, "assistant", AnswerDropped(reason), ticket.id)
    if ticket.status == "new":
        pause = min(PAUSE << min(asked.attempt - 2, 8), LONGEST_PAUSE) if asked.attempt > 1 else 0
        ledger.questions.release(tx, asked.row, asked.attempt, tx.now + pause)
        tx.wake("assistant")
    else:
        tx.run(queries.UNASK, ticket=ticket.id)
