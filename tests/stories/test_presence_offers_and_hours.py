"""Who is offered a ticket, what becomes of the offer, and what happens because time passes."""

import dataclasses
import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from contactcenter.channels.loopback import Loopback
from contactcenter.crm.queries import TICKET_EVENTS
from contactcenter.flow import actions, queries
from contactcenter.flow.actions import Caller
from contactcenter.flow.policies import Policies, QueuePolicy, RoutingPolicy, Way
from contactcenter.model.columns import DAY, HOUR, MINUTE, SECOND, table
from contactcenter.model.ledgers import Timer, Waiting
from contactcenter.model.values import Conflict, Inbound, Parsed, RawEvent
from contactcenter.routing.hours import parse_hours
from contactcenter.settings import Settings
from tests.desk import NOON, QuietDesk, SetClock, opened_quiet_desk, quiet_policies, running_desk

WEEKDAYS = {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
AWAY = "We are away."
WAITING = select(table(Waiting))


def ask_for_a_person(quiet: QuietDesk, address: str = "ada@example.test") -> int:
    """A new ticket that waits; its number."""
    quiet.hear(address, "Can I talk to a person?")
    quiet.answer()
    return int(quiet.row(queries.CONVERSATION_BY_KEY, way="try", key=address).ticket_id)


def open_offer(quiet: QuietDesk, ticket: int) -> tuple[int, list[str]] | None:
    """To whom the ticket is held out, and why."""
    offer = quiet.row(queries.OPEN_OFFER, ticket=ticket)
    return None if offer is None else (offer.agent_id, json.loads(offer.reasons))


def answer_offer(quiet: QuietDesk, agent: Caller, ticket: int, state: str) -> None:
    offer = quiet.row(queries.OPEN_OFFER, ticket=ticket)
    quiet.do(actions.answer_offer, quiet.policies, agent, offer.id, state)


def test_the_least_loaded_agent_is_asked_first_and_the_reasons_are_kept(quiet: QuietDesk) -> None:
    grace, bea = quiet.hire("Grace"), quiet.hire("Bea")
    first = ask_for_a_person(quiet, "ada@example.test")
    quiet.do(actions.claim, quiet.policies, grace, first)

    second = ask_for_a_person(quiet, "bob@example.test")
    assert quiet.route() == 1
    assert open_offer(quiet, second) == (
        bea.agent,
        [
            "Bea: the least loaded of those who can take it (0 of 5)",
            "passed over: Grace is as able (1 of 5)",
            "waits for 0 s, due in 1 h 0 min; no others wait",
        ],
    )
    told = [
        json.loads(event.payload)
        for event in quiet.rows(
            TICKET_EVENTS, customer=quiet.ticket(second).customer_id, ticket=second, after=0, limit=50
        )
        if event.kind == "TicketOffered"
    ]
    assert told[0]["reasons"][0] == "Bea: the least loaded of those who can take it (0 of 5)"


def test_a_declined_ticket_goes_to_the_next_agent(quiet: QuietDesk) -> None:
    grace, bea = quiet.hire("Grace"), quiet.hire("Bea")
    ticket = ask_for_a_person(quiet)
    quiet.route()
    assert open_offer(quiet, ticket) is not None
    answer_offer(quiet, grace, ticket, "declined")
    quiet.route()
    offered = open_offer(quiet, ticket)
    assert offered is not None
    assert offered[0] == bea.agent
    assert "passed over: Grace has just declined or missed it" in offered[1]
    answer_offer(quiet, bea, ticket, "accepted")
    assert quiet.ticket(ticket).assignee_id == bea.agent
    assert open_offer(quiet, ticket) is None


def test_an_offer_that_runs_out_goes_to_the_next_agent_and_the_ticket_keeps_its_age(quiet: QuietDesk) -> None:
    quiet.hire("Grace")
    bea = quiet.hire("Bea")
    ticket = ask_for_a_person(quiet)
    since = quiet.ticket(ticket).waiting_since
    quiet.route()

    quiet.clock.forward(29)
    assert quiet.upkeep() == 0
    quiet.clock.forward(1)
    assert quiet.upkeep() == 1
    quiet.route()
    offered = open_offer(quiet, ticket)
    assert offered is not None
    assert offered[0] == bea.agent
    assert quiet.ticket(ticket).waiting_since == since == NOON
    assert quiet.row(WAITING).offered == 1, "it is held out, and so not waiting for an offer"
    assert quiet.row(WAITING).since == NOON


def test_an_agent_who_goes_away_gives_their_offers_back(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ticket = ask_for_a_person(quiet)
    quiet.route()
    quiet.do(actions.set_presence, quiet.policies, grace, "away")
    assert open_offer(quiet, ticket) is None
    assert quiet.route() == 0
    quiet.hire("Bea")
    assert quiet.route() == 1


def test_nobody_is_offered_more_than_they_can_hold(quiet: QuietDesk) -> None:
    quiet.hire("Grace", room=2)
    for name in ("ada", "bob", "cyd"):
        ask_for_a_person(quiet, f"{name}@example.test")
    assert quiet.route() == 2
    assert quiet.route() == 0


@pytest.mark.parametrize(("status", "kept"), [("answered", 300), ("solved", 60)])
def test_a_talk_keeps_its_room_for_a_while_and_wrapping_up_takes_time(
    empty_store: Path, tmp_path: Path, status: str, kept: int
) -> None:
    routing = RoutingPolicy(talks={"loopback": 300 * SECOND}, wrap_ups={"loopback": 60 * SECOND})
    with opened_quiet_desk(empty_store, tmp_path, dataclasses.replace(quiet_policies(), routing=routing)) as quiet:
        grace = quiet.hire("Grace", room=1)
        first = ask_for_a_person(quiet)
        quiet.do(actions.claim, quiet.policies, grace, first)
        if status == "solved":
            quiet.do(actions.set_status, quiet.policies, grace, first, status, None, "")
        else:
            quiet.do(actions.reply, quiet.policies, grace, first, "It left.")
        second = ask_for_a_person(quiet, "bob@example.test")
        assert quiet.route() == 0
        quiet.routing.forget()  # a restart in between changes nothing
        quiet.clock.forward(kept - 1)
        assert quiet.route() == 0
        quiet.clock.forward(1)
        assert quiet.route() == 1
        assert open_offer(quiet, second) is not None


def test_a_queue_that_does_not_ask_assigns_at_once(empty_store: Path, tmp_path: Path) -> None:
    policies = quiet_policies(support=QueuePolicy("support", "Support", offer_time=0))
    with opened_quiet_desk(empty_store, tmp_path, policies) as quiet:
        grace = quiet.hire("Grace")
        ticket = ask_for_a_person(quiet)
        quiet.route()
        assert quiet.ticket(ticket).assignee_id == grace.agent


def test_a_transferred_ticket_is_offered_in_its_new_queue(quiet: QuietDesk) -> None:
    grace, sel = quiet.hire("Grace"), quiet.hire("Sel", queues=("sales",))
    ticket = ask_for_a_person(quiet)
    quiet.do(actions.claim, quiet.policies, grace, ticket)
    quiet.do(actions.transfer, quiet.policies, grace, ticket, "sales")
    moved = quiet.ticket(ticket)
    assert (moved.queue, moved.assignee_id, moved.waiting_since) == ("sales", None, NOON)
    quiet.route()
    offered = open_offer(quiet, ticket)
    assert offered is not None
    assert offered[0] == sel.agent


def test_an_offer_ends_when_the_ticket_is_transferred(quiet: QuietDesk) -> None:
    grace, sam = quiet.hire("Grace"), quiet.hire("Sam", "supervisor")
    ticket = ask_for_a_person(quiet)
    quiet.route()
    offer = quiet.row(queries.OPEN_OFFER, ticket=ticket)
    quiet.do(actions.transfer, quiet.policies, sam, ticket, "sales")
    assert quiet.row(queries.OFFER, id=offer.id).state == "withdrawn"
    assert grace.agent is not None


def test_outside_hours_a_customer_is_told_when_people_are_back_after_their_own_message(
    empty_store: Path, tmp_path: Path
) -> None:
    hours = parse_hours("Europe/Berlin", WEEKDAYS)
    policies = quiet_policies(support=QueuePolicy("support", "Support", hours=hours, outside_hours=AWAY))
    with opened_quiet_desk(empty_store, tmp_path, policies) as quiet:
        quiet.hear("ada@example.test", "Hello?", channel="people")
        messages = quiet.rows(queries.MESSAGES_AFTER, ticket=1, after=0, limit=9)
        assert [(message.seq, message.author) for message in messages] == [(1, "customer"), (2, "assistant")]
        assert messages[1].text == f"{AWAY} We are back on Monday at 09:00 (Europe/Berlin)."

        quiet.hear("ada@example.test", "Anybody?", channel="people")
        assert len(quiet.rows(queries.MESSAGES_AFTER, ticket=1, after=0, limit=9)) == 3, "once is enough"

        quiet.clock.at += 2 * DAY
        quiet.hear("bob@example.test", "Hello!", channel="people")
        assert len(quiet.rows(queries.MESSAGES_AFTER, ticket=2, after=0, limit=9)) == 1, "on Monday somebody is there"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Wir sind weg.", "Wir sind weg. We are back on Monday at 09:00 (Europe/Berlin)."),
        ("Wir sind wieder da: {when}.", "Wir sind wieder da: Monday 09:00 (Europe/Berlin)."),
    ],
)
def test_when_people_are_back_stands_where_the_text_has_a_place_for_it(
    empty_store: Path, tmp_path: Path, text: str, told: str
) -> None:
    hours = parse_hours("Europe/Berlin", WEEKDAYS)
    policies = quiet_policies(support=QueuePolicy("support", "Support", hours=hours, outside_hours=text))
    with opened_quiet_desk(empty_store, tmp_path, policies) as quiet:
        quiet.hear("ada@example.test", "Hello?", channel="people")
        assert quiet.rows(queries.MESSAGES_AFTER, ticket=1, after=0, limit=9)[1].text == told


def test_outside_hours_a_customer_the_assistant_hands_over_is_told_too(empty_store: Path, tmp_path: Path) -> None:
    hours = parse_hours("UTC", WEEKDAYS)
    policies = quiet_policies(support=QueuePolicy("support", "Support", hours=hours, outside_hours=AWAY))
    with opened_quiet_desk(empty_store, tmp_path, policies) as quiet:
        ticket = ask_for_a_person(quiet)
        messages = quiet.rows(queries.MESSAGES_AFTER, ticket=ticket, after=0, limit=9)
        assert [message.text for message in messages] == [
            "Can I talk to a person?",
            f"{AWAY} We are back on Monday at 09:00 (UTC).",
        ]


class Robots(Loopback):
    """A channel on which only machines write."""

    def parse(self, raw: RawEvent) -> list[Parsed]:
        return [replace(said, automatic="auto-replied") for said in super().parse(raw) if isinstance(said, Inbound)]


def test_a_robot_is_told_nothing_and_asks_the_assistant_nothing(empty_store: Path, tmp_path: Path) -> None:
    hours = parse_hours("UTC", WEEKDAYS)
    base = quiet_policies(support=QueuePolicy("support", "Support", hours=hours, outside_hours=AWAY))
    ways = {"try": Way(Robots("try"), "support", assistant=True)}
    with opened_quiet_desk(empty_store, tmp_path, Policies(ways, base.queues)) as quiet:
        quiet.hear("ada@example.test", "When will my parcel arrive?")
        assert quiet.answer() == []
        messages = quiet.rows(queries.MESSAGES_AFTER, ticket=1, after=0, limit=9)
        assert [message.automatic for message in messages] == ["auto-replied"]
        assert quiet.ticket(1).status == "open", "a person looks at it"

        grace = quiet.hire("Grace")
        quiet.do(actions.set_status, quiet.policies, grace, 1, "solved", None, "")
        quiet.hear("ada@example.test", "I am on holiday")
        assert quiet.ticket(1).status == "solved", "and what a robot answers opens nothing again"


def test_a_ticket_handed_over_or_given_back_waits_since_the_customer_wrote(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear("ada@example.test", "Can I talk to a person?")
    quiet.clock.forward(60)
    quiet.answer()
    assert quiet.row(WAITING).since == quiet.ticket(1).waiting_since == NOON
    quiet.do(actions.claim, quiet.policies, grace, 1)
    quiet.clock.forward(60)
    quiet.hear("ada@example.test", "Hello?")
    quiet.do(actions.give, quiet.policies, grace, 1, None)
    assert quiet.row(WAITING).since == quiet.ticket(1).waiting_since == NOON
    quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
    quiet.clock.forward(60)
    quiet.hear("ada@example.test", "At last")
    assert quiet.ticket(1).waiting_since == NOON + 3 * MINUTE, "answered, and then the customer's turn began anew"


def test_a_snoozed_ticket_comes_back_to_whoever_snoozed_it(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ticket = ask_for_a_person(quiet)
    quiet.do(actions.claim, quiet.policies, grace, ticket)
    quiet.do(actions.set_status, quiet.policies, grace, ticket, "snoozed", NOON + HOUR, "waits for the carrier")
    quiet.clock.at = NOON + HOUR - SECOND
    assert quiet.upkeep() == 0
    quiet.clock.at = NOON + HOUR
    assert quiet.upkeep() == 1
    back = quiet.ticket(ticket)
    assert (back.status, back.assignee_id, back.snoozed_until) == ("open", grace.agent, None)


def test_a_customer_who_writes_ends_the_snooze(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ticket = ask_for_a_person(quiet)
    quiet.do(actions.claim, quiet.policies, grace, ticket)
    quiet.do(actions.set_status, quiet.policies, grace, ticket, "snoozed", NOON + HOUR, "")
    quiet.hear("ada@example.test", "I found it")
    assert quiet.ticket(ticket).status == "open"
    assert quiet.rows(select(table(Timer))) == []


def test_a_solved_ticket_closes_and_the_next_message_opens_a_new_one(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ticket = ask_for_a_person(quiet)
    quiet.do(actions.reply, quiet.policies, grace, ticket, "Done.")
    quiet.do(actions.set_status, quiet.policies, grace, ticket, "solved", None, "")
    quiet.clock.at = NOON + 7 * DAY
    quiet.upkeep()
    assert quiet.ticket(ticket).status == "closed"

    quiet.clock.forward(60)
    quiet.hear("ada@example.test", "Something else")
    conversation = quiet.row(queries.CONVERSATION_BY_KEY, way="try", key="ada@example.test")
    assert conversation.ticket_id == ticket + 1
    assert conversation.last_seq == 3, "the conversation goes on where it was"


def test_a_solved_ticket_that_was_opened_again_does_not_close(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ticket = ask_for_a_person(quiet)
    quiet.do(actions.reply, quiet.policies, grace, ticket, "Done.")
    quiet.do(actions.set_status, quiet.policies, grace, ticket, "solved", None, "")
    quiet.clock.forward(60)
    quiet.hear("ada@example.test", "Not yet!")
    quiet.clock.at = NOON + 30 * DAY
    quiet.upkeep()
    assert quiet.ticket(ticket).status == "open"


async def test_on_a_running_desk_an_unanswered_offer_ends_by_the_desks_own_clock(settings: Settings) -> None:
    clock = SetClock()
    async with running_desk(settings, clock) as desk:
        await desk.loopback.say("ada@example.test", "Can I talk to a person?", "m1", name="Ada")
        async with desk.grace.live() as grace:
            await desk.grace.put("/agents/me/presence", {"presence": "available"})
            offer = (await grace.first(lambda frame: frame["type"] == "offer"))["offer"]
            assert offer["expires_at"] == "2026-11-21T12:00:30.000000Z"
            clock.at = NOON + MINUTE
            desk.hint("upkeep")
            ended = await grace.first(lambda frame: frame["type"] == "offer" and frame["offer"]["state"] != "open")
            assert (ended["offer"]["id"], ended["offer"]["state"]) == (offer["id"], "expired")
            clock.at = NOON + 2 * MINUTE  # nobody else is there: she is asked again, but not at once
            desk.hint("router")
            again = await grace.first(lambda frame: frame["type"] == "offer" and frame["offer"]["id"] != offer["id"])
            assert again["offer"]["ticket"]["waiting_since"] == "2026-11-21T12:00:00.000000Z"


def test_an_agent_alone_who_declines_is_asked_again_but_not_at_once(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ticket = ask_for_a_person(quiet)
    quiet.route()
    answer_offer(quiet, grace, ticket, "declined")
    assert quiet.route() == 0
    quiet.clock.forward(120)
    assert quiet.route() == 1
    assert open_offer(quiet, ticket) is not None


def test_a_ticket_that_somebody_holds_is_theirs_to_answer_and_to_solve(quiet: QuietDesk) -> None:
    grace, bea = quiet.hire("Grace"), quiet.hire("Bea")
    ticket = ask_for_a_person(quiet)
    quiet.do(actions.claim, quiet.policies, grace, ticket)
    with pytest.raises(Conflict, match="Grace has ticket"):
        quiet.do(actions.reply, quiet.policies, bea, ticket, "Hello")
    with pytest.raises(Conflict, match="Grace has ticket"):
        quiet.do(actions.set_status, quiet.policies, bea, ticket, "solved", None, "")
    sam = dataclasses.replace(bea, role="supervisor")
    quiet.do(actions.set_status, quiet.policies, sam, ticket, "solved", None, "")
    assert quiet.ticket(ticket).status == "solved"
