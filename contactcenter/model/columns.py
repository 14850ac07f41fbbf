"""What the tables and the statements share: column types, binds, and the database's own clock.

Tables on the message path use int, float, str and bytes only, because their statements run on the driver's cursor
where no type converts: instants are integer microseconds UTC, enums are text, JSON is encoded by us.
"""

from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Integer, Table, bindparam, literal_column
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import SQLModel

# SQLite numbers rows by itself only for a column declared INTEGER PRIMARY KEY (sqlite.org/autoinc.html).
BIGINT = BigInteger().with_variant(Integer(), "sqlite")

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a SQLModel class."""
    return model.metadata.tables[str(model.__tablename__)]


def bind(name: str, type_: Any = None) -> BindParameter[Any]:
    """A parameter of a statement, given by name when it runs."""
    return bindparam(name, type_=type_)


BLANK: ColumnElement[str] = literal_column("''")
ZERO: ColumnElement[int] = literal_column("0")
NULL: ColumnElement[Any] = literal_column("NULL")
ONE: ColumnElement[int] = literal_column("1")


def adding(target: Table, **computed: Any) -> Insert:
    """INSERT of one row, every column but the numbering one given by name or here (`tx.add` answers its number)."""
    return insert(target).values({**_given(target), **computed})


def adding_new(target: Table, *key: str, **computed: Any) -> Insert:
    """The same, doing nothing where a row of that key is there. SQLite renders PostgreSQL's form as it is."""
    return insert(target).values({**_given(target), **computed}).on_conflict_do_nothing(index_elements=key)


def _given(target: Table) -> dict[str, Any]:
    numbering = target.autoincrement_column
    return {column.name: bind(column.name, column.type) for column in target.columns if column is not numbering}


def clean(text: str) -> str:
    """The text without what a column cannot keep: lone surrogates, and NUL (PostgreSQL 8.3, character types)."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def word(text: str) -> ColumnElement[str]:
    """A constant written into the SQL itself: a planner proves a partial index only from constants."""
    if not text.replace("_", "").isalnum():
        raise ValueError(f"{text!r} is not a plain word")
    return literal_column(f"'{text}'")


class db_now(FunctionElement[int]):  # noqa: N801 (reads as the SQL function it is)
    """The database's own clock in microseconds: heartbeats of several machines are compared by it alone."""

    type = BigInteger()
    inherit_cache = True


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: Any, **_: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"


@compiles(db_now, "postgresql")
def _postgres_now(element: db_now, compiler: Any, **_: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
