"""The Store over lanes and readers, whichever engine is behind them."""

import asyncio
import queue
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar
from zlib import crc32

from contactcenter.model.values import StoreUnavailable
from contactcenter.ports import Clock, Tx
from contactcenter.storage.groups import Connection, Lane, Release, Transaction, Unit

P = ParamSpec("P")
T = TypeVar("T")


class LaneStore:
    """Writes go to a lane chosen by their key, reads to a pool of connections of their own."""

    def __init__(
        self, connect: Callable[[int, bool], Connection], lanes: int, readers: int, clock: Clock, release: Release
    ) -> None:
        self._clock = clock
        self._lanes = [Lane(f"store-writer-{n}", connect(n, False), clock, release) for n in range(lanes)]
        self._readers: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        for n in range(readers):
            self._readers.put(connect(n, True))
        self._reader_count = readers
        self._pool = ThreadPoolExecutor(readers, thread_name_prefix="store-reader")
        self._closed = False

    def write(self, use_case: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self._submit(self._lanes[0], use_case, args, kwargs)

    def write_in(
        self, lane: str, use_case: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        number = crc32(lane.encode()) % len(self._lanes) if len(self._lanes) > 1 else 0
        return self._submit(self._lanes[number], use_case, args, kwargs)

    def read(self, use_case: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        self._must_be_open()
        return asyncio.get_running_loop().run_in_executor(self._pool, self._read, use_case, args, kwargs)

    async def close(self) -> None:
        """Finish what waits, take nothing more."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._close)

    def _must_be_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed")

    def _submit(
        self, lane: Lane, use_case: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Awaitable[T]:
        self._must_be_open()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        lane.submit(Unit(use_case, args, kwargs, loop, future))
        return future

    def _read(self, use_case: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        connection = self._readers.get()
        try:
            _begin_reading(connection)
            tx = _Reading(connection)
            tx.begin(self._clock.now())
            return use_case(tx, *args, **kwargs)
        finally:
            connection.rollback()
            self._readers.put(connection)

    def _close(self) -> None:
        for lane in self._lanes:
            lane.stop()
        self._pool.shutdown()
        for _ in range(self._reader_count):
            self._readers.get().close()


def _begin_reading(connection: Connection) -> None:
    try:
        connection.begin(read_only=True)
    except connection.errors as error:
        raise StoreUnavailable(f"the database cannot be read: {error}") from error


class _Reading(Transaction):
    """A read has no effects; one that tries to have some is a fault of ours."""

    def count(self, figure: str, delta: int) -> None:
        raise TypeError("a read cannot count")

    def publish(self, topics: Any, frame: bytes) -> None:
        raise TypeError("a read cannot publish")

    def wake(self, loop: str) -> None:
        raise TypeError("a read cannot wake a loop")
