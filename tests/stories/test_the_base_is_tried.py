"""`contactcenter evaluate`: the knowledge base on past tickets, by what happened in them."""

import json
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from contactcenter.app import SystemClock
from contactcenter.cli import main
from contactcenter.flow import actions, merging, pasts
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.past import Past
from contactcenter.model.columns import DAY, HOUR, SECOND
from contactcenter.model.values import Fold
from tests.desk import ARTICLE, QuietDesk, asking_policies, opened_quiet_desk, write_settings
from tests.letters import Postman

ADA, BOB, CLEO = "ada@ada.test", "bob@bob.test", "cleo@cleo.test"
WHERE = "When will my parcel arrive?"
HELPS, PERSON = 0, 1
Out = pytest.CaptureFixture[str]


def read(desk: QuietDesk, since: int = 0) -> dict[int, Past]:
    """All past tickets by number, as the command reads them."""
    newer, before = pasts.Newer(), pasts.NEWEST
    found: dict[int, Past] = {}
    while before:
        page = desk.do(pasts.page, before, since)
        found |= {past.ticket: newer.judged(past) for past in page.pasts}
        before = page.before
    return found


@pytest.fixture
def asking(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    """A desk whose assistant offers choices."""
    with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as desk:
        yield desk


async def answered(desk: QuietDesk, address: str) -> int:
    """Somebody asked and the assistant answered; the message's number."""
    ticket = desk.hear(address, WHERE)
    assert ticket is not None
    desk.answer()
    await desk.deliver()
    newest = max(read(desk))
    return int(desk.said(newest)[-1].id)


async def test_who_says_that_it_helps_shows_that_the_article_was_right(asking: QuietDesk) -> None:
    asking.press(ADA, await answered(asking, ADA), HELPS)
    past = read(asking)[1]
    assert (past.question, past.told_by, past.right) == (WHERE, "customer", frozenset({"order-status"}))


async def test_who_asks_for_a_person_after_an_answer_shows_that_it_was_wrong(asking: QuietDesk) -> None:
    asking.press(ADA, await answered(asking, ADA), PERSON)
    past = read(asking)[1]
    assert (past.told_by, past.right, past.wrong, past.handed) == ("", frozenset(), frozenset({"order-status"}), True)


async def test_silence_shows_it_after_three_days_unless_they_come_back(asking: QuietDesk) -> None:
    await answered(asking, ADA)
    assert read(asking)[1].told_by == "", "they may still be reading"
    asking.clock.forward(72 * 3600)
    assert (read(asking)[1].told_by, read(asking)[1].right) == ("silence", frozenset({"order-status"}))
    asking.hear(ADA, "It did not help.")
    assert read(asking)[1].told_by == ""


async def test_another_ticket_within_three_days_shows_that_silence_was_no_success(asking: QuietDesk) -> None:
    await answered(asking, ADA)
    asking.clock.forward(71 * HOUR / SECOND)
    asking.hear(ADA, "Still no parcel, and no word from you.", channel="people")
    asking.clock.forward(5 * DAY / SECOND)
    assert read(asking)[1].told_by == ""
    asking.hear(ADA, "Again!", channel="people")
    assert len(read(asking)) == 2


def test_peoples_own_words_are_kept_without_what_they_quoted(quiet_mail: QuietDesk, post: Postman) -> None:
    grace = quiet_mail.hire("Grace")
    text = "Can I pay by cheque?\n> an older mail"
    ticket = post.bring("ada", text, folds=(Fold(21, len(text), "quote"),))
    quiet_mail.do(actions.reply, quiet_mail.policies, grace, ticket.id, "We take no cheques.")
    past = read(quiet_mail)[ticket.id]
    assert (past.question, past.told_by, past.replies) == ("Can I pay by cheque?", "reply", ("We take no cheques.",))
    assert set(past.names) >= {"Ada", "Grace"}


def test_robots_merged_tickets_and_nothing_said_are_left_out(quiet_mail: QuietDesk, post: Postman) -> None:
    sam = quiet_mail.hire("Sam", "supervisor")
    post.bring("ada", "I am away.", automatic="Auto-Submitted")
    first = post.bring("bob", "Where is my hat?", subject="Hat")
    second = post.bring("bob", "And my bat?", subject="Bat")
    post.bring("cleo", "  ")
    assert list(read(quiet_mail)) == [second.id, first.id]
    quiet_mail.do(merging.merge_tickets, quiet_mail.policies, sam, second.id, first.id)
    assert list(read(quiet_mail)) == []


def test_only_what_came_before_the_first_answer_is_the_question(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear(ADA, "Hello!", channel="people")
    quiet.hear(ADA, "Do you ship to Oslo?", channel="people")
    quiet.do(actions.reply, quiet.policies, grace, 1, "We do.")
    quiet.hear(ADA, "Thanks", channel="people")
    assert read(quiet)[1].question == "Hello!\nDo you ship to Oslo?"


def test_pages_meet_without_a_gap_and_old_ones_are_not_read(quiet: QuietDesk) -> None:
    for number in range(pasts.PAGE + 3):
        quiet.hear(f"c{number}@ada.test", "Hello, where is it?", channel="people")
        quiet.clock.forward(60)
    assert list(read(quiet)) == list(range(pasts.PAGE + 3, 0, -1))
    assert list(read(quiet, quiet.clock.now() - 150 * SECOND)) == [203, 202]


# --- the command ------------------------------------------------------------------------------------------------------

MORE = """---
title: Do you take cheques?
questions: ["Can I pay by cheque?"]
---
We take no cheques, whatever they are drawn on.
"""


@pytest.fixture
def past(empty_store: Path, tmp_path: Path) -> Path:
    """A folder with a desk: Ada was answered four days ago, Bob by Grace; beside its articles others with one more."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    desk = QuietDesk(tmp_path / "desk.db", asking_policies(), Assistant([ARTICLE], 0.7, "http://desk.test"))
    desk.clock.at = SystemClock().now() - 4 * DAY
    desk.hear(ADA, WHERE)
    desk.answer()
    grace = desk.hire("Grace")
    desk.hear(BOB, "Can I pay by cheque? I am bob@bob.test", channel="people")
    desk.do(actions.reply, desk.policies, grace, 2, "Hello, we take no cheques, whatever they are drawn on. Grace")
    desk.hear(CLEO, "Hm?", channel="people")
    desk._connection.commit()
    desk._connection.begin(read_only=True)
    desk.close()
    write_settings(tmp_path)
    shutil.copytree(tmp_path / "articles", tmp_path / "more")
    (tmp_path / "more" / "cheques.md").write_text(MORE, encoding="utf-8")
    return tmp_path


def test_the_base_is_scored_and_a_change_shows_which_tickets_it_moves(past: Path, capsys: Out) -> None:
    with chdir(past):
        assert main(["evaluate", "--folder", "more"]) == 0
    told = capsys.readouterr()
    assert told.err.endswith("3 tickets read\n")
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert lines[0] == "3 tickets of the last 90 days in which a person asked something; of them"
    assert "1 the assistant answered and they never came back" in lines
    assert "1 nothing shows what was right" in lines
    assert "would answer 1 2" in lines
    assert "right 1 2" in lines
    assert "would hand over 2 1" in lines
    assert "now right, of the answers that can be judged: 100.0% of 1 (95 %: 20.7% to 100.0%)" in lines
    assert lines[-2:] == ["2 people -> cheques (right)", "Can I pay by cheque? I am …"]


def test_programs_get_all_of_it_and_an_exit_code(past: Path, capsys: Out) -> None:
    with chdir(past):
        assert main(["evaluate", "--json", "--quiet", "--folder", "more", "--at-least", "0.9"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [change["ticket"] for change in found["changes"]] == [2]
        assert [base["name"] for base in found["bases"]] == ["now", "changed"]
        (past / "articles" / "order-status.md").unlink()
        assert main(["evaluate", "--quiet", "--at-least", "0.9"]) == 1, "nothing can be judged"
        assert "right, of the answers that can be judged: nothing to tell from" in capsys.readouterr().out


def test_another_precision_can_be_tried_and_nothing_is_written(past: Path, capsys: Out) -> None:
    before = (past / "desk.db").read_bytes()
    with chdir(past):
        assert main(["evaluate", "--quiet", "--precision", "0.1", "--days", "30", "--most", "2"]) == 0
    assert "2 tickets of the last 30 days" in capsys.readouterr().out
    assert (past / "desk.db").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--days", "0"], "--days must be more than 0"),
        (["--most", "0"], "--most must be at least 1"),
        (["--precision", "1"], "--precision must be between 0 and 1"),
        (["--at-least", "2"], "--at-least must be from 0 to 1"),
        (["--folder", "nowhere"], "nowhere: is not a folder"),
    ],
)
def test_what_cannot_be_tried_is_told_in_one_line(past: Path, capsys: Out, arguments: list[str], told: str) -> None:
    with chdir(past):
        assert main(["evaluate", "--quiet", *arguments]) == 1
    assert told in capsys.readouterr().err
