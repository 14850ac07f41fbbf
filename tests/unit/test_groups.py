"""Questions that ask the same are gathered, the same way every time, however many there are and whatever is in them."""

import random
import time

import numpy as np
import pytest

from contactcenter.knowledge import groups
from contactcenter.knowledge.likeness import DIMENSIONS, Wording

THEMES = (
    "where is my parcel, it has not arrived",
    "how do I pay my invoice by bank transfer",
    "I forgot the password of my account",
)
FILLERS = ("please", "today", "thanks", "hello there", "I wonder", "urgent", "my friend asks", "sorry to bother")


def questions(count: int) -> list[str]:
    """So many about three themes, in turn, each with something else around it."""
    chance = random.Random(1)
    return [f"{chance.choice(FILLERS)} {THEMES[n % 3]} {chance.choice(FILLERS)}" for n in range(count)]


def gathered(texts: list[str]) -> list[list[int]]:
    wording = Wording(texts)
    rows = groups.rows_of(wording, texts)
    found = groups.gathered(rows, wording.near)
    joined = groups.joined(found, groups.means_of(rows, found), wording.together)
    return [groups.by_centrality(rows, some) for some in joined]


def test_what_asks_the_same_is_one_group_whatever_stands_around_it() -> None:
    found = gathered(questions(90))
    assert [len(some) for some in found] == [30, 30, 30]
    assert [len({number % 3 for number in some}) for some in found] == [1, 1, 1]


def test_it_is_the_same_every_time_and_the_most_central_comes_first() -> None:
    texts = [*questions(60), "parcel", "a parcel of mine and something else altogether about the weather in May"]
    assert gathered(texts) == gathered(texts)
    assert texts[gathered(texts)[0][0]].count(THEMES[0]) == 1


def test_who_is_near_to_nobody_is_in_no_group() -> None:
    assert gathered(["parcel late", "parcel late", "chess?"]) == [[0, 1]]
    assert gathered(["one thing", "quite another"]) == []


@pytest.mark.parametrize("texts", [[], [""], ["", "  ", "?!"], ["\0", "\ud800", "🫖🫖"]])
def test_where_nothing_is_said_nothing_is_found(texts: list[str]) -> None:
    assert [number for some in gathered(texts) for number in some if not texts[number].strip()] == []


def test_misspelt_and_inflected_words_are_near() -> None:
    wording = Wording([*questions(30)])
    asked, typo, other = wording.vectors(["my parcel has not arrived", "my parcels has not arived", "forgot password"])
    assert asked @ typo > wording.near > asked @ other


def test_vectors_have_length_one_or_nothing_in_them() -> None:
    rows = Wording(["a b"]).vectors(["where is it", "", "x" * 100_000, "word " * 10_000])
    assert rows.shape == (4, DIMENSIONS)
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1], atol=1e-5)


def test_groups_that_are_open_at_once_are_bounded_and_the_large_ones_stay() -> None:
    chance = random.Random(2)
    strangers = [" ".join("".join(chance.choices("abcdefghijklmnop", k=9)) for _ in range(4)) for _ in range(3_000)]
    texts = [text for n, text in enumerate(strangers) for text in ((text, THEMES[0]) if n % 20 == 0 else (text,))]
    began = time.process_time()
    found = gathered(texts)
    assert time.process_time() - began < 20
    assert len(found[0]) == 150
