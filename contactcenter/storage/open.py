"""Which engine: the one place where `store.url` is read."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url

from contactcenter.ports import Clock, Files
from contactcenter.storage.groups import Connection, Release
from contactcenter.storage.store import LaneStore


class UnknownStore(Exception):
    """store.url is neither SQLite nor PostgreSQL; the text says what it can be."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where the data lives: a file, or a server."""

    url: str
    file: Path | None

    @property
    def embedded(self) -> bool:
        return self.file is not None

    @property
    def shown(self) -> str:
        """For people and logs: without a password."""
        if self.file is not None:
            return str(self.file)
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or ''}:{parts.port or 5432}{parts.path}"

    @property
    def sqlalchemy_url(self) -> URL:
        """As Alembic wants it; made of parts, because a file may have a question mark in its name."""
        if self.file is not None:
            return URL.create("sqlite", database=str(self.file))
        return make_url(self.url).set(drivername="postgresql+psycopg")


def locate(url: str, folder: Path) -> Location:
    """From `store.url`; a relative file is beside the settings file. Raises UnknownStore."""
    if url.startswith("sqlite:///"):
        return Location(url, (folder / url.removeprefix("sqlite:///")).resolve())
    if url.startswith(("postgresql://", "postgres://")):
        return Location(url.replace("postgres://", "postgresql://", 1), None)
    raise UnknownStore("store.url must begin with sqlite:/// or postgresql://")


def open_store(location: Location, clock: Clock, release: Release, *, lanes: int, readers: int) -> LaneStore:
    """The Store. The schema must be there already (storage/migrate.py)."""
    if location.file is not None:
        from contactcenter.storage.sqlite import SqliteConnection

        file = location.file

        def to_file(lane: int, read_only: bool) -> Connection:
            return SqliteConnection(file, read_only=read_only)

        return LaneStore(to_file, 1, readers, clock, release)

    from contactcenter.storage.postgres import PostgresConnection

    def to_server(lane: int, read_only: bool) -> Connection:
        return PostgresConnection(location.url, lane, read_only=read_only)

    return LaneStore(to_server, lanes, readers, clock, release)


def tidy(location: Location) -> None:
    """Let go of what deleted rows still hold beside the tables, as far as that is ours to do."""
    if location.file is not None:
        from contactcenter.storage.sqlite import truncate_log

        truncate_log(location.file)


def open_files(location: Location, store: LaneStore) -> Files:
    """Files beside the SQLite file, or in the server's rows."""
    from contactcenter.storage.files import FolderFiles, RowFiles

    return RowFiles(store) if location.file is None else FolderFiles(location.file.parent / "files")
