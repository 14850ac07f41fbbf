"""Agents go with a reason of their own; what they leave unanswered goes back after a while, if the desk wants that."""

from dataclasses import replace

import pytest

from contactcenter.figures import shifts
from contactcenter.flow import actions
from contactcenter.flow.actions import Caller
from contactcenter.flow.policies import QueuePolicy
from contactcenter.flow.views import shown_agent
from contactcenter.model.columns import MINUTE, SECOND
from contactcenter.model.values import Invalid
from tests.desk import NOON, QuietDesk, RunningDesk, quiet_policies


@pytest.fixture
def strict(quiet: QuietDesk) -> QuietDesk:
    """After ten minutes of absence tickets go back."""
    set_back(quiet)
    return quiet


def set_back(quiet: QuietDesk, *, chats: bool = False, talks: frozenset[str] = frozenset()) -> None:
    policies = quiet_policies(support=QueuePolicy("support", "Support", offer_time=0))
    routing = replace(policies.routing, give_back_after=10 * MINUTE, give_back_chats=chats, chats=talks)
    quiet.policies = replace(policies, routing=routing)


def going(quiet: QuietDesk, who: Caller, presence: str, why: str = "", after: float = 0) -> None:
    quiet.clock.forward(after)
    quiet.do(actions.set_presence, quiet.policies, who, presence, why)


def with_a_ticket(quiet: QuietDesk) -> Caller:
    grace = quiet.hire("Grace")
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.route()
    assert quiet.ticket(1).assignee_id == grace.agent
    return grace


def passing(quiet: QuietDesk, minutes: float) -> int | None:
    """Who has the ticket then."""
    quiet.clock.forward(minutes * MINUTE / SECOND)
    quiet.upkeep()
    holder: int | None = quiet.ticket(1).assignee_id
    return holder


def test_what_is_not_answered_goes_back_as_old_as_it_is_and_the_history_says_why(strict: QuietDesk) -> None:
    grace = with_a_ticket(strict)
    going(strict, grace, "away", "lunch", after=60)
    assert passing(strict, 9) == grace.agent
    assert passing(strict, 2) is None
    assert strict.ticket(1).waiting_since == NOON
    told = strict.facts(1, "TicketReleased")
    assert told == [("system", {"agent": grace.agent, "reason": "Grace is away (lunch)"})]
    bea = strict.hire("Bea")
    strict.route()
    assert strict.ticket(1).assignee_id == bea.agent


def test_who_is_back_in_time_keeps_what_they_have(strict: QuietDesk) -> None:
    grace = with_a_ticket(strict)
    going(strict, grace, "away")
    going(strict, grace, "offline", after=300)
    going(strict, grace, "available", after=60)
    assert passing(strict, 20) == grace.agent
    going(strict, grace, "away")
    assert passing(strict, 11) is None, "the next time counts from when they went then"


def test_away_and_then_offline_is_one_absence(strict: QuietDesk) -> None:
    grace = with_a_ticket(strict)
    going(strict, grace, "away")
    going(strict, grace, "offline", after=360)
    assert passing(strict, 5) is None


def test_what_waits_for_its_customer_stays(strict: QuietDesk) -> None:
    grace = with_a_ticket(strict)
    strict.do(actions.reply, strict.policies, grace, 1, "What is it about?")
    going(strict, grace, "offline")
    assert passing(strict, 30) == grace.agent


def test_a_chat_in_which_they_have_spoken_stays_unless_it_is_asked_for(quiet: QuietDesk) -> None:
    set_back(quiet, talks=frozenset({"loopback"}))
    grace = with_a_ticket(quiet)
    quiet.do(actions.reply, quiet.policies, grace, 1, "What is it about?")
    quiet.hear("ada@example.test", "My parcel.", channel="people")
    going(quiet, grace, "away")
    assert passing(quiet, 30) == grace.agent
    set_back(quiet, chats=True, talks=frozenset({"loopback"}))
    going(quiet, grace, "available")
    going(quiet, grace, "away")
    assert passing(quiet, 30) is None


def test_where_nothing_is_set_nothing_goes_back(quiet: QuietDesk) -> None:
    quiet.policies = quiet_policies(support=QueuePolicy("support", "Support", offer_time=0))
    grace = with_a_ticket(quiet)
    going(quiet, grace, "offline")
    assert passing(quiet, 24 * 60) == grace.agent


def test_a_reason_is_shown_and_its_time_is_counted(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    going(quiet, grace, "away", "  lunch ")
    shown = quiet.do(shown_agent, grace.as_agent())
    assert (shown.away_for, shown.presence_reason) == ("lunch", None)
    going(quiet, grace, "away", "training", after=1800)
    going(quiet, grace, "available", after=600)
    assert quiet.do(shown_agent, grace.as_agent()).away_for is None
    shift = next(shift for shift in quiet.do(shifts.shifts, NOON, NOON + 60 * MINUTE) if shift.agent == grace.agent)
    assert shift.reasons == {"lunch": 30 * MINUTE, "training": 10 * MINUTE}
    assert shift.presence["away"] == 40 * MINUTE


@pytest.mark.parametrize(("presence", "why"), [("available", "lunch"), ("away", "x" * 61)])
def test_a_reason_that_says_nothing_is_refused(quiet: QuietDesk, presence: str, why: str) -> None:
    grace = quiet.hire("Grace")
    with pytest.raises(Invalid, match="reason"):
        quiet.do(actions.set_presence, quiet.policies, grace, presence, why)


async def test_reasons_go_by_the_api(desk: RunningDesk) -> None:
    assert await desk.grace.get("/agents/me/presence/reasons") == {"items": [], "next": None}
    shown = await desk.grace.put("/agents/me/presence", {"presence": "away", "reason": "lunch"})
    assert (shown["presence"], shown["away_for"]) == ("away", "lunch")
    stays = await desk.sam.items(f"/agents/{shown['id']}/presences")
    assert (stays[-1]["presence"], stays[-1]["away_for"], stays[-1]["reason"]) == ("away", "lunch", None)
