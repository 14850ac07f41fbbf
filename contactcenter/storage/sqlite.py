"""The embedded engine: SQLite in WAL mode, synchronous=FULL, one writer, readers that never wait for it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.dialects import sqlite

from contactcenter.storage.compiled import Compiler
from contactcenter.storage.groups import Errors

# In WAL mode FULL syncs the log at each commit, so an acknowledged message survives a power cut (sqlite.org/pragma).
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=OFF",  # checked by the contract tests; a look-up per row on the message path otherwise
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-65536",
    "PRAGMA wal_autocheckpoint=16000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA secure_delete=ON",  # who is forgotten is not to be read in the free pages of the file
)

ADD = (
    "INSERT INTO counter (figure, lane, value) VALUES (?, 0, ?) "
    "ON CONFLICT (figure, lane) DO UPDATE SET value = value + excluded.value"
)


class SqliteConnection:
    """One connection, used by one thread at a time."""

    errors: Errors = (sqlite3.Error,)
    faults: Errors = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
    races: Errors = ()  # there is one writer
    compiled = Compiler(sqlite.dialect(paramstyle="qmark"))

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        for pragma in PRAGMAS:
            self._connection.execute(pragma)
        if read_only:
            self._connection.execute("PRAGMA query_only=ON")
        self.execute = self._connection.execute

    def number(self, cursor: sqlite3.Cursor) -> int:
        return cursor.lastrowid or 0 if cursor.rowcount else 0  # RETURNING would cost half of the insert again

    def begin(self, *, read_only: bool) -> None:
        self.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")

    def be_first(self) -> None:
        pass  # there is one writer

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        try:
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
        except sqlite3.Error:  # a full disk may have rolled it back already (sqlite.org/lang_transaction)
            return

    def savepoint(self) -> None:
        self.execute("SAVEPOINT s")

    def release(self) -> None:
        self.execute("RELEASE s")

    def rollback_to(self) -> None:
        if self._connection.in_transaction:
            self.execute("ROLLBACK TO s")
            self.execute("RELEASE s")

    def add_figures(self, figures: list[tuple[str, int]]) -> None:
        if figures:
            self._connection.executemany(ADD, summed(figures))

    def close(self) -> None:
        self._connection.close()


def summed(figures: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """One entry per figure, in key order, without those that cancel out."""
    totals: dict[str, int] = {}
    for figure, delta in figures:
        totals[figure] = totals.get(figure, 0) + delta
    return sorted((figure, total) for figure, total in totals.items() if total)


def truncate_log(path: Path) -> None:
    """Take the log into the file and empty it: it holds pages as they were. Waits for those who read it, five seconds.

    Raises nothing: a desk that is busy does the same by and by.
    """
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
