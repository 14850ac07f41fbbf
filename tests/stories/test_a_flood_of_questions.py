"""Whoever writes without end costs no more than one reading at a time, and keeps nobody else waiting."""

from tests.desk import RunningDesk, eventually

MANY = 1_000


async def test_a_thousand_questions_of_one_visitor_are_kept_and_another_one_is_answered(desk: RunningDesk) -> None:
    for number in range(MANY):
        await desk.loopback.say(
            "flood@example.test", f"When will my parcel {number} arrive?", f"f{number}", name="Flood"
        )
    await desk.loopback.say("ada@example.test", "When will my parcel arrive?", "a1", name="Ada")

    async def answered() -> bool:
        return any(one.address == "ada@example.test" for one in desk.loopback.sent)

    await eventually(answered)
    ticket = await desk.ticket_of("Flood")
    events = await desk.sam.items(f"/tickets/{ticket['id']}/history")
    assert sum(event["kind"] == "MessageReceived" for event in events) == MANY
    assert sum(one.address == "flood@example.test" for one in desk.loopback.sent) <= 20, "it has said enough by then"
