"""Several at once: one is first, the others are told who, and nothing is decided on what is no longer true."""

import asyncio
import json
from typing import Any

import pytest

from contactcenter.crm.queries import TICKET_EVENTS
from contactcenter.flow import actions, assist, ledger, queries
from contactcenter.flow.actions import Caller
from contactcenter.model.values import Conflict, NotAllowed
from tests.desk import Api, QuietDesk, RunningDesk, eventually

MANY = 50


def history_of(quiet: QuietDesk, ticket: int, kind: str) -> list[dict[str, Any]]:
    customer = quiet.ticket(ticket).customer_id
    events = quiet.rows(TICKET_EVENTS, customer=customer, ticket=ticket, after=0, limit=100)
    return [json.loads(event.payload) for event in events if event.kind == kind]


async def test_of_many_agents_who_claim_a_ticket_one_gets_it_and_the_others_are_told_who(any_desk: RunningDesk) -> None:
    desk = any_desk
    await desk.people_only.say("ada@example.test", "Hello", "m1", name="Ada")
    ticket = await desk.ticket_of("Ada")
    agents = await asyncio.gather(*(desk.hire(f"Agent{number}") for number in range(MANY)))
    path = f"/api/v1/tickets/{ticket['id']}/assignment"

    async def claim(agent: Api, version: int | None) -> tuple[int, Any]:
        body = {"agent": "me"} if version is None else {"agent": "me", "version": version}
        async with desk.http.put(desk.url + path, json=body, headers=agent.headers) as answer:
            return answer.status, await answer.json()

    answers = await asyncio.gather(
        *(claim(agent, ticket["version"] if n % 2 else None) for n, agent in enumerate(agents))
    )
    won = [body for status, body in answers if status == 200]
    lost = [body["detail"] for status, body in answers if status == 409]
    assert (len(won), len(lost)) == (1, MANY - 1)
    owner = won[0]["assignee"]["name"]
    assert [detail for detail in lost if owner not in detail] == []
    assert (await desk.sam.get(f"/tickets/{ticket['id']}"))["assignee"]["name"] == owner


async def test_writers_of_one_history_wait_for_each_other_and_none_is_refused(any_desk: RunningDesk) -> None:
    desk = any_desk
    await desk.people_only.say("ada@example.test", "Hello", "m1", name="Ada")
    first = await desk.ticket_of("Ada")
    await desk.sam.put(f"/tickets/{first['id']}/status", {"status": "closed"})
    await desk.people_only.say("ada@example.test", "Hello again", "m2", name="Ada")
    second = await eventually(lambda: newer(desk, first["id"]))

    paths = [f"/tickets/{ticket}/notes" for ticket in (first["id"], second["id"])]
    await asyncio.gather(*(desk.grace.post(paths[n % 2], {"text": f"note {n}"}) for n in range(40)))
    events = await desk.grace.items(f"/customers/{first['customer']['id']}/history")
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert sum(event["kind"] == "NoteWritten" for event in events) == 40


async def newer(desk: RunningDesk, than: int) -> Any:
    ticket = await desk.ticket_of("Ada")
    return ticket if ticket["id"] > than else None


def test_an_answer_is_dropped_when_an_agent_took_the_ticket_meanwhile(quiet: QuietDesk) -> None:
    quiet.hear("ada@example.test", "When will my parcel arrive?")
    grace = quiet.hire("Grace")
    asked = quiet.do(assist.begin, quiet.policies, "quiet")[0]
    quiet.do(actions.claim, quiet.policies, grace, asked.question.ticket)
    quiet.do(assist.settle, quiet.policies, asked, quiet.think(asked.question))

    assert history_of(quiet, asked.question.ticket, "AnswerGiven") == []
    assert history_of(quiet, asked.question.ticket, "AnswerDropped") == [
        {"reason": f"ticket {asked.question.ticket} changed while the assistant was reading it"}
    ]
    assert quiet.answer() == [], "it is with people now"
    assert quiet.ticket(asked.question.ticket).assignee_id == grace.agent


def test_what_the_customer_adds_while_the_assistant_reads_is_read_with_it(quiet: QuietDesk) -> None:
    quiet.hear("ada@example.test", "Hello!")
    asked = quiet.do(assist.begin, quiet.policies, "quiet")[0]
    quiet.hear("ada@example.test", "When will my parcel arrive?")
    quiet.do(assist.settle, quiet.policies, asked, quiet.think(asked.question))
    assert len(history_of(quiet, asked.question.ticket, "AnswerDropped")) == 1

    again = quiet.do(assist.begin, quiet.policies, "quiet")
    assert [item.question.text for item in again] == ["Hello!\nWhen will my parcel arrive?"]


def test_a_question_made_due_again_does_not_interrupt_the_people_who_have_it(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear("ada@example.test", "When will my parcel arrive?")
    for _ in range(4):
        for asked in quiet.do(assist.begin, quiet.policies, "quiet"):
            quiet.do(assist.fail, quiet.policies, asked, ValueError("no articles"))
        quiet.clock.forward(60)
    (row,), ticket = quiet.do(ledger.questions.buried), 1
    assert quiet.ticket(ticket).handoff == "the assistant failed: ValueError"
    quiet.do(actions.reply, quiet.policies, grace, ticket, "It is on its way.")

    quiet.do(actions.retry, quiet.policies, "assistant", row.id)
    assert len(quiet.answer()) == 1
    assert (quiet.ticket(ticket).status, history_of(quiet, ticket, "AnswerGiven")) == ("answered", [])
    assert quiet.do(assist.begin, quiet.policies, "quiet") == [], "and it is not asked for ever"


def test_an_assistant_that_fails_on_a_ticket_people_took_changes_nothing(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear("ada@example.test", "When will my parcel arrive?")
    asked = quiet.do(assist.begin, quiet.policies, "quiet")[0]
    quiet.do(actions.reply, quiet.policies, grace, asked.question.ticket, "It is on its way.")
    quiet.do(assist.fail, quiet.policies, asked, ValueError("no articles"))
    assert quiet.ticket(asked.question.ticket).status == "answered"


def test_an_offer_that_ended_cannot_be_accepted(quiet: QuietDesk) -> None:
    grace, bea = quiet.hire("Grace"), quiet.hire("Bea")
    quiet.hear("ada@example.test", "Hello", channel="people")
    quiet.route()
    offer = quiet.row(queries.OPEN_OFFER, ticket=1)
    holder, other = (grace, bea) if offer.agent_id == grace.agent else (bea, grace)
    quiet.do(actions.claim, quiet.policies, other, 1)
    with pytest.raises(Conflict, match="withdrawn already"):
        quiet.do(actions.answer_offer, quiet.policies, holder, offer.id, "accepted")
    assert quiet.ticket(1).assignee_id == other.agent


def test_a_token_that_is_no_agent_cannot_hand_tickets_out(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    quiet.hear("ada@example.test", "Hello", channel="people")
    with pytest.raises(NotAllowed):
        quiet.do(actions.give, quiet.policies, Caller("agent", None, "the agent token"), 1, grace.agent)
    assert quiet.ticket(1).assignee_id is None
