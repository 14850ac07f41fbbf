"""What happens is counted as it happens, where it belongs, and a recount of the history says the same."""

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from contactcenter.figures import recount
from contactcenter.figures.tallies import KINDS, OFFERS, tally
from contactcenter.flow import actions
from contactcenter.flow.actions import Caller
from contactcenter.model.columns import SECOND
from tests.desk import NOON, QuietDesk, opened_quiet_desk, promising_policies
from tests.steps import ASKED, BusySteps, Steps

HISTORY = 1_200  # steps


def counted(quiet: QuietDesk, *figures: str) -> list[tuple[str, int, Any, int]]:
    """figure, seconds since noon, agent, value in seconds (of a rating: itself)."""
    rows = quiet.rows(tally.select().order_by(tally.c.id))
    assert quiet.do(recount.compare) == []
    return [
        (
            row.figure,
            (row.at - NOON) // SECOND,
            row.agent_id,
            row.value // SECOND if row.figure != "rated" else row.value,
        )
        for row in rows
        if row.figure in figures
    ]


@pytest.fixture
def grace(quiet: QuietDesk) -> Caller:
    return quiet.hire("Grace")


def test_after_a_random_history_what_was_counted_is_what_the_history_says(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path, promising_policies()) as quiet:
        for seed, walk in ((1, BusySteps), (2, Steps), (3, BusySteps)):
            steps = walk(quiet, random.Random(seed))
            for _ in range(HISTORY):
                steps.random_step()
            assert quiet.do(recount.compare) == [], f"seed {seed}"
        seen = {row.figure for row in quiet.rows(tally.select())}
        assert set(KINDS) - seen == set()


def test_a_contact_counts_where_it_arrived_whenever_it_is_answered(quiet: QuietDesk, grace: Caller) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.clock.forward(1000)
    quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
    quiet.clock.forward(1000)
    quiet.do(actions.reply, quiet.policies, grace, 1, "Still here.")
    assert counted(quiet, "offered", "answered", "first_response", "replied") == [
        ("offered", 0, None, 0),
        ("replied", 1000, grace.agent, 0),
        ("answered", 0, grace.agent, 1000),
        ("first_response", 0, grace.agent, 1000),
        ("replied", 2000, grace.agent, 0),
    ]


def test_the_first_response_counts_from_the_first_word_and_the_answer_from_coming_to_people(
    quiet: QuietDesk, grace: Caller
) -> None:
    quiet.hear("ada@example.test", ASKED)
    quiet.answer()
    quiet.clock.forward(600)
    quiet.hear("ada@example.test", "Can I talk to a person?")
    quiet.answer()
    quiet.clock.forward(30)
    quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
    assert counted(quiet, "asked", "handed", "contained", "offered", "answered", "first_response") == [
        ("asked", 0, None, 0),
        ("handed", 0, None, 0),
        ("offered", 600, None, 0),
        ("answered", 600, grace.agent, 30),
        ("first_response", 600, grace.agent, 630),
    ]


def test_what_the_assistant_settles_is_contained_until_people_get_it_after_all(quiet: QuietDesk, grace: Caller) -> None:
    quiet.hear("ada@example.test", ASKED)
    quiet.answer()
    quiet.do(actions.set_status, quiet.policies, grace, 1, "solved", None, "it helped")
    assert counted(quiet, "asked", "handed", "contained") == [("asked", 0, None, 0), ("contained", 0, None, 0)]
    quiet.clock.forward(60)
    quiet.hear("ada@example.test", "Can I talk to a person?")
    quiet.answer()
    assert counted(quiet, "asked", "handed", "contained", "reopened", "offered") == [
        ("asked", 0, None, 0),
        ("reopened", 60, None, 0),
        ("handed", 0, None, 0),
        ("offered", 60, None, 0),
    ]


def test_who_is_gone_while_nobody_had_them_has_left(quiet: QuietDesk, grace: Caller) -> None:
    for name in ("ada", "bob", "carol"):
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    quiet.clock.forward(45)
    quiet.hear("ada@example.test", "", channel="people", change="left")
    quiet.do(actions.set_status, quiet.policies, grace, 2, "closed", None, "")
    quiet.do(actions.claim, quiet.policies, grace, 3)
    quiet.do(actions.set_status, quiet.policies, grace, 3, "closed", None, "")
    assert counted(quiet, "abandoned", "dismissed") == [
        ("abandoned", 0, None, 45),
        ("abandoned", 0, None, 45),
        ("dismissed", 0, grace.agent, 45),
    ]


def test_a_reply_that_is_taken_back_was_none_and_the_customer_waits_on(quiet: QuietDesk, grace: Caller) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    message = quiet.do(actions.reply, quiet.policies, grace, 1, "Wrong window.")
    quiet.do(actions.take_back, quiet.policies, grace, message.id)
    assert counted(quiet, "offered", "answered", "first_response", "replied") == [("offered", 0, None, 0)]
    quiet.clock.forward(90)
    quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
    assert counted(quiet, "answered", "first_response") == [
        ("answered", 0, grace.agent, 90),
        ("first_response", 0, grace.agent, 90),
    ]


def test_what_is_taken_up_again_after_its_end_is_another_contact(quiet: QuietDesk, grace: Caller) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
    quiet.hear("ada@example.test", "Thanks, one more thing.", channel="people")
    assert len(counted(quiet, "offered")) == 1  # it goes on
    quiet.do(actions.set_status, quiet.policies, grace, 1, "solved", None, "")
    quiet.clock.forward(3600)
    quiet.hear("ada@example.test", "It is broken again.", channel="people")
    assert counted(quiet, "offered", "solved", "reopened") == [
        ("offered", 0, None, 0),
        ("solved", 0, grace.agent, 0),
        ("reopened", 3600, grace.agent, 0),
        ("offered", 3600, None, 0),
    ]


def test_a_recount_finds_a_tally_that_was_altered_or_is_gone(quiet: QuietDesk) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.rows(update(tally).values(queue="sales").returning(tally.c.id))
    assert sorted(quiet.do(recount.compare)) == [
        f"ticket 1, offered at {NOON}: the tally is missing",
        f"ticket 1, offered at {NOON}: the tally is not in the history",
    ]
    quiet.rows(delete(tally).returning(tally.c.id))
    assert quiet.do(recount.compare) == [f"ticket 1, offered at {NOON}: the tally is missing"]


def test_an_offer_counts_for_whom_it_was_made_to(quiet: QuietDesk, grace: Caller) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.route()
    quiet.clock.forward(31)
    quiet.upkeep()
    assert counted(quiet, *OFFERS) == [("expired", 0, grace.agent, 0)]


def test_promises_are_counted_as_they_are_kept_and_missed(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path, promising_policies()) as quiet:
        grace = quiet.hire("Grace")
        quiet.hear("ada@example.test", "Hello?", channel="people")
        quiet.clock.forward(60)
        quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
        quiet.clock.forward(60)
        quiet.hear("ada@example.test", "And now?", channel="people")
        quiet.clock.forward(300)
        quiet.do(actions.reply, quiet.policies, grace, 1, "This.")
        quiet.clock.forward(3 * 3600)
        quiet.upkeep()
        quiet.do(actions.set_status, quiet.policies, grace, 1, "solved", None, "")
        quiet.hear("bob@example.test", "Hello?", channel="people")
        quiet.clock.forward(700)
        quiet.upkeep()
        kinds = ("first_kept", "first_missed", "next_kept", "resolution_kept", "awaited", "next_response")
        assert counted(quiet, *kinds) == [
            ("first_kept", 60, None, 540),
            ("awaited", 120, None, 0),
            ("next_response", 120, grace.agent, 300),
            ("next_kept", 420, None, 6 * 3600 - 300),
            ("resolution_kept", 420 + 3 * 3600, None, 2 * 3600 - 60 - 300),
            ("first_missed", 420 + 3 * 3600 + 700, None, 0),
        ]


def test_a_reply_that_is_taken_back_keeps_no_promise_and_the_wait_goes_on(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path, promising_policies()) as quiet:
        grace = quiet.hire("Grace")
        quiet.hear("ada@example.test", "Hello?", channel="people")
        quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
        quiet.clock.forward(60)
        quiet.hear("ada@example.test", "And now?", channel="people")
        quiet.clock.forward(60)
        taken = quiet.do(actions.reply, quiet.policies, grace, 1, "Thsi.", hold=60 * SECOND)
        assert len(counted(quiet, "next_kept", "next_response")) == 2
        quiet.do(actions.take_back, quiet.policies, grace, taken.id)
        assert counted(quiet, "next_kept", "next_response") == []
        quiet.clock.forward(60)
        quiet.do(actions.reply, quiet.policies, grace, 1, "This.")
        assert counted(quiet, "awaited", "next_response") == [
            ("awaited", 60, None, 0),
            ("next_response", 60, grace.agent, 120),
        ]


def test_what_was_not_counted_when_it_happened_is_counted_later(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path, promising_policies()) as quiet:
        steps = BusySteps(quiet, random.Random(4))
        for _ in range(400):
            steps.random_step()
        before = sorted(map(recount._of, quiet.rows(tally.select())), key=repr)
        quiet.do(lambda tx: tx.run(delete(tally).where(tally.c.ticket_id % 2 == 0)))
        quiet.do(lambda tx: tx.run(delete(tally).where(tally.c.figure.in_(("first_kept", "awaited", "held")))))
        found = quiet.do(recount.missing)
        busy = min(found)
        assert quiet.do(recount.add_missing, {busy: (found[busy][0] - 1, found[busy][1])}) == 0, "it went on meanwhile"
        written = quiet.do(recount.add_missing, found)
        assert written == sum(len(rows) for _, rows in found.values())
        assert sorted(map(recount._of, quiet.rows(tally.select())), key=repr) == before
        assert quiet.do(recount.missing) == {}
        assert quiet.do(recount.compare) == []
