"""Open time in closed form is what counting minutes comes to, on any calendar, in any zone, whenever clocks change."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.minutes import compare, random_calendar

CALENDARS = 10_000


def test_closed_form_and_count_agree_on_ten_thousand_calendars() -> None:
    random = Random(20261122)
    within = sum(compare(random_calendar(random), random) for _ in range(CALENDARS))
    assert within > 2 * CALENDARS, "most deadlines must be in the window, or nothing is compared"


@settings(deadline=None)  # the first of a zone asks for its every minute
@given(st.randoms())
def test_closed_form_and_count_agree_on_whatever_is_hardest(random: Random) -> None:
    compare(random_calendar(random), random, questions=20)
