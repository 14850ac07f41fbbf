"""From the first question to a ticket that is solved and opened again, in the chat window and at the desk."""

import uuid

import pytest

from tests.desk import ORDER, Chat, RunningDesk


async def test_a_customer_is_answered_from_an_article_then_by_a_person(any_desk: RunningDesk) -> None:
    desk = any_desk
    ada = await desk.chat(name="Ada", email="ada@example.test")

    await ada.say("When will my parcel arrive?")
    answer = await ada.hear("assistant")
    assert answer["text"] == ORDER
    assert answer["source"]["title"] == "Where is my order?"
    assert answer["source"]["url"].endswith("/help/order-status")
    assert answer["source"]["checked"] == "2026-11-01"
    assert (await ada.becomes("answered"))["agent"] is None

    await ada.say("Thank you, but please let me talk to a person")
    waiting = await ada.becomes("open")
    number = waiting["ticket"]
    await ada.until(lambda: ada.state["place"] == 1)

    async with desk.grace.live() as grace:
        await desk.grace.put("/agents/me/presence", {"presence": "available"})
        offer = (await grace.first(lambda frame: frame["type"] == "offer"))["offer"]
        assert offer["ticket"]["id"] == number
        assert offer["ticket"]["handoff"] == "the customer asked for a person"
        assert offer["reasons"][0] == "Grace: free, and this has the least time left of what they can take (0 of 5)"

        accepted = await desk.grace.put(f"/offers/{offer['id']}", {"state": "accepted"})
        assert accepted["state"] == "accepted"
        assert accepted["ticket"]["assignee"]["name"] == "Grace"
        await ada.until(lambda: ada.state["agent"] == "Grace")

        place = len(grace.all)
        await ada.say("My order is 4711")
        heard = await grace.first(lambda frame: frame["type"] == "message", since=place)
        assert heard["message"]["text"] == "My order is 4711"
        assert heard["message"]["proof"] == {"method": "session"}

    await desk.grace.post(f"/tickets/{number}/messages", {"text": "It leaves today."})
    reply = await ada.hear("agent")
    assert (reply["author"], reply["text"]) == ({"kind": "agent", "name": "Grace"}, "It leaves today.")

    await desk.grace.post(f"/tickets/{number}/notes", {"text": "She is a regular."})
    solved = await desk.grace.put(f"/tickets/{number}/status", {"status": "solved"})
    assert solved["status"] == "solved"
    await ada.becomes("solved")

    await ada.say("One more thing")
    reopened = await ada.becomes("open")
    assert (reopened["ticket"], reopened["agent"]) == (number, "Grace")
    texts = [message["text"] for message in await desk.grace.items(f"/tickets/{number}/messages")]
    assert texts == [
        "When will my parcel arrive?",
        ORDER,
        "Thank you, but please let me talk to a person",
        "My order is 4711",
        "It leaves today.",
        "One more thing",
    ]
    assert sorted({*ada.shown, *ada.acknowledged.values()}) == [1, 2, 3, 4, 5, 6]
    assert ada.doubled == []
    assert ada.frames is not None
    told = [frame["seq"] for frame in ada.frames.all if frame["type"] == "message"]
    assert told == [2, 5], "each message once, in order; their own are acknowledged"


async def test_a_window_opened_again_shows_all_that_was_said_and_how_things_stand(desk: RunningDesk) -> None:
    ada = await desk.chat()
    await ada.say("When will my parcel arrive?")
    await ada.hear("assistant")
    await ada.leave()

    ada.shown.clear()
    await ada.connect()
    await ada.becomes("answered")
    assert [told["text"] for _, told in sorted(ada.shown.items())] == ["When will my parcel arrive?", ORDER]
    assert ada.shown[1]["author"] == {"kind": "customer", "name": "Visitor"}


async def test_what_one_window_says_the_other_windows_show(desk: RunningDesk) -> None:
    ada = await desk.chat()
    other = type(ada)(desk.http, ada.url, ada.token)
    await other.connect()
    desk.windows.append(other)
    await other.becomes("none")

    await ada.say("Hello from my phone")
    assert (await other.hear("customer"))["text"] == "Hello from my phone"


async def test_a_message_said_twice_is_acknowledged_twice_and_stored_once(desk: RunningDesk) -> None:
    ada = await desk.chat(name="Ada")
    message = await ada.write("Hello")
    await ada.until(lambda: message in ada.acknowledged)
    assert ada.frames is not None
    place = len(ada.frames.all)
    await ada.frames.say(type="message", id=message, text="Hello")
    again = await ada.frames.first(lambda frame: frame["type"] == "ack", since=place)
    assert again["seq"] == ada.acknowledged[message] == 1
    ticket = await desk.ticket_of("Ada")
    said = [m for m in await desk.sam.items(f"/tickets/{ticket['id']}/messages") if m["direction"] == "inbound"]
    assert len(said) == 1


async def test_what_a_customer_typed_about_themselves_is_a_claim_and_no_identity(desk: RunningDesk) -> None:
    ada = await desk.chat(name="Ada", email="grace@example.test")
    await ada.say("Hello")
    ticket = await desk.ticket_of("Ada")
    customer = await desk.grace.get(f"/customers/{ticket['customer']['id']}")
    assert [identity["kind"] for identity in customer["identities"]] == ["webchat"]
    claims = {claim["kind"]: claim["value"] for claim in customer["claims"]}
    assert claims == {"name": "Ada", "email": "grace@example.test"}


async def pressed(window: Chat, **button: int) -> int:
    """Press, and wait for the acknowledgement; its seq."""
    assert window.frames is not None
    number = str(uuid.uuid4())
    await window.frames.say(type="choice", id=number, **button)
    return int((await window.frames.first(lambda frame: frame.get("id") == number))["seq"])


async def test_a_visitor_presses_a_button_and_every_window_shows_it(any_desk: RunningDesk) -> None:
    desk = any_desk
    ada = await desk.chat(name="Ada")
    await ada.say("When will my parcel arrive?")
    answer = await ada.hear("assistant")
    assert (answer["choices"], answer["chosen"]) == (["That helps", "That does not help", "Talk to a person"], None)
    other = Chat(desk.http, ada.url, ada.token)
    await other.connect()
    desk.windows.append(other)
    press = {"seq": answer["seq"], "choice": 2}
    for _ in range(2):  # the second is another press of the same button
        assert await pressed(ada, **press) == answer["seq"] + 1
    shown = await other.hear("customer", since=answer["seq"])
    assert (shown["text"], shown["pressed"]) == ("Talk to a person", answer["id"])
    assert (await ada.becomes("open"))["ticket"] == 1
    again = Chat(desk.http, ada.url, ada.token)
    await again.connect()
    desk.windows.append(again)
    await again.becomes("open")
    assert [told["chosen"] for told in again.shown.values()] == [None, 2, None]
    assert max(again.shown) == answer["seq"] + 1, "it was said once"


@pytest.mark.parametrize("frame", [{"seq": 0, "choice": 0}, {"seq": 2**31, "choice": 0}, {"seq": 1, "choice": -1}])
async def test_a_button_that_cannot_be_closes_this_window_only(desk: RunningDesk, frame: dict[str, int]) -> None:
    ada = await desk.chat(name="Ada")
    assert ada.frames is not None
    await ada.frames.say(type="choice", id=str(uuid.uuid4()), **frame)
    assert await ada.frames.closed() == 1007


async def test_a_button_that_is_not_there_is_acknowledged_and_says_nothing(desk: RunningDesk) -> None:
    ada = await desk.chat(name="Ada")
    await ada.say("Hello?")
    for seq in (1, 99):
        assert await pressed(ada, seq=seq, choice=0) == 0
    assert await desk.sam.items("/buried") == []
