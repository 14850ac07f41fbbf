"""What the assistant answered and what became of it: numbers that open their rows, and a fall that is told."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.desk import keeping
from contactcenter.desk.floor import Floor
from contactcenter.figures import answers
from contactcenter.figures.report import Scope
from contactcenter.flow import actions, posts
from contactcenter.flow.policies import DeskPolicy
from contactcenter.model.columns import DAY, HOUR, table
from contactcenter.model.history import Event
from tests.desk import ARTICLE, NOON, QuietDesk, RunningDesk, asking_policies, eventually, opened_quiet_desk
from tests.steps import ASKED, BusySteps, Steps

EVENTS = select(table(Event)).where(table(Event).c.kind == "AnswerGiven").order_by(table(Event).c.id)
ALWAYS = Scope(0, NOON + 1000 * DAY)
ALL = 100_000


def ask(quiet: QuietDesk, who: str, text: str = ASKED) -> int:
    quiet.hear(f"{who}@example.test", text)
    quiet.answer()
    return max(int(row.id) for row in quiet.rows(select(answers._ticket)))


def settle(quiet: QuietDesk, ticket: int) -> None:
    sam = quiet.hire("Sam", "supervisor")
    quiet.do(actions.set_status, quiet.policies, sam, ticket, "closed", None, "nothing more was asked")


def counted(quiet: QuietDesk) -> dict[str, int]:
    whole = quiet.do(answers.count, ALWAYS).whole
    return {name: getattr(whole, name) for name in answers.OUTCOMES}


def test_an_answers_ticket_is_open_then_settled_or_handed_over(quiet: QuietDesk) -> None:
    settled, _ = ask(quiet, "ada"), ask(quiet, "bob")
    assert counted(quiet) == {"given": 2, "handed": 0, "settled": 0, "came_back": 0, "open": 2}
    quiet.clock.forward(60)
    settle(quiet, settled)
    quiet.hear("bob@example.test", "Can I talk to a person?")
    quiet.answer()
    assert counted(quiet) == {"given": 2, "handed": 1, "settled": 1, "came_back": 0, "open": 0}
    (found,) = quiet.do(answers.count, ALWAYS).articles
    assert (found.article, found.channel, found.counted.answers) == (ARTICLE.slug, "try", 2)


@pytest.mark.parametrize(("hours", "came_back"), [(1, 1), (71, 1), (73, 0)])
def test_who_writes_again_within_three_days_is_taken_off(quiet: QuietDesk, hours: int, came_back: int) -> None:
    settle(quiet, ask(quiet, "ada"))
    quiet.clock.forward(hours * HOUR / 1_000_000)
    quiet.hear("ada@example.test", "It is broken.", channel="people")
    assert counted(quiet)["came_back"] == came_back
    told = quiet.do(answers.count, ALWAYS)
    assert told.opened == 2
    assert told.automation is not None
    assert told.automation.value == (1 - came_back) / 2
    assert told.whole.shares()["done"].value == 1 - came_back  # type: ignore[union-attr]


def test_answers_equal_the_history_and_every_number_opens_its_rows(empty_store: Path, tmp_path: Path) -> None:
    """On days made of anything that customers, agents and loops do."""
    seen = dict.fromkeys(answers.OUTCOMES, 0)
    for seed, walk in enumerate((BusySteps, Steps) * 3):
        with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as quiet:
            steps = walk(quiet, random.Random(seed))
            for _ in range(400):
                steps.random_step()
            rows = {name: opened(quiet, name) for name in answers.OUTCOMES}
            for name, number in counted(quiet).items():
                assert len({row.ticket_id for row in rows[name]}) == number, (seed, name)
                seen[name] += number
            of = [(row.at, row.ticket_id, row.message_id, row.article) for row in rows["given"]]
            assert of == [told(row) for row in quiet.rows(EVENTS)]
    assert all(seen[outcome] for outcome in ("handed", "settled", "open")), f"the days must hold them all: {seen}"


def opened(quiet: QuietDesk, outcome: str) -> list[Any]:
    """All rows behind a number, page by page."""
    found: list[Any] = []
    while page := quiet.do(answers.rows, ALWAYS, outcome, "", (found[-1].at, found[-1].id) if found else (0, 0), 7):
        found += page
    return found


def told(event: Any) -> tuple[Any, ...]:
    fact = json.loads(event.payload)
    return event.at, event.ticket_id, fact["message"], fact["article"]


def days(quiet: QuietDesk, many: int, handed: int, name: str) -> None:
    """So many get an answer, and some of them ask for a person after it."""
    for number in range(many):
        ask(quiet, f"{name}{number}")
        if number < handed:
            quiet.hear(f"{name}{number}@example.test", "Can I talk to a person?")
    quiet.answer()
    quiet.clock.forward(DAY / 1_000_000)


@pytest.mark.parametrize(("lately", "falls"), [(9, False), (24, True)])
def test_a_fall_is_told_to_supervisors_once_a_day_and_not_what_chance_does(
    quiet: QuietDesk, lately: int, falls: bool
) -> None:
    days(quiet, 110, 22, "before")
    days(quiet, 40, lately, "now")
    quiet.clock.forward(-60)
    floor = Floor(replace(quiet.policies, desk=DeskPolicy("C1", supervisors="C2")), quiet.assistant, "http://desk.test")
    for _ in range(3):
        quiet.do(keeping.tell_fall, floor)
    rows = quiet.rows(select(posts.post).where(posts.post.c.kind == "words"))
    assert len(rows) == int(falls)
    if falls:
        assert rows[0].place == "C2"
        assert "of 40 tickets that it answered in the last day, 60% came to people" in rows[0].words
        assert "in the two weeks before it was 20%" in rows[0].words


def test_a_desk_that_begins_has_no_fall(quiet: QuietDesk) -> None:
    days(quiet, 40, 40, "now")
    assert quiet.do(answers.fall) is None


async def test_the_api_tells_it_and_opens_the_rows(desk: RunningDesk) -> None:
    mia = await desk.hire("Mia", "supervisor")
    await desk.loopback.say("ada@example.test", ASKED, "m1", name="Ada")
    ticket = await desk.ticket_of("Ada")

    async def answered() -> Any:
        found = await mia.get("/figures/answers")
        return found if found["answers"] else None

    found = await eventually(answered)
    assert (found["answers"], found["tickets"]["given"], found["opened"]) == (1, 1, 1)
    assert [(one["article"], one["title"]) for one in found["items"]] == [("order-status", "Where is my order?")]
    (row,) = (await mia.get("/figures/answers/rows?outcome=open"))["items"]
    assert (row["ticket"], row["article"]) == (ticket["id"], "order-status")
