"""Merging and taking out again changes nothing, whatever has happened before; and what came between stays."""

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.flow import actions, queries
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import HOUR, table
from contactcenter.model.ledgers import Question, Timer, Waiting
from contactcenter.model.tickets import PRIORITIES, Conversation, Message, Note, Ticket
from contactcenter.model.values import Conflict
from contactcenter.routing.promises import TARGETS, Promise
from tests.desk import QuietDesk, asking_policies, opened_quiet_desk
from tests.steps import TICKETS, Steps

HISTORY = 40  # steps
# What tells that something happened, and when; and how often a ticket was held out, which begins anew with its wait.
PASSING = {
    "ticket": {"version", "updated_at"},
    "waiting": {"id", "created_at", "due_at", "offers", "offered"},
    "question": {"id", "created_at", "due_at", "owner", "state", "attempts", "error"},
    "timer": {"id", "created_at", "state", "attempts", "error"},
}


def promising_policies() -> Policies:
    """The same desk, of whose queues one promises something; its time passes in hours."""
    policies = asking_policies()
    targets = {(priority, target): HOUR for priority in PRIORITIES for target in TARGETS}
    support = dataclasses.replace(policies.queues["support"], promise=Promise("fast", targets))
    return dataclasses.replace(policies, queues={**policies.queues, "support": support})


@pytest.mark.parametrize("policies", [asking_policies(), promising_policies()], ids=["plain", "promising"])
def test_merging_and_taking_out_leaves_everything_as_it_was(
    empty_store: Path, tmp_path: Path, policies: Policies
) -> None:
    tried = 0
    for seed in range(30):
        with opened_quiet_desk(empty_store, tmp_path, policies) as quiet:
            steps = Steps(quiet, random.Random(seed))
            for _ in range(HISTORY):
                steps.random_step()
            for source, target in pairs(quiet):
                tried += undone_exactly(quiet, steps, source, target)
    assert tried > 20, "the histories must hold tickets that can be merged"


def undone_exactly(quiet: QuietDesk, steps: Steps, source: int, target: int) -> bool:
    sam = steps.callers[-1]
    before = shape(quiet)
    try:
        quiet.do(actions.merge_tickets, quiet.policies, sam, source, target)
    except Conflict:
        return False
    assert shape(quiet) != before
    quiet.do(actions.unmerge, quiet.policies, sam, source)
    assert shape(quiet) == before, (source, target)
    return True


def pairs(quiet: QuietDesk) -> Iterator[tuple[int, int]]:
    rows = quiet.rows(TICKETS)
    return ((a.id, b.id) for a in rows for b in rows if a.customer_id == b.customer_id and a.id != b.id)


def shape(quiet: QuietDesk) -> dict[str, list[dict[str, Any]]]:
    """All that a merge may touch, without what only tells that it did."""
    found = {}
    for model in (Ticket, Message, Note, Conversation, Waiting, Timer, Question):
        name = str(model.__tablename__)
        rows = quiet.rows(select(table(model)))
        kept = [
            {key: value for key, value in row._asdict().items() if key not in PASSING.get(name, ())}
            for row in rows
            if (name, getattr(row, "kind", "")) not in (("timer", "offer"), ("timer", "promise"))
        ]
        found[name] = sorted(kept, key=str)
    return found


def test_what_comes_between_stays_with_the_other_ticket(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path) as quiet:
        sam = quiet.hire("Sam", "supervisor")
        quiet.hear("ada@example.test", "It is broken.", channel="people")
        quiet.hear("ada@example.test", "Can I talk to a person?", channel="try")
        quiet.do(actions.merge_tickets, quiet.policies, sam, 2, 1)
        quiet.hear("ada@example.test", "Are you there?", channel="try")
        quiet.do(actions.write_note, quiet.policies, sam, 1, "She asks twice.")
        quiet.do(actions.unmerge, quiet.policies, sam, 2)
        assert [message.text for message in quiet.said(1)] == ["It is broken.", "Are you there?"]
        assert [message.text for message in quiet.said(2)] == ["Can I talk to a person?"]
        assert [row.text for row in quiet.rows(queries.NOTES_AFTER, ticket=1, after=0, limit=9)] == ["She asks twice."]
        quiet.hear("ada@example.test", "And now?", channel="try")
        assert quiet.said(2)[-1].text == "And now?", "the conversation goes on where it was"
