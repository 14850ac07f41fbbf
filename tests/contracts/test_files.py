"""The contract of Files: a folder beside the SQLite file, and rows of either engine."""

import asyncio
import hashlib
import os
import resource
import time
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.values import NotFound, StoreUnavailable
from contactcenter.ports import Files
from contactcenter.storage.files import CHUNK, FolderFiles, RowFiles
from contactcenter.storage.open import open_files
from tests.contracts.engines import Engine, Opened, Postgres, Sqlite

NAMES_NOTHING = [
    "",
    "a" * 63,
    "a" * 65,
    "A" * 64,
    "../" + "a" * 61,
    "/etc/passwd",
    "é" * 64,
    "\0" * 64,
    "a" * 63 + "\n",
]
NOBODY = hashlib.sha256(b"what nobody ever put").hexdigest()


class Shelf:
    """Files with a hand on their age."""

    def __init__(self, files: Files, opened: Opened, folder: Path) -> None:
        self.files = files
        self.now = opened.clock.now
        self._opened = opened
        self._folder = folder

    async def put(self, data: bytes, age: int = 0) -> str:
        """Stored that long ago."""
        self._opened.clock.at -= age
        digest = await self.files.put(data)
        self._opened.clock.at += age
        for path in self._folder.glob(f"*/{digest}") if age else ():
            os.utime(path, (0, (self.now() - age) / SECOND))
        return digest

    async def read(self, digest: str) -> bytes:
        return b"".join([chunk async for chunk in self.files.open(digest)])


@pytest.fixture(params=["folder", "rows", "rows of PostgreSQL"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    engine: Engine = request.getfixturevalue("scaled" if request.param == "rows of PostgreSQL" else "sqlite")
    async with engine.opened() as opened:
        opened.clock.at = time.time_ns() // 1000  # a folder knows no other time
        folder = tmp_path / "files"
        files = FolderFiles(folder) if request.param == "folder" else RowFiles(opened.store)
        yield Shelf(files, opened, folder)


def data(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(size % 251)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, 3 * CHUNK + 1])
async def test_what_is_put_comes_back(shelf: Shelf, size: int) -> None:
    digest = await shelf.put(data(size))
    assert digest == hashlib.sha256(data(size)).hexdigest()
    assert await shelf.read(digest) == data(size)


@pytest.mark.parametrize("size", [0, 1, CHUNK, 3 * CHUNK + 1])
async def test_an_open_file_is_kept_like_the_bytes_in_it(shelf: Shelf, tmp_path: Path, size: int) -> None:
    (tmp_path / "spooled").write_bytes(data(size))
    with (tmp_path / "spooled").open("rb") as file:
        file.read()  # wherever it stands
        digest = await shelf.files.put(file)
        assert await shelf.files.put(file) == digest == await shelf.put(data(size))
    assert await shelf.read(digest) == data(size)


async def test_a_large_open_file_is_never_in_memory_as_a_whole(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "spooled").write_bytes(data(20 * CHUNK))
    with (tmp_path / "spooled").open("rb") as file:
        tracemalloc.start()
        try:
            await shelf.files.put(file)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 8 * CHUNK


async def test_large_files_come_in_pieces(shelf: Shelf) -> None:
    digest = await shelf.put(data(3 * CHUNK + 1))
    assert [len(chunk) async for chunk in shelf.files.open(digest)] == [CHUNK, CHUNK, CHUNK, 1]


async def test_the_same_content_is_kept_once(shelf: Shelf) -> None:
    digests = await asyncio.gather(*(shelf.files.put(data(CHUNK + 1)) for _ in range(5)))
    assert len(set(digests)) == 1
    assert await shelf.read(digests[0]) == data(CHUNK + 1)
    assert await shelf.files.sweep(nothing_is_named, shelf.now() + 100 * 365 * DAY) == 1


async def test_what_was_never_put_is_not_found(shelf: Shelf) -> None:
    with pytest.raises(NotFound, match=NOBODY):
        await shelf.read(NOBODY)


@pytest.mark.parametrize("name", NAMES_NOTHING)
async def test_a_name_that_is_no_digest_opens_nothing(shelf: Shelf, name: str) -> None:
    with pytest.raises(NotFound):
        await shelf.read(name)


async def nothing_is_named(digest: str) -> bool:
    return False


async def test_the_sweep_keeps_what_is_named_and_what_is_young(shelf: Shelf) -> None:
    named = await shelf.put(b"named", age=2 * DAY)
    forgotten = await shelf.put(b"forgotten", age=2 * DAY)
    young = await shelf.put(b"young")

    async def is_named(digest: str) -> bool:
        return digest == named

    assert await shelf.files.sweep(is_named, shelf.now() - DAY) == 1
    assert [await shelf.read(digest) for digest in (named, young)] == [b"named", b"young"]
    with pytest.raises(NotFound):
        await shelf.read(forgotten)
    assert await shelf.read(await shelf.put(b"forgotten")) == b"forgotten"


async def test_what_is_put_again_is_young_again(shelf: Shelf) -> None:
    """Its new name may not be committed yet when the sweep comes by."""
    digest = await shelf.put(data(CHUNK + 1), age=2 * DAY)
    await shelf.put(data(CHUNK + 1))
    assert await shelf.files.sweep(nothing_is_named, shelf.now() - DAY) == 0
    assert await shelf.read(digest) == data(CHUNK + 1)


async def test_what_is_put_again_while_the_sweep_looks_is_kept(shelf: Shelf) -> None:
    digest = await shelf.put(data(CHUNK + 1), age=2 * DAY)

    async def put_meanwhile(asked: str) -> bool:
        await shelf.put(data(CHUNK + 1))
        return False

    assert await shelf.files.sweep(put_meanwhile, shelf.now() - DAY) == 0
    assert await shelf.read(digest) == data(CHUNK + 1)


async def test_a_file_is_measured_and_young_again(shelf: Shelf) -> None:
    digest = await shelf.put(data(CHUNK + 1), age=2 * DAY)
    assert await shelf.files.keep(digest) == CHUNK + 1
    assert await shelf.files.keep(await shelf.put(b"")) == 0
    assert await shelf.files.sweep(nothing_is_named, shelf.now() - DAY) == 0
    for name in (NOBODY, *NAMES_NOTHING):
        with pytest.raises(NotFound):
            await shelf.files.keep(name)


async def test_one_file_is_dropped_unless_it_was_put_again(shelf: Shelf) -> None:
    old = await shelf.put(data(CHUNK + 1), age=2 * DAY)
    young = await shelf.put(b"young")
    assert [await shelf.files.drop(digest, shelf.now() - DAY) for digest in (old, young, "0" * 64)] == [
        True, False, False,
    ]  # fmt: skip
    with pytest.raises(NotFound):
        await shelf.read(old)
    assert await shelf.read(young) == b"young"


async def test_an_empty_store_is_swept_without_a_word(shelf: Shelf) -> None:
    assert await shelf.files.sweep(nothing_is_named, shelf.now()) == 0


# --- what only one of them can suffer ---------------------------------------------------------------------------------


async def test_a_folder_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("this is no folder")
    with pytest.raises(StoreUnavailable, match="the file store refused"):
        await FolderFiles(tmp_path / "files").put(b"from Ada")


async def test_what_did_not_fit_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on the size of files refuses in the middle of writing, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK, before[1]))
    try:
        with pytest.raises(StoreUnavailable, match="the file store refused"):
            await FolderFiles(tmp_path / "files").put(data(3 * CHUNK))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path for path in (tmp_path / "files").glob("**/*") if path.is_file()] == []


async def test_a_put_that_was_interrupted_is_swept_or_completed(sqlite: Sqlite) -> None:
    """Chunk 0 is written last: without it there is no file, however many other chunks there are."""
    async with sqlite.opened() as opened:
        files = RowFiles(opened.store)
        digest = await files.put(data(2 * CHUNK))
        sqlite.ask("DELETE FROM filechunk WHERE number = 0")
        with pytest.raises(NotFound):
            await Shelf(files, opened, sqlite.file).read(digest)
        assert await files.put(data(2 * CHUNK)) == digest
        assert await Shelf(files, opened, sqlite.file).read(digest) == data(2 * CHUNK)
        sqlite.ask("DELETE FROM filechunk WHERE number = 0")
        assert await files.sweep(nothing_is_named, opened.clock.at + DAY) == 1
        assert sqlite.ask("SELECT count(*) FROM filechunk") == [(0,)]


async def test_files_live_beside_the_file_or_in_the_server(sqlite: Sqlite, scaled: Postgres) -> None:
    for engine in (sqlite, scaled):
        async with engine.opened() as opened:
            files = open_files(engine.location, opened.store)
            await files.put(b"from Ada")
    assert len(list((sqlite.file.parent / "files").glob("*/*"))) == 1
    assert scaled.ask("SELECT count(*) FROM filechunk") == [(1,)]
