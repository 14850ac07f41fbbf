"""The bus of a desk that is many processes: one Redis channel, frames packed, listeners filtered here.

What this process publishes reaches its own listeners at once and the others through Redis. When the connection to
Redis was lost, every listener is told that something may have been missed; when a pack was lost, whoever hears the
next one is told. Refuses to retry a command: redis-py 8 sends one up to ten times by default, which would double
frames.
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
PATIENCE_SECONDS = 2.0  # of silence until Redis is asked whether it is there, and again until it is given up
START_SECONDS = 15.0

log = logging.getLogger(__name__)


class Pack(msgspec.Struct, array_like=True):
    """What travels: who sent it, frames with their topics, and whether earlier ones of this sender were lost."""

    origin: str
    frames: list[tuple[list[str], bytes]]
    lost: bool = False


class RedisBus:
    """Publishes in packs from one task and listens in another."""

    def __init__(self, url: str, patience: float = PATIENCE_SECONDS) -> None:
        self._local = InProcessBus()
        self._origin = secrets.token_hex(8)
        self._patience = patience
        self._redis = Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_timeout=5, socket_connect_timeout=5, health_check_interval=0
        )
        self._pending: list[tuple[list[str], bytes]] = []
        self._lost = False
        self._some = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Pack)

    def publish(self, topics: Sequence[str], frame: bytes) -> None:
        self._local.publish(topics, frame)
        if len(self._pending) < PENDING_LIMIT:
            self._pending.append((list(topics), frame))
            self._some.set()
        else:
            self._lost = True

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        return self._local.subscribe(topic, listener)

    async def start(self, within: float = START_SECONDS) -> None:
        """Begin both tasks; returns once Redis has confirmed that we listen. Raises TimeoutError, leaving no task."""
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(listening), name="bus-listen"),
            asyncio.create_task(self._send(), name="bus-send"),
        ]
        try:
            await asyncio.wait_for(listening.wait(), within)
        except TimeoutError:
            await self.close()
            raise TimeoutError(f"Redis did not answer within {within:.0f} s: is bus.url right?") from None

    async def close(self) -> None:
        pending = set(self._tasks)
        while pending:  # redis-py sends through wait_for, which in Python 3.11 can swallow a cancellation (gh-86296)
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=0.1)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()
        await self._local.close()

    async def _send(self) -> None:
        while True:
            await self._some.wait()
            pack = Pack(self._origin, self._pending[:PACK_LIMIT], self._lost)
            self._pending, self._lost = self._pending[PACK_LIMIT:], False
            if not self._pending:
                self._some.clear()
            try:
                await self._redis.publish(CHANNEL, self._encoder.encode(pack))
            except (RedisError, OSError) as error:
                log.warning("bus: a pack was lost", extra={"frames": len(pack.frames), "error": type(error).__name__})
                self._lost = True
                self._some.set()  # even if nothing more is published, the others must hear that they missed something
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
            asked = False
            while True:
                message = await pubsub.get_message(timeout=self._patience)
                if message is None:
                    if asked:  # a frozen server, or one behind a line that is dead without saying so
                        raise TimeoutError("Redis does not answer")
                    await pubsub.ping()
                asked = message is None
                match message:
                    case {"type": "subscribe"}:
                        self._begin_hearing(listening)
                    case {"type": "message", "data": bytes(data)}:
                        self._deliver(data)

    def _begin_hearing(self, listening: asyncio.Event) -> None:
        """From here on we hear everything; what was said while we did not, we missed."""
        if listening.is_set():
            self._local.missed()
        listening.set()

    def _deliver(self, data: bytes) -> None:
        try:
            pack = self._decoder.decode(data)
        except msgspec.MsgspecError:
            log.warning("bus: somebody else speaks on our channel", extra={"channel": CHANNEL})
            return
        if pack.origin == self._origin:
            return
        if pack.lost:
            self._local.missed()
        for topics, frame in pack.frames:
            self._local.publish(topics, frame)
