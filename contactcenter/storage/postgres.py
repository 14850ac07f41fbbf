"""The engine for many machines: PostgreSQL 15 or newer through psycopg 3, one connection per lane.

A lost connection is opened anew at the next transaction. Nothing is pooled beyond the lanes and the readers: their
number is what bounds the load on the server.
"""

from typing import Any

import psycopg
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql import psycopg as dialect

from contactcenter.storage.compiled import Compiler
from contactcenter.storage.groups import Errors, OutcomeUnknown
from contactcenter.storage.sqlite import summed

# A host that vanishes sends no word of it: without these a lane would wait for minutes (libpq, keepalives; tcp(7)).
VANISHED: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}

ADD = (
    "INSERT INTO counter (figure, lane, value) VALUES (%s, %s, %s) "
    "ON CONFLICT (figure, lane) DO UPDATE SET value = counter.value + excluded.value"
)


class PostgresConnection:
    """One connection, used by one thread at a time."""

    errors: Errors = (psycopg.Error,)
    faults: Errors = (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError)
    races: Errors = (UniqueViolation, DeadlockDetected, SerializationFailure)
    compiled = Compiler(dialect.dialect(paramstyle="format"))  # type: ignore[no-untyped-call]

    def __init__(self, url: str, lane: int, *, read_only: bool) -> None:
        self._url = url
        self._lane = lane
        self._read_only = read_only
        self._connection: psycopg.Connection[Any] | None = None

    def execute(self, sql: str, params: Any = None, /) -> psycopg.Cursor[Any]:
        if self._connection is None:
            raise psycopg.OperationalError("the connection was closed")
        return self._connection.execute(sql.encode(), params)

    def number(self, cursor: psycopg.Cursor[Any]) -> int:
        row = cursor.fetchone()  # the dialect returns the key of every insert
        return int(row[0]) if row else 0

    def begin(self, *, read_only: bool) -> None:
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if self._read_only else "BEGIN"
        if self._connection is not None:
            try:
                self.execute(begin)
            except psycopg.OperationalError:  # cut while it was idle: nothing has run, so it can be opened anew
                self.close()
            else:
                return
        self._connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=5, application_name="contactcenter", **VANISHED
        )
        self._connection.prepare_threshold = 2
        self.execute(begin)

    def be_first(self) -> None:
        self.execute("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")  # waits for whoever inserts (PostgreSQL 13.3.1)

    def commit(self) -> None:
        try:
            self.execute("COMMIT")
        except psycopg.Error as error:
            if error.diag.severity_nonlocalized == "ERROR":  # the server refused and has undone it
                raise
            raise OutcomeUnknown(f"the database did not answer a commit: {error}") from error

    def rollback(self) -> None:
        if self._connection is None:
            return
        try:
            if self._connection.info.transaction_status != TransactionStatus.IDLE:
                self.execute("ROLLBACK")
        except psycopg.Error:
            self.close()

    def savepoint(self) -> None:
        self.execute("SAVEPOINT s")

    def release(self) -> None:
        self.execute("RELEASE SAVEPOINT s")

    def rollback_to(self) -> None:
        if self._connection is not None and not self._connection.closed:
            self.execute("ROLLBACK TO SAVEPOINT s")
            self.execute("RELEASE SAVEPOINT s")

    def add_figures(self, figures: list[tuple[str, int]]) -> None:
        for figure, delta in summed(figures):
            self.execute(ADD, (figure, self._lane, delta))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
