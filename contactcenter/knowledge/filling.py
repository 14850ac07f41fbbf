"""Data asked for step by step: the next question, what the customer gave, and what a tool found by it.

After knowledge/telling, where an article asks for data. A datum that cannot be used is asked for again twice, then
people go on; the customer can stop at any time. What a tool tells is told on only to whom the record belongs, by an
address that every message of theirs proves.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

import msgspec

from contactcenter.knowledge import forms
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.forms import Ask
from contactcenter.knowledge.memory import Form
from contactcenter.knowledge.replies import (
    CANCEL,
    Answer,
    Handoff,
    LookUp,
    Outcome,
    Phrase,
    Reply,
    Settled,
    Taken,
)
from contactcenter.knowledge.turn import TOLD_ALREADY, Turn, hand_off
from contactcenter.knowledge.words import readable
from contactcenter.model.values import Choice, NoRecord, Record

T = TypeVar("T", bound=Outcome)

DATA = "data"
RETRIES = 2
GIVEN = "(given)"  # what is shown of a secret
SHOWN_LIMIT = 300  # characters of a field of a record
NOT_PROVEN = "it takes a look at what is theirs alone, and nothing proves who wrote"


def begin(turn: Turn, article: Article, answers: tuple[Answer, ...]) -> Outcome:
    """Ask for the first datum that the question has not brought already."""
    values = {ask.name: value for ask in article.asks if (value := forms.take_ahead(ask, turn.text))}
    taken = tuple(Taken(article.slug, name, value) for name, value in values.items())
    form = Form(article.slug, "", values)
    if len(values) < len(article.asks):
        return _go_on(turn, article, form, answers, taken)
    besides = tuple(answer for answer in answers if answer.source.article != article.slug)
    answered = tuple(title for title in turn.memory.answered if title != article.title)
    outcome = _go_on(turn.after(answered=answered), article, form, (), taken)
    return replace(outcome, besides=besides) if isinstance(outcome, LookUp) else _besides(besides, outcome)


def answered(turn: Turn, form: Form, *, small: str) -> Outcome | None:
    """What the customer says to a question for a datum; None where that article is no longer there."""
    article = turn.base.articles.get(form.article)
    ask = next((ask for ask in article.asks if ask.name == form.waits_for), None) if article is not None else None
    if article is None or ask is None or article.audience != "public":
        return None
    if turn.question.chosen == CANCEL or small == CANCEL:
        memory = turn.after(form=None, last="cancelled").memory
        return Reply((Phrase(turn.texts.cancelled, "cancelled", "the customer wanted no more of it"),), memory)
    value = "" if small and ask.kind == "text" else forms.take(ask, turn.text)
    if not value:
        return again(turn, article, ask, form, turn.texts.again)
    values = {**form.values, ask.name: value}
    taken = Taken(article.slug, ask.name, "" if ask.secret else value)
    return _go_on(turn, article, Form(article.slug, "", values, misses=form.misses), (), (taken,))


def again(turn: Turn, article: Article, ask: Ask, form: Form, why: str) -> Reply | Handoff:
    """Ask once more for the same datum; after that, people."""
    if form.tries >= RETRIES:
        return hand_off(turn, f"“{article.title}” needs the {ask.name}, and the customer could not give it")
    form = msgspec.structs.replace(form, tries=form.tries + 1, waits_for=ask.name)
    reason = f"what was written is no {ask.kind.replace('_', ' ')}; asked again, {form.tries} of {RETRIES}"
    return Reply((_asking(turn, ask, why, reason),), turn.after(form=form, last=DATA).memory)


def looked_up(turn: Turn, lookup: LookUp, found: Record | NoRecord) -> Settled:
    """What comes of a record."""
    outcome = _found(turn, lookup, found)
    return _besides(lookup.besides, replace(outcome, taken=lookup.taken))


def _found(turn: Turn, lookup: LookUp, found: Record | NoRecord) -> Reply | Handoff:
    article = turn.base.articles.get(lookup.article)
    if article is None or article.lookup is None or article.audience != "public":
        return hand_off(turn, "the article that asked for it is no longer there")
    if isinstance(found, NoRecord):
        return _nothing(turn, article, lookup, found)
    writer = turn.question.writer
    if not writer.kind or not writer.alone or found.owner.get(writer.kind, "").casefold() != writer.address.casefold():
        return hand_off(turn, f"{lookup.tool} has it under somebody else: a person has to see who asks")
    fields = {name: " ".join(readable(text).split())[:SHOWN_LIMIT] for name, text in found.fields.items()}
    secret = {ask.name for ask in article.asks if ask.secret}
    known = {name: value for name, value in lookup.data.items() if name not in secret}
    text = forms.fill(article.lookup.answer, {**known, **fields})
    if not text:
        return hand_off(turn, f"{lookup.tool} did not tell all that “{article.title}” tells")
    why = f"{lookup.tool} was asked, and whose it is is proven by who wrote"
    answer = turn.base.answer(article, 1.0, why, text)
    told = (*turn.memory.told, article.slug, _key(article, lookup.data))
    return Reply((answer,), turn.after(form=None, last="answer", article=article.slug, told=told).memory)


def _besides(answers: tuple[Answer, ...], outcome: T) -> T | Reply:
    """What else was asked is answered first."""
    match outcome:
        case Reply() if answers:
            return replace(outcome, parts=(*answers, *outcome.parts))
        case Handoff() if answers:
            return Reply(answers, outcome.memory, outcome.taken, rest=outcome)
        case _:
            return outcome


def _go_on(turn: Turn, article: Article, form: Form, answers: tuple[Answer, ...], taken: tuple[Taken, ...]) -> Outcome:
    """The next datum, or what is done with all of them."""
    shown = {one.name: one.value or GIVEN for one in taken}
    turn = turn.after(collected={**turn.memory.collected, **shown})
    missing = next((ask for ask in article.asks if ask.name not in form.values), None)
    if missing is None:
        return _complete(turn, article, form, taken)
    form = msgspec.structs.replace(form, waits_for=missing.name)
    offer = turn.texts.offer if answers and article.lookup is not None else ""
    asking = _asking(turn, missing, offer, f"“{article.title}” asks for it")
    return Reply((*answers, asking), turn.after(form=form, last=DATA).memory, taken)


def _complete(turn: Turn, article: Article, form: Form, taken: tuple[Taken, ...]) -> Outcome:
    writer = turn.question.writer
    if article.lookup is None:
        return _with(hand_off(turn, f"the customer gave what “{article.title}” asks for"), taken)
    if not writer.kind or not writer.alone:
        why = NOT_PROVEN if not writer.kind else "it is theirs alone, and others read this conversation"
        return _with(hand_off(turn, why), taken)
    if turn.told(_key(article, form.values)):
        return _with(hand_off(turn, TOLD_ALREADY), taken)
    memory = turn.after(form=form).memory
    return LookUp(article.lookup.tool, form.values, article.slug, memory, taken)


def _nothing(turn: Turn, article: Article, lookup: LookUp, found: NoRecord) -> Reply | Handoff:
    """There is none: perhaps a slip in what was typed last. Or the tool is not to be had: people go on."""
    form = turn.memory.form
    if not found.missing or form is None:
        return hand_off(turn, f"{lookup.tool} could not be asked: {found.reason}")
    if form.misses >= RETRIES:
        return hand_off(turn, f"{lookup.tool} found nothing under what the customer gave")
    first = article.asks[0]
    kept = {name: value for name, value in form.values.items() if name != first.name}
    return again(
        turn, article, first, msgspec.structs.replace(form, values=kept, misses=form.misses + 1), turn.texts.not_found
    )


def _asking(turn: Turn, ask: Ask, before: str, reason: str) -> Phrase:
    usual = getattr(turn.texts, ask.kind).replace("{name}", ask.name.replace("_", " "))
    text = " ".join(filter(None, (before, ask.question or usual)))
    return Phrase(text, DATA, reason, (Choice(turn.texts.cancel, CANCEL),))


def _key(article: Article, values: Mapping[str, str]) -> str:
    """What was told of an article by these data: it is not told again."""
    return f"{article.slug}#{sha256(msgspec.json.encode(sorted(values.items()))).hexdigest()[:16]}"


def _with(handoff: Handoff, taken: tuple[Taken, ...]) -> Handoff:
    return replace(handoff, taken=taken)
