"""An agent is changed, and leaves: what they held goes back, and nothing lets them in any more."""

import pytest

from contactcenter.flow import actions, queries, staff
from contactcenter.model.values import Invalid, NotAllowed, NotFound
from contactcenter.web import auth
from tests.desk import QuietDesk

EMAIL = "grace@example.test"


def test_whoever_leaves_gives_back_what_they_held_and_is_offered_nothing(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    for name in ("ada", "bob", "eve"):
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
        quiet.clock.forward(1)
    for number in (1, 2):
        quiet.do(actions.claim, quiet.policies, grace, number)
    quiet.do(actions.set_status, quiet.policies, grace, 2, "closed", None, "")
    assert quiet.route() == 1  # ticket 3 is held out to her

    row = quiet.do(staff.end_agent, quiet.policies, EMAIL)
    assert quiet.do(staff.give_back, quiet.policies, row) == 1
    assert quiet.do(staff.give_back, quiet.policies, row) == 0
    assert [quiet.ticket(number).assignee_id for number in (1, 2, 3)] == [None, grace.agent, None]
    assert quiet.do(staff.find_agent, EMAIL).presence == "offline"
    assert quiet.route() == 0

    sam = quiet.hire("Sam")
    assert quiet.route() == 2
    assert [offer.ticket_id for offer in quiet.rows(queries.OFFERS_OF, agent=sam.agent)] == [1, 3]  # as old as they are


def test_a_solved_ticket_of_whoever_left_comes_back_to_the_queue(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.do(actions.claim, quiet.policies, grace, 1)
    quiet.do(actions.set_status, quiet.policies, grace, 1, "solved", None, "")
    quiet.do(staff.give_back, quiet.policies, quiet.do(staff.end_agent, quiet.policies, EMAIL))
    quiet.hear("ada@example.test", "One more thing.", channel="people")
    quiet.hire("Sam")
    assert quiet.ticket(1).status == "open"
    assert quiet.route() == 1


def test_nothing_lets_in_whoever_left(quiet: QuietDesk) -> None:
    grace, _ = quiet.hire("Grace"), quiet.hire("Sam")
    spent, unspent = quiet.do(auth.issue_link, EMAIL), quiet.do(auth.issue_link, EMAIL)
    session = quiet.do(auth.sign_in, spent)
    sams = quiet.do(auth.issue, "token", "agent", 2, None)
    assert quiet.do(auth.identify_caller, session, "session") == grace
    assert quiet.do(auth.end_all, grace.as_agent()) == 3  # the token of `hire`, the session and the other link
    assert quiet.do(auth.identify_caller, session, "session") is None
    with pytest.raises(NotAllowed, match="sign-in link"):
        quiet.do(auth.sign_in, unspent)
    assert quiet.do(auth.identify_caller, sams, "token") is not None


def test_a_session_follows_the_agents_role_and_name(quiet: QuietDesk) -> None:
    quiet.hire("Grace")
    session = quiet.do(auth.sign_in, quiet.do(auth.issue_link, EMAIL))
    quiet.do(staff.change_agent, EMAIL, name="Grace H.", role="supervisor", capacity=None)
    caller = quiet.do(auth.identify_caller, session, "session")
    assert caller == actions.Caller("supervisor", 1, "Grace H.")
    assert quiet.do(staff.find_agent, EMAIL).capacity == 5


@pytest.mark.parametrize(
    ("name", "role", "capacity", "told"),
    [
        (None, None, None, "nothing to change"),
        ("", None, None, "the name is empty"),
        (None, "king", None, "role 'king' is unknown"),
        (None, None, 0, "capacity must be at least 1"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    quiet: QuietDesk, name: str | None, role: str | None, capacity: int | None, told: str
) -> None:
    quiet.hire("Grace")
    with pytest.raises(Invalid, match=told):
        quiet.do(staff.change_agent, EMAIL, name=name, role=role, capacity=capacity)
    with pytest.raises(NotFound, match="there is no agent moon"):
        quiet.do(staff.change_agent, "moon@example.test", name=name, role=role, capacity=capacity)


def test_a_token_is_revoked_by_its_id_alone(quiet: QuietDesk) -> None:
    kept, ended = (quiet.do(auth.issue, "token", "admin", None, None) for _ in range(2))
    names = [auth.token_id(row.digest) for row in quiet.do(auth.list_tokens)]
    assert len(set(names)) == 2
    quiet.do(auth.revoke_token, names[0])
    left = [quiet.do(auth.identify_caller, text, "token") is not None for text in (kept, ended)]
    assert sorted(left) == [False, True]
    with pytest.raises(NotFound, match="contactcenter token list"):
        quiet.do(auth.revoke_token, names[0])
