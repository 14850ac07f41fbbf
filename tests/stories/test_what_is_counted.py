"""What happens is counted as it happens, where it belongs, and a recount of the history says the same."""

import random
from pathlib import Path
from typing import Any

import pytest

from contactcenter.figures import recount
from contactcenter.figures.tallies import KINDS, tally
from contactcenter.flow import actions, queries
from contactcenter.flow.actions import Caller
from contactcenter.model.columns import SECOND
from tests.desk import NOON, QuietDesk, asking_policies, opened_quiet_desk
from tests.steps import SAID, Steps

HISTORY = 1_200  # steps
ASKED = "When will my parcel arrive?"  # there is an article


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


class BusySteps(Steps):
    """The same with people who come all day, agents who mostly stay, and time that mostly goes on by minutes."""

    def random_step(self) -> None:
        often = (self.step_come, self.step_route, self.step_go_on, self.step_presence, self.step_answer_an_offer)
        if self.rng.random() < 0.6:
            self.take(self.rng.choice(often))
        else:
            super().random_step()

    def step_come(self) -> None:
        channel = self.rng.choice(("try", "people"))
        who = f"c{self.rng.randrange(200)}@example.test"
        self.quiet.hear(who, self.rng.choice((*SAID, ASKED, ASKED)), channel=channel)
        self.step_answer()
        if self.rng.random() < 0.3:
            self.quiet.hear(who, "That helps", channel=channel)

    def step_go_on(self) -> None:
        self.quiet.clock.forward(self.rng.randrange(1, 1200))
        self.quiet.upkeep()

    def step_presence(self) -> None:
        presence = self.rng.choice(("available", *actions.PRESENCES))
        self.quiet.do(actions.set_presence, self.quiet.policies, self.caller(), presence)

    def step_leave(self) -> None:
        gone = f"c{self.rng.randrange(200)}@example.test"
        self.quiet.hear(gone, "", channel="people", change="left")

    def step_take_back(self) -> None:
        for message in self.quiet.rows(queries.MESSAGES_AFTER, ticket=self.ticket(), after=0, limit=50):
            if message.delivery == "due" and message.author_id is not None and message.author == "agent":
                self.quiet.do(actions.take_back, self.quiet.policies, self.callers[2], message.id)
                return


def test_after_a_random_history_what_was_counted_is_what_the_history_says(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as quiet:
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
    assert counted(quiet, "offered", "answered", "first_response", "replied") == [
        ("offered", 0, None, 0),
        ("replied", 1000, grace.agent, 0),
        ("answered", 0, grace.agent, 1000),
        ("first_response", 0, grace.agent, 1000),
    ]
