"""Files by content: a folder beside the SQLite file, or rows of 1 MiB in PostgreSQL.

Called before the row that names a file commits, so the bytes are durable first; a file that nothing names after a day
is swept.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

from sqlalchemy import delete, insert, select

from contactcenter.model.columns import SECOND, bind, table
from contactcenter.model.ledgers import FileChunk
from contactcenter.model.values import NotFound, StoreUnavailable
from contactcenter.ports import Store, Tx

CHUNK = 1024 * 1024


class FolderFiles:
    """`<folder>/ab/abcdef…`: written beside, synced, renamed, and the folder synced (rename(2), fsync(2))."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> str:
        return await asyncio.to_thread(self._put, data)

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        path = self._path(digest)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError:
            raise NotFound(f"there is no file {digest}") from None
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    async def sweep(self, named: Callable[[str], Awaitable[bool]], before: int) -> int:
        swept = 0
        for path in await asyncio.to_thread(self._older_than, before):
            if path.name.startswith(".") or not await named(path.name):
                await asyncio.to_thread(path.unlink, True)
                swept += 1
        return swept

    def _put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if path.exists():
            os.utime(path)  # named again: young again for the sweep
            return digest
        try:
            self._write(path, data)
        except OSError as error:
            raise StoreUnavailable(f"the file store refused: {error.strerror}") from error
        return digest

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{secrets.token_hex(8)}")
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
        for folder in (path.parent, self._folder):
            _sync(folder)

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not digest.isalnum():
            raise NotFound(f"{digest!r} is not the name of a file")
        return self._folder / digest[:2] / digest

    def _older_than(self, before: int) -> list[Path]:
        return [path for path in self._folder.glob("*/*") if path.stat().st_mtime * SECOND < before]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_chunk = table(FileChunk)
ADD_CHUNK = insert(_chunk)
FIND_CHUNK = select(_chunk.c.data).where(_chunk.c.digest == bind("digest"), _chunk.c.number == bind("number"))
OLD_FILES = (
    select(_chunk.c.digest).where(_chunk.c.number == 0, _chunk.c.created_at < bind("before")).order_by(_chunk.c.digest)
)
DROP_FILE = delete(_chunk).where(_chunk.c.digest == bind("digest"))


class RowFiles:
    """Chunks of 1 MiB in the database, each its own short transaction; number 0 is written last and makes it whole."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        if await self._store.read(_has, digest):
            return digest
        for number, chunk in reversed(list(_chunks(data))):
            await self._store.write_in(digest, _add, digest, number, chunk)
        return digest

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        number = 0
        while (chunk := await self._store.read(_chunk_of, digest, number)) is not None:
            yield chunk
            number += 1
        if number == 0:
            raise NotFound(f"there is no file {digest}")

    async def sweep(self, named: Callable[[str], Awaitable[bool]], before: int) -> int:
        old = [row.digest for row in await self._store.read(lambda tx: tx.all(OLD_FILES, before=before))]
        unnamed = [digest for digest in old if not await named(digest)]
        for digest in unnamed:
            await self._store.write_in(digest, lambda tx, digest: tx.run(DROP_FILE, digest=digest), digest)
        return len(unnamed)


def _chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    for number, start in enumerate(range(0, max(len(data), 1), CHUNK)):
        yield number, data[start : start + CHUNK]


def _has(tx: Tx, digest: str) -> bool:
    return _chunk_of(tx, digest, 0) is not None


def _add(tx: Tx, digest: str, number: int, chunk: bytes) -> None:
    if _chunk_of(tx, digest, number) is None:
        tx.run(ADD_CHUNK, digest=digest, number=number, data=chunk, created_at=tx.now)


def _chunk_of(tx: Tx, digest: str, number: int) -> bytes | None:
    row = tx.one(FIND_CHUNK, digest=digest, number=number)
    return None if row is None else bytes(row.data)
