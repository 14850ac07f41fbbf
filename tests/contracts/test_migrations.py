"""The schema: a fresh database is what the models say, upgrading twice changes nothing, and a copy is kept before."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from contactcenter.model.values import StoreUnavailable
from contactcenter.storage import migrate
from contactcenter.storage.migrate import HEAD, SchemaBehind
from contactcenter.storage.open import Location, locate
from tests.contracts.engines import Engine, Postgres, Sqlite
from tests.servers import PostgreSQL


@pytest.fixture
def scaled(empty_server: str, postgres: PostgreSQL) -> Postgres:
    """A database of its own, because these tests change more than rows."""
    return Postgres(postgres, postgres.url(copy_of=empty_server))


def differences(location: Location) -> list[Any]:
    """Between the database and the models, types and nullability included."""
    engine = create_engine(location.sqlalchemy_url, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[Any] = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    return found


def test_a_fresh_database_is_what_the_models_say(engine: Engine) -> None:
    assert migrate.current(engine.location) == HEAD
    assert differences(engine.location) == []


def test_the_comparison_would_find_a_difference(engine: Engine) -> None:
    engine.ask("DROP INDEX message_ticket")
    engine.ask("ALTER TABLE note DROP COLUMN text")
    engine.ask("CREATE TABLE letter (text TEXT)")
    assert {found[0] for found in differences(engine.location)} == {"add_index", "add_column", "remove_table"}


def test_partial_indexes_are_partial(engine: Engine) -> None:
    """The comparison overlooks the conditions; without them an idle desk would scan all it ever did."""
    assert unconditional(engine) == []


def unconditional(engine: Engine) -> list[str]:
    """Indexes that have lost their condition."""
    in_sqlite, in_postgres = "SELECT name, sql FROM sqlite_master", "SELECT indexname, indexdef FROM pg_indexes"
    stored = dict(engine.ask(in_sqlite if engine.name == "sqlite" else in_postgres))
    partial = [
        index.name
        for rows in SQLModel.metadata.tables.values()
        for index in rows.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    ]
    assert len(partial) > 10
    return [str(name) for name in partial if " WHERE " not in stored[str(name)]]


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    engine.ask("INSERT INTO secret (name, value) VALUES ('kept', '')")
    assert migrate.upgrade(engine.location) is False
    migrate.require(engine.location)
    assert engine.letters() == ["kept"]


def bring_to(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.attributes["url"] = engine.location.sqlalchemy_url
    command.upgrade(config, revision)


@pytest.fixture(params=["sqlite", "postgres"])
def first_version(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """A database as version 1.0 made it, with a mail and a chat in it."""
    old: Engine = Sqlite(tmp_path / "old.db")
    if request.param == "postgres":
        server: PostgreSQL = request.getfixturevalue("postgres")
        old = Postgres(server, server.url())
    bring_to(old, "0001")
    old.ask("INSERT INTO customer VALUES (1, 'Ada', 0)")
    for row in ("1, 1, 'email', 'ada@ada.test'", "2, 1, 'webchat', 'ada'"):
        old.ask(f"INSERT INTO identity (id, customer_id, kind, address, display, method) VALUES ({row}, '', '')")  # noqa: S608
    for row in ("1, '1@ada.test ada@ada.test', 1", "2, 'a b', 2"):
        old.ask(
            "INSERT INTO conversation (id, key, identity_id, channel, customer_id, last_seq, subject, sender_name, "  # noqa: S608
            f"created_at) VALUES ({row}, 'c', 1, 1, 'My order', 'Ada', 0)"
        )
    columns = (
        "id, stream, state, due_at, attempts, owner, error, created_at, channel, external_id, payload, file, envelope"
    )
    for row in ("1, 's', 'done'", "2, 's', 'buried'"):
        old.ask(f"INSERT INTO inbox ({columns}) VALUES ({row}, 0, 0, '', '', 0, 'c', {row[0]}, '', '', '')")  # noqa: S608
    return old


def test_a_database_with_rows_is_brought_here_and_its_mails_go_on_as_mails(first_version: Engine) -> None:
    """Without the root of its thread a conversation would quote nothing, and leave out who is in copy."""
    assert migrate.upgrade(first_version.location) is True
    assert differences(first_version.location) == []
    kept = first_version.ask("SELECT id, key, root, reply_to, subject FROM conversation ORDER BY id")
    assert [tuple(row) for row in kept] == [
        (1, "1@ada.test ada@ada.test", "1@ada.test", "", "My order"), (2, "a b", "", "", "My order"),
    ]  # fmt: skip
    assert [tuple(row) for row in first_version.ask("SELECT told, acknowledged_at FROM identity")] == [(0, 0)] * 2
    events = first_version.ask("SELECT id, told_of FROM inbox ORDER BY id")
    assert [tuple(row) for row in events] == [(1, 0), (2, None)]  # what an old bounce did is not to happen again


def test_an_old_outbox_lets_a_change_wait_beside_its_send(first_version: Engine) -> None:
    """The rule of one row for a message went, and the partial indexes came through the copying of tables."""
    columns = "id, customer_id, conversation_id, channel, subject, status, queue, priority, version, handoff"
    first_version.ask(
        f"INSERT INTO ticket ({columns}, created_at, updated_at) "  # noqa: S608
        "VALUES (1, 1, 1, 'c', '', 'open', 'support', 'normal', 1, '', 0, 0)"
    )
    first_version.ask(
        "INSERT INTO message (id, conversation_id, seq, ticket_id, channel, direction, author, author_name, text, "
        "created_at, external_id, client_id, proof, automatic, delivery, delivery_reason, source) "
        "VALUES (1, 1, 1, 1, 'c', 'outbound', 'agent', 'Grace', 'Hello', 0, '', '', '', '', 'due', '', '')"
    )
    row = "'s', 'due', 0, 0, '', '', 0, 1, 'c', 0"
    names = "stream, state, due_at, attempts, owner, error, created_at, message_id, channel, uncertain"
    first_version.ask(f"INSERT INTO outbox (id, {names}) VALUES (1, {row})")  # noqa: S608
    assert migrate.upgrade(first_version.location) is True
    first_version.ask(f"INSERT INTO outbox (id, {names}, verb) VALUES (2, {row}, 'edit')")  # noqa: S608
    kept = first_version.ask("SELECT verb FROM outbox ORDER BY id")
    assert [verb for (verb,) in kept] == ["send", "edit"]
    assert [tuple(row) for row in first_version.ask("SELECT deleted, changed_at, album FROM message")] == [
        (0, None, "")
    ]
    assert unconditional(first_version) == []


def test_how_a_channel_was_doing_is_what_came_in_and_old_mails_may_be_laid_out(first_version: Engine) -> None:
    bring_to(first_version, "0002")
    first_version.ask("INSERT INTO health VALUES ('mail', 1, 2, 1, 'away', 5, 4, 1)")
    first_version.ask(
        "INSERT INTO ticket (id, customer_id, conversation_id, channel, subject, status, queue, priority, version, "
        "created_at, updated_at, handoff) VALUES (1, 1, 1, 'c', '', 'open', 'support', 'normal', 1, 0, 0, '')"
    )
    for row in ("1, 1, 1, 'inbound'", "2, 1, 2, 'outbound'", "3, 2, 1, 'inbound'"):
        first_version.ask(
            "INSERT INTO message (id, conversation_id, seq, direction, ticket_id, channel, author, author_name, text, "  # noqa: S608
            "created_at, external_id, client_id, proof, automatic, delivery, delivery_reason, source, folds, remarks) "
            f"VALUES ({row}, 1, 'c', 'customer', '', '', 0, '', '', '', '', '', '', '', '', '')"
        )
    assert migrate.upgrade(first_version.location) is True
    assert differences(first_version.location) == []
    kept = first_version.ask(
        "SELECT channel, side, succeeded_at, failing_since, alarmed, error, error_since, found, recorded, stuck "
        "FROM health"
    )
    assert [tuple(row) for row in kept] == [("mail", "receiving", 1, 2, 1, "away", 2, 5, 4, 1)]
    shown = first_version.ask("SELECT id, markup FROM message ORDER BY id")
    assert [tuple(row) for row in shown] == [(1, 1), (2, 0), (3, 0)]


def test_an_empty_server_is_refused_by_serve_and_made_ready_by_migrate(postgres: PostgreSQL) -> None:
    location = locate(postgres.url(), Path())
    assert migrate.current(location) is None
    with pytest.raises(SchemaBehind, match="contactcenter migrate"):
        migrate.require(location)
    assert migrate.upgrade(location) is True
    migrate.require(location)


def test_a_file_is_made_with_its_folder_whatever_its_name(tmp_path: Path) -> None:
    location = locate("sqlite:///data/100%/why?/our desk#1.db", tmp_path)
    assert migrate.upgrade(location) is True
    assert migrate.current(location) == HEAD
    assert (tmp_path / "data" / "100%" / "why?" / "our desk#1.db").exists()


def test_an_up_to_date_file_is_not_backed_up(sqlite: Sqlite) -> None:
    migrate.upgrade(sqlite.location)
    assert [path.name for path in sqlite.file.parent.iterdir() if "before" in path.name] == []


def test_an_older_file_is_backed_up_before_anything_is_changed(sqlite: Sqlite) -> None:
    """No older revision exists yet, so Alembic itself gives up after the copy was made."""
    sqlite.ask("INSERT INTO secret (name, value) VALUES ('kept', '')")
    sqlite.ask("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(CommandError):
        migrate.upgrade(sqlite.location)
    copy = sqlite.file.with_suffix(f".before-{HEAD}.db")
    assert Sqlite(copy).letters() == ["kept"]
    assert Sqlite(copy).ask("SELECT version_num FROM alembic_version") == [("0000",)]


def test_a_backup_of_a_file_in_use_holds_all_that_was_committed(sqlite: Sqlite, tmp_path: Path) -> None:
    with closing(sqlite3.connect(sqlite.file)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO secret (name, value) VALUES ('committed', '')")
        writer.commit()
        writer.execute("INSERT INTO secret (name, value) VALUES ('not yet', '')")
        migrate.back_up(sqlite.file, tmp_path / "copy.db")
        writer.rollback()
    assert Sqlite(tmp_path / "copy.db").letters() == ["committed"]


def test_a_newer_database_is_refused_with_the_remedy(engine: Engine) -> None:
    engine.ask("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaBehind, match=r"newer than this program's .*: install the newer contactcenter again"):
        migrate.upgrade(engine.location)
    with pytest.raises(SchemaBehind):
        migrate.require(engine.location)
    assert engine.ask("SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_password_is_never_shown() -> None:
    assert locate("postgresql://ada:secret@db.test/desk", Path()).shown == "postgresql://db.test:5432/desk"


def test_a_server_that_does_not_answer_is_an_outage_with_its_address() -> None:
    gone = locate("postgresql://postgres:secret@127.0.0.1:1/desk", Path())
    with pytest.raises(StoreUnavailable, match=r"postgresql://127.0.0.1:1/desk") as told:
        migrate.current(gone)
    assert "secret" not in str(told.value)
