"""The bus of a desk that is many processes: one Redis channel, frames packed, listeners filtered here.

What this process publishes reaches its own listeners at once and the others through Redis. When the connection to
Redis was lost, every listener is told that something may have been missed. Refuses to retry a command: redis-py 8
sends one up to ten times by default, which would double frames.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from contactcenter.bus.in_process import InProcessBus
from contactcenter.ports import Listener

CHANNEL = "contactcenter:live"
PACK_LIMIT = 500  # frames in one Redis message
PENDING_LIMIT = 20_000  # frames held while Redis is away; beyond it they are dropped, which only costs a sweep
RECONNECT_SECONDS = 0.5

log = logging.getLogger(__name__)


class Pack(msgspec.Struct, array_like=True):
    """What travels: who sent it, and frames with their topics."""

    origin: str
    frames: list[tuple[list[str], bytes]]


class RedisBus:
    """Publishes in packs from one task and listens in another."""

    def __init__(self, url: str) -> None:
        self._local = InProcessBus()
        self._origin = secrets.token_hex(8)
        self._redis = Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_timeout=5, socket_connect_timeout=5, health_check_interval=0
        )
        self._pending: list[tuple[list[str], bytes]] = []
        self._some = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Pack)

    def publish(self, topics: Sequence[str], frame: bytes) -> None:
        self._local.publish(topics, frame)
        if len(self._pending) < PENDING_LIMIT:
            self._pending.append((list(topics), frame))
            self._some.set()

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        return self._local.subscribe(topic, listener)

    async def start(self) -> None:
        """Begin both tasks; returns once Redis has confirmed that we listen."""
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(listening), name="bus-listen"),
            asyncio.create_task(self._send(), name="bus-send"),
        ]
        await asyncio.wait_for(listening.wait(), timeout=15)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()
        await self._local.close()

    async def _send(self) -> None:
        while True:
            await self._some.wait()
            pack, self._pending = self._pending[:PACK_LIMIT], self._pending[PACK_LIMIT:]
            if not self._pending:
                self._some.clear()
            try:
                await self._redis.publish(CHANNEL, self._encoder.encode(Pack(self._origin, pack)))
            except (RedisError, OSError) as error:  # the others will sweep, and resync when they hear Redis again
                log.warning("bus: a pack was not published", extra={"frames": len(pack), "error": type(error).__name__})
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self, listening: asyncio.Event) -> None:
        while True:
            try:
                await self._hear(listening)
            except (RedisError, OSError) as error:
                log.warning("bus: connection lost", extra={"error": type(error).__name__})
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, listening: asyncio.Event) -> None:
        """Listen on one connection until it breaks."""
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            if listening.is_set():
                self._local.missed()
            while True:
                message = await pubsub.get_message(timeout=2.0)
                if message is None:
                    await pubsub.ping()  # a frozen server shows as a time-out of this
                elif message["type"] == "subscribe":
                    listening.set()
                elif message["type"] == "message":
                    self._deliver(message["data"])

    def _deliver(self, data: bytes) -> None:
        pack = self._decoder.decode(data)
        if pack.origin != self._origin:
            for topics, frame in pack.frames:
                self._local.publish(topics, frame)
