"""The engines that every contract of the store runs on."""

from pathlib import Path

import pytest

from tests.contracts.engines import Engine, Postgres, Sqlite, copied


@pytest.fixture
def sqlite(tmp_path: Path, empty_store: Path) -> Sqlite:
    """A migrated and empty SQLite file."""
    return copied(empty_store, tmp_path)


@pytest.fixture
def scaled(request: pytest.FixtureRequest) -> Postgres:
    """A migrated and empty PostgreSQL database."""
    template = request.getfixturevalue("empty_server")  # first, or it would be dropped with this test's own
    server = request.getfixturevalue("postgres")
    return Postgres(server, server.url(copy_of=template))


@pytest.fixture(params=["sqlite", "scaled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found: Engine = request.getfixturevalue(request.param)
    return found
