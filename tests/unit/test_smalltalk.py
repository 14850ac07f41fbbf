"""Greetings, thanks and goodbyes are told from questions, and a greeting before a question is no part of it."""

import pytest

from contactcenter.knowledge.parts import follows, part_of, sentences
from contactcenter.knowledge.smalltalk import PHRASES, Heard, hear
from contactcenter.knowledge.words import words_of


def heard(text: str) -> Heard:
    return hear(text, words_of(text))


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        ("Hello!", "greeting", "en"),
        ("helo there", "greeting", "en"),
        ("Good mornign everybody", "greeting", "en"),
        ("Hallo zusammen", "greeting", "de"),
        ("Grüezi", "greeting", "de"),
        ("Moin moin", "greeting", "de"),
        ("Hi, how are you?", "how", "en"),
        ("Wie geht's?", "how", "de"),
        ("thanks a lot!!", "thanks", "en"),
        ("Thank you so much", "thanks", "en"),
        ("thx", "thanks", "en"),
        ("ok thanks", "thanks", "en"),
        ("Vielen Dank", "thanks", "de"),
        ("dankeschön", "thanks", "de"),
        ("Thanks, bye", "thanks", "en"),
        ("Tschüss", "bye", "de"),
        ("have a nice day", "bye", "en"),
        ("Are you a robot?", "machine", "en"),
        ("Bist du ein Mensch?", "machine", "de"),
        ("ok", "ok", "en"),
        ("alles klar", "ok", "de"),
        ("That helped, thank you", "helped", "en"),
        ("hat geklappt", "helped", "de"),
        ("No, that doesn't help", "not helped", "en"),
        ("das hilft mir nicht weiter", "not helped", "de"),
        ("nope", "no", "en"),
        ("nein danke", "no", "de"),
        ("never mind", "cancel", "en"),
        ("abbrechen", "cancel", "de"),
        ("👍", "ok", ""),
        ("🙏🙏", "thanks", ""),
    ],
)
def test_small_talk_is_heard_as_what_it_is(text: str, kind: str, language: str) -> None:
    assert (heard(text).kind, heard(text).rest) == (kind, "")
    assert heard(text).language in (language, "en", "de")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Hello, when will my parcel arrive?", "when will my parcel arrive?"),
        ("Hallo, wo ist mein Paket?", "wo ist mein Paket?"),
        ("Hi there where is it", "there where is it"),
        ("When do you open?", "When do you open?"),
        ("No parcel has arrived", "No parcel has arrived"),
        ("Thanks for nothing", "for nothing"),
        ("The good news", "The good news"),
        ("?!", "?!"),
        ("", ""),
    ],
)
def test_what_is_left_is_the_question(text: str, rest: str) -> None:
    assert (heard(text).kind, heard(text).rest) == ("", rest)


@pytest.mark.parametrize(("kind", "language"), sorted(PHRASES))
def test_every_phrase_is_heard_as_what_it_is_listed_for(kind: str, language: str) -> None:
    for phrase in PHRASES[kind, language].split("|"):
        assert heard(phrase).rest == "", phrase
        assert kind in heard(phrase).kinds, phrase


def test_a_message_is_cut_at_line_ends_and_sentence_marks_alone() -> None:
    text = "Hello! My order is 4.711,00 old.\nWhere is it?  And when… comes it\n\nبكم هذا؟ Bye"
    assert sentences(text) == [
        "Hello!", "My order is 4.711,00 old.", "Where is it?", "And when… comes it", "بكم هذا؟", "Bye",
    ]  # fmt: skip
    assert sentences(" \n\n ") == []
    assert len(sentences("Why? " * 1000)) == 12


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("Where is it?", True),
        ("where is it", True),
        ("Kann ich das zurückgeben", True),
        ("I need an invoice", True),
        ("It came yesterday.", False),
        ("Es kam gestern an.", False),
    ],
)
def test_what_asks_is_told_from_what_only_tells(sentence: str, asks: bool) -> None:
    assert part_of(sentence).asks is asks


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("And for business accounts?", True),
        ("what about Austria", True),
        ("Und nach Österreich?", True),
        ("für Firmen?", True),
        ("Where is my order?", False),
        ("And then I opened the box and saw that it was broken in several places", False),
        ("", False),
    ],
)
def test_a_follow_up_is_short_and_begins_like_one(text: str, goes_on: bool) -> None:
    assert follows(text) is goes_on
