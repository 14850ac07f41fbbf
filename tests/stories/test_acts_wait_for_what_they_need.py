"""What a person did in Slack is not judged before Slack was asked what it takes to judge it."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from contactcenter.desk import people, work
from contactcenter.desk.floor import Floor
from contactcenter.desk.received import Person, Said
from contactcenter.flow import ledger, posts
from contactcenter.flow.policies import DeskPolicy
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import table
from contactcenter.model.desk import Act
from contactcenter.model.tickets import Note
from tests.desk import NOON, QuietDesk

CARD = "1795262399.000100"
WORDS = Said(
    who=Person("T1", "U1"),
    key="T1:Ev1",
    stream=f"slack:C1:{CARD}",
    place="C1",
    ts="1795262400.000200",
    thread=CARD,
    text="Do we know her?",
    at=NOON,
)


def test_words_below_a_card_that_is_known_only_since_are_nobodys_until_slack_says_whose(quiet: QuietDesk) -> None:
    quiet.policies = replace(quiet.policies, desk=DeskPolicy("C1", {}, "", "reply"))
    floor = Floor(quiet.policies, Assistant([], 0.7, "http://desk.test"), "http://desk.test", "T1")
    quiet.hire("Grace")
    quiet.hear("ada@example.test", "Hello", channel="people")
    (card,) = quiet.rows(posts.CARDS, ticket=1)
    quiet.do(ledger.posts.take, card.id, "quiet")  # it is in Slack, and we were not told
    assert quiet.do(work.receive, floor, WORDS).later
    quiet.do(lambda tx: tx.run(update(posts.post).where(posts.post.c.id == card.id).values(ts=CARD, state="done")))
    quiet.do(work.work_off, floor, _act(quiet), (), None)  # of a loop that looked before that
    assert _act(quiet).state == "due"
    assert [row.kind for row in quiet.rows(select(posts.post)) if row.kind == "whisper"] == []
    quiet.do(people.link, WORDS.who, "grace@example.test")
    quiet.clock.forward(2)
    quiet.do(work.work_off, floor, _act(quiet), (), None)
    assert [note.text for note in quiet.rows(select(table(Note)))] == ["Do we know her?"]


def _act(quiet: QuietDesk) -> Any:
    return quiet.row(select(table(Act)))
