"""How far to trust each view of this base, found by having every text stand aside in turn.

Before it: nearness and ridge. After it: fitting. An encoder that was trained on English says little about Turkish, and
product names say more than meanings do; nobody has to be told, for the share is chosen under which the base's own texts
find their articles best without themselves. Log-loss is compared, not hits: hits are few and tie. Of
shares that cannot be told apart the mean is taken, which is seldom wrong by much.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from contactcenter.knowledge.answering.nearness import Views, joined
from contactcenter.knowledge.answering.numbers import Ints
from contactcenter.knowledge.answering.ridge import Doubles, Lesson, Ridge

SHARES = (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0)  # of the words; meaning has the rest
SHARPNESSES = (4.0, 6.0, 8.0, 12.0, 16.0, 24.0)


class Weights(NamedTuple):
    """The words' share in nearness, and how sharply scores are told apart."""

    words_share: float
    sharpness: float


USUAL = Weights(0.3, 12.0)  # where nothing can be found out, because no article has two texts


def weigh(views: Views, lesson: Lesson, articles: int, asked: Ints) -> Weights:
    """The best of the weights above. `views` and `lesson` are of texts among themselves, `asked` those that count."""
    owners = np.bincount(lesson.owners, minlength=articles)
    told = asked[owners[lesson.owners[asked]] > 1]  # alone, a text cannot stand aside
    if not len(told):
        return USUAL if views.meaning is not None else USUAL._replace(words_share=1.0)
    tried = [(share, *_losses(scores[told], lesson.owners[told])) for share, scores in _tries(views, lesson, articles)]
    _, sharpness, least = min(tried, key=lambda one: float(one[2].mean()))
    return Weights(float(np.mean([share for share, _, losses in tried if _alike(losses, least)])), sharpness)


def _alike(losses: Doubles, least: Doubles) -> bool:
    """Whether the one is no worse than the other, as far as so few texts can tell: within one standard error."""
    worse = losses - least
    return bool(worse.mean() <= worse.std() / len(worse) ** 0.5)


def softmax(scores: Doubles, sharpness: float) -> Doubles:
    """Scores as shares of one, by row."""
    raised = np.exp(sharpness * (scores - scores.max(axis=1, keepdims=True)))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _tries(views: Views, lesson: Lesson, articles: int) -> Iterator[tuple[float, Doubles]]:
    for share in SHARES if views.meaning is not None else (1.0,):
        yield share, Ridge(lesson._replace(near=joined(views, share)), articles).without_each()


def _losses(scores: Doubles, owners: Ints) -> tuple[float, Doubles]:
    """The sharpness with the least log-loss, and by text what the loss is."""
    rows = np.arange(len(owners))
    tried = [(by, -np.log(softmax(scores, by)[rows, owners] + 1e-12)) for by in SHARPNESSES]
    return min(tried, key=lambda one: float(one[1].mean()))
