"""What of people's words can stand in an article: quoted, never written, and nobody's own."""

import time

import pytest

from contactcenter.knowledge.extract import Reply, body, common, gist, usual


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("Hello Grace,\nI am Ada. Order 12345 has not come. Where is it? Bye", "Order … has not come. Where is it?"),
        ("Dear team, how can I pay by bank transfer? My address is ada@ada.test", "How can I pay by bank transfer?"),
        ("Invoice wrong", "Invoice wrong"),
        ("I paid 3.50 twice. Please look.", "I paid 3.50 twice."),
        ("Guten Tag, wie kann ich das zurückgeben?", "Wie kann ich das zurückgeben?"),
        ("Ada Lovelace asks: is my lovelace there?", "… asks: is my … there?"),
        ("hi there", ""),
        ("?!", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_gist_of_a_question_is_the_sentence_that_asks(question: str, shown: str) -> None:
    assert gist(question, ("Ada Lovelace",)) == shown


def reply(customer: int, name: str, own: str = "", close: str = "Best regards\nGrace\n+49 171 1234567") -> Reply:
    said = f"Hello {name},\n\nyou can pay by card or bank transfer. {own}We take no cheques, sorry.\n\n{close}"
    return Reply(10 + customer, customer, said, (name, "Grace"))


def test_what_several_customers_were_told_stays_and_what_concerns_one_falls_away() -> None:
    told = [
        reply(1, "Ada", "Ada, your invoice 4711 is paid. "),
        reply(2, "Bob", "I have sent it to bob@bob.test. "),
        reply(3, "Cleo", "Mr Smith of your company called. "),
    ]
    assert common(told) == "You can pay by card or bank transfer. We take no cheques, sorry."


def test_a_number_stays_only_where_everybody_was_told_the_same_one() -> None:
    ours = [reply(n, name, "Call 0800 555 000 for help. ") for n, name in enumerate(("Ada", "Bob", "Cleo"))]
    theirs = [reply(n, name, f"Your number is 0800 555 00{n} now. ") for n, name in enumerate(("Ada", "Bob", "Cleo"))]
    assert "Call 0800 555 000 for help." in common(ours)
    assert "0800" not in common(theirs)


def test_less_than_three_customers_make_no_article() -> None:
    assert common([reply(1, "Ada"), reply(2, "Bob"), reply(2, "Bob")]) == ""
    assert common([]) == ""
    assert common([Reply(n, n, "Yes.", ()) for n in range(9)]) == "", "too little for an article"


def test_what_is_said_to_everybody_is_politeness_and_no_answer() -> None:
    groups = [[f"Hello Ada,\nThank you for writing! Press {what} there.\nGrace"] * 3 for what in "abcd"]
    polite = usual(groups)
    assert "thank you for writing" in polite
    assert "press a there" not in polite
    assert usual(groups[:3]) == frozenset()
    told = [Reply(n, n, "Hi,\nthank you for writing. Press the red button there.", ()) for n in range(3)]
    assert common(told, polite) == "Press the red button there."


def test_paragraphs_stay_as_they_were() -> None:
    text = "Hi,\n\nopen the app and choose Orders.\n\nThen press Cancel order there.\n\nCheers"
    assert common([Reply(n, n, text, ()) for n in range(3)]) == (
        "Open the app and choose Orders.\n\nThen press Cancel order there."
    )


def test_a_reply_without_greeting_or_closing_is_whole() -> None:
    assert body("Thank you for asking. It is so.") == [["Thank you for asking.", "It is so."]]
    assert body("It is so.\nMit freundlichen Grüßen\nGrace") == [["It is so."]]
    assert body("It is so.\n-- \nGrace") == [["It is so."]]
    assert body("It is so.\nBest regards, Grace Hopper") == [["It is so."]]
    assert body("It is so.\nThanks, we will see to it") == [["It is so."], ["Thanks, we will see to it"]]
    assert body("") == [[]]


@pytest.mark.parametrize(
    "piece", ["a", "a. ", "a.\n", " ", "\n", ".", "hello ", "-- ", "regards ", "? ", "best kind ", "\t.\t"]
)
def test_a_megabyte_of_anything_costs_next_to_nothing(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    gist(text, ("Ada",))
    common([Reply(n, n, text, ("Ada",)) for n in range(40)])
    assert time.process_time() - began < 1
