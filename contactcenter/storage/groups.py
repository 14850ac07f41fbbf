"""Group commit: all use cases that wait for a lane run in one transaction, one commit for all.

There is no timer: a group is what piled up while the last one was being committed. A lane is one thread with one
connection. When a use case raises, the group is undone and runs again with a savepoint for each, so that it loses only
its own. When the engine fails, each runs again alone; what still fails is answered with StoreUnavailable. Callers are
answered, and effects released, only after COMMIT.
"""

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec
from sqlalchemy import Executable

from contactcenter.model.values import StoreUnavailable
from contactcenter.ports import Clock
from contactcenter.storage.compiled import Compiler

GROUP_LIMIT = 256  # use cases in one transaction: bounds what one failure makes run again
RACES_LOST = 4  # times that a use case runs again because another lane was first (after once, only by a deadlock)

Effects = list[tuple[Sequence[str], bytes]]
Release = Callable[[Effects], None]
Errors = tuple[type[Exception], ...]

log = logging.getLogger(__name__)


class OutcomeUnknown(Exception):
    """COMMIT was sent and not answered."""


class CannotBegin(Exception):
    """The engine refused BEGIN: nothing has run, and running it one by one would only be refused as often."""


class Connection(Protocol):
    """What a dialect offers to a lane: statements on the cursor, transactions, and which errors are the engine's."""

    errors: Errors  # all of the driver's
    faults: Errors  # those that a statement or its values caused: repeating them is no remedy
    races: Errors  # those that another lane caused by being first: repeating them is the remedy

    compiled: Compiler

    def execute(self, sql: str, params: Any = (), /) -> Any:
        """The driver's cursor with the statement run on it (PEP 249)."""

    def number(self, cursor: Any) -> int:
        """What the row that an INSERT on this cursor made was numbered; 0 when it made none."""

    def begin(self, *, read_only: bool) -> None: ...

    def commit(self) -> None:
        """Raises OutcomeUnknown when nobody can tell whether it happened."""

    def rollback(self) -> None:
        """Never raises; a broken connection is opened anew at the next `begin`."""

    def be_first(self) -> None:
        """Have other lanes that would write a history wait, in line, until this transaction ends."""

    def savepoint(self) -> None: ...

    def release(self) -> None: ...

    def rollback_to(self) -> None: ...

    def add_figures(self, figures: list[tuple[str, int]]) -> None:
        """Add to the counters of this connection's lane."""

    def close(self) -> None: ...


class Transaction:
    """The Tx that use cases see; buffers their effects until the commit."""

    __slots__ = ("_compiled", "_connection", "_execute", "effects", "figures", "known", "now")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._compiled = connection.compiled
        self._execute = connection.execute

    def begin(self, now: int) -> None:
        """For the next use case: its own instant, effects and figures."""
        self.now = now
        self.effects: Effects = []
        self.figures: list[tuple[str, int]] = []
        self.known: dict[int, tuple[int, bytes]] = {}

    def one(self, statement: Executable, **params: Any) -> Any:
        form = self._compiled(statement)
        try:
            row = self._execute(form.sql, form.values(params)).fetchone()
        except self._connection.errors as error:
            self._outage(error)
            raise
        return None if row is None else form.row(row)

    def all(self, statement: Executable, **params: Any) -> list[Any]:
        form = self._compiled(statement)
        try:
            rows = self._execute(form.sql, form.values(params)).fetchall()
        except self._connection.errors as error:
            self._outage(error)
            raise
        return [form.row(row) for row in rows]

    def run(self, statement: Executable, **params: Any) -> int:
        form = self._compiled(statement)
        try:
            return int(self._execute(form.sql, form.values(params)).rowcount)
        except self._connection.errors as error:
            self._outage(error)
            raise

    def add(self, statement: Executable, **params: Any) -> int:
        form = self._compiled(statement)
        try:
            return self._connection.number(self._execute(form.sql, form.values(params)))
        except self._connection.errors as error:
            self._outage(error)
            raise

    def _outage(self, error: Exception) -> None:
        """An error of the engine is no error of the use case: it must not be recorded as one."""
        if not isinstance(error, self._connection.faults):
            raise StoreUnavailable(f"the database refused: {error}") from error

    def count(self, figure: str, delta: int) -> None:
        self.figures.append((figure, delta))

    def publish(self, topics: Sequence[str], frame: bytes) -> None:
        self.effects.append((topics, frame))

    def wake(self, loop: str) -> None:
        self.effects.append(((f"wake:{loop}",), b""))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        effects, figures = len(self.effects), len(self.figures)
        self._connection.savepoint()
        try:
            yield
        except BaseException:
            self._connection.rollback_to()
            del self.effects[effects:], self.figures[figures:]
            self.known.clear()
            raise
        self._connection.release()


class Unit(msgspec.Struct):
    """A use case that waits, and afterwards what became of it."""

    use_case: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    effects: Effects = []


class Lane:
    """One writer: a thread, a connection, and the use cases that wait for them."""

    def __init__(self, name: str, connection: Connection, clock: Clock, release: Release) -> None:
        self._waiting: deque[Unit] = deque()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._asleep = False
        self._stopped = False
        self._connection = connection
        self._undone: Errors = (StoreUnavailable, *connection.errors)  # what fails a whole transaction
        self._clock = clock
        self._release = release
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, unit: Unit) -> None:
        self._waiting.append(unit)
        self._wake()

    def stop(self) -> None:
        """Finish what waits, then end the thread and close the connection. Blocks."""
        self._stopped = True
        self._wake()
        self._thread.join()

    def _wake(self) -> None:
        """Ring only for a lane that sleeps: a bell costs a system call, and most use cases find the lane at work."""
        if self._asleep:
            self._asleep = False
            self._bell.put(None)

    def _work(self) -> None:
        while group := self._gather():
            self._commit(group)
            _answer(group, self._release)
        self._connection.close()

    def _gather(self) -> list[Unit]:
        """All that wait, once some do; empty at the end."""
        while True:
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_LIMIT))]
            if group or self._stopped:
                return group
            self._asleep = True
            if self._waiting or self._stopped:  # they came before they could see us asleep
                self._asleep = False
            else:
                self._bell.get()

    def _commit(self, group: list[Unit]) -> None:
        """All together; when one raises, again with a savepoint for each; when the engine fails, each alone."""
        try:
            if not self._transact(group, guarded=False):
                self._transact(group, guarded=True)
        except (OutcomeUnknown, CannotBegin) as error:
            _fail(group, StoreUnavailable(str(error)))
        except self._undone:
            self._one_by_one(group)
        except Exception as error:  # a fault of ours; nobody but this thread would ever answer these callers
            log.exception("a lane failed")
            _fail(group, error)

    def _one_by_one(self, group: list[Unit]) -> None:
        for number, unit in enumerate(group):
            try:
                self._alone(unit)
            except CannotBegin as error:
                _fail(group[number:], StoreUnavailable(str(error)))
                return
            except OutcomeUnknown as error:
                _fail([unit], StoreUnavailable(str(error)))
            except self._undone as error:
                told = isinstance(error, (StoreUnavailable, *self._connection.faults))
                _fail([unit], error if told else StoreUnavailable(f"the database refused: {error}"))

    def _alone(self, unit: Unit) -> bool:
        """Again when another lane was faster to write the same position of a history; then it is our turn.

        Without the turn a lane that commits group after group wins every time, and the one who runs again starves.
        """
        for tried in range(RACES_LOST):
            try:
                return self._transact([unit], guarded=True, first=tried > 0)
            except self._undone as error:
                if not isinstance(error.__cause__ or error, self._connection.races):
                    raise
        return self._transact([unit], guarded=True, first=True)

    def _transact(self, group: list[Unit], *, guarded: bool, first: bool = False) -> bool:
        """One transaction, undone when the engine fails. Unguarded it is undone and False when any use case raises:
        savepoints cost more than running the few groups again in which somebody was, say, told of a conflict.
        """
        try:
            self._begin()
            if first:
                self._connection.be_first()
            figures = self._run(group, guarded=guarded)
            if figures is None:
                self._connection.rollback()
                return False
            self._connection.add_figures(figures)
            self._connection.commit()
        except Exception:
            self._connection.rollback()
            raise
        return True

    def _begin(self) -> None:
        try:
            self._connection.begin(read_only=False)
        except self._connection.errors as error:
            raise CannotBegin(f"the database cannot be written: {error}") from error

    def _run(self, group: list[Unit], *, guarded: bool) -> list[tuple[str, int]] | None:
        """The figures of those that succeeded; None when one raised that nothing guards. Raises the engine's errors."""
        figures: list[tuple[str, int]] = []
        tx = Transaction(self._connection)
        for unit in group:
            tx.begin(self._clock.now())
            if guarded:
                self._connection.savepoint()
            try:
                unit.result = unit.use_case(tx, *unit.args, **unit.kwargs)
            except self._undone:
                raise
            except Exception as error:  # the use case's own: told to its caller, the others go on
                if not guarded:
                    return None
                self._connection.rollback_to()
                unit.error, unit.effects = _carried(error), []  # an earlier run of it may have had some
                continue
            if guarded:
                self._connection.release()
            unit.error, unit.effects = None, tx.effects
            figures += tx.figures
        return figures


def _carried(error: Exception) -> Exception:
    """The error as a future can carry it."""
    return RuntimeError(f"the use case raised {error!r}") if isinstance(error, StopIteration) else error


def _fail(group: list[Unit], error: Exception) -> None:
    for unit in group:
        unit.error, unit.effects = error, []


def _answer(group: list[Unit], release: Release) -> None:
    """Hand all results of a group to their event loops, one hop per loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Unit]] = {}
    for unit in group:
        by_loop.setdefault(unit.loop, []).append(unit)
    for loop, units in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, units, release)
        except RuntimeError:  # that loop has ended: nobody waits there any more, and the commit stands
            continue


def _resolve(units: list[Unit], release: Release) -> None:
    for unit in units:
        if unit.effects:
            _let_go(unit.effects, release)
        if unit.future.cancelled():
            continue
        if unit.error is not None:
            unit.future.set_exception(unit.error)
        else:
            unit.future.set_result(unit.result)


def _let_go(effects: Effects, release: Release) -> None:
    """It is committed: an effect that is lost costs a sweep, a caller left without an answer would wait for ever."""
    try:
        release(effects)
    except Exception:
        log.exception("effects were not released")
