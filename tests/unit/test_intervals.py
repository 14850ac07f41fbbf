"""How sure a figure is: intervals checked against printed ones, and quantiles against sorted lists."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.figures.intervals import mean, promoter_score, quantile, share


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: Wilson's score without continuity
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_has_the_interval_of_the_literature(hits: int, cases: int, low: float, high: float) -> None:
    found = share(hits, cases)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert (found.value, found.cases) == (hits / cases, cases)


@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0.5, 0.999))
def test_a_share_lies_in_its_interval_and_that_between_nobody_and_everybody(
    cases: int, part: float, sure: float
) -> None:
    hits = round(part * cases)
    found = share(hits, cases, sure)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    mirrored = share(cases - hits, cases, sure)
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_more_cases_or_less_certainty_make_an_interval_narrow() -> None:
    few, many, unsure = share(8, 10), share(800, 1000), share(8, 10, sure=0.5)
    assert few is not None
    assert many is not None
    assert unsure is not None
    assert many.high - many.low < unsure.high - unsure.low < few.high - few.low


def test_where_nothing_was_counted_nothing_is_said() -> None:
    assert share(0, 0) is None
    assert mean(0, 0, 0) is None
    assert mean(1, 5, 25) is None, "one case does not tell how much cases differ"
    assert promoter_score(0, 0, 0) is None
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None


def test_a_mean_has_the_normal_interval() -> None:
    values = [4.0, 6.0, 5.0, 9.0]
    found = mean(len(values), sum(values), sum(value * value for value in values))
    assert found is not None
    assert found.value == 6
    reach = 1.959964 * math.sqrt(14 / 3 / 4)
    assert (found.low, found.high) == pytest.approx((6 - reach, 6 + reach), abs=1e-6)


def test_equal_values_leave_no_doubt_whatever_floats_make_of_them() -> None:
    found = mean(1000, 1000 * 0.1, 1000 * 0.1 * 0.1)
    assert found is not None
    assert found.low == pytest.approx(found.high, abs=1e-6)


def test_the_promoter_score_is_promoters_less_detractors_in_a_hundred() -> None:
    found = promoter_score(promoters=50, passives=30, detractors=20)
    assert found is not None
    assert found.value == pytest.approx(30)
    reach = 1.959964 * 100 * math.sqrt((0.5 + 0.2 - 0.3**2) / 99)
    assert (found.low, found.high) == pytest.approx((30 - reach, 30 + reach))
    assert found.cases == 100


def test_a_score_of_few_answers_stays_on_its_scale() -> None:
    found = promoter_score(9, 1, 0)
    assert found is not None
    assert found.high == 100


def test_the_median_and_the_ninetieth_of_a_hundred_are_found() -> None:
    counts = {float(wait): 1 for wait in range(1, 101)}
    assert [quantile(counts, part) for part in (0.01, 0.5, 0.9, 1.0)] == [1, 50, 90, 100]


def test_of_steps_the_upper_end_is_told() -> None:
    answered_within = {20.0: 80, 60.0: 15, 300.0: 5}
    assert [quantile(answered_within, part) for part in (0.5, 0.8, 0.9, 0.99)] == [20, 20, 60, 300]


@given(st.lists(st.integers(-50, 50), min_size=1), st.integers(1, 100))
def test_a_quantile_is_that_of_the_sorted_list(values: list[int], percent: int) -> None:
    found = quantile(Counter(map(float, values)), percent / 100)
    assert found == sorted(values)[-(-percent * len(values) // 100) - 1]


def test_input_that_cannot_be_is_named() -> None:
    for part in (0.0, 1.1, math.nan):
        with pytest.raises(ValueError, match="part cannot be"):
            quantile({1.0: 1}, part)
    with pytest.raises(ValueError, match="misses cannot be -1"):
        share(3, 2)
    with pytest.raises(ValueError, match="hits cannot be -1"):
        share(-1, 2)
    with pytest.raises(ValueError, match="sure cannot be 1"):
        share(1, 2, sure=1)
    with pytest.raises(ValueError, match="detractors cannot be -1"):
        promoter_score(1, 1, -1)
    with pytest.raises(ValueError, match="cannot be -5"):
        quantile({2.0: -5}, 0.5)
