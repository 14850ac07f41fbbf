"""Traffic: a crowd of visitors who say things and count what comes back, once each.

Closed loop: so many messages are always under way, which finds the rate. Open loop: messages leave at their time
whatever comes back, which finds the latency; it is taken from the time a message was due, so that a generator that is
late flatters nobody.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bench.common.program import Wrong
from bench.common.sockets import Socket

WORDS = b"Good morning, my parcel 4711 has not arrived yet; where may it be now?"
ID_LENGTH = 36
ECHOED = b'{"type":"message","id":"'
ACKED = b'{"type":"ack","id":"'
TROUBLE = b'{"type":"error"'
CLIENT_ID = b'"client_id":"'
ROUND_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """One round: how long it took, and how long each message waited for its ack and its push, in milliseconds."""

    messages: int
    seconds: float
    acks: Sequence[float]
    pushes: Sequence[float]

    @property
    def rate(self) -> float:
        return self.messages / self.seconds


class Crowd:
    """Visitors with one message under way each, and the agents who are told of them, if there are any."""

    def __init__(self, visitors: Sequence[Socket], answered: bytes, agents: Sequence[Socket] = ()) -> None:
        self._idle = deque(visitors)
        self._answered = answered
        self._told = bool(agents)
        for visitor in visitors:
            visitor.hear = self._hear
        for agent in agents:
            agent.hear = self._hear_push
        self._begin(0)

    async def closed(self, messages: int, under_way: int) -> Traffic:
        """Keep so many messages under way until all are acknowledged, and pushed."""
        self._begin(messages)
        self._unsaid = messages
        began = time.perf_counter()
        for _ in range(min(messages, under_way)):
            self._say_next()
        return await self._end(began)

    async def opened(self, rate: float, seconds: float) -> Traffic:
        """So many messages a second, come what may."""
        messages = int(rate * seconds)
        self._begin(messages)
        began = time.perf_counter()
        for n in range(messages):
            due = began + n / rate
            early = due - time.perf_counter()
            if early > 0:
                await asyncio.sleep(early)
            if not self._idle:
                raise Wrong(f"no visitor is idle: {rate:.0f} messages/s is more than the server can do")
            self._say(self._idle.popleft(), due)
        return await self._end(began)

    def _begin(self, messages: int) -> None:
        self._expected = messages
        self._unsaid = 0
        self._sent: dict[bytes, float] = {}
        self._untold: dict[bytes, float] = {}
        self._acks: list[float] = []
        self._pushes: list[float] = []
        self._faults: list[str] = []
        self._done = asyncio.get_running_loop().create_future()

    async def _end(self, began: float) -> Traffic:
        try:
            ended = await asyncio.wait_for(self._done, ROUND_SECONDS)
        except TimeoutError:
            missing = f"{len(self._sent)} acks and {len(self._untold)} pushes"
            raise Wrong(f"{missing} of {self._expected} messages did not come") from None
        await asyncio.sleep(0.1)  # whatever comes twice comes now
        if self._faults:
            raise Wrong(f"{len(self._faults)} faults, such as: {self._faults[0]}")
        return Traffic(self._expected, ended - began, self._acks, self._pushes)

    def _say_next(self) -> None:
        if self._unsaid and self._idle:
            self._unsaid -= 1
            self._say(self._idle.popleft(), time.perf_counter())

    def _say(self, visitor: Socket, at: float) -> None:
        key = next(_ids)
        self._sent[key] = at
        if self._told:
            self._untold[key] = at
        visitor.send(speech(key))

    def _hear(self, visitor: Socket, frame: bytes) -> None:
        if not frame.startswith(self._answered):
            if frame.startswith(TROUBLE):
                self._faults.append(frame.decode())
            return
        begin = len(self._answered)
        at = self._sent.pop(frame[begin : begin + ID_LENGTH], None)
        if at is None:
            self._faults.append(f"acknowledged twice: {frame!r}")
            return
        self._acks.append((time.perf_counter() - at) * 1000)
        self._idle.append(visitor)
        self._say_next()
        self._finish()

    def _hear_push(self, agent: Socket, frame: bytes) -> None:
        begin = frame.rfind(CLIENT_ID) + len(CLIENT_ID)
        if begin < len(CLIENT_ID):
            return
        at = self._untold.pop(frame[begin : begin + ID_LENGTH], None)
        if at is None:
            self._faults.append(f"pushed twice: {frame!r}")
            return
        self._pushes.append((time.perf_counter() - at) * 1000)
        self._finish()

    def _finish(self) -> None:
        all_told = not self._told or len(self._pushes) == self._expected
        if len(self._acks) == self._expected and all_told and not self._done.done():
            self._done.set_result(time.perf_counter())


def speech(key: bytes, text: bytes = WORDS) -> bytes:
    """A visitor's frame of about 150 bytes; `text` must need no escapes."""
    return b'{"type":"message","id":"%b","text":"%b"}' % (key, text)


def _uuids() -> Iterator[bytes]:
    """Version 7: the time in milliseconds, then what makes it unique (RFC 9562 5.7)."""
    for number in count(time.time_ns()):
        moment, unique = time.time_ns() // 1_000_000, number & 0xFFFFFFFFFFFF
        yield b"%08x-%04x-7000-8000-%012x" % (moment >> 16, moment & 0xFFFF, unique)


_ids = _uuids()


def new_id() -> bytes:
    """A fresh UUIDv7."""
    return next(_ids)
