"""Two bases on the same past tickets: what is counted, and what nobody can know."""

from contactcenter.knowledge.credit import Senders, says_the_same
from contactcenter.knowledge.lines import folded, short
from contactcenter.knowledge.past import Past
from contactcenter.knowledge.trial import Base, Read, Trial, judge

ORDER, RETURNS = "Under Orders you find the state of every order.", "Send every parcel back within thirty days."
PASSAGES = {"order": ORDER, "returns": RETURNS}


def base(name: str, articles: dict[str, str], **answers: str) -> Base:
    """One that answers these questions by these articles, and hands over every other."""
    return Base(name, lambda text: Read(answers.get(text, ""), "why"), articles, frozenset({folded("Where is it?")}))


def past(ticket: int = 1, question: str = "where", told_by: str = "", **more: object) -> Past:
    return Past(ticket, 1, 0, question, told_by, **more)  # type: ignore[arg-type]


def test_an_article_that_settled_it_was_right_and_every_other_one_of_then_was_not() -> None:
    one = past(right=frozenset({"order"}))
    assert judge(one, "order", ORDER, PASSAGES) is True
    assert judge(one, "returns", RETURNS, PASSAGES) is False


def test_of_an_article_that_nobody_could_have_sent_then_nothing_is_known() -> None:
    one = past(right=frozenset({"order"}))
    assert judge(one, "new", "Something else that is of today only.", PASSAGES) is None


def test_peoples_own_words_show_that_no_article_was_right_unless_they_say_the_same() -> None:
    own = past(replies=("Hello Ada, please send your parcel back to us within thirty days, every one. Grace",))
    assert judge(own, "order", ORDER, PASSAGES) is False
    assert judge(own, "returns", RETURNS, PASSAGES) is True
    assert judge(own, "new", RETURNS, {}) is True


def test_where_nothing_shows_what_was_right_nothing_is_judged() -> None:
    assert judge(past(), "order", ORDER, PASSAGES) is None
    assert judge(past(wrong=frozenset({"order"})), "order", ORDER, PASSAGES) is False


def test_the_passage_in_a_reply_shows_which_article_it_was() -> None:
    senders = Senders(PASSAGES)
    sent = senders.credited(
        past(told_by="reply", replies=("Sure, Ada!", f"{RETURNS} Grace"), wrong=frozenset({"returns"}))
    )
    assert (sent.told_by, sent.right, sent.wrong) == ("agent", frozenset({"returns"}), frozenset())
    own = past(told_by="reply", replies=("Sure, Ada!",))
    assert senders.credited(own) is own
    assert Senders({}).credited(own) is own


def test_a_passage_of_few_words_is_the_same_only_as_a_whole() -> None:
    assert says_the_same("Ask Sam.", "Just ask  SAM!")
    assert not says_the_same("Ask Sam.", "Sam will ask")
    assert not says_the_same("?", "?")


def test_everything_asked_is_answered_or_handed_over_and_every_answer_is_right_wrong_or_not_known() -> None:
    now = base("now", PASSAGES, where="order", back="returns")
    then = base("changed", {**PASSAGES, "new": "Of today."}, where="order", back="order", invoice="new")
    trial = Trial([now, then])
    trial.add(past(1, "where", "customer", right=frozenset({"order"})))
    trial.add(past(2, "back", "agent", right=frozenset({"returns"})))
    trial.add(past(3, "invoice", "reply", replies=("Your invoice is in the mail.",)))
    trial.add(past(4, "hello"))
    trial.add(past(5, "lost", "agent", right=frozenset({"order"})))
    for score in trial.scores:
        assert score.asked == score.answered + score.handed == 5
        assert score.answered == score.right + score.wrong + score.unknown
    before, after = trial.scores
    assert (before.right, before.wrong, before.unknown, before.missed) == (2, 0, 0, 1)
    assert (after.right, after.wrong, after.unknown, after.missed) == (1, 1, 1, 1)
    assert (before.own_words, after.own_words) == (0, 0)
    assert trial.told_by == {"customer": 1, "agent": 2, "reply": 1, "": 1}


def test_the_tickets_that_go_otherwise_are_listed_with_nothing_personal_in_them() -> None:
    trial = Trial([base("now", PASSAGES), base("changed", PASSAGES, **{"Ada here, order 12345?": "order"})])
    trial.add(past(7, "Ada here, order 12345?", "silence", right=frozenset({"order"}), names=("Ada",)))
    trial.add(past(8, "hello"))
    [change] = trial.changes
    assert (change.ticket, change.question) == (7, "… here, order …?")
    assert (change.was, change.becomes, change.was_right, change.becomes_right) == ("", "order", None, True)


def test_where_only_peoples_own_words_speak_against_an_answer_it_is_counted_by_itself() -> None:
    trial = Trial([base("now", PASSAGES, where="order", back="order")])
    trial.add(past(1, "where", "reply", replies=("Look into your account, please.",)))
    trial.add(past(2, "back", "reply", replies=("No, sorry.",), wrong=frozenset({"order"})))
    [score] = trial.scores
    assert (score.wrong, score.own_words) == (2, 1)


def test_what_is_asked_word_for_word_as_a_sample_is_counted_by_itself() -> None:
    trial = Trial([base("now", PASSAGES, **{"where is it": "order", "and mine": "order"})])
    for question in ("where is it", "and mine"):
        trial.add(past(1, question, "agent", right=frozenset({"order"})))
    [score] = trial.scores
    assert (score.right, score.by_heart, score.by_heart_right) == (2, 1, 1)


def test_a_short_text_is_one_line() -> None:
    assert short("a\n b\tc", 10) == "a b c"
    assert short("word " * 30, 10) == "word word…"
