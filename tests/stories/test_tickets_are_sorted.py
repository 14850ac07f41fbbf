"""Rules sort a ticket when it opens: where it goes, what it needs, and the history says which rule and why."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contactcenter.desk import cards
from contactcenter.desk.facts import card as card_facts
from contactcenter.flow import actions, erase, staff, tags
from contactcenter.flow.policies import Policies, QueuePolicy
from contactcenter.flow.rights import Caller
from contactcenter.flow.views import shown_ticket
from contactcenter.model.values import Conflict, Invalid, NotAllowed, NotFound
from contactcenter.routing.demands import Needs, NeedStep, routing_needs
from contactcenter.routing.hours import parse_hours
from contactcenter.routing.rules import Rule, When, phrase
from contactcenter.settings import load
from tests.desk import QuietDesk, RunningDesk, opened_quiet_desk, quiet_policies, running_desk, write_settings

ADA, BOB = "ada@ada.test", "bob@bob.test"
GERMAN = Rule(
    "german",
    "They write German.",
    When(words=frozenset({phrase("rechnung*"), phrase("guten tag")})),
    steps=(NeedStep(0, {"german": 3}), NeedStep(600, {}, ("support",))),
    tags=("german",),
)
BILLING = Rule(
    "billing", "It is about money.", When(words=frozenset({phrase("rechnung*")})), queue="billing", tags=("money",)
)
WEEKEND = Rule("weekend", "Nobody works today.", When(inside=False, weekday=frozenset({"saturday"})), priority="low")


def sorting_policies(*rules: Rule) -> Policies:
    """A desk with a queue for bills, which is closed on Saturdays for those who wrote to people."""
    policies = quiet_policies(billing=QueuePolicy("billing", "Billing"))
    office = QueuePolicy("sales", "Sales", parse_hours("Europe/Berlin", {"monday": ["09:00-17:00"]}))
    ways = {**policies.ways, "people": replace(policies.ways["people"], queue="sales")}
    return replace(policies, ways=ways, queues={**policies.queues, "sales": office}, rules=rules)


@pytest.fixture
def sorting(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    """At noon on Saturday 21 November 2026."""
    with opened_quiet_desk(empty_store, tmp_path, sorting_policies(GERMAN, BILLING, WEEKEND)) as desk:
        yield desk


def test_a_german_bill_gets_its_queue_its_skills_and_its_tags_and_the_history_says_why(sorting: QuietDesk) -> None:
    sorting.hear(ADA, "Guten Tag, meine Rechnungsnummer stimmt nicht.")
    ticket = sorting.ticket(1)
    assert (ticket.queue, ticket.priority, ticket.status) == ("billing", "normal", "new")
    assert routing_needs(ticket) == Needs(GERMAN.steps)
    reasons = [
        "german: They write German. (needs german 3; after 600 s: no skill, or in support; tags german)",
        "billing: It is about money. (queue billing; tags money)",
    ]
    assert sorting.facts(1, "RulesApplied") == [
        (
            "system",
            {
                "rules": ["german", "billing"],
                "reasons": reasons,
                "queue": "billing",
                "skills": {"german": 3},
                "tags": ["german", "money"],
            },
        )
    ]
    [(_, opened)] = sorting.facts(1, "TicketOpened")
    assert (opened["queue"], opened.get("priority", "normal")) == ("billing", "normal")
    shown = sorting.do(shown_ticket, 1, sorting.policies.kinds)
    assert (shown.tags, shown.needs) == (["german", "money"], Needs(GERMAN.steps))
    frames = [json.loads(frame) for topics, frame in sorting.told if "queue:billing" in topics and frame]
    assert frames[-1]["ticket"]["tags"] == ["german", "money"]


def test_the_card_in_slack_says_what_it_needs_and_how_it_is_marked(sorting: QuietDesk) -> None:
    sorting.hear(ADA, "Meine Rechnung!")
    facts = sorting.do(lambda tx: card_facts(tx, sorting.policies, 1))
    assert facts is not None
    told = json.dumps(cards.card(facts, "https://desk.test"))
    assert ":dart: needs german 3; after 600 s: no skill, or in support" in told
    assert ":label: german, money" in told


def test_handed_to_people_it_waits_for_somebody_who_can_and_the_reasons_say_so(sorting: QuietDesk) -> None:
    sorting.hire("Bea", queues=("billing",))
    grace = sorting.hire("Grace", queues=("billing",))
    sorting.hear(ADA, "Meine Rechnung!")
    sorting.answer()
    assert sorting.ticket(1).status == "open"
    assert sorting.route() == 0
    sorting.do(staff.set_skill, "grace@example.test", "german", 3)
    assert sorting.route() == 1
    [(_, offer)] = sorting.facts(1, "TicketOffered")
    assert offer["agent"] == grace.agent
    assert "needs german 3 or better" in offer["reasons"]
    assert "could not have it: Bea (lacks german 3 (none))" in offer["reasons"]


def test_what_nobody_can_is_relaxed_in_time_and_another_queue_may_take_it(sorting: QuietDesk) -> None:
    bea = sorting.hire("Bea", queues=("support",))
    sorting.hear(ADA, "Meine Rechnung!")
    sorting.answer()
    assert sorting.route() == 0
    sorting.routing.forget()  # a restart in between changes nothing
    sorting.clock.forward(599)
    assert sorting.route() == 0
    sorting.clock.forward(1)
    assert sorting.route() == 1
    [(_, offer)] = sorting.facts(1, "TicketOffered")
    assert offer["agent"] == bea.agent
    assert "it may overflow: billing or support" in offer["reasons"]


def test_hours_and_weekday_are_those_of_the_channels_queue(sorting: QuietDesk) -> None:
    sorting.hear(ADA, "Hello", channel="people")
    assert (sorting.ticket(1).priority, sorting.ticket(1).queue) == ("low", "sales")
    assert sorting.facts(1, "TicketOpened")[0][1]["priority"] == "low"
    sorting.clock.forward(46 * 3600)  # Monday, 11:00 in Berlin
    sorting.hear(BOB, "Hello", channel="people")
    assert sorting.ticket(2).priority == "normal"


def test_where_no_rule_holds_nothing_is_written_of_rules(sorting: QuietDesk) -> None:
    sorting.hear(ADA, "Where is my order?")
    ticket = sorting.ticket(1)
    assert (ticket.queue, ticket.needs) == ("support", "")
    assert sorting.facts(1, "RulesApplied") == []
    shown = sorting.do(shown_ticket, 1, sorting.policies.kinds)
    assert (shown.tags, shown.needs) == ([], None)


def test_only_the_opening_is_sorted_and_the_next_ticket_anew(sorting: QuietDesk) -> None:
    grace = sorting.hire("Grace")
    sorting.hear(ADA, "Hello?", channel="people")
    sorting.hear(ADA, "It is about my Rechnung.", channel="people")
    assert sorting.ticket(1).queue == "sales"
    sorting.do(actions.claim, sorting.policies, grace, 1)
    sorting.do(actions.set_status, sorting.policies, grace, 1, "closed", None, "")
    sorting.hear(ADA, "Rechnung!", channel="people")
    assert sorting.ticket(2).queue == "billing"


def statements(desk: QuietDesk, address: str) -> int:
    """How many a first message takes."""
    ran: list[str] = []
    desk._connection._connection.set_trace_callback(ran.append)
    desk.hear(address, "Hello", channel="people")
    desk._connection._connection.set_trace_callback(None)
    return len(ran)


def test_a_desk_pays_no_statement_for_rules_that_do_not_hold(empty_store: Path, tmp_path: Path) -> None:
    counted = []
    for rules in ((), (GERMAN, BILLING)):
        with opened_quiet_desk(empty_store, tmp_path, sorting_policies(*rules)) as desk:
            counted.append(statements(desk, ADA))
    assert counted[0] == counted[1] > 5


# --- tags -------------------------------------------------------------------------------------------------------------


def test_people_mark_a_ticket_and_the_history_says_what_changed(sorting: QuietDesk) -> None:
    grace = sorting.hire("Grace")
    sorting.hear(ADA, "Meine Rechnung")
    shown = sorting.do(actions.set_tags, sorting.policies, grace, 1, ["Money", "call back", "money"])
    assert shown.tags == ["call-back", "money"]
    assert sorting.facts(1, "TicketTagged") == [
        (f"agent:{grace.agent}", {"added": ["call-back"], "removed": ["german"]})
    ]
    again = sorting.do(actions.set_tags, sorting.policies, grace, 1, ["money", "call-back"])
    assert again.tags == shown.tags
    assert len(sorting.facts(1, "TicketTagged")) == 1, "nothing changed"


@pytest.mark.parametrize(
    ("marks", "told"), [(["a,b"], "'a,b' is no tag"), ([f"t{n}" for n in range(21)], "at most 20")]
)
def test_what_is_no_tag_is_refused(sorting: QuietDesk, marks: list[str], told: str) -> None:
    grace = sorting.hire("Grace")
    sorting.hear(ADA, "Hello")
    with pytest.raises(Invalid, match=told):
        sorting.do(actions.set_tags, sorting.policies, grace, 1, marks)
    with pytest.raises(NotFound):
        sorting.do(actions.set_tags, sorting.policies, grace, 9, ["a"])
    with pytest.raises(Conflict):
        sorting.do(actions.set_tags, sorting.policies, grace, 1, ["a"], version=99)


def test_tags_go_with_whoever_is_forgotten(sorting: QuietDesk) -> None:
    for address in (ADA, BOB):
        sorting.hear(address, "Meine Rechnung")
    sorting.do(erase.erase_person, sorting.ticket(1).customer_id, "admin")
    assert [sorting.do(tags.tags_of, number) for number in (1, 2)] == [[], ["german", "money"]]


# --- skills -----------------------------------------------------------------------------------------------------------


def test_skills_are_set_shown_and_gone_with_whoever_leaves(sorting: QuietDesk) -> None:
    grace, sam = sorting.hire("Grace"), sorting.hire("Sam", "supervisor")
    shown = sorting.do(staff.set_skills, sam, grace.as_agent(), {"german": 4, "billing": 2})
    assert shown.skills == {"billing": 2, "german": 4}
    assert [json.loads(frame)["agent"]["skills"] for topics, frame in sorting.told if "team" in topics and frame][-1]
    assert ("wake:router" in {topic for topics, _ in sorting.told for topic in topics}) is True
    sorting.do(staff.set_skill, "grace@example.test", "german", 5)
    sorting.do(staff.set_skill, "grace@example.test", "billing", 0)
    sorting.do(staff.set_skill, "grace@example.test", "chess", 0)  # which she never had
    assert sorting.do(staff.set_skills, sam, sam.as_agent(), {}).skills == {}
    with pytest.raises(NotAllowed):
        sorting.do(staff.set_skills, grace, grace.as_agent(), {"german": 5})
    with pytest.raises(Invalid, match="skill chess cannot have level 6"):
        sorting.do(staff.set_skill, "grace@example.test", "chess", 6)
    with pytest.raises(NotFound):
        sorting.do(staff.set_skills, Caller("admin", None, "admin"), 99, {})
    sorting.do(staff.end_agent, sorting.policies, "grace@example.test")
    assert sorting.do(staff.set_skills, sam, sam.as_agent(), {"german": 1}).skills == {"german": 1}


# --- over HTTP --------------------------------------------------------------------------------------------------------


async def test_supervisors_say_by_the_api_what_somebody_can_do(desk: RunningDesk) -> None:
    path = f"/agents/{desk.people['Grace'].id}/skills"
    shown = await desk.sam.put(path, {"skills": {"german": 4}})
    assert shown["skills"] == {"german": 4}
    assert (await desk.grace.get("/me"))["skills"] == {"german": 4}
    refused = await desk.sam.put(path, {"skills": {"german": 9}}, status=422)
    assert refused["detail"].startswith("skill german cannot have level 9")
    await desk.grace.put(path, {"skills": {}}, status=403)
    await desk.sam.put("/agents/99/skills", {"skills": {}}, status=404)


async def test_tags_are_set_by_the_api_and_tickets_found_by_them(any_desk: RunningDesk) -> None:
    desk = any_desk
    numbers = []
    for name in ("Ada", "Bob", "Eve"):
        await desk.people_only.say(f"{name.lower()}@example.test", "Hello", f"m-{name}", name=name)
        numbers.append((await desk.ticket_of(name))["id"])
    ada, bob, _ = numbers
    for number in (ada, bob):
        await desk.grace.put(f"/tickets/{number}/tags", {"tags": ["money"]})
    shown = await desk.grace.put(f"/tickets/{ada}/tags", {"tags": ["money", "late"]})
    assert shown["tags"] == ["late", "money"]
    await desk.grace.put(f"/tickets/{ada}/tags", {"tags": [], "version": 1}, status=409)
    assert {ticket["id"] for ticket in await desk.grace.items("/tickets?tag=money&limit=1")} == {ada, bob}
    assert [ticket["id"] for ticket in await desk.grace.items("/tickets?tag=Late")] == [ada]
    assert await desk.grace.items("/tickets?tag=late&queue=support") == []
    whose = shown["customer"]["id"]
    assert [ticket["id"] for ticket in await desk.grace.items(f"/tickets?tag=money&customer={whose}")] == [ada]
    assert await desk.grace.items("/tickets?tag=nothing") == []


RULES = """
[[rules]]
name = "money"
why = "Who writes about a refund gets somebody who may give one."
when = { kind = "loopback", words = "refund*" }
then = { queue = "support", priority = "high", skills = { billing = 2 }, tags = ["money"] }
"""


async def test_rules_of_the_settings_sort_what_comes_in_and_the_api_tells_them(
    tmp_path: Path, empty_store: Path
) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with running_desk(load(write_settings(tmp_path, more=RULES), {})) as desk:
        await desk.people_only.say(ADA, "Please refund me!", "m1", name="Ada")
        ticket = await desk.ticket_of("Ada")
        assert (ticket["queue"], ticket["priority"], ticket["tags"]) == ("support", "high", ["money"])
        assert ticket["needs"]["steps"] == [{"after": 0, "skills": {"billing": 2}}]
        history = await desk.grace.items(f"/tickets/{ticket['id']}/history")
        [sorted_by] = [event["payload"] for event in history if event["kind"] == "RulesApplied"]
        assert sorted_by["reasons"] == [
            "money: Who writes about a refund gets somebody who may give one. "
            "(queue support; priority high; needs billing 2; tags money)"
        ]
        assert await desk.grace.items("/rules") == [
            {
                "name": "money",
                "why": "Who writes about a refund gets somebody who may give one.",
                "sets": ["queue support", "priority high", "needs billing 2", "tags money"],
                "stop": False,
            }
        ]
