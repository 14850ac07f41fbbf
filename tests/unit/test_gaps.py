"""Questions that people had to answer again and again, and samples for articles that are there."""

from contactcenter.knowledge.found import Sample
from contactcenter.knowledge.gaps import SAMPLES, Gaps, remembered, unanswered
from contactcenter.knowledge.lines import folded
from contactcenter.knowledge.past import Past
from contactcenter.knowledge.samples import FOR_ONE, samples
from contactcenter.knowledge.trial import Base, Read

CHEQUE = "Hello {name},\nwe take no cheques, whatever they are drawn on. Pay by card, please.\nBest regards, Grace"
NAMES = ("Ada", "Bob", "Cleo", "Dora", "Emil")


def asked(number: int, question: str, reply: str = "", **more: object) -> Past:
    name = NAMES[number % 5]
    replies = (reply.format(name=name),) if reply else ()
    return Past(number, number, 0, question, "reply" if reply else "", replies=replies, names=(name, "Grace"), **more)  # type: ignore[arg-type]


def cheques() -> list[Past]:
    ways = (
        "Can I pay by cheque?",
        "Can I pay it by a cheque?",
        "Is it possible to pay by cheque?",
        "Pay by cheque, can I?",
    )
    return [asked(number, f"Hello, {ways[number % 4]} {NAMES[number % 5]}", CHEQUE) for number in range(1, 9)]


def others() -> list[Past]:
    return [asked(20 + n, f"My {what} is broken", "Oh.") for n, what in enumerate(("door", "roof", "oven", "lamp"))]


def test_a_group_is_told_by_its_questions_its_tickets_and_what_people_said_alike() -> None:
    gaps = Gaps([*cheques(), *others(), asked(30, "Can I also pay by cheque?", "Ask my colleague Sam.")])
    gap = gaps.gap(0)
    assert gap is not None
    assert set(gap.tickets) == {*range(1, 9), 30}
    assert (gap.answered, gap.alike) == (9, 8)
    assert gap.text == "We take no cheques, whatever they are drawn on. Pay by card, please."
    assert gap.reply in range(1, 9)
    assert gap.title == gap.samples[0][1]
    assert 1 < len(gap.samples) <= SAMPLES
    assert {text for _, text in gap.samples} <= {
        "Can I pay by cheque?",
        "Can I pay it by a cheque?",
        "Is it possible to pay by cheque?",
        "Pay by cheque, can I?",
        "Can I also pay by cheque?",
    }


def test_samples_are_questions_that_the_text_answers() -> None:
    some = [asked(n, "Can I pay by cheque today please?", CHEQUE) for n in range(4)]
    other = [asked(9 + n, "Can I pay by cheque from Oslo please?", "Ask my colleague Sam.") for n in range(3)]
    gap = Gaps([*some, *other, *others()]).gap(0)
    assert gap is not None
    assert (len(gap.tickets), gap.alike) == (7, 4)
    assert [text for _, text in gap.samples] == ["Can I pay by cheque today please?"]


def test_where_people_answered_in_many_ways_there_is_a_group_and_no_text() -> None:
    ways = ("We do.", "Never seen one of these here.", "Sam knows about payment.", "What a strange idea!", "Later.")
    gap = Gaps([asked(n, f"Can I pay by cheque {n}?", ways[n]) for n in range(5)]).gap(0)
    assert gap is not None
    assert (gap.answered, gap.alike, gap.text, gap.reply) == (5, 1, "", 0)


def test_questions_in_other_words_are_one_group_where_people_answered_the_same() -> None:
    ways = ("May I pay the invoice with a cheque?", "Do you accept a cheque for my invoice?")
    often = [asked(n, f"{ways[n % 2]} {NAMES[n % 5]}", CHEQUE) for n in range(20)]
    silent = [asked(n, past.question, handed=True) for n, past in enumerate(often)]
    rest = [asked(40 + n, f"{what} is broken since May") for n, what in enumerate(("door", "roof", "oven"))]
    assert [len(group) for group in tickets_of(Gaps([*often, *rest]))][:1] == [20]
    assert [len(group) for group in tickets_of(Gaps([*silent, *rest]))][:2] == [10, 10]


def tickets_of(gaps: Gaps) -> list[tuple[int, ...]]:
    return [gap.tickets for number in range(len(gaps)) if (gap := gaps.gap(number)) is not None]


def test_questions_nobody_answered_make_a_group_all_the_same() -> None:
    gap = Gaps([asked(n, "Can I pay by cheque?", handed=True) for n in range(3)]).gap(0)
    assert gap is not None
    assert (gap.answered, gap.alike) == (0, 0)


def test_one_customer_who_asks_a_hundred_times_is_no_gap() -> None:
    assert len(Gaps([Past(n, n % 2, 0, "Can I pay by cheque?", handed=True) for n in range(100)])) == 0


def test_groups_of_greetings_are_no_gap() -> None:
    assert Gaps([asked(n, "Hello!", "Hello.") for n in range(9)]).gap(0) is None


def test_only_what_people_had_to_answer_with_no_article_is_unanswered() -> None:
    assert unanswered(asked(1, "?", "Yes."))
    assert unanswered(asked(1, "?", handed=True))
    assert not unanswered(asked(1, "?"))
    assert not unanswered(asked(1, "?", handed=True, right=frozenset({"order"})))


def test_what_is_remembered_of_a_ticket_is_short() -> None:
    past = Past(1, 1, 0, "x" * 4_000, replies=("a", "b" * 50_000, "c"))
    assert (len(remembered(past).question), [len(one) for one in remembered(past).replies]) == (500, [2_000])


def test_a_likeness_of_ones_own_can_be_plugged_in() -> None:
    from contactcenter.knowledge.likeness import Vectors, Wording

    class Deaf(Wording):
        """To which everything is the same."""

        def vectors(self, texts: object) -> Vectors:
            return super().vectors(["same"] * len(texts))  # type: ignore[arg-type]

    assert len(Gaps([*cheques(), *others()], Deaf)) == 1


PLACES = ("Oslo", "Rome", "Bonn", "Bern", "Paris", "Wien", "Riga")

# --- samples ----------------------------------------------------------------------------------------------------------

ORDER = "Under Orders you find the state of every order."
RETURNS = "Send every parcel back within thirty days."


def base(**answers: str) -> Base:
    return Base(
        "now",
        lambda text: Read(answers.get(text, "")),
        {"order": ORDER, "returns": RETURNS},
        frozenset({folded("Where is my order?")}),
    )


def right(number: int, question: str, article: str = "order", **more: object) -> Past:
    told_by = "silence" if "score" in more else "agent"
    return Past(number, number, 0, question, told_by, frozenset({article}), names=("Ada",), **more)  # type: ignore[arg-type]


def test_a_question_an_agent_sent_an_article_for_is_a_sample_where_the_base_does_not_know_it() -> None:
    found = samples(
        [right(1, "Hi, has my parcel been sent?"), right(2, "Is it there yet?")], base(**{"Is it there yet?": "order"})
    )
    assert found == [Sample("order", 1, "Has my parcel been sent?")]


def test_where_the_assistant_was_right_but_not_sure_the_least_sure_comes_first() -> None:
    pasts = [right(n, f"Is parcel {n} here?", score=score) for n, score in enumerate((0.9, 0.7, 0.99))]
    assert [sample.ticket for sample in samples(pasts, base())] == [1, 0]


def test_samples_are_new_short_and_not_too_many_for_one_article() -> None:
    many = [right(n, f"Is my parcel in {place}?") for n, place in enumerate(PLACES)]
    assert len(samples(many, base())) == FOR_ONE
    assert samples([right(1, "where is my ORDER"), right(2, "x " * 200), right(3, "Order?")], base()) == []
    assert samples([right(1, "Is it here?"), right(2, "is it HERE")], base()) == [Sample("order", 1, "Is it here?")]


def test_an_article_that_is_gone_learns_nothing() -> None:
    assert samples([right(1, "Is it here?", "gone")], base()) == []
