"""That Grace types is told to the customer's window, and to whoever sends for the channel."""

from contactcenter.flow.live import typing_topic
from tests.desk import RunningDesk, eventually


async def test_an_agent_s_typing_is_heard_where_the_channel_is_sent_for(desk: RunningDesk) -> None:
    await desk.people_only.say("ada@example.test", "Hello", "m1", name="Ada")
    ticket = (await desk.ticket_of("Ada"))["id"]
    heard: list[bytes | None] = []
    desk.running.bus.subscribe(typing_topic("people"), lambda topic, frame: heard.append(frame))

    async def told() -> bool:
        return heard == [b"ada@example.test"]

    async with desk.grace.live() as live:
        await live.say(type="typing", ticket=ticket)
        await eventually(told)
