"""How long a ticket still waits: by its place, by the head of the line, from what was learned, and told in a range."""

import random
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.common.line import Customer, Line, Size, first_come
from bench.common.routed import Routed
from bench.waits import CHECKED, erlang
from contactcenter.routing.waits import MEMORY, Pace, Patience, Wait, by_head, by_place

FIVE_MINUTES = Pace(300 * 10_000, 10_000)  # a mean that is as good as certain
ENDLESS = Patience()
AS_LONG = Patience(300 * 100, 100)

paces = st.builds(lambda mean, cases: Pace(mean * cases, cases), st.floats(1, 1e5), st.floats(1, 500))
patiences = st.builds(Patience, st.floats(1, 1e7), st.floats(0, 500))


def means(ahead: int, slots: int, pace: Pace, patience: Patience) -> tuple[float, float]:
    """Mean and variance of the wait, place by place."""
    rates = [slots * pace.rate + j * patience.rate for j in range(ahead + 1)]
    return sum(1 / rate for rate in rates), sum(1 / rate**2 for rate in rates)


def given_a_place(ahead: int, slots: int, pace: Pace, patience: Patience) -> Wait:
    wait = by_place(ahead, slots, pace, patience)
    assert wait is not None
    return wait


def test_who_is_next_waits_for_the_first_slot_that_becomes_free() -> None:
    assert given_a_place(0, 1, FIVE_MINUTES, ENDLESS).mean == pytest.approx(300)
    assert given_a_place(0, 30, FIVE_MINUTES, ENDLESS).mean == pytest.approx(10)


def test_everybody_ahead_takes_their_turn() -> None:
    assert given_a_place(5, 30, FIVE_MINUTES, ENDLESS).mean == pytest.approx(60)


def test_some_of_those_ahead_give_up() -> None:
    wait = given_a_place(2, 1, FIVE_MINUTES, AS_LONG)
    assert wait.mean == pytest.approx(300 * (1 + 1 / 2 + 1 / 3))


def test_the_range_is_that_of_an_exponential_for_whoever_is_next() -> None:
    wait = given_a_place(0, 1, FIVE_MINUTES, ENDLESS)
    assert (wait.low / 300, wait.high / 300) == pytest.approx((0.105, 2.303), abs=0.025), "the quantiles, nearly"


@given(st.integers(0, 3000), st.integers(1, 500), paces, patiences)
@example(64, 2, Pace(1, 1), Patience(1, 5e-324))  # who gave up last is nearly forgotten
def test_however_long_the_line_the_mean_is_the_sum_of_its_places(
    ahead: int, slots: int, pace: Pace, patience: Patience
) -> None:
    wait = given_a_place(ahead, slots, pace, patience)
    mean, variance = means(ahead, slots, pace, patience)
    assert wait.mean == pytest.approx(mean, rel=1e-4)
    sure = given_a_place(ahead, slots, Pace(pace.seconds * 1e9, pace.cases * 1e9), patience)
    assert sure.high - sure.low == pytest.approx(2 * 1.28155 * variance**0.5, rel=0.15)


@given(st.integers(0, 2000), st.integers(1, 100), paces, patiences)
def test_who_moves_forward_is_never_told_of_more(ahead: int, slots: int, pace: Pace, patience: Patience) -> None:
    nearer, farther = (given_a_place(place, slots, pace, patience) for place in (ahead, ahead + 1))
    assert nearer.mean < farther.mean
    assert nearer.low <= farther.low
    assert nearer.high <= farther.high
    assert all(near <= far for near, far in zip(nearer.rounded(), farther.rounded(), strict=True))


@given(st.integers(0, 2000), st.integers(1, 100), paces, patiences)
def test_a_range_holds_its_mean_and_rounding_makes_it_no_narrower(
    ahead: int, slots: int, pace: Pace, patience: Patience
) -> None:
    wait = given_a_place(ahead, slots, pace, patience)
    assert 0 <= wait.low <= wait.mean
    low, high = wait.rounded()
    assert 0 <= low <= wait.low < wait.high <= high


def test_what_is_hardly_known_is_told_in_a_wide_range() -> None:
    sure = given_a_place(50, 10, FIVE_MINUTES, ENDLESS)
    unsure = given_a_place(50, 10, Pace(300 * 4, 4), ENDLESS)
    assert unsure.mean == pytest.approx(sure.mean)
    assert unsure.low < sure.low < sure.high < unsure.high


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0, 14.9, (0, 15)),
        (14.9, 59, (0, 60)),
        (61, 62, (60, 90)),
        (130, 200, (120, 240)),
        (900, 901, (900, 1200)),
        (4000, 5000, (3600, 5400)),
        (20_000, 90_000, (18_000, 90_000)),
    ],
)
def test_a_range_is_rounded_as_people_speak(low: float, high: float, told: tuple[int, int]) -> None:
    assert Wait((low + high) / 2, low, high).rounded() == told


def test_where_nothing_is_known_nothing_is_promised() -> None:
    assert by_place(3, 0, FIVE_MINUTES, ENDLESS) is None
    assert by_place(3, 5, Pace(), ENDLESS) is None
    assert by_head(60, 0, FIVE_MINUTES) is None
    assert by_head(60, 5, Pace()) is None


def test_without_a_place_one_waits_as_long_as_the_head_of_the_line_has() -> None:
    wait = by_head(120, 30, FIVE_MINUTES)
    assert wait is not None
    assert wait.mean == pytest.approx(130), "and until one more slot is free"
    assert wait.low < 120 < wait.high
    assert by_head(-1, 30, FIVE_MINUTES) == by_head(0, 30, FIVE_MINUTES), "another machine's clock is a little ahead"


def test_handling_is_learned_as_a_mean() -> None:
    pace = Pace()
    for seconds in (100.0, 200.0, 300.0):
        pace = pace.add(seconds)
    assert 1 / pace.rate == pytest.approx(200, rel=0.01)


def test_what_was_long_ago_is_forgotten() -> None:
    pace, patience = Pace(), Patience()
    for _ in range(20 * MEMORY):
        pace, patience = pace.add(100.0), patience.add(100.0, abandoned=True)
    for _ in range(10 * MEMORY):
        pace, patience = pace.add(300.0), patience.add(100.0, abandoned=False)
    assert 1 / pace.rate == pytest.approx(300, rel=0.001)
    assert pace.cases == pytest.approx(MEMORY)
    assert patience.rate < 1e-6


def test_patience_is_learned_from_those_as_well_who_were_answered_first() -> None:
    chance, patience = random.Random(20261122), Patience()
    for _ in range(50_000):
        until_given_up, until_answered = chance.expovariate(1 / 300), chance.expovariate(1 / 60)
        patience = patience.add(min(until_given_up, until_answered), until_given_up < until_answered)
    assert 1 / patience.rate == pytest.approx(300, rel=0.2), "the last thousand waits, of which 170 were given up"


def test_who_did_not_wait_says_nothing_of_their_patience() -> None:
    assert Patience(300, 2).add(0, abandoned=False) == Patience(300, 2)
    assert Patience(300, 2).add(-1, abandoned=False) == Patience(300, 2)


def test_what_was_learned_can_be_kept() -> None:
    for learned in (Pace().add(17.5), Patience().add(3.25, abandoned=True)):
        assert msgspec.json.decode(msgspec.json.encode(learned), type=type(learned)) == learned


# --- the line that the estimators and the formulas are measured in ----------------------------------------------------


def last_come(waiting: Mapping[int, Customer], free: Mapping[int, float], now: float) -> tuple[int, int] | None:
    """Whoever came last is served first."""
    return (next(reversed(list(waiting))), next(iter(free))) if waiting and free else None


@pytest.mark.parametrize("name", ["n=14 a=10", "n=50 a=48 patience=2 AHT"])
def test_a_line_of_customers_does_as_erlang_says(name: str) -> None:
    """The intervals of 95 % are taken twice as wide: in short runs chance leaves some out. bench.waits runs longer."""
    for what, figure in erlang(CHECKED[name], customers=5_000, runs=12).items():
        assert abs(figure["simulated"] - figure["exact"]) < 2 * figure["half_width"], what


def test_the_products_own_router_does_as_erlang_says() -> None:
    """One class of tickets, agents with one at a time: Erlang A."""
    size = CHECKED["n=50 a=48 patience=2 AHT"]
    for what, figure in erlang(size, customers=5_000, runs=12, asked=lambda: Routed(size)).items():
        assert abs(figure["simulated"] - figure["exact"]) < 2 * figure["half_width"], what


def test_whoever_is_chosen_the_line_is_as_long_but_others_wait() -> None:
    size = Size(5, 4.5 / 60, 60)
    first, last = (Line(size, random.Random(1), choose).run(2_000) for choose in (first_come, last_come))
    waits = [sorted(customer.served - customer.came for customer in customers) for customers in (first, last)]
    assert sum(waits[0]) == pytest.approx(sum(waits[1]))
    assert waits[0][-1] < waits[1][-1]
    assert len(first) == len(last) == 2_000
