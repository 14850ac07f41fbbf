"""The engines that every contract of the store runs on."""

from pathlib import Path

import pytest

from tests.contracts.engines import Engine, Postgres, Sqlite, copied
from tests.servers import PostgreSQL


@pytest.fixture
def sqlite(tmp_path: Path, empty_store: Path) -> Sqlite:
    """A migrated and empty SQLite file."""
    return copied(empty_store, tmp_path)


@pytest.fixture(scope="session")
def one_database(postgres_server: PostgreSQL, empty_server: str) -> str:
    """One for all: emptying it takes a tenth of the time that copying it does."""
    return postgres_server.url(copy_of=empty_server)


@pytest.fixture
def scaled(one_database: str, postgres: PostgreSQL) -> Postgres:
    """A migrated and empty PostgreSQL database."""
    database = Postgres(postgres, one_database)
    database.clear()
    return database


@pytest.fixture(params=["sqlite", "scaled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found: Engine = request.getfixturevalue(request.param)
    return found
