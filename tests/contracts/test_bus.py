"""The contract of the Bus: one process by itself, and two that share a Redis."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from redis import Redis as Client

from contactcenter.bus import redis as redis_bus
from contactcenter.bus.in_process import InProcessBus
from contactcenter.bus.redis import RedisBus
from contactcenter.ports import Bus
from tests.contracts.engines import WITHIN
from tests.desk import eventually
from tests.servers import Redis, free_port


@dataclass
class Ear:
    """A listener that notes what it hears."""

    heard: list[tuple[str, bytes | None]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, topic: str, frame: bytes | None) -> None:
        self.heard.append((topic, frame))
        self.news.set()

    __hash__ = object.__hash__

    @property
    def frames(self) -> list[bytes]:
        return [frame for _, frame in self.heard if frame is not None]

    @property
    def missed(self) -> bool:
        return any(frame is None for _, frame in self.heard)

    async def until(self, condition: Callable[["Ear"], object]) -> None:
        async with asyncio.timeout(WITHIN):
            while not condition(self):
                self.news.clear()
                await self.news.wait()


@dataclass(frozen=True)
class Pair:
    """Where something is published, and where somebody listens: the same process, or another."""

    here: Bus
    there: Bus

    def listen(self, *topics: str) -> Ear:
        ear = Ear()
        for topic in topics:
            self.there.subscribe(topic, ear)
        return ear


@pytest.fixture(params=["one process", "two processes"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    if request.param == "one process":
        bus = InProcessBus()
        yield Pair(bus, bus)
        await bus.close()
        return
    server: Redis = request.getfixturevalue("redis")
    here, there = RedisBus(server.url), RedisBus(server.url)
    await asyncio.gather(here.start(), there.start())
    yield Pair(here, there)
    await asyncio.gather(here.close(), there.close())


# --- both -------------------------------------------------------------------------------------------------------------


async def test_a_frame_reaches_whoever_listens_to_any_of_its_topics_once(pair: Pair) -> None:
    both, one, other = pair.listen("ticket:7", "agent:3"), pair.listen("agent:3"), pair.listen("agent:4")
    pair.here.publish(["ticket:7", "agent:3"], b"from Ada")
    pair.here.publish(["agent:4"], b"the end")
    await other.until(lambda ear: ear.frames)
    assert both.heard == [("ticket:7", b"from Ada")]
    assert one.heard == [("agent:3", b"from Ada")]
    assert other.heard == [("agent:4", b"the end")]


async def test_order_is_kept(pair: Pair) -> None:
    ear = pair.listen("team")
    wanted = [f"{number}".encode() for number in range(3 * redis_bus.PACK_LIMIT)]
    for frame in wanted:
        pair.here.publish(["team"], frame)
    await ear.until(lambda ear: len(ear.heard) >= len(wanted))
    assert ear.frames == wanted


async def test_bytes_arrive_as_they_are(pair: Pair) -> None:
    ear = pair.listen("שלום 👋")
    for frame in (b"", bytes(range(256)), b"x" * 1_000_000):
        pair.here.publish(["שלום 👋"], frame)
    await ear.until(lambda ear: len(ear.heard) == 3)
    assert ear.frames == [b"", bytes(range(256)), b"x" * 1_000_000]


async def test_whoever_unsubscribed_hears_nothing_more(pair: Pair) -> None:
    gone, other = Ear(), pair.listen("team")
    unsubscribe = pair.there.subscribe("team", gone)
    unsubscribe()
    unsubscribe()
    pair.here.publish(["team"], b"from Ada")
    await other.until(lambda ear: ear.frames)
    assert gone.heard == []


async def test_the_own_process_hears_at_once(pair: Pair) -> None:
    ear = Ear()
    pair.here.subscribe("team", ear)
    pair.here.publish(["team"], b"from Ada")
    assert ear.frames == [b"from Ada"]


async def test_whoever_is_made_to_leave_by_a_frame_does_not_hear_it(pair: Pair) -> None:
    """The first listener closes the second one's socket: nothing may be pushed to it any more."""
    second, last = Ear(), Ear()
    pair.there.subscribe("team", lambda topic, frame: unsubscribe())
    unsubscribe = pair.there.subscribe("team", second)
    pair.there.subscribe("team", last)
    pair.here.publish(["team"], b"leave")
    await last.until(lambda ear: ear.frames)
    assert second.heard == []


async def test_a_listener_that_fails_harms_no_other(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    def fail(topic: str, frame: bytes | None) -> None:
        raise ValueError("a broken listener")

    pair.there.subscribe("team", fail)
    ear = pair.listen("team")
    for frame in (b"one", b"two"):
        pair.here.publish(["team"], frame)
    await ear.until(lambda ear: len(ear.heard) == 2)
    assert ear.frames == [b"one", b"two"]
    assert "a listener failed" in caplog.text


async def test_a_topic_nobody_listens_to_is_no_trouble(pair: Pair) -> None:
    pair.here.publish(["nobody"], b"")
    pair.here.publish([], b"")


async def test_closing_leaves_no_task(redis: Redis) -> None:
    before = asyncio.all_tasks()
    for bus in (InProcessBus(), RedisBus(redis.url)):
        await bus.start()
        bus.publish(["team"], b"still on its way")
        await bus.close()
    assert asyncio.all_tasks() == before


async def test_closing_in_the_middle_of_whatever_it_does_ends_it(redis: Redis) -> None:
    """An impatient bus asks all the time whether Redis is there: closing falls into the middle of a question."""
    before = asyncio.all_tasks()
    async with asyncio.timeout(WITHIN):
        for _ in range(30):
            bus = RedisBus(redis.url, patience=0.001)
            await bus.start()
            await bus.close()
    assert asyncio.all_tasks() == before


# --- Redis ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def shared(redis: Redis) -> AsyncIterator[Pair]:
    """Two processes that notice a silent server soon."""
    here, there = RedisBus(redis.url, patience=0.1), RedisBus(redis.url, patience=0.1)
    await asyncio.gather(here.start(), there.start())
    yield Pair(here, there)
    await asyncio.gather(here.close(), there.close())


async def test_when_redis_restarts_listeners_are_told_and_traffic_goes_on(shared: Pair, redis: Redis) -> None:
    ear, own = shared.listen("team"), Ear()
    shared.here.subscribe("team", own)
    await asyncio.to_thread(redis.stop)
    shared.here.publish(["team"], b"while it is away")
    assert own.frames == [b"while it is away"]
    await asyncio.to_thread(redis.start)
    await ear.until(lambda ear: ear.missed)
    await own.until(lambda ear: ear.missed)
    shared.here.publish(["team"], b"when it is back")
    await ear.until(lambda ear: b"when it is back" in ear.frames)


async def test_publishing_while_redis_is_away_neither_raises_nor_waits_nor_fills_the_memory(
    shared: Pair, redis: Redis
) -> None:
    ear = shared.listen("team")
    await asyncio.to_thread(redis.stop)
    for number in range(2 * redis_bus.PENDING_LIMIT):
        shared.here.publish(["team"], f"{number}".encode())
    await asyncio.to_thread(redis.start)
    await ear.until(lambda ear: ear.missed)
    shared.here.publish(["team"], b"the end")
    await ear.until(lambda ear: b"the end" in ear.frames)
    assert len(ear.frames) <= redis_bus.PENDING_LIMIT + 1


async def test_who_lost_a_pack_says_so_to_those_whose_line_was_never_cut(shared: Pair, redis: Redis) -> None:
    """Or a visitor would not see the answer until somebody says something more."""
    ear = shared.listen("team")
    with Client.from_url(redis.url) as admin:
        await asyncio.to_thread(admin.execute_command, "ACL SETUSER default -publish")
        try:
            shared.here.publish(["team"], b"lost")
            await eventually(lambda: asyncio.to_thread(admin.execute_command, "ACL LOG"))
            assert ear.heard == []
        finally:
            await asyncio.to_thread(admin.execute_command, "ACL SETUSER default +publish")
            await asyncio.to_thread(admin.execute_command, "ACL LOG RESET")
    await ear.until(lambda ear: ear.missed)
    assert ear.frames == []


async def test_a_frozen_redis_is_noticed_and_told(shared: Pair, redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    async def noticed() -> bool:
        return "bus: connection lost" in caplog.text

    ear = shared.listen("team")
    with Client.from_url(redis.url) as admin:
        server = int(admin.info("server")["process_id"])
    os.kill(server, signal.SIGSTOP)
    try:
        await eventually(noticed)
    finally:
        os.kill(server, signal.SIGCONT)
    await ear.until(lambda ear: ear.missed)


async def test_junk_on_our_channel_is_passed_over(shared: Pair, redis: Redis) -> None:
    ear = shared.listen("team")
    with Client.from_url(redis.url) as somebody:
        for junk in (b"", b"\xc1", b"hello", b"\x93\xa1x\x90\xc3\x00", b"\x92\xa1x\xa1y"):
            await asyncio.to_thread(somebody.publish, redis_bus.CHANNEL, junk)
    shared.here.publish(["team"], b"from Ada")
    await ear.until(lambda ear: ear.frames)
    assert ear.heard == [("team", b"from Ada")]


async def test_a_redis_that_is_not_there_is_told_at_the_start_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    bus = RedisBus(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(TimeoutError, match=r"bus\.url"):
        await bus.start(within=0.05)
    assert asyncio.all_tasks() == before
