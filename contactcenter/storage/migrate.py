"""The schema and its versions (Alembic, storage/migrations). Forward only.

An embedded store is migrated by `serve` itself, after a backup; a server by `contactcenter migrate`, once, by a person.
A new database is made from the model itself; Alembic is imported only when there is a revision to run.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import contactcenter.model.answers
import contactcenter.model.desk
import contactcenter.model.history
import contactcenter.model.knowledge
import contactcenter.model.ledgers
import contactcenter.model.people
import contactcenter.model.proposals
import contactcenter.model.spending
import contactcenter.model.tickets  # noqa: F401 (the tables register themselves)
from contactcenter.model.values import StoreUnavailable
from contactcenter.storage.open import Location

HEAD = "0018"
MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaBehind(Exception):
    """The database is older or newer than this program; the text names the remedy."""


def current(location: Location) -> str | None:
    """The revision the database is at; None for an empty one. Raises StoreUnavailable."""
    try:
        return _postgres_revision(location.url) if location.file is None else _sqlite_revision(location.file)
    except (OSError, sqlite3.DatabaseError) as error:
        raise StoreUnavailable(f"the database {location.shown} cannot be opened: {error}") from None


def require(location: Location) -> None:
    """Raises SchemaBehind unless the database is at this program's revision."""
    found = current(location)
    if found != HEAD:
        raise SchemaBehind(f"the database {location.shown} is at revision {found}, this program needs {HEAD}: "
                           "stop all processes and run contactcenter migrate")  # fmt: skip


def must_be_writable(location: Location) -> None:
    """Raises StoreUnavailable where an embedded store, or the folder it is to be made in, cannot be written."""
    if location.file is None:
        return
    there = next(path for path in (location.file, *location.file.parents) if os.path.exists(path))
    folder = location.file.parent if there == location.file else there
    if not folder.is_dir():
        raise StoreUnavailable(f"the database {location.shown} cannot be made: {folder} is no folder")
    for path in (there, folder):
        if not os.access(path, os.W_OK):
            raise StoreUnavailable(f"the database {location.shown} cannot be written: you may not write to {path}")


def upgrade(location: Location) -> bool:
    """Bring the database to this program's revision; True when there was something to do. Backs a file up first."""
    found = current(location)
    must_be_writable(location)
    if found == HEAD:
        return False
    if found is not None and found > HEAD:
        raise SchemaBehind(f"the database {location.shown} is at revision {found}, newer than this program's {HEAD}: "
                           "install the newer contactcenter again")  # fmt: skip
    with _refusal_told(location):
        if location.file is not None:
            location.file.parent.mkdir(parents=True, exist_ok=True)
            if found is not None:
                back_up(location.file, location.file.with_suffix(f".before-{HEAD}.db"))
        if found is None:
            _make(location)
    if found is not None:
        run_revisions(location)
    return True


def back_up(file: Path, target: Path) -> None:
    """A consistent copy of an SQLite file, also of one in use (sqlite.org/backup)."""
    with _opened(file) as source, _opened(target) as copy:
        source.backup(copy)


def _make(location: Location) -> None:
    """A new database, straight from the model; a contract test holds it equal to the one the revisions lead to.

    What an interrupted start left half made is completed.
    """
    engine = create_engine(location.sqlalchemy_url)
    try:
        with engine.begin() as connection:
            SQLModel.metadata.create_all(connection)
            connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    finally:
        engine.dispose()


def run_revisions(location: Location) -> None:
    """All revisions that the database has not seen, in order."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = location.sqlalchemy_url
    command.upgrade(config, "head")


def _sqlite_revision(file: Path) -> str | None:
    if not file.exists():
        return None
    with _opened(file) as connection, suppress(sqlite3.OperationalError):
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    return None


def _postgres_revision(url: str) -> str | None:
    import psycopg

    try:
        connection = psycopg.connect(url, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise OSError(" ".join(str(error).split())) from None
    with connection:
        known = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


@contextmanager
def _refusal_told(location: Location) -> Iterator[None]:
    """What the disk or the server refuses is for a person to mend, not a fault of ours."""
    try:
        yield
    except (OSError, sqlite3.Error, DBAPIError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StoreUnavailable(f"the database {location.shown} cannot be made: {reason}") from None


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    connection = sqlite3.connect(file)
    try:
        yield connection
    finally:
        connection.close()
