"""Whatever customers, agents, the loops and time do to a desk, in any order: what must always be true is true."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from contactcenter.crm import history
from contactcenter.crm.queries import EVENTS_AFTER
from contactcenter.figures import queues as figures
from contactcenter.flow import queries
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Outbox, Question, Timer, Waiting
from contactcenter.model.people import Customer
from contactcenter.model.tickets import LIVE_STATUSES, PRIORITIES, Conversation, Message, Offer
from tests.desk import asking_policies, opened_quiet_desk
from tests.steps import TICKETS, Steps

STEPS = sorted(name for name in dir(Steps) if name.startswith("step_"))
ALL = {model: select(table(model)) for model in (Waiting, Question, Offer, Customer, Conversation, Outbox, Timer)}
MESSAGES = select(table(Message)).order_by(table(Message).c.conversation_id, table(Message).c.seq)


class TicketMachine(RuleBasedStateMachine):
    """A quiet desk to which anything may happen."""

    empty_store: Path
    folder: Path

    @initialize(rng=st.randoms(use_true_random=False))
    def open(self, rng: random.Random) -> None:
        self.context = opened_quiet_desk(self.empty_store, self.folder, asking_policies())
        self.quiet = self.context.__enter__()
        self.steps = Steps(self.quiet, rng)

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.__exit__(None, None, None)

    @rule(name=st.sampled_from(STEPS))
    def step(self, name: str) -> None:
        self.steps.take(getattr(self.steps, name))

    @invariant()
    def a_ticket_waits_exactly_if_it_is_open_and_nobody_has_it(self) -> None:
        waiting = {row.ticket_id: row for row in self.quiet.rows(ALL[Waiting])}
        for ticket in self.quiet.rows(TICKETS):
            assert (ticket.id in waiting) == (ticket.status == "open" and ticket.assignee_id is None), ticket
            if ticket.id in waiting:
                assert waiting[ticket.id].stream == ticket.queue
                assert waiting[ticket.id].since == ticket.waiting_since
                assert PRIORITIES[waiting[ticket.id].rank] == ticket.priority
            assert (ticket.waiting_since is not None) == (ticket.status in ("new", "open"))

    @invariant()
    def an_owner_is_an_agent_and_there_is_one_at_most(self) -> None:
        known = {row.id for row in self.quiet.rows(queries.SHOWN_AGENTS)} | {None}
        assert {ticket.assignee_id for ticket in self.quiet.rows(TICKETS)} <= known

    @invariant()
    def at_most_one_offer_of_a_ticket_is_open_and_only_of_one_that_waits(self) -> None:
        held_out = Counter(row.ticket_id for row in self.quiet.rows(ALL[Offer]) if row.state == "open")
        assert all(number == 1 for number in held_out.values())
        assert set(held_out) == {row.ticket_id for row in self.quiet.rows(ALL[Waiting]) if row.offered}

    @invariant()
    def the_counters_equal_a_recount(self) -> None:
        counted = {
            (queue, status): number
            for queue, row in self.quiet.do(figures.by_queue).items()
            for status, number in row.items()
            if number
        }
        rows = self.quiet.do(figures.recount)
        assert counted == {key: number for key, number in rows.items() if key[1] in LIVE_STATUSES}

    @invariant()
    def every_chain_of_events_verifies(self) -> None:
        for customer in self.quiet.rows(ALL[Customer]):
            events = self.quiet.rows(EVENTS_AFTER, customer=customer.id, after=0, limit=10_000)
            assert history.verify(events) is None

    @invariant()
    def the_assistant_is_asked_about_new_tickets_and_no_others(self) -> None:
        new = {ticket.id for ticket in self.quiet.rows(TICKETS) if ticket.status == "new"}
        asked = {row.ticket_id for row in self.quiet.rows(ALL[Question]) if row.state != "buried"}
        assert asked == new, "each new ticket is to be read, and nothing else"

    @invariant()
    def the_messages_of_a_conversation_are_numbered_without_a_gap(self) -> None:
        seqs: dict[int, list[int]] = {}
        for message in self.quiet.rows(MESSAGES):
            seqs.setdefault(message.conversation_id, []).append(message.seq)
        for conversation in self.quiet.rows(ALL[Conversation]):
            assert seqs.get(conversation.id, []) == list(range(1, conversation.last_seq + 1))

    @invariant()
    def every_message_to_a_customer_that_has_not_gone_is_on_the_outbox_once(self) -> None:
        due = Counter(row.message_id for row in self.quiet.rows(ALL[Outbox]))
        outbound = {row.id: row.delivery for row in self.quiet.rows(MESSAGES) if row.direction == "outbound"}
        assert due == Counter(number for number, delivery in outbound.items() if delivery in ("due", "buried"))

    @invariant()
    def a_merged_ticket_is_closed_and_holds_nothing_and_nothing_comes_into_it(self) -> None:
        merged = {ticket.id: ticket for ticket in self.quiet.rows(TICKETS) if ticket.merged_into is not None}
        assert {ticket.status for ticket in merged.values()} <= {"closed"}
        assert not merged.keys() & {message.ticket_id for message in self.quiet.rows(MESSAGES)}
        assert not merged.keys() & {row.ticket_id for row in self.quiet.rows(ALL[Conversation])}

    @invariant()
    def what_a_ticket_holds_is_of_its_customer(self) -> None:
        whose = {ticket.id: ticket.customer_id for ticket in self.quiet.rows(TICKETS)}
        conversations = {row.id: row.customer_id for row in self.quiet.rows(ALL[Conversation])}
        for message in self.quiet.rows(MESSAGES):
            assert whose[message.ticket_id] == conversations[message.conversation_id]

    @invariant()
    def a_rating_is_what_the_history_says_and_only_of_who_was_asked(self) -> None:
        for ticket in self.quiet.rows(TICKETS):
            given = self.quiet.facts(ticket.id, "SatisfactionGiven")
            assert ticket.rating == (given[-1][1]["score"] if given else None)
            assert ticket.rating is None or 1 <= ticket.rating <= 5

    @invariant()
    def a_choice_is_taken_once_in_a_row_by_the_same_person(self) -> None:
        last: dict[tuple[int, int], str] = {}
        for message in self.quiet.rows(MESSAGES):
            if message.pressed is not None:
                key = message.pressed, message.author_id
                assert last.get(key) != message.text
                last[key] = message.text

    @invariant()
    def snoozed_and_solved_tickets_have_their_timer(self) -> None:
        timers = {(row.kind, row.subject) for row in self.quiet.rows(ALL[Timer])}
        tickets = self.quiet.rows(TICKETS)
        assert {subject for kind, subject in timers if kind == "snooze"} == {
            ticket.id for ticket in tickets if ticket.status == "snoozed"
        }
        assert {subject for kind, subject in timers if kind == "close"} == {
            ticket.id for ticket in tickets if ticket.status == "solved"
        }


@pytest.mark.filterwarnings("default::hypothesis.errors.HypothesisWarning")
def test_whatever_happens_what_must_be_true_is_true(empty_store: Path, tmp_path: Path) -> None:
    class Machine(TicketMachine):
        pass

    Machine.empty_store, Machine.folder = empty_store, tmp_path
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            database=None,
        ),
    )
