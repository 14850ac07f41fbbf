"""What does the customer mean? The order in which a message is understood, from what is surest to what is left.

    asks for a person > enough was said > a choice > an answer to a question for data > an answer to a question back >
    small talk > questions, each by itself

Asked by knowledge/assistant outside any transaction. What is said then is for knowledge/telling. Pure and total: the
same question with the same memory comes to the same, in whichever process.
"""

from typing import NamedTuple

from rapidfuzz import fuzz

from contactcenter.knowledge import filling, parts, smalltalk, telling
from contactcenter.knowledge.finding import Base, Verdict, judge
from contactcenter.knowledge.person import asks_for_person
from contactcenter.knowledge.replies import (
    ARTICLE,
    CANCEL,
    NOT_HELPED,
    Becomes,
    Outcome,
    Phrase,
    Question,
    Reply,
    Silence,
    Suggestion,
)
from contactcenter.knowledge.turn import Turn, hand_off
from contactcenter.knowledge.words import folded, readable, words_of

ASKED_FOR_A_PERSON = "the customer asked for a person"
QUESTIONS = 5  # of one message, each found by itself
LIKE = 85  # of 100: how alike words are to the title they choose
FIRST = ("first", "1", "1st", "erste", "ersten", "erstes", "former")
SECOND = ("second", "2", "2nd", "zweite", "zweiten", "zweites", "latter", "last")


class Sentence(NamedTuple):
    """A sentence without the greeting before it. `small`: the kind of small talk that it is and nothing else."""

    text: str
    small: str
    asks: bool
    language: str  # of its small talk


def reply(base: Base, question: Question) -> Outcome:
    """What to do about a question."""
    text = readable(question.text)
    words, said = words_of(text), _sentences(text)
    spoken = next((sentence.language for sentence in said if sentence.language), question.memory.language)
    turn = Turn(base, question, text, question.memory)
    turn = turn.after(language=base.phrases.language_of(words, spoken))
    if asks_for_person(words):
        return hand_off(turn, ASKED_FOR_A_PERSON, _near_besides(turn, said))
    small = _small(said)
    if turn.memory.said >= base.most:
        return _enough(turn, small)
    return _chosen(turn) or _data(turn, said, small) or _picked(turn) or _talked(turn, said, small)


def _enough(turn: Turn, small: str) -> Outcome:
    """The assistant has said as much as it may: a person goes on, where there is anything to go on with."""
    if small in ("thanks", "bye", "helped"):
        return _close(turn.after(last="welcome"), small)
    return hand_off(turn, f"the assistant has said {turn.memory.said} things on this ticket: a person goes on")


def _near_besides(turn: Turn, said: list[Sentence]) -> tuple[Suggestion, ...]:
    """What is near to the question before and to what else is said: that they want a person tells nothing."""
    rest = [one.text for one in said if one.text and not asks_for_person(words_of(one.text))]
    about = " ".join(filter(None, (turn.memory.question[:500], *rest)))
    return turn.base.near(about) if about else ()


def _sentences(text: str) -> list[Sentence]:
    found = []
    for sentence in parts.sentences(text):
        heard = smalltalk.hear(sentence, words_of(sentence))
        asks = bool(heard.rest) and parts.part_of(heard.rest).asks
        found.append(Sentence(heard.rest, heard.kind, asks, heard.language))
    return found


def _small(said: list[Sentence]) -> str:
    """The small talk of a message that is nothing else; blank for any other."""
    if not said or any(sentence.text for sentence in said):
        return ""
    return next((kind for kind in smalltalk.WEIGHT if any(sentence.small == kind for sentence in said)), "")


def _chosen(turn: Turn) -> Outcome | None:
    """What was pressed, where that asks something of us."""
    does = turn.question.chosen
    if does.startswith(ARTICLE):
        return telling.chosen(turn, does.removeprefix(ARTICLE))
    if does == CANCEL and turn.memory.form is None:
        return Silence("what was to be stopped has ended already", turn.memory)
    return telling.next_best(turn) if does == NOT_HELPED and not turn.text.strip() else None  # what is typed says more


def _data(turn: Turn, said: list[Sentence], small: str) -> Outcome | None:
    """While data are asked for. A question that has an answer of its own is answered first."""
    form = turn.memory.form
    if form is None:
        return None
    outcome = filling.answered(turn, form, small=small)
    if not (isinstance(outcome, Reply) and outcome.memory.form and outcome.memory.form.tries > form.tries):
        return outcome
    asked = next((sentence.text for sentence in said if sentence.asks), "")
    verdict = judge(turn.base, asked) if asked else None
    if verdict is None or verdict.sure is None or turn.told(verdict.sure.article.slug):
        return outcome
    found, form = verdict.sure, outcome.memory.form
    told, titles = (*turn.memory.told, found.article.slug), (*turn.memory.answered, found.article.title)
    after = turn.after(form=form, last=filling.DATA, told=told, answered=titles)
    answer = turn.base.answer(found.article, found.score, verdict.reason)
    return Reply((answer, *outcome.parts), after.memory)


def _picked(turn: Turn) -> Outcome | None:
    """Words that choose between the articles that were asked back about."""
    options = turn.memory.options
    words = [word.text for word in words_of(turn.text)]
    known = [turn.base.articles[slug] for slug in options if slug in turn.base.articles]
    if len(known) < 2 or not words:
        return None
    for place, names in enumerate((FIRST, SECOND)):
        if len(words) <= 4 and any(word in names for word in words):
            return telling.chosen(turn, known[place].slug)
    typed = folded(turn.text[:200])
    ranked = sorted(((fuzz.token_sort_ratio(typed, folded(one.title)), one.slug) for one in known), reverse=True)
    (best, slug), (next_best, _) = ranked[:2]
    return telling.chosen(turn, slug) if best >= LIKE and best > next_best else None


def _talked(turn: Turn, said: list[Sentence], small: str) -> Outcome:
    return _politely(turn, small) if small else _answered(turn, [sentence for sentence in said if sentence.text])


def _politely(turn: Turn, kind: str) -> Outcome:
    """The answer to small talk; none is given twice in a row."""
    memory, texts = turn.memory, turn.texts
    match kind:
        case "not helped" | "no" if memory.article and (kind != "no" or memory.last == "answer"):
            return telling.next_best(turn)
        case "thanks" | "helped" | "bye":
            return _close(turn, kind)
        case "ok" | "no" | "cancel" | "not helped" if memory.last:
            ends = memory.last in ("cancelled", "welcome", "bye", "ok") or kind == "cancel"
            return Silence("there is nothing to say to that", memory, "solved" if ends and memory.told else "answered")
        case "ok" | "no" | "cancel" | "not helped" if turn.question.curt:
            return hand_off(turn, "it answers something that the assistant has not said")
        case "machine":
            text, name = texts.machine, "machine"
        case "how":
            text, name = texts.how, "hello"
        case _:
            text, name = texts.hello, "hello"
    if memory.last == name:
        return hand_off(turn, "the customer said the same again and asked nothing")
    return Reply((Phrase(text, name, f"it says nothing but: {kind}"),), turn.after(last=name).memory)


def _close(turn: Turn, kind: str) -> Outcome:
    """Thanks and goodbyes settle what was told, and are answered once."""
    memory, text = turn.memory, turn.texts.bye if kind == "bye" else turn.texts.welcome
    becomes: Becomes = "solved" if memory.told or turn.question.told else "answered"
    if turn.question.curt or memory.last in ("welcome", "bye"):
        return Silence("thanks need no answer", turn.after(last="welcome").memory, becomes)
    phrase = Phrase(text, "welcome", f"it says nothing but: {kind}")
    return Reply((phrase,), turn.after(last="welcome", options=()).memory, becomes=becomes)


def _answered(turn: Turn, said: list[Sentence]) -> Outcome:
    """Each question by itself, where there are several; else the message as a whole."""
    whole = " ".join(sentence.text for sentence in said)
    if len(said) > 1 and (several := _several(turn, said)) is not None:
        return several
    verdict = judge(turn.base, whole)
    if verdict.sure is None and len(said) > 1:
        asking = [sentence.text for sentence in said if sentence.asks]
        verdict = _by_a_sentence(turn, (asking or [sentence.text for sentence in said])[:QUESTIONS]) or verdict
    if verdict.sure is None and not turn.memory.options and parts.follows(whole) and turn.memory.question:
        return _follow_up(turn, whole, verdict)
    return telling.by(turn, verdict, whole)


def _several(turn: Turn, said: list[Sentence]) -> Outcome | None:
    """Answers to those that are sure, people for the other questions; None where there are not two to be told apart.

    "I forgot my password" asks nothing and has an answer; "it was a present" has none and needs none.
    """
    found: list[tuple[Suggestion, str]] = []
    near: tuple[Suggestion, ...] = ()
    unsure, before = False, ""
    asked = [sentence for sentence in said if sentence.asks] + [sentence for sentence in said if not sentence.asks]
    for text in [sentence.text for sentence in said if sentence in asked[:QUESTIONS]]:
        verdict = judge(turn.base, text)
        if verdict.sure is None and before and parts.follows(text):
            joined = judge(turn.base, f"{before} {text}")
            new = joined.sure is not None and joined.sure.article.slug not in [item.article.slug for item, _ in found]
            verdict = joined if new else verdict
        if verdict.sure is None:
            unsure = unsure or "?" in text
        elif verdict.sure.article.slug not in [item.article.slug for item, _ in found]:
            found.append((verdict.sure, verdict.reason))
        near, before = near or verdict.near, text
    fresh = [item for item in found if not turn.told(item[0].article.slug)]
    if not fresh or (len(found) < 2 and not unsure):
        return None
    return telling.tell(turn, fresh, " ".join(sentence.text for sentence in said), near, unsure)


def _by_a_sentence(turn: Turn, asking: list[str]) -> Verdict | None:
    """What one sentence of several asks surely: the others only tell why."""
    verdicts = (judge(turn.base, text) for text in asking)
    return next((verdict for verdict in verdicts if verdict.sure is not None), None)


def _follow_up(turn: Turn, text: str, alone: Verdict) -> Outcome:
    """Read with the question before."""
    asked = f"{turn.memory.question[:500]} {text}"
    verdict = judge(turn.base, asked)
    if verdict.sure is not None and turn.told(verdict.sure.article.slug):
        return telling.further(turn, verdict.sure.article, text, asked, verdict.near)
    return telling.by(turn, verdict if verdict.sure or verdict.close else alone, asked)
