"""Telegram's flood limits, kept to in every window of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.telegram.limits import CHATS_KEPT, Limits
from contactcenter.model.values import RetryLater

ADA, BOB, GROUP = 100, 101, -1001


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def most(times: list[float], window: float) -> int:
    """The most that left within any such window."""
    return max(sum(begin <= one < begin + window - 1e-6 for one in times) for begin in times)


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0, 0.3)), min_size=50, max_size=200))
def test_never_more_than_thirty_leave_in_a_second(asked: list[tuple[int, float]]) -> None:
    clock = Clock()
    limits, turns, left = Limits(clock), [], []
    for chat, pause in asked:
        clock.at += pause
        turns.append(clock.at + limits.reserve(chat, 1000.0))
    for turn in sorted(turns):
        clock.at = turn
        left.append(turn + limits.reserve_overall(1000.0))
    assert most(left, 1.0) <= 30


@given(st.lists(st.floats(0, 5), min_size=30, max_size=80))
def test_never_more_than_twenty_a_minute_in_a_group(pauses: list[float]) -> None:
    clock = Clock()
    limits, left = Limits(clock), []
    for pause in pauses:
        clock.at += pause
        left.append(clock.at + limits.reserve(GROUP, 10_000.0))
    assert most(left, 60.0) <= 20


def test_a_chat_gets_a_burst_and_then_one_a_second() -> None:
    limits = Limits(Clock())
    assert [round(limits.reserve(ADA, 10.0), 2) for _ in range(6)] == [0, 0, 0, 1, 2, 3]
    assert limits.reserve(BOB, 10.0) == limits.reserve_overall(10.0) == 0


def test_who_would_have_to_wait_too_long_is_sent_away_and_takes_no_place() -> None:
    clock = Clock()
    limits = Limits(clock)
    for _ in range(5):
        limits.reserve(ADA, 10.0)
    for _ in range(9):
        with pytest.raises(RetryLater) as told:
            limits.reserve(ADA, 2.0)
        assert told.value.after == pytest.approx(3.0)
    clock.at += 3.0
    assert limits.reserve(ADA, 0.0) == 0


def test_a_flood_pauses_the_chat_and_two_pause_everything() -> None:
    clock = Clock()
    limits = Limits(clock)
    limits.pause(ADA, 30.0)
    assert not limits.free(ADA)
    assert limits.free(BOB)
    limits.pause(BOB, 20.0)
    with pytest.raises(RetryLater) as told:
        limits.reserve_overall(10.0)
    assert told.value.after == pytest.approx(20.0)
    clock.at += 20.0
    assert limits.free(102)
    assert not limits.free(ADA)


def test_chats_at_rest_are_forgotten() -> None:
    clock = Clock()
    limits = Limits(clock)
    for chat in range(1, CHATS_KEPT + 1):
        limits.reserve(chat, 1e9)
        clock.at += 0.1
    clock.at += 1000
    limits.reserve(-5, 1e9)
    assert len(limits.chats) == 1
