"""What is said once it is known what the customer means: answers, a question back, the next best, or people.

Between knowledge/talk, which finds out what is meant, and knowledge/filling, which asks for data an article wants.
Never tells the same twice, and asks back at most once in a row.
"""

from dataclasses import replace

from contactcenter.knowledge import filling
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.finding import FAR, LEAST, Verdict, nearest
from contactcenter.knowledge.parts import FOLLOWING
from contactcenter.knowledge.phrases import COMMON
from contactcenter.knowledge.replies import ARTICLE, Outcome, Phrase, Reply, Suggestion
from contactcenter.knowledge.turn import TOLD_ALREADY, Turn, hand_off, remembered
from contactcenter.knowledge.words import alike, words_of
from contactcenter.model.values import Choice

WHICH = "which"
WORTH_A_TRY = 0.5  # of the threshold, for the next best once the best did not help
NOT_ALL = "no article is about a part of what was asked"
PARAGRAPHS = 40  # of an article that are looked through
SHORT = 4  # letters: shorter words tell nothing of what a passage is about


def by(turn: Turn, verdict: Verdict, asked: str) -> Outcome:
    """What a verdict on one question comes to."""
    if verdict.close:
        return which(turn, verdict, asked)
    if verdict.sure is None:
        return hand_off(turn, verdict.reason, verdict.near)
    if turn.told(verdict.sure.article.slug) and verdict.sure.article.lookup is None:
        return hand_off(turn, TOLD_ALREADY, verdict.near)
    return tell(turn, [(verdict.sure, verdict.reason)], asked, verdict.near)


def tell(
    turn: Turn, found: list[tuple[Suggestion, str]], asked: str, near: tuple[Suggestion, ...], unsure: bool = False
) -> Outcome:
    """Answer by these articles, with reasons. `unsure`: there is a question that they do not answer, for people."""
    articles = [item.article for item, _ in found]
    told = [*turn.memory.told, *(article.slug for article in articles)]
    answers = tuple(
        turn.base.answer(item.article, item.score, reason) for item, reason in found if not turn.told(item.article.slug)
    )
    turn = turn.after(
        question=asked,
        article=articles[-1].slug,
        asked=turn.memory.asking(turn.text),
        answered=(*turn.memory.answered, *(answer.source.title for answer in answers)),
        told=tuple(dict.fromkeys(told)),
        near=nearest(near),
        options=(),
        last="answer",
    )
    if unsure:
        rest = hand_off(turn, NOT_ALL, near)
        return Reply((*answers, Phrase(turn.texts.rest, "rest", rest.reason)), turn.memory, rest=rest)
    form = next((article for article in articles if article.asks), None)
    return filling.begin(turn, form, answers) if form is not None else Reply(answers, turn.memory)


def which(turn: Turn, verdict: Verdict, asked: str) -> Outcome:
    """Ask back, once in a row and between what was not told yet."""
    open_ones = [item for item in verdict.close if not turn.told(item.article.slug)]
    if turn.memory.options or len(open_ones) < 2:
        return hand_off(turn, verdict.reason, verdict.near)
    slugs = tuple(item.article.slug for item in open_ones)
    choices = tuple(Choice(item.article.title, ARTICLE + item.article.slug) for item in open_ones)
    turn = turn.after(
        question=asked,
        asked=turn.memory.asking(turn.text),
        near=nearest(verdict.near),
        options=slugs,
        last=WHICH,
    )
    return Reply((Phrase(turn.texts.which, WHICH, verdict.reason, choices, slugs),), turn.memory)


def chosen(turn: Turn, slug: str) -> Outcome:
    """The article that the customer chose between two."""
    article = turn.base.articles.get(slug)
    if article is None or article.audience != "public":
        return hand_off(turn, "the customer chose an article that is no longer there")
    if turn.told(slug):
        return hand_off(turn, TOLD_ALREADY)
    score = next((near.score for near in turn.memory.near if near.article == slug), 0.0)
    why = f"the customer chose “{article.title}”"
    return tell(turn, [(Suggestion(article, score), why)], turn.memory.question, remembered(turn))


def next_best(turn: Turn) -> Outcome:
    """What was told did not help: the next article that was not told, if now it is likely enough, or people.

    What is known not to be right takes no share any more: P(next | not told) = P(next) / (1 - P(told)).
    """
    least = max(FAR, WORTH_A_TRY * turn.base.threshold)
    told = sum(near.score for near in turn.memory.near if turn.told(near.article))
    for near in turn.memory.near:
        article = turn.base.articles.get(near.article)
        if article is None or article.audience != "public" or turn.told(near.article):
            continue
        left = min(1.0, near.score / max(1 - told, near.score)) if near.score >= LEAST else 0.0
        if left < least:
            continue
        why = f"what was told did not help, and “{article.title}” is next ({left:.0%})"
        return tell(turn, [(Suggestion(article, near.score), why)], turn.memory.question, remembered(turn))
    return hand_off(turn, "the customer said that the answer did not help", remembered(turn))


def further(turn: Turn, article: Article, text: str, asked: str, near: tuple[Suggestion, ...]) -> Outcome:
    """A follow-up whose article was told: another one that is sure too and speaks of what is new, another passage of
    the same one that does, or people."""
    about = [word.text for word in words_of(text) if len(word.text) >= SHORT and word.text not in _EMPTY]
    for item in near:
        other = item.article
        sure = other.audience == "public" and item.score >= turn.base.threshold and not turn.told(other.slug)
        if sure and _speaks(" ".join((other.title, *other.questions)), about):
            return tell(
                turn, [(item, f"“{other.title}” fits the question before, with what is new in it")], asked, near
            )
    blocks = article.text.split("\n\n")[:PARAGRAPHS]
    for number, block in enumerate(blocks):
        passage = "" if block.lstrip().startswith("#") else replace(article, text=block).passage
        key = f"{article.slug}#{number}"
        if not passage or passage == article.passage or turn.told(key):
            continue
        if _speaks(passage, about):
            answer = turn.base.answer(article, near[0].score, f"“{article.title}” says more, about that", passage)
            return Reply((answer,), turn.after(told=(*turn.memory.told, key), last="answer", options=()).memory)
    return hand_off(turn, TOLD_ALREADY, near)


def _speaks(passage: str, about: list[str]) -> bool:
    """Is any of these words in it?"""
    there = [word.text for word in words_of(passage)]
    return any(alike(word, said) for said in about for word in there)


_EMPTY = frozenset(word for words in COMMON.values() for word in words) | {word for line in FOLLOWING for word in line}
