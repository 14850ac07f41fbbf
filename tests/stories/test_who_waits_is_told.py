"""Who begins to wait is told their place, how long it will take, and that they can go on by e-mail instead."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contactcenter.flow.expectations import ADD
from contactcenter.flow.foretold import in_words
from contactcenter.flow.policies import QueuePolicy
from contactcenter.model.columns import MINUTE
from contactcenter.routing.hours import Hours
from contactcenter.routing.openings import Span
from tests.desk import QuietDesk, quiet_policies
from tests.steps import TICKETS

TOLD = "We have it: ticket {ticket}. You are number {place}. It takes {wait}. We {care}."
BY_EMAIL = "Or write to help@example.test, naming ticket {ticket}."


def answering(quiet: QuietDesk, queue: QueuePolicy, acknowledge: str = TOLD) -> None:
    policies = quiet_policies(support=queue)
    ways = {name: replace(way, acknowledge=acknowledge) for name, way in policies.ways.items()}
    quiet.policies = replace(policies, ways=ways)


def learned(quiet: QuietDesk, minutes: float) -> None:
    """One slot, tickets of so many minutes."""
    values: dict[str, Any] = {"slots": 1.0, "handled_seconds": 6000.0 * minutes, "handled": 100.0}
    nothing = {"waited_seconds": 0.0, "gave_up": 0.0, "told": 0, "kept": 0}
    quiet.do(lambda tx: tx.run(ADD, queue="support", **values, **nothing))


def told(quiet: QuietDesk, name: str = "ada") -> str:
    """The last thing that was said by itself."""
    quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    said = quiet.said(quiet.rows(TICKETS)[-1].id)
    return str(said[-1].text) if said[-1].author == "assistant" else ""


@pytest.fixture
def support() -> QueuePolicy:
    return QueuePolicy("support", "Support", by_email=BY_EMAIL)


def test_a_sentence_with_what_is_not_known_is_left_out(quiet: QuietDesk, support: QueuePolicy) -> None:
    answering(quiet, support)
    assert told(quiet) == "We have it: ticket 1. You are number 1. We {care}."
    quiet.clock.forward(1)
    assert told(quiet, "bob").startswith("We have it: ticket 2. You are number 2.")


def test_how_long_it_takes_is_told_where_it_is_known(quiet: QuietDesk, support: QueuePolicy) -> None:
    learned(quiet, 5)
    answering(quiet, support)
    assert "It takes 1 to 12 minutes." in told(quiet)
    assert BY_EMAIL[:12] not in told(quiet, "bob")


def test_where_it_takes_too_long_mail_is_offered(quiet: QuietDesk, support: QueuePolicy) -> None:
    learned(quiet, 5)
    answering(quiet, replace(support, by_email_after=MINUTE // 4))
    assert told(quiet).endswith("\n\nOr write to help@example.test, naming ticket 1.")


def test_where_nobody_is_there_mail_is_offered_and_no_wait_is_told(quiet: QuietDesk, support: QueuePolicy) -> None:
    """It is Saturday."""
    learned(quiet, 5)
    monday: tuple[Span, ...] = (Span(9 * 3600, 17 * 3600),)
    hours = Hours(ZoneInfo("UTC"), (monday, (), (), (), (), (), ()))
    answering(quiet, replace(support, hours=hours, outside_hours="We are away."))
    said = told(quiet)
    assert "It takes" not in said
    assert said.split("\n\n")[1:] == ["We are away. We are back on Monday at 09:00 (UTC).", BY_EMAIL.format(ticket=1)]


def test_without_texts_nothing_is_said(quiet: QuietDesk, support: QueuePolicy) -> None:
    answering(quiet, replace(support, by_email=""), "")
    quiet.hear("ada@example.test", "Hello?", channel="people")
    assert [row.author for row in quiet.said(1)] == ["customer"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 60, "less than a minute"), (0, 75, "1 to 2 minutes"), (60, 180, "1 to 3 minutes"),
        (270, 300, "4 to 5 minutes"), (3600, 7500, "1 to 3 hours"), (7000, 7200, "1 to 2 hours"),
    ],
)  # fmt: skip
def test_a_range_is_told_as_people_speak(low: int, high: int, words: str) -> None:
    assert in_words(low, high) == words
