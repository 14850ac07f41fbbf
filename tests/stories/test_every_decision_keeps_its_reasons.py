"""Whatever the desk decides by itself can be read afterwards on the history, with why."""

from typing import Any

from tests.desk import RunningDesk, eventually


async def test_the_history_tells_why_the_assistant_answered_and_why_an_agent_was_asked(any_desk: RunningDesk) -> None:
    desk = any_desk
    ada = await desk.chat(name="Ada")
    await ada.say("When will my parcel arrive?")
    await ada.hear("assistant")
    await ada.say("I want to talk to a human")
    number = (await ada.becomes("open"))["ticket"]
    async with desk.grace.live() as grace:
        await desk.grace.put("/agents/me/presence", {"presence": "available"})
        offer = (await grace.first(lambda frame: frame["type"] == "offer"))["offer"]
        await desk.grace.put(f"/offers/{offer['id']}", {"state": "accepted"})
    await desk.grace.post(f"/tickets/{number}/messages", {"text": "Hello Ada"})
    await ada.hear("agent")
    events = await eventually(lambda: settled(desk, number, 2))

    by_kind: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_kind.setdefault(event["kind"], []).append(event)

    opened = by_kind["TicketOpened"][0]
    assert (opened["actor"], opened["payload"]["reason"]) == ("customer", "the assistant reads it first")
    answer = by_kind["AnswerGiven"][0]
    assert (answer["actor"], answer["payload"]["article"]) == ("assistant", "order-status")
    assert answer["payload"]["reasons"] == ["“Where is my order?” fits the question (100%; 50% are enough)"]
    assert by_kind["HandedOff"][0]["payload"]["reason"] == "the customer asked for a person"
    offered = by_kind["TicketOffered"][0]
    assert (offered["actor"], offered["payload"]["reasons"]) == ("router", offer["reasons"])
    assert by_kind["OfferClosed"][0]["payload"]["state"] == "accepted"
    assigned = by_kind["TicketAssigned"][0]
    assert assigned["actor"] == f"agent:{desk.people['Grace'].id}"
    assert assigned["payload"]["reasons"] == [f"Grace accepted offer {offer['id']}"]
    assert [event["payload"]["proof"] for event in by_kind["MessageReceived"]] == ["session", "session"]
    assert [event["payload"]["delivery"] for event in by_kind["DeliverySettled"]] == ["sent", "sent"]
    assert [(event["payload"]["before"], event["payload"]["status"]) for event in by_kind["StatusChanged"]] == [
        ("new", "answered"),
        ("answered", "new"),
        ("open", "answered"),
    ], "and from new to open by the handoff"
    assert all(event["payload"]["reason"] for event in by_kind["StatusChanged"])


async def settled(desk: RunningDesk, ticket: int, messages: int) -> list[Any] | None:
    events = await desk.sam.items(f"/tickets/{ticket}/history")
    return events if sum(event["kind"] == "DeliverySettled" for event in events) == messages else None


async def test_who_was_identified_and_by_what_is_on_the_customers_history(desk: RunningDesk) -> None:
    await desk.loopback.say("ada@example.test", "Hello", "m1", name="Ada")
    customer = (await desk.ticket_of("Ada"))["customer"]["id"]
    events = await desk.grace.items(f"/customers/{customer}/history")
    assert [(event["kind"], event["actor"]) for event in events[:2]] == [
        ("CustomerCreated", "customer"),
        ("TicketOpened", "customer"),
    ]
    identities = (await desk.grace.get(f"/customers/{customer}"))["identities"]
    assert [identity["method"] for identity in identities] == ["loopback"]
    made = events[0]["payload"]
    assert (made["channel"], made["kind"], made["proof"]) == ("try", "loopback", "loopback")


async def test_no_event_carries_a_text_or_an_address(desk: RunningDesk) -> None:
    await desk.loopback.say("ada@example.test", "My card number is secret", "m1", name="Ada")
    ticket = await desk.ticket_of("Ada")
    await desk.grace.post(f"/tickets/{ticket['id']}/messages", {"text": "Never tell it"})
    await desk.grace.post(f"/tickets/{ticket['id']}/notes", {"text": "careless"})
    events = str(await desk.grace.items(f"/customers/{ticket['customer']['id']}/history"))
    assert "NoteWritten" in events
    assert [secret for secret in ("card number", "Never tell", "careless", "ada@") if secret in events] == []


async def test_a_supervisor_who_gives_a_ticket_to_somebody_is_named(desk: RunningDesk) -> None:
    await desk.people_only.say("ada@example.test", "Hello", "m1", name="Ada")
    ticket = await desk.ticket_of("Ada")
    path = f"/tickets/{ticket['id']}"
    await desk.sam.put(f"{path}/assignment", {"agent": desk.people["Grace"].id})
    await desk.grace.put(f"{path}/assignment", {"queue": "support"})
    events = {event["kind"]: event for event in await desk.sam.items(f"{path}/history")}
    assert events["TicketAssigned"]["payload"]["reasons"] == ["Sam gave it to Grace"]
    assert events["TicketAssigned"]["actor"] == f"agent:{desk.people['Sam'].id}"
    assert events["TicketReleased"]["payload"] == {
        "agent": desk.people["Grace"].id,
        "reason": "transferred to support",
    }
    assert events["TicketTransferred"]["payload"] == {"queue": "support", "before": "sales"}
