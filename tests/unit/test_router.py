"""Which agent a ticket is held out to: pure, and with its reasons."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contactcenter.routing.router import Candidate, decide

GRACE = Candidate(1, "Grace", load=0, capacity=5, assigned_at=0)
BEA = Candidate(2, "Bea", load=0, capacity=5, assigned_at=0)


def test_with_nobody_there_nobody_is_chosen_and_the_reason_says_so() -> None:
    assert decide([]).agent is None
    assert decide([]).reasons == ("nobody serving this queue is available",)


def test_nobody_is_given_more_than_they_can_hold() -> None:
    full = decide([replace(GRACE, load=5), replace(BEA, load=6)])
    assert full.agent is None
    assert full.reasons == ("all 2 available agents are at capacity",)


def test_the_least_loaded_is_chosen_by_share_of_what_they_can_hold() -> None:
    chosen = decide([replace(GRACE, load=2, capacity=10), replace(BEA, load=1, capacity=2)])
    assert chosen.agent == GRACE.agent
    assert chosen.reasons == ("2 available in the queue, 2 with room", "Grace is the least loaded (2 of 10)")


def test_among_equals_whoever_waited_longest_is_chosen() -> None:
    chosen = decide([replace(GRACE, assigned_at=20), replace(BEA, assigned_at=10)])
    assert chosen.agent == BEA.agent
    assert chosen.reasons[-1] == "Bea is among the least loaded (0 of 5) and waited longest"


def test_whoever_declined_it_is_asked_again_last() -> None:
    chosen = decide([replace(GRACE, refusals=1), replace(BEA, load=4)])
    assert chosen.agent == BEA.agent
    assert "others have declined or missed it before" in chosen.reasons
    assert decide([replace(GRACE, refusals=1), replace(BEA, load=5)]).agent == GRACE.agent


candidates = st.lists(
    st.builds(
        Candidate,
        agent=st.integers(1, 50),
        name=st.just("Somebody"),
        load=st.integers(0, 6),
        capacity=st.integers(1, 6),
        assigned_at=st.integers(0, 3),
        refusals=st.integers(0, 2),
    ),
    max_size=6,
    unique_by=lambda candidate: candidate.agent,
)


@given(candidates)
def test_a_choice_has_room_has_reasons_and_does_not_depend_on_the_order(team: list[Candidate]) -> None:
    decision = decide(team)
    assert decision.reasons
    assert (decision.agent is None) == all(candidate.load >= candidate.capacity for candidate in team)
    assert decide(team[::-1]) == decision
    chosen = [candidate for candidate in team if candidate.agent == decision.agent]
    assert all(candidate.load < candidate.capacity for candidate in chosen)
