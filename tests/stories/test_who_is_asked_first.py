"""A chat is not held out for long; who refused a ticket is asked after others; agents have limits of their own."""

import shutil
from contextlib import chdir
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from contactcenter.cli import main
from contactcenter.flow import actions, queries, staff
from contactcenter.flow.actions import Caller
from contactcenter.flow.policies import QueuePolicy
from contactcenter.flow.views import shown_agent
from contactcenter.model.columns import SECOND, table
from contactcenter.model.tickets import Offer
from contactcenter.model.values import Invalid
from contactcenter.routing.hours import DaysOff, Hours
from tests.desk import NOON, QuietDesk, quiet_policies, write_settings

OFFERS = select(table(Offer)).order_by(table(Offer).c.id)
Out = pytest.CaptureFixture[str]


def set_up(quiet: QuietDesk, target: int, chats: frozenset[str]) -> None:
    policies = quiet_policies()
    routing = replace(policies.routing, targets={"loopback": target}, chats=chats)
    quiet.policies = replace(policies, routing=routing)


def asked(quiet: QuietDesk, name: str = "ada") -> None:
    quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    quiet.route()


@pytest.mark.parametrize(
    ("target", "chats", "seconds"),
    [(60, True, 15), (12, True, 5), (600, True, 30), (60, False, 30)],
)
def test_a_chat_is_held_out_for_a_quarter_of_its_time_at_most(
    quiet: QuietDesk, target: int, chats: bool, seconds: int
) -> None:
    set_up(quiet, target * SECOND, frozenset({"loopback"}) if chats else frozenset())
    quiet.hire("Grace")
    asked(quiet)
    assert [row.expires_at - NOON for row in quiet.rows(OFFERS)] == [seconds * SECOND]


def declining(quiet: QuietDesk, agents: dict[int, Caller], after: float) -> int:
    """Whoever is asked now declines; who that was."""
    offer = quiet.rows(OFFERS)[-1]
    quiet.do(actions.answer_offer, quiet.policies, agents[offer.agent_id], offer.id, "declined")
    quiet.clock.forward(after)
    quiet.route()
    return int(offer.agent_id)


def test_who_refused_it_is_asked_after_those_who_did_not(quiet: QuietDesk) -> None:
    """Grace has the least to do, but has refused it twice, Bea once: after their rest Bea is asked first."""
    grace = quiet.hire("Grace")
    agents = {grace.as_agent(): grace}
    asked(quiet)
    assert [declining(quiet, agents, 121), declining(quiet, agents, 1)] == [1, 1]
    bea = quiet.hire("Bea", room=2)
    agents[bea.as_agent()] = bea
    quiet.route()
    assert declining(quiet, agents, 121) == 2, "who never refused it comes first"
    last = quiet.rows(OFFERS)[-1]
    assert (last.agent_id, last.state) == (2, "open")
    assert "Grace has declined or missed it 2 times, and is asked after the others" in last.reasons


def test_an_agents_own_limit_counts_before_the_desks(quiet: QuietDesk) -> None:
    policies = quiet_policies()
    quiet.policies = replace(policies, routing=replace(policies.routing, limits=(("loopback", 3),)))
    grace = quiet.hire("Grace")
    assert quiet.do(staff.set_limit, "grace@example.test", "loopback", 1) == {"loopback": 1}
    for name in ("ada", "bob", "cid", "dot"):
        asked(quiet, name)
    assert len(quiet.rows(OFFERS)) == 1
    assert quiet.do(shown_agent, grace.as_agent()).limits == {"loopback": 1}
    quiet.do(staff.set_limit, "grace@example.test", "loopback", None)
    quiet.route()
    assert len(quiet.rows(OFFERS)) == 3
    quiet.do(staff.set_limit, "grace@example.test", "loopback", 0)
    quiet.do(lambda tx: tx.run(queries.SET_PRIORITY, row=4, becomes="urgent"))
    quiet.route()
    assert len(quiet.rows(OFFERS)) == 3
    with pytest.raises(Invalid, match="at least 0"):
        quiet.do(staff.set_limit, "grace@example.test", "loopback", -1)


def test_a_limit_is_set_and_a_weight_that_fits_nobody_is_told(tmp_path: Path, empty_store: Path, capsys: Out) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    write_settings(tmp_path, more="[routing.kinds.webchat]\nweight = 4\n")
    with chdir(tmp_path):
        assert main(["agent", "add", "grace@example.test", "--name", "Grace", "--queue", "support"]) == 0
        main(["doctor"])
        assert "would wait for ever" not in capsys.readouterr().out
        assert main(["agent", "limit", "grace@example.test", "webchat", "3"]) == 0
        assert capsys.readouterr().out == "grace@example.test: at most 3 of webchat\n"
        assert main(["doctor"]) == 1
        assert "a ticket of channels.site weighs 4, and nobody who serves support has room for more than 3" in (
            capsys.readouterr().out
        )
        assert main(["agent", "limit", "grace@example.test", "webchat"]) == 0
        assert main(["agent", "limit", "grace@example.test", "pigeons", "1"]) == 1
        assert "there is no kind of channel 'pigeons'" in capsys.readouterr().err


def test_a_day_is_off_where_every_queue_with_hours_is(quiet: QuietDesk) -> None:
    xmas = date(2026, 12, 25)
    hours = Hours(ZoneInfo("UTC"), ((),) * 7, DaysOff(frozenset({xmas})))
    policies = quiet_policies(support=QueuePolicy("support", "Support", hours=hours))
    assert policies.is_off("", xmas)
    assert policies.is_off("support", xmas)
    assert not policies.is_off("sales", xmas)
    assert not policies.is_off("", date(2026, 12, 24))
