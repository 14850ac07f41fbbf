"""Every seam on one page: what the core asks of the outside world.

The adapters are in storage/, bus/ and app.py; one contract per port is run against each of them (tests/contracts).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Executable

from contactcenter.model.values import NoRecord, Record

P = ParamSpec("P")
T = TypeVar("T")

Listener = Callable[[str, bytes | None], None]
"""Called with (topic, frame); frame None means that something may have been missed: read the table."""


class Clock(Protocol):
    """Time comes from here alone."""

    def now(self) -> int:
        """Microseconds since 1970, UTC."""


class Tx(Protocol):
    """One use case's view of the database. Rows are named tuples; effects are released only after COMMIT."""

    now: int  # microseconds; one instant for the whole use case
    known: dict[int, tuple[int, bytes]]  # tails of histories this use case wrote (crm/history); undone with it

    def one(self, statement: Executable, **params: Any) -> Any: ...  # the first row, or None

    def all(self, statement: Executable, **params: Any) -> list[Any]: ...

    def run(self, statement: Executable, **params: Any) -> int: ...  # rows touched

    def add(
        self, statement: Executable, **params: Any
    ) -> int: ...  # inserts one row; its number, or 0 when it was there

    def count(self, figure: str, delta: int) -> None:
        """Add to a figure; added once per commit, in key order, so that writers do not deadlock."""

    def publish(self, topics: Sequence[str], frame: bytes) -> None:
        """Tell whoever listens to any of the topics, once, after COMMIT."""

    def wake(self, loop: str) -> None:
        """Hint that a loop has work; losing it costs one sweep."""

    def savepoint(self) -> AbstractContextManager[None]:
        """What raises inside is undone, effects included, and the error goes on."""


class Store(Protocol):
    """The truth. A use case is a synchronous function of a transaction and may be run again."""

    def write(self, use_case: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Run it, commit it with whatever else waits, then answer. Raises StoreUnavailable."""

    def write_in(
        self, lane: str, use_case: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """The same; use cases with one lane key are never run at the same time."""

    def read(self, use_case: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Run it on a snapshot; never waits for a writer."""

    async def close(self) -> None: ...


class Bus(Protocol):
    """Carries hints and live updates between processes; nothing is ever recovered from it."""

    def publish(self, topics: Sequence[str], frame: bytes) -> None: ...

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Listen until the returned function is called."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class Caller(Protocol):
    """Asks the desk's own systems, by the name they have in [lookups.<name>]."""

    async def look_up(self, tool: str, data: Mapping[str, str], kind: str, address: str) -> Record | NoRecord:
        """What is there for these data. Who asks is told by their proven address of a kind. Raises nothing; bounded
        in time and size; may be asked again for the same, so tools only read."""


class Files(Protocol):
    """Bytes by their SHA-256 (hex). Durable when `put` returns."""

    async def put(self, data: bytes | BinaryIO) -> str:
        """Keep the bytes, or all of an open file, which is read a piece at a time; their SHA-256 (hex)."""

    def open(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes in chunks; raises NotFound."""

    async def keep(self, digest: str) -> int:
        """How many bytes it has, and it is young again for the sweep; raises NotFound."""

    async def drop(self, digest: str, before: int) -> bool:
        """Delete one file, unless it was put (again) since the instant; whether it went."""

    async def sweep(self, named: Callable[[str], Awaitable[bool]], before: int) -> int:
        """Delete files stored before the instant that nothing names; how many."""
