"""What became of a message of ours is always told: sent, refused for now or for good, or nobody knows."""

from typing import Any

import pytest

from contactcenter.channels.loopback import Loopback, said
from contactcenter.flow import actions, deliver, ledger, queries, upkeep
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Conflict, Outbound, Receipt
from tests.desk import NOON, QuietDesk, RunningDesk, eventually


async def reply_to(desk: RunningDesk, address: str) -> dict[str, Any]:
    """Grace replies to somebody who wrote from that address; the message once its delivery is no longer under way."""
    await desk.people_only.say(address, "Hello", f"m-{address}", name=address)
    ticket = (await desk.ticket_of(address))["id"]
    message = await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "Here it is."})
    return await eventually(lambda: _tried(desk, ticket, message["id"]))


async def _tried(desk: RunningDesk, ticket: int, message: int) -> Any:
    shown = next(item for item in await desk.grace.items(f"/tickets/{ticket}/messages") if item["id"] == message)
    untried = shown["delivery"] == "sending" or (shown["delivery"] == "due" and shown["delivery_reason"] is None)
    return None if untried else shown


@pytest.mark.parametrize(
    ("address", "delivery", "reason"),
    [
        ("ada@example.test", "delivered", None),
        ("temporary@example.test", "due", "the address asks to try later"),
        ("permanent@example.test", "buried", "the address refuses for good"),
        ("unknown@example.test", "unknown", "the address does not say whether it arrived"),
    ],
)
async def test_a_reply_tells_what_became_of_it(
    desk: RunningDesk, address: str, delivery: str, reason: str | None
) -> None:
    message = await reply_to(desk, address)
    assert (message["delivery"], message["delivery_reason"]) == (delivery, reason)
    events = [
        event
        for event in await desk.grace.items(f"/tickets/{message['ticket']}/history")
        if event["kind"] == "DeliverySettled"
    ]
    assert [event["payload"] for event in events] == [
        {"message": message["id"], "delivery": delivery, "attempt": 1, "reason": reason or ""}
    ]


async def test_an_agent_is_told_live_and_repeats_what_is_unknown(desk: RunningDesk) -> None:
    message = await reply_to(desk, "unknown@example.test")
    ticket = message["ticket"]
    async with desk.grace.live() as live:
        await live.say(type="watch", ticket=ticket)
        again = await desk.grace.put(f"/messages/{message['id']}/delivery", {"state": "due"})
        assert again["delivery"] == "due"
        told = await live.first(lambda frame: frame["type"] == "delivery" and frame["delivery"] == "unknown")
        assert told["message"] == message["id"]
    events = await desk.grace.items(f"/tickets/{ticket}/history")
    assert sum(event["kind"] == "DeliverySettled" for event in events) == 2


async def test_what_was_sent_is_not_sent_again(desk: RunningDesk) -> None:
    message = await reply_to(desk, "ada@example.test")
    refused = await desk.grace.put(f"/messages/{message['id']}/delivery", {"state": "due"}, status=409)
    assert refused["detail"] == f"message {message['id']} is delivered: only unknown or buried ones repeat"
    inbound = (await desk.grace.items(f"/tickets/{message['ticket']}/messages"))[0]
    await desk.grace.put(f"/messages/{inbound['id']}/delivery", {"state": "due"}, status=409)
    assert [sent.text for sent in desk.people_only.sent] == ["Here it is."]


def replied(quiet: QuietDesk, address: str) -> int:
    """A ticket of that address, to which Grace has replied; the reply's id."""
    quiet.hear(address, "Hello", channel="people")
    return quiet.do(actions.reply, quiet.policies, quiet.hire("Grace"), 1, "Here it is.").id


async def test_what_the_provider_refuses_for_now_is_repeated_when_it_said_to(quiet: QuietDesk) -> None:
    message = replied(quiet, "temporary@example.test")
    assert await quiet.deliver() == ["due"]
    quiet.clock.at = NOON + 7 * SECOND - 1
    assert await quiet.deliver() == []
    quiet.clock.at = NOON + 7 * SECOND
    assert await quiet.deliver() == ["due"]
    assert quiet.row(queries.OUTBOX_OF, message=message).attempts == 0  # a wait that was asked for counts as none


async def test_what_is_refused_for_now_too_often_is_buried_and_listed(quiet: QuietDesk) -> None:
    message = replied(quiet, "temporary@example.test")
    states = []
    for _ in range(3 * len(ledger.outbox.backoff)):  # it asked for that: however often, it is no failure
        states += await quiet.deliver()
        quiet.clock.forward(7)
    assert set(states) == {"due"}
    quiet.clock.forward(sum(ledger.outbox.backoff))
    assert await quiet.deliver() == ["buried"]
    assert await quiet.deliver() == []
    buried = quiet.do(ledger.outbox.buried)
    assert [row.error for row in buried] == ["RetryLater: the address asks to try later"]
    quiet.do(actions.retry, quiet.policies, "outbox", buried[0].id)
    assert quiet.row(queries.MESSAGE_BY_ID, id=message).delivery == "due"
    assert await quiet.deliver() == ["due"]


async def test_nothing_unknown_is_repeated_by_the_desk_itself(quiet: QuietDesk) -> None:
    replied(quiet, "unknown@example.test")
    assert await quiet.deliver() == ["unknown"]
    quiet.clock.forward(14 * 24 * 3600)
    quiet.upkeep()
    assert await quiet.deliver() == []


def test_a_send_that_a_dead_process_left_is_unknown_where_repeating_could_double_it(quiet: QuietDesk) -> None:
    message = replied(quiet, "ada@example.test")
    quiet.do(deliver.begin, "a process that then died", "people")
    assert quiet.do(upkeep.release_dead, quiet.policies) == 1
    shown = quiet.row(queries.MESSAGE_BY_ID, id=message)
    assert shown.delivery == "unknown"
    assert shown.delivery_reason == "the process that was sending it stopped before the provider answered"
    assert quiet.sent("people") == []


def test_a_settlement_of_a_lost_claim_is_refused(quiet: QuietDesk) -> None:
    message = replied(quiet, "ada@example.test")
    attempt = quiet.do(deliver.begin, "slow", "people")[0]
    quiet.do(upkeep.release_dead, quiet.policies)
    quiet.do(actions.repeat_delivery, quiet.policies, actions.Caller("agent", 1, "Grace"), message)
    with pytest.raises(Conflict, match="no longer the current one"):
        quiet.do(deliver.settle, quiet.policies, attempt, Receipt("late"))
    assert quiet.row(queries.MESSAGE_BY_ID, id=message).delivery == "due"


async def test_one_conversation_is_delivered_in_order_and_holds_up_no_other(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    for number, address in enumerate(("temporary@example.test", "ada@example.test"), start=1):
        quiet.hear(address, "Hello", channel="people")
        quiet.do(actions.reply, quiet.policies, grace, number, f"first for {address}")
        quiet.do(actions.reply, quiet.policies, grace, number, f"second for {address}")
    assert await quiet.deliver() == ["due", "delivered"]
    assert await quiet.deliver() == ["delivered"]
    assert await quiet.deliver() == [], "the second for temporary@ waits for the first"
    assert quiet.sent("people") == ["first for ada@example.test", "second for ada@example.test"]


async def test_a_slow_channel_holds_up_no_other(desk: RunningDesk) -> None:
    await desk.people_only.say("silent@example.test", "Hello", "m1", name="ada")
    ticket = (await desk.ticket_of("ada"))["id"]
    held_up = await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "Here it is."})
    await eventually(lambda: _sending(desk, ticket, held_up["id"]))
    await desk.loopback.say("bob", "Where is my order?", "m2", name="bob")
    await eventually(lambda: _received(desk.loopback))
    assert await _sending(desk, ticket, held_up["id"])


async def _sending(desk: RunningDesk, ticket: int, message: int) -> bool:
    shown = await desk.grace.items(f"/tickets/{ticket}/messages")
    return any(item["id"] == message and item["delivery"] == "sending" for item in shown)


async def _received(channel: Loopback) -> list[Outbound]:
    return channel.sent


class Faulty(Loopback):
    """A channel with a fault of ours in it."""

    async def send(self, message: Outbound) -> Receipt:
        raise KeyError("who knows whether it left")


async def test_a_fault_while_sending_is_unknown_and_told(quiet: QuietDesk) -> None:
    message = replied(quiet, "ada@example.test")
    attempt = quiet.do(deliver.begin, "quiet", "people")[0]
    with pytest.raises(KeyError) as fault:
        await Faulty("people").send(attempt.message)
    assert quiet.do(deliver.settle, quiet.policies, attempt, fault.value) == "unknown"
    assert "KeyError" in quiet.row(queries.MESSAGE_BY_ID, id=message).delivery_reason


def test_an_edit_and_a_deletion_by_the_customer_change_the_text_and_stay_on_the_history(quiet: QuietDesk) -> None:
    quiet.hear("ada@example.test", "Helo", channel="people", id="m1")
    quiet.hear("ada@example.test", "Hello", channel="people", id="m1", change="edited")
    assert quiet.row(queries.MESSAGE_BY_ID, id=1).text == "Hello"
    quiet.hear("ada@example.test", "", channel="people", id="m1", change="deleted")
    assert quiet.row(queries.MESSAGE_BY_ID, id=1).text == ""
    assert said("people", "a", "b", "m1", change="edited").external_id == "m1#edited"
