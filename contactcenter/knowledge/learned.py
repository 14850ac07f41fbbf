"""What people approved becomes knowledge: a new article, or samples for one that is there. Pure.

Asked by flow/proposals, which writes it into the store. Refuses what front.py refuses.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import msgspec

from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.front import fitting, made
from contactcenter.knowledge.lines import folded


class Writing(msgspec.Struct, frozen=True):
    """What is to be written: an article, or, without a text, samples for one that is there."""

    article: str
    title: str
    samples: tuple[str, ...]
    text: str = ""


def new_article(writing: Writing, day: date, refuse: Callable[[str, str], Exception]) -> Article:
    """The article that was approved on a day; its title is no sample besides."""
    more = [sample for sample in writing.samples if folded(sample) != folded(writing.title)]
    values = {"title": writing.title, "questions": more, "checked": day}
    return fitting(made(writing.article, values, writing.text, refuse), refuse)


def with_samples(article: Article, samples: tuple[str, ...], refuse: Callable[[str, str], Exception]) -> Article:
    """The article found by these, too. Adding one again changes nothing."""
    known = {folded(known) for known in (article.title, *article.questions)}
    more = tuple(sample for sample in dict.fromkeys(samples) if folded(sample) not in known)
    return fitting(replace(article, questions=(*article.questions, *more)), refuse)
