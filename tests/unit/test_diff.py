"""A diff shows what changed, with some around it, and is bounded whatever it is given."""

import time

from hypothesis import given
from hypothesis import strategies as st

from contactcenter.knowledge.diff import SHOWN_LIMIT, diff

TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=30).map("\n".join)


def told(before: str, after: str) -> list[str]:
    return [f"{line.kind} {line.text}" for line in diff(before, after)]


def test_what_changed_is_shown_with_what_is_around_it() -> None:
    before = "\n".join(["1", "2", "3", "4", "5", "six", "7", "8", "9", "10", "11"])
    assert told(before, before.replace("six", "6")) == [
        "gap 2", "same 3", "same 4", "same 5", "removed six", "added 6", "same 7", "same 8", "same 9", "gap 2",
    ]  # fmt: skip


def test_what_is_the_same_has_no_diff() -> None:
    assert diff("a\nb", "a\nb") == []


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_off_it_where_nothing_is_left_out(before: str, after: str) -> None:
    lines = diff(before, after)
    if any(line.kind == "gap" for line in lines) or not lines:
        return
    assert "\n".join(line.text for line in lines if line.kind != "added") == before
    assert "\n".join(line.text for line in lines if line.kind != "removed") == after


def test_texts_of_any_size_are_compared_at_once_and_told_in_part() -> None:
    began = time.process_time()
    for one, other in (("a\nb\n" * 200_000, "b\nc\n" * 200_000), ("a\nb\n" * 450, "b\na\nc\n" * 300)):
        assert len(diff(one, other)) <= SHOWN_LIMIT + 1
    assert time.process_time() - began < 5
