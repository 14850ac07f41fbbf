"""How the answerer learns: what it would say without a text, how views are weighed, what a probability means."""

import numpy as np
import pytest

from contactcenter.knowledge.answering.calibration import STRANGERS, Examples, Prior, calibrated, mixed, promise
from contactcenter.knowledge.answering.nearness import Views
from contactcenter.knowledge.answering.numbers import Floats, Ints
from contactcenter.knowledge.answering.priors import WITH_ENCODER, WITHOUT_ENCODER
from contactcenter.knowledge.answering.ridge import Lesson, Ridge, balanced, coefficients_of
from contactcenter.knowledge.answering.signals import MEANING_NAMES, NAMES, Usual, signals
from contactcenter.knowledge.answering.weighing import weigh

OWNERS = np.repeat(np.arange(4), 5)


def alike(noise: float, seed: int = 0, owners: Ints = OWNERS) -> Floats:
    """Cosines among texts: the texts of an article point the same way, but for noise."""
    random = np.random.default_rng(seed)
    rows = np.eye(4)[owners] + noise * random.standard_normal((len(owners), 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows @ rows.T, dtype=np.float32)


def lesson(near: Floats, owners: Ints = OWNERS) -> Lesson:
    return Lesson(np.exp(near - 1), owners, balanced(owners, np.ones(len(owners), np.float32), 4))


def without(whole: Lesson, gone: Ints) -> Floats:
    """Scores of some texts when the others alone were learned, the long way."""
    rest = np.setdiff1d(np.arange(len(whole.owners)), gone)
    some = Lesson(whole.near[np.ix_(rest, rest)], whole.owners[rest], whole.counts[rest])
    return np.asarray(whole.near[np.ix_(gone, rest)] @ coefficients_of(some, 4).T)


def test_what_would_be_said_without_one_text_is_known_without_learning_again() -> None:
    whole = lesson(alike(0.5))
    quick = Ridge(whole, 4).without_each()
    for text in (0, 7, 19):
        assert np.allclose(quick[text], without(whole, np.array([text]))[0], atol=1e-3)


def test_what_would_be_said_without_whole_articles_is_known_without_learning_again() -> None:
    whole = lesson(alike(0.5))
    gone = np.flatnonzero(OWNERS < 2)
    assert np.allclose(Ridge(whole, 4).without(gone), without(whole, gone), atol=1e-3)


def test_many_texts_are_learned_like_few() -> None:
    few = Ridge(lesson(alike(0.5)), 4).coefficients
    assert np.allclose(few, coefficients_of(lesson(alike(0.5)), 4), atol=1e-3)


def test_an_article_with_few_texts_is_not_drowned() -> None:
    counts = balanced(np.array([0] * 9 + [1]), np.ones(10, np.float32), 2)
    assert counts[9] > 2 * counts[0]


def test_the_view_that_finds_articles_gets_the_weight() -> None:
    clear, blurred = alike(0.2), alike(3.0, seed=1)
    asked = np.arange(len(OWNERS))
    by_words = weigh(Views(clear, blurred), lesson(clear), 4, asked)
    by_meaning = weigh(Views(blurred, clear), lesson(blurred), 4, asked)
    assert by_words.words_share > 0.6
    assert by_meaning.words_share < 0.4


def test_where_no_article_has_two_texts_nothing_is_weighed() -> None:
    owners = np.arange(4)
    near = alike(0.2, owners=owners)
    assert weigh(Views(near, near), lesson(near, owners), 4, owners).words_share == 0.3
    assert weigh(Views(near, None), lesson(near, owners), 4, owners).words_share == 1.0


def test_signals_tell_a_clear_case_from_a_doubtful_one() -> None:
    usual = Usual(0.5, np.full(3, 0.4, np.float32), np.full(3, 0.6, np.float32), 16.0)
    scores = np.array([[0.6, 0.0, 0.0], [0.3, 0.28, 0.0]])
    near = np.array([[0.8, 0.1, 0.1], [0.3, 0.3, 0.1]], np.float32)
    clear, doubtful = signals(scores, Views(near, near), usual, [1.0, 0.2])
    assert len(clear) == len(NAMES) + len(MEANING_NAMES)
    assert (clear > doubtful).all()


def test_in_a_base_of_one_article_not_everything_is_about_it() -> None:
    usual = Usual(0.5, np.full(1, 0.4, np.float32), None, 12.0)
    near = Views(np.array([[0.05]], np.float32), None)
    weak = signals(np.array([[0.02]]), near, usual, [0.0])
    assert weak[0][NAMES.index("odds")] < 0


def made(many: int) -> Examples:
    """Examples whose first signal says how often they are right."""
    random = np.random.default_rng(0)
    found = random.standard_normal((many, 3))
    right = random.random(many) < 1 / (1 + np.exp(-2 * found[:, 0]))
    found[:, 2] = 9.0  # the odds, which never hold it back here
    return Examples(found, right.astype(np.float64), np.ones(many))


PRIOR = Prior((0.0,) * 3, (1.0,) * 3, (0.0, 1.0, 0.0, 0.0))


def test_many_examples_say_more_than_the_prior_and_few_say_less() -> None:
    many, none = calibrated(made(5000), PRIOR), calibrated(made(5000).some(np.zeros(5000, bool)), PRIOR)
    assert many.says[0] == pytest.approx(2, abs=0.3)
    assert many.says[1] == pytest.approx(0, abs=0.3)
    assert none.says.tolist() == list(PRIOR.says)


def test_a_promise_is_kept_by_the_examples_it_was_made_from() -> None:
    examples = made(5000)
    calibrator = calibrated(examples, PRIOR)
    chance = calibrator.probability(examples.signals)
    for precision in (0.8, 0.9, 0.95):
        told = chance >= promise(examples, calibrator).enough(precision)
        assert examples.right[told].mean() == pytest.approx(precision, abs=0.03)


def test_a_higher_precision_needs_a_higher_probability_and_none_is_promised_for_less_than_even_chances() -> None:
    examples = made(500)
    made_of = promise(examples, calibrated(examples, PRIOR))
    needed = [made_of.enough(precision) for precision in (0.05, 0.5, 0.8, 0.9, 0.99, 1.0)]
    assert needed == sorted(needed)
    assert needed[0] == 0.5
    assert needed[-1] == 1.0


def test_signals_out_of_all_proportion_do_not_upset_the_calibrator() -> None:
    examples = made(200)
    wild = examples._replace(signals=examples.signals * 1e6)
    assert np.isfinite(calibrated(wild, PRIOR).says).all()


def test_strangers_count_as_the_share_that_is_expected() -> None:
    found = mixed(np.zeros((30, 2)), np.ones(30), np.ones((7, 2)))
    assert found.counts[30:].sum() / found.counts.sum() == pytest.approx(STRANGERS)
    assert len(mixed(np.zeros((0, 2)), np.zeros(0), np.ones((3, 2))).counts) == 0


def test_there_is_a_prior_for_every_signal() -> None:
    for prior, width in ((WITHOUT_ENCODER, len(NAMES)), (WITH_ENCODER, len(NAMES) + len(MEANING_NAMES))):
        assert (len(prior.centres), len(prior.spreads), len(prior.says)) == (width, width, width + 1)
