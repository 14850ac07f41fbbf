"""Every table, both ways: a row written on the driver's cursor reads back equal through SQLModel, and the other way
round. On the cursor no type converts, so this is what keeps a column from being given a type that would need it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Table, delete, insert, select
from sqlalchemy.sql.type_api import TypeEngine
from sqlmodel import SQLModel
from sqlmodel import select as orm_select
from sqlmodel.sql.sqltypes import AutoString

import contactcenter.model.history
import contactcenter.model.ledgers
import contactcenter.model.people
import contactcenter.model.tickets  # noqa: F401 (the tables register themselves)
from contactcenter.ports import Tx
from tests.contracts.engines import Engine, Postgres, copied
from tests.servers import PostgreSQL

MODELS: dict[str, type[SQLModel]] = {
    str(mapper.class_.__tablename__): mapper.class_ for mapper in SQLModel._sa_registry.mappers
}
FULL: dict[type, Any] = {
    str: "Ada 👩🏽‍🚀 שלום مرحبا \u202e\u200f\n\t'\"\\%s :name {x} \U0010ffff",
    bytes: b"\x00\xff\x00" + bytes(range(256)) + b"\\x00'",
    float: 1.7976931348623157e308 / 3,
}
BARE: dict[type, Any] = {str: "", bytes: b"", float: -0.1}


def test_no_table_is_left_out() -> None:
    assert set(MODELS) == set(SQLModel.metadata.tables)


def test_tables_hold_only_what_a_cursor_gives_back_unconverted() -> None:
    kinds = {_python(column.type) for name in MODELS for column in SQLModel.metadata.tables[name].columns}
    assert kinds <= {int, float, str, bytes}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def unbound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database for all these tests, each of which empties its table, that lets a row stand alone: foreign keys are
    not what is asked here."""
    if request.param == "sqlite":
        yield copied(request.getfixturevalue("empty_store"), tmp_path_factory.mktemp("rows"))
        return
    server: PostgreSQL = request.getfixturevalue("postgres_server")
    server.start()
    url = server.url(copy_of=request.getfixturevalue("empty_server"))
    yield Postgres(server, f"{url}?options=-c%20session_replication_role%3Dreplica")
    server.start()
    server.drop([url.rpartition("/")[2]])


@pytest.mark.parametrize("name", sorted(SQLModel.metadata.tables))
async def test_a_row_reads_back_equal_both_ways(unbound: Engine, name: str) -> None:
    model, rows = MODELS[name], SQLModel.metadata.tables[name]
    async with unbound.opened() as opened:
        for row in (_full(rows), _bare(rows)):
            await opened.store.write(_write, rows, row)
            with unbound.orm() as session:
                assert _exactly(session.exec(orm_select(model)).one().model_dump()) == _exactly(row)
            assert _exactly(await opened.store.write(_take_out, rows)) == _exactly(row)
            with unbound.orm() as session:
                session.add(model(**row))
                session.commit()
            assert _exactly(await opened.store.read(_read, rows)) == _exactly(row)
            await opened.store.write(_take_out, rows)


def _write(tx: Tx, rows: Table, row: dict[str, Any]) -> None:
    assert tx.run(insert(rows), **row) == 1


def _read(tx: Tx, rows: Table) -> dict[str, Any]:
    (row,) = tx.all(select(rows))
    return dict(row._asdict())


def _take_out(tx: Tx, rows: Table) -> dict[str, Any]:
    row = _read(tx, rows)
    assert tx.run(delete(rows)) == 1
    return row


def _exactly(row: dict[str, Any]) -> dict[str, tuple[type, Any]]:
    """1 equals True and 1.0 in Python, and must not be taken for them."""
    return {name: (type(value), value) for name, value in row.items()}


def _full(rows: Table) -> dict[str, Any]:
    return {column.name: _most(column.type) for column in rows.columns}


def _bare(rows: Table) -> dict[str, Any]:
    return {column.name: None if column.nullable else _least(column.type) for column in rows.columns}


def _most(kind: TypeEngine[Any]) -> Any:
    if _python(kind) is int:
        return 2**62 if isinstance(kind, BigInteger) else 2**31 - 1
    return FULL[_python(kind)]


def _least(kind: TypeEngine[Any]) -> Any:
    if _python(kind) is int:
        return -(2**62) if isinstance(kind, BigInteger) else -(2**31)
    return BARE[_python(kind)]


def _python(kind: TypeEngine[Any]) -> type:
    """SQLModel wraps its texts in a type of its own, which converts nothing."""
    return kind.impl_instance.python_type if isinstance(kind, AutoString) else kind.python_type
