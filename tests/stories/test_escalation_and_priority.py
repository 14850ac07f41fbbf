"""An agent asks supervisors for help; a supervisor says what comes first; the queue follows."""

import json
from typing import Any

import pytest

from contactcenter.flow import actions, calls
from contactcenter.flow.calls import call_of
from contactcenter.model.values import Conflict, Invalid, NotAllowed
from contactcenter.routing.board import Board, Came, Changed, Staff
from contactcenter.routing.router import Free, follow
from tests.desk import QuietDesk, RunningDesk

ADA, BOB = "ada@example.test", "bob@example.test"


def waiting(quiet: QuietDesk) -> list[int]:
    """Tickets in the order in which they are held out."""
    board, given = Board(), list[int]()
    board.apply(Changed(Staff(1, "Anybody", frozenset({"support"}), {}, 99, present=True)))
    for row in quiet.rows(calls.CALLS, after=0, limit=99):
        board.apply(Came(quiet.do(call_of, quiet.policies, row)))
    follow(board, Free(1), quiet.clock.now(), lambda decision: not given.append(decision.ticket))  # type: ignore[func-returns-value]
    return given


def told(quiet: QuietDesk, kind: str) -> list[tuple[list[str], dict[str, Any]]]:
    frames = [(topics, json.loads(frame)) for topics, frame in quiet.told if frame]
    return [(list(topics), frame) for topics, frame in frames if frame["type"] == kind]


def test_an_escalation_is_one_step_up_and_supervisors_see_who_asks_and_why(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear(ADA, "It is broken.", channel="people")
    shown = quiet.do(actions.escalate, quiet.policies, grace, 1, "She threatens to leave.")
    assert shown.priority == "high"
    assert shown.escalation is not None
    assert (shown.escalation.by.name, shown.escalation.reason) == ("Grace", "She threatens to leave.")
    assert quiet.facts(1, "TicketEscalated") == [
        (f"agent:{grace.agent}", {"priority": "high", "before": "normal", "reason": "She threatens to leave."})
    ]
    [(topics, frame)] = told(quiet, "escalated")
    assert topics == ["supervisors"]
    assert (frame["ticket"]["id"], frame["escalation"]["reason"]) == (1, "She threatens to leave.")


def test_it_goes_no_further_than_urgent(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear(ADA, "It is broken.", channel="people")
    for expected in ("high", "urgent"):
        assert quiet.do(actions.escalate, quiet.policies, grace, 1, "Now.").priority == expected
    with pytest.raises(Conflict, match="urgent already"):
        quiet.do(actions.escalate, quiet.policies, grace, 1, "Now.")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_an_escalation_says_why_in_some_words(quiet: QuietDesk, reason: str) -> None:
    quiet.hear(ADA, "It is broken.", channel="people")
    with pytest.raises(Invalid):
        quiet.do(actions.escalate, quiet.policies, quiet.hire("Grace"), 1, reason)


def test_the_more_urgent_ticket_is_held_out_first_at_once(quiet: QuietDesk) -> None:
    sam = quiet.hire("Sam", "supervisor", queues=("sales",))
    quiet.hear(ADA, "First", channel="people")
    quiet.clock.forward(60)
    quiet.hear(BOB, "Second", channel="people")
    assert waiting(quiet) == [1, 2]
    quiet.do(actions.set_priority, quiet.policies, sam, 2, "urgent")
    assert waiting(quiet) == [2, 1]
    quiet.do(actions.set_priority, quiet.policies, sam, 2, "low", "It can wait.")
    assert waiting(quiet) == [1, 2]
    assert [fact for _, fact in quiet.facts(2, "PriorityChanged")] == [
        {"priority": "urgent", "before": "normal", "reason": "Sam set it"},
        {"priority": "low", "before": "urgent", "reason": "It can wait."},
    ]


def test_only_supervisors_say_what_comes_first_and_that_sees_to_an_escalation(quiet: QuietDesk) -> None:
    grace, sam = quiet.hire("Grace"), quiet.hire("Sam", "supervisor")
    quiet.hear(ADA, "It is broken.", channel="people")
    quiet.do(actions.escalate, quiet.policies, grace, 1, "Help.")
    with pytest.raises(NotAllowed):
        quiet.do(actions.set_priority, quiet.policies, grace, 1, "urgent")
    shown = quiet.do(actions.set_priority, quiet.policies, sam, 1, "high")
    assert (shown.priority, shown.escalation) == ("high", None)
    assert quiet.facts(1, "PriorityChanged") == [], "nothing changed"


def test_solving_sees_to_an_escalation_too(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear(ADA, "It is broken.", channel="people")
    quiet.do(actions.escalate, quiet.policies, grace, 1, "Help.")
    quiet.do(actions.set_status, quiet.policies, grace, 1, "solved", None, "")
    assert quiet.ticket(1).escalation == ""
    with pytest.raises(Conflict, match="ticket 1 is solved"):
        quiet.do(actions.escalate, quiet.policies, grace, 1, "Help.")


async def test_a_supervisors_window_is_told_and_an_agents_is_not(desk: RunningDesk) -> None:
    await desk.people_only.say(ADA, "It is broken.", "m1", name="Ada")
    path = f"/tickets/{(await desk.ticket_of('Ada'))['id']}"
    async with desk.sam.live() as sam, desk.grace.live() as grace:
        body = {"reason": "She threatens to leave."}
        shown = await desk.grace.post(f"{path}/escalations", body, key="once")
        assert shown["priority"] == "high"
        assert await desk.grace.post(f"{path}/escalations", body, key="once") == shown, "repeating repeats the answer"
        frame = await sam.first(lambda frame: frame["type"] == "escalated")
        assert frame["escalation"]["by"]["name"] == "Grace"
        await desk.grace.put(f"{path}/priority", {"priority": "low"}, status=403)
        await desk.sam.put(f"{path}/priority", {"priority": "urgent"})
        await sam.first(lambda frame: frame["type"] == "ticket" and frame["ticket"]["priority"] == "urgent")
        assert "escalated" not in {frame["type"] for frame in grace.all}
