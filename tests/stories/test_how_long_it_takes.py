"""Who waits is told how long it will take: learned from what was seen, and counted whether it was right."""

from typing import Any

import pytest

from contactcenter.flow import actions, calls, queries
from contactcenter.flow.expectations import ALL, expected
from contactcenter.flow.rights import Caller
from tests.desk import QuietDesk

AGENTS, HANDLED = 2, 300.0


def served(quiet: QuietDesk, agents: list[Caller], rounds: int) -> None:
    """Customers come two by two, and each is answered after so many seconds."""
    for number in range(rounds):
        for agent in agents:
            quiet.hear(f"{agent.name}{number}@example.test".lower(), "Hello", channel="people")
        for agent in agents:
            takes(quiet, agent)
        quiet.clock.forward(HANDLED)
        for agent in agents:
            answers(quiet, agent)


def takes(quiet: QuietDesk, agent: Caller) -> None:
    quiet.route()
    offer = quiet.row(queries.OFFERS_OF, agent=agent.agent)
    quiet.do(actions.answer_offer, quiet.policies, agent, offer.id, "accepted")
    quiet.route()


def answers(quiet: QuietDesk, agent: Caller) -> None:
    ticket = quiet.row(calls.HOLDS, agent=agent.agent, after=quiet.clock.now()).id
    quiet.do(actions.reply, quiet.policies, agent, ticket, "It left.")
    quiet.route()


def line(quiet: QuietDesk) -> Any:
    (row,) = [row for row in quiet.rows(ALL) if row.queue == "support"]
    return row


def test_while_nothing_is_known_nothing_is_told(quiet: QuietDesk) -> None:
    quiet.hear("ada@example.test", "Hello", channel="people")
    quiet.route()
    assert quiet.do(expected, "support", 0) is None


def test_what_tickets_took_is_learned_and_the_next_are_told(quiet: QuietDesk) -> None:
    agents = [quiet.hire(name, room=1) for name in ("Grace", "Bea")]
    served(quiet, agents, 12)
    assert line(quiet).handled_seconds / line(quiet).handled == pytest.approx(HANDLED)
    assert line(quiet).slots == AGENTS
    next_one, third = quiet.do(expected, "support", 0), quiet.do(expected, "support", 2)
    assert next_one is not None
    assert third is not None
    assert next_one[0] <= HANDLED / AGENTS <= next_one[1]
    assert third[0] <= 3 * HANDLED / AGENTS <= third[1]
    assert next_one[1] < third[1]


def test_whether_it_was_right_is_counted_and_survives_a_restart(quiet: QuietDesk) -> None:
    agents = [quiet.hire(name, room=1) for name in ("Grace", "Bea")]
    served(quiet, agents, 12)
    for agent in agents:  # both are busy
        quiet.hear(f"busy{agent.agent}@example.test", "Hello", channel="people")
        takes(quiet, agent)
    quiet.hear("ada@example.test", "Hello", channel="people")
    quiet.route()
    quiet.clock.forward(HANDLED / AGENTS)
    answers(quiet, agents[0])
    takes(quiet, agents[0])
    quiet.clock.forward(10)
    quiet.hear("bob@example.test", "Hello", channel="people")
    quiet.route()
    assert (line(quiet).told, line(quiet).kept) == (1, 1)
    quiet.routing.forget()
    quiet.clock.forward(10)
    quiet.hear("cyd@example.test", "Hello", channel="people")
    quiet.route()
    assert (line(quiet).told, line(quiet).kept) == (1, 1)


def test_a_customer_who_gives_up_teaches_patience(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace", room=1)
    quiet.hear("ada@example.test", "Hello", channel="people")
    takes(quiet, grace)
    quiet.hear("bob@example.test", "Hello", channel="people")
    quiet.route()
    quiet.clock.forward(60)
    quiet.do(actions.set_status, quiet.policies, quiet.hire("Sam", "supervisor", ()), 2, "solved", None, "he left")
    quiet.route()
    assert (line(quiet).gave_up, line(quiet).waited_seconds) == (1, 60)
