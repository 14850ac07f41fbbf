"""What Grace changes is changed in front of Ada, also in a window that was away, on either store."""

from typing import Any

from tests.desk import Chat, RunningDesk, eventually


async def asked_for_grace(desk: RunningDesk) -> tuple[Chat, int]:
    """Ada's open window and her ticket, which Grace has."""
    ada = await desk.chat(name="Ada")
    await ada.say("Can I talk to a person?")
    ticket = (await desk.ticket_of("Ada"))["id"]
    await ada.becomes("open")
    await desk.grace.put(f"/tickets/{ticket}/assignment", {"agent": "me"})
    return ada, ticket


def changes(ada: Chat) -> list[tuple[int, str, bool]]:
    assert ada.frames is not None
    return [(told["seq"], told["text"], told["deleted"]) for told in ada.frames.all if told["type"] == "change"]


async def reply(desk: RunningDesk, ada: Chat, ticket: int, text: str) -> Any:
    before = max(ada.shown, default=0)
    said = await desk.grace.post(f"/tickets/{ticket}/messages", {"text": text})
    await ada.hear("agent", since=before)
    return said


async def test_an_edit_and_a_deletion_reach_open_windows_and_those_that_come_back(any_desk: RunningDesk) -> None:
    ada, ticket = await asked_for_grace(any_desk)
    first = await reply(any_desk, ada, ticket, "It is red")
    second = await reply(any_desk, ada, ticket, "And free of charge")
    async with any_desk.grace.live() as live:
        await live.say(type="watch", ticket=ticket)
        edited = await any_desk.grace.call("PUT", f"/messages/{first['id']}", {"text": "It is blue"})
        assert (edited["text"], edited["edited_at"] is None) == ("It is blue", False)
        await ada.until(lambda: changes(ada) == [(first["seq"], "It is blue", False)])
        gone = await any_desk.grace.call("DELETE", f"/messages/{second['id']}")
        assert (gone["text"], gone["deleted_at"] is None) == ("", False)
        await ada.until(lambda: changes(ada)[1:] == [(second["seq"], "", True)])
        told = await live.first(lambda frame: frame["type"] == "change" and frame["message"]["deleted_at"])
        assert told["message"]["id"] == second["id"]
    await ada.leave()
    await any_desk.grace.call("PUT", f"/messages/{first['id']}", {"text": "It is green"})
    await ada.connect()
    await ada.until(lambda: (first["seq"], "It is green", False) in changes(ada))
    again = await Chat.open(any_desk.http, any_desk.url)
    again.token = ada.token
    any_desk.windows.append(again)
    await again.connect()
    await again.until(lambda: second["seq"] in again.shown)
    shown = [again.shown[one["seq"]] for one in (first, second)]
    assert [(one["text"], one["edited"], one["deleted"]) for one in shown] == [
        ("It is green", True, False), ("", False, True),
    ]  # fmt: skip
    assert again.doubled == []


async def test_the_history_keeps_what_was_said_and_the_texts_verify(any_desk: RunningDesk) -> None:
    ada, ticket = await asked_for_grace(any_desk)
    said = await reply(any_desk, ada, ticket, "It is red")
    await any_desk.grace.call("PUT", f"/messages/{said['id']}", {"text": "It is blue"})
    await any_desk.sam.call("PUT", f"/messages/{said['id']}", {"text": "It is green"})

    async def settled() -> Any:
        events = await any_desk.grace.items(f"/tickets/{ticket}/history")
        return events if any(event["kind"] == "ChangeSettled" for event in events) else None

    events = await eventually(settled)
    edits = [(event["actor"], event["payload"]["before"]) for event in events if event["kind"] == "MessageEdited"]
    grace, sam = (any_desk.people[name].id for name in ("Grace", "Sam"))
    assert edits == [(f"agent:{grace}", "It is red"), (f"agent:{sam}", "It is blue")]
    assert (await any_desk.grace.items("/channels"))[-1]["changes"] is True


async def test_a_customer_of_loopback_edits_and_leaves(any_desk: RunningDesk) -> None:
    """The same through intake, the outbox and its loop, on either store."""
    people = any_desk.people_only
    await people.say("ada@example.test", "It is late", "m1", name="Ada")
    ticket = (await any_desk.ticket_of("Ada"))["id"]
    await people.say("ada@example.test", "It is very late", "m1", change="edited")
    (message,) = await any_desk.grace.items(f"/tickets/{ticket}/messages")
    assert (message["text"], message["edited_at"] is None) == ("It is very late", False)
    said = await any_desk.grace.post(f"/tickets/{ticket}/messages", {"text": "Tomorrow"})

    async def delivered() -> bool:
        return [message.text for message in people.sent] == ["Tomorrow"]

    async def corrected() -> bool:
        return [message.text for message in people.sent] == ["Today"]

    async def removed() -> bool:
        return people.sent == []

    await eventually(delivered)
    await any_desk.grace.call("PUT", f"/messages/{said['id']}", {"text": "Today"})
    await eventually(corrected)
    await any_desk.grace.call("DELETE", f"/messages/{said['id']}")
    await eventually(removed)
    await people.say("ada@example.test", "blocked", "m2", change="left")
    shown = await any_desk.grace.get(f"/tickets/{ticket}")
    assert (shown["unreachable"], shown["status"]) == ("blocked", "open")
    (identity,) = (await any_desk.grace.get(f"/customers/{shown['customer']['id']}"))["identities"]
    assert identity["unreachable"] == "people: blocked"
    refused = await any_desk.grace.post(f"/tickets/{ticket}/messages", {"text": "Hello?"}, status=409)
    assert "cannot be reached on people: blocked" in refused["detail"]
    await any_desk.grace.post(f"/tickets/{ticket}/notes", {"text": "They left."})
    await people.say("ada@example.test", "I am back", "m3")
    assert (await any_desk.grace.get(f"/tickets/{ticket}"))["unreachable"] is None
