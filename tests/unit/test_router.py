"""Which agent a ticket is held out to, and which ticket an agent gets: pure, and with its reasons."""

from dataclasses import replace
from typing import Any

from contactcenter.model.columns import MINUTE, SECOND
from contactcenter.routing.board import Board, Call, Came, Changed, Fact, Held, Load, Staff, Went
from contactcenter.routing.needs import Need, Stage
from contactcenter.routing.reasons import explain
from contactcenter.routing.router import Decision, Free, Ready, awaken, decide, follow

NOON = 1_000_000 * SECOND
SUPPORT = Need(("support",))
GERMAN = Need(("support",), (("german", 3),))
GRACE = Staff(1, "Grace", frozenset({"support"}), {"german": 4}, capacity=5, present=True)
BEA = Staff(2, "Bea", frozenset({"support"}), {}, capacity=5, present=True)
TICKET = Call(7, "webchat", 1, 1.0, NOON, NOON + 2 * MINUTE, 2 * MINUTE, (Stage(NOON, SUPPORT),))
MAIL = replace(
    TICKET, ticket=8, channel="email", due=NOON + 100 * MINUTE, target=100 * MINUTE,
    stages=(Stage(NOON, SUPPORT, reserved=True), Stage(NOON + 75 * MINUTE, SUPPORT)),
)  # fmt: skip


def board(*known: Staff | Call) -> Board:
    made = Board()
    for one in known:
        made.apply(Changed(one) if isinstance(one, Staff) else Came(one))
    return made


def busy(staff: Staff, tickets: int, channel: str = "webchat", **more: Any) -> Staff:
    """They hold so many."""
    numbers = range(100 * staff.agent, 100 * staff.agent + tickets)
    return replace(staff, holds=tuple((number, Load(channel, 1)) for number in numbers), **more)


def chosen(made: Board, ticket: int = 7, now: int = NOON) -> int:
    return decide(made, Ready(ticket), now).agent


def next_of(made: Board, agent: int = 1, now: int = NOON) -> int:
    return decide(made, Free(agent), now).ticket


# --- a ticket's agent


def test_with_nobody_there_nobody_is_chosen_and_the_reason_says_so() -> None:
    away = replace(GRACE, present=False)
    assert decide(board(away, TICKET), Ready(7), NOON) == Decision(7, 0, "nobody who can take it has room")


def test_nobody_is_given_more_than_they_can_hold() -> None:
    assert chosen(board(busy(GRACE, 5), busy(BEA, 6), TICKET)) == 0
    assert chosen(board(busy(GRACE, 5), busy(BEA, 4), TICKET)) == BEA.agent
    heavy = replace(TICKET, weight=2)
    assert chosen(board(busy(GRACE, 4), heavy)) == 0


def test_nobody_has_more_of_a_channel_than_its_limit() -> None:
    limits = (("webchat", 2),)
    full, mails = busy(GRACE, 2, limits=limits), busy(BEA, 3, "email", limits=limits)
    assert chosen(board(full, mails, TICKET)) == BEA.agent
    assert chosen(board(full, TICKET)) == 0


def test_the_least_loaded_is_chosen_by_share_of_what_they_can_hold() -> None:
    assert chosen(board(busy(GRACE, 2, capacity=10), busy(BEA, 1, capacity=2), TICKET)) == GRACE.agent


def test_among_equals_whoever_waited_longest_is_chosen() -> None:
    assert chosen(board(replace(GRACE, assigned_at=20), replace(BEA, assigned_at=10), TICKET)) == BEA.agent


def test_whoever_can_take_less_else_is_spared_for_nothing() -> None:
    """Grace alone can take what needs German: what Bea can take as well goes to Bea."""
    made = board(GRACE, BEA)
    for number in (1, 2):
        made.apply(Came(replace(TICKET, ticket=number, stages=(Stage(NOON, GERMAN),))))
        made.apply(Went(number))
    made.apply(Came(TICKET))
    assert chosen(made) == BEA.agent


def test_equals_are_parted_by_the_seed_and_for_one_seed_always_alike() -> None:
    def by(seed: int) -> int:
        made = Board(seed)
        for number in range(1, 9):
            made.apply(Changed(replace(BEA, agent=number)))
        made.apply(Came(TICKET))
        return chosen(made)

    assert len({by(seed) for seed in range(40)}) > 1
    assert [by(seed) for seed in range(9)] == [by(seed) for seed in range(9)]


def test_a_skill_that_is_needed_must_be_good_enough() -> None:
    needs_german = replace(TICKET, stages=(Stage(NOON, GERMAN),))
    assert chosen(board(GRACE, BEA, needs_german)) == GRACE.agent
    assert chosen(board(replace(GRACE, skills={"german": 2}), BEA, needs_german)) == 0


def test_a_skill_that_is_welcome_goes_before_load_but_keeps_nobody_waiting() -> None:
    welcome = replace(TICKET, wanted=(("german", 3),))
    assert chosen(board(busy(GRACE, 4), BEA, welcome)) == GRACE.agent
    assert chosen(board(busy(GRACE, 5), BEA, welcome)) == BEA.agent


def test_the_agent_of_before_is_chosen_if_free_and_not_waited_for() -> None:
    known = replace(TICKET, previous=GRACE.agent)
    assert chosen(board(busy(GRACE, 4), BEA, known)) == GRACE.agent
    assert chosen(board(busy(GRACE, 5), BEA, known)) == BEA.agent
    assert chosen(board(replace(GRACE, queues=frozenset({"sales"})), BEA, known)) == BEA.agent


def test_whoever_declined_it_rests_from_it_and_then_may_have_it() -> None:
    declined = replace(TICKET, resting=((GRACE.agent, NOON + MINUTE),))
    made = board(GRACE, declined)
    assert chosen(made) == 0
    assert next_of(made) == 0
    later = NOON + MINUTE
    assert awaken(made, later) == [Ready(7)]
    assert chosen(made, now=later) == GRACE.agent


def test_mail_leaves_the_last_room_of_an_agent_who_also_chats_until_its_guard() -> None:
    made = board(busy(GRACE, 4, "email"), TICKET)
    made.apply(Went(7))
    made.apply(Came(MAIL))
    assert chosen(made, 8) == 0
    guard = NOON + 75 * MINUTE
    assert made.next_due() == guard
    assert awaken(made, guard) == [Ready(8)]
    assert chosen(made, 8, guard) == GRACE.agent


def test_who_gets_nothing_but_mail_keeps_no_room_for_anything_else() -> None:
    assert chosen(board(busy(GRACE, 4, "email"), MAIL), 8) == GRACE.agent


def test_a_need_is_relaxed_in_steps_and_the_age_stays() -> None:
    steps = (Stage(NOON, GERMAN), Stage(NOON + MINUTE, SUPPORT))
    made = board(BEA, replace(TICKET, stages=steps), replace(TICKET, ticket=9, since=NOON + 1, due=TICKET.due + 1))
    assert next_of(made, BEA.agent) == 9
    assert awaken(made, NOON + MINUTE) == [Ready(7)]
    assert next_of(made, BEA.agent, NOON + MINUTE) == 7, "it is older"
    assert made.calls[7].call.since == NOON


# --- an agent's ticket


def test_what_is_due_first_goes_first_and_urgent_counts_double() -> None:
    later = replace(TICKET, ticket=9, due=NOON + 3 * MINUTE)
    assert next_of(board(GRACE, later, TICKET)) == 7
    assert next_of(board(GRACE, replace(later, urgency=2.0), TICKET)) == 9


def test_late_tickets_wait_behind_those_that_can_be_kept_but_one_turn_in_five_is_theirs() -> None:
    now = NOON + 10 * MINUTE
    made = board(replace(GRACE, capacity=50))
    for number in range(10):
        made.apply(Came(replace(TICKET, ticket=number + 1, since=NOON + number, due=NOON + 2 * MINUTE + number)))
        made.apply(Came(replace(TICKET, ticket=number + 51, since=now, due=now + 2 * MINUTE + number)))
    given: list[int] = []

    def note(decision: Decision) -> bool:
        given.append(decision.ticket)
        return len(given) <= 10

    follow(made, Free(1), now, note)
    assert given[:10] == [51, 52, 53, 54, 1, 55, 56, 57, 58, 2]


def test_what_cannot_be_carried_out_is_put_aside_and_the_next_is_tried() -> None:
    made = board(GRACE, TICKET, replace(TICKET, ticket=9, due=TICKET.due + 1))
    assert follow(made, Free(1), NOON, lambda decision: decision.ticket == 9) == 1
    assert list(made.calls) == []
    assert list(made.members[1].holds) == [9]


# --- reasons


def test_the_reasons_name_who_was_passed_over_and_why() -> None:
    eve = Staff(3, "Eve", frozenset({"support"}), {}, 5, present=True)
    tom = Staff(4, "Tom", frozenset({"sales"}), {"german": 5}, 5, present=True)
    ann = replace(GRACE, agent=5, name="Ann", present=False, away="is away: lunch")
    full = busy(replace(GRACE, agent=6, name="Max"), 5)
    call = replace(TICKET, stages=(Stage(NOON, GERMAN),), resting=((7, NOON + MINUTE),))
    made = board(GRACE, eve, tom, ann, full, replace(GRACE, agent=7, name="Kim"), call)
    told = explain(made, decide(made, Ready(7), NOON + SECOND), NOON + SECOND)
    assert told == (
        "Grace: the least loaded of those who can take it (0 of 5)",
        "needs german 3 or better",
        "passed over: Ann is away: lunch",
        "passed over: Max has no room (5 of 5)",
        "passed over: Kim has just declined or missed it",
        "could not have it: Eve (lacks german 3 (none))",
        "could not have it: Tom (does not serve support)",
        "waits for 1 s, due in 1 min; no others wait",
    )


def test_a_fact_of_somebody_unknown_changes_nothing() -> None:
    made = board(GRACE)
    facts: list[Fact] = [Went(99), Held(99, 1, NOON), Held(7, 99, NOON)]
    for fact in facts:
        made.apply(fact)
    assert (list(made.calls), list(made.members), made.members[1].used) == ([], [1], 0)
