"""Text for media that show nothing else: split within the limit, in order, nothing lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contactcenter.channels.text import language_of, plain, split
from contactcenter.model.values import Outbound, Source

MESSAGE = Outbound(1, "c", "ada@example.test", "assistant", "Assistant", "Under Orders.", 1, 0)
SOURCE = Source("order", "Where is my order?", "Under Orders.", "http://desk.test/help/order", "2026-11-01", 1.0)


@given(st.text(alphabet=st.sampled_from("ab \n\u2028é🫖"), max_size=200), st.integers(1, 40))
def test_every_piece_is_within_the_limit_and_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.text(max_size=40))
def test_what_fits_is_left_as_it_is(text: str) -> None:
    assert split(text, 40) == [text]


@given(st.text(alphabet=st.sampled_from("ab \n"), min_size=1, max_size=200), st.integers(1, 40))
def test_no_piece_is_empty_when_there_is_something_to_say(text: str, limit: int) -> None:
    assert all(split(text, limit)) or not text.strip()


def test_it_is_cut_after_a_paragraph_then_a_line_then_a_word() -> None:
    assert split("one two\n\nthree four", 14) == ["one two", "three four"]
    assert split("one two\nthree four", 14) == ["one two", "three four"]
    assert split("one two three four", 14) == ["one two three", "four"]
    assert split("x" * 30, 14) == ["x" * 14, "x" * 14, "x" * 2]


def test_a_source_is_told_in_words() -> None:
    assert plain(MESSAGE) == "Under Orders."
    told = plain(replace(MESSAGE, source=SOURCE))
    assert told == "Under Orders.\n\nSource: Where is my order? (checked 2026-11-01)\nhttp://desk.test/help/order"
    assert "(checked" not in plain(replace(MESSAGE, source=replace(SOURCE, checked="")))


def test_what_can_be_answered_is_written_below_by_number() -> None:
    offering = replace(MESSAGE, source=SOURCE, choices=("That helps", "Talk to a person"))
    assert plain(offering) == (
        f"{plain(replace(MESSAGE, source=SOURCE))}\n\nYou can answer with a number:\n1  That helps\n2  Talk to a person"
    )


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("de-at", "de-AT"),
        ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
        ("pt_br", "pt-BR"),
        ("zh-hans-CN", "zh-hans-CN"),
        (" en (English)", "en"),
        ("*", ""),
        ("german", ""),
        ("", ""),
        ("-" * 100_000, ""),
        ("de\u202e", "de"),
    ],
)
def test_the_first_language_of_a_list_is_taken(said: str, language: str) -> None:
    assert language_of(said) == language


@given(st.text(max_size=300))
def test_whatever_is_said_a_language_is_short_and_plain(said: str) -> None:
    found = language_of(said)
    assert len(found) <= 30
    assert found.replace("-", "").isalnum() or not found
