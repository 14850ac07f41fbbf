"""Files by content: a folder beside the SQLite file, or rows of 1 MiB in PostgreSQL.

Called before the row that names a file commits, so the bytes are durable first; a file that nothing names after a day
is swept.
"""

import asyncio
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from sqlalchemy import delete, func, insert, select, update

from contactcenter.model.columns import SECOND, bind, table
from contactcenter.model.ledgers import FileChunk
from contactcenter.model.values import NotFound, StoreUnavailable
from contactcenter.ports import Store, Tx

CHUNK = 1024 * 1024
DIGEST = re.compile(r"[0-9a-f]{64}")


def _checked(digest: str) -> str:
    """The digest; raises NotFound for what cannot be one, such as a path."""
    if not DIGEST.fullmatch(digest):
        raise NotFound(f"{digest!r} is not the name of a file")
    return digest


def _no_file(digest: str) -> NotFound:
    return NotFound(f"there is no file {digest}")


def _file(data: bytes | BinaryIO) -> BinaryIO:
    return BytesIO(data) if isinstance(data, bytes) else data


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


class FolderFiles:
    """`<folder>/ab/abcdef…`: written beside, synced, renamed, and the folder synced (rename(2), fsync(2))."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._naming = Lock()  # what is put again must not be swept in the same instant

    async def put(self, data: bytes | BinaryIO) -> str:
        return await asyncio.to_thread(self._put, _file(data))

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        path = self._path(digest)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError:
            raise _no_file(digest) from None
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    async def keep(self, digest: str) -> int:
        return await asyncio.to_thread(self._keep, digest)

    async def drop(self, digest: str, before: int) -> bool:
        return await asyncio.to_thread(self._drop, self._path(digest), before)

    async def sweep(self, named: Callable[[str], Awaitable[bool]], before: int) -> int:
        swept = 0
        for path in await asyncio.to_thread(self._older_than, before):
            if path.name.startswith(".") or not await named(path.name):
                swept += await asyncio.to_thread(self._drop, path, before)
        return swept

    def _put(self, data: BinaryIO) -> str:
        digest = _digest(data)
        path = self._path(digest)
        try:
            with self._naming:
                if path.exists():
                    os.utime(path)  # named again: young again for the sweep
                    return digest
            self._write(path, data)
        except OSError as error:
            raise StoreUnavailable(f"the file store refused: {error.strerror}") from error
        return digest

    def _write(self, path: Path, data: BinaryIO) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with beside.open("xb") as file:
                data.seek(0)
                shutil.copyfileobj(data, file, CHUNK)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(path)
        except OSError:
            beside.unlink(missing_ok=True)  # a disk that is full is not made fuller by what did not fit
            raise
        for folder in (path.parent, self._folder):
            _sync(folder)

    def _keep(self, digest: str) -> int:
        path = self._path(digest)
        with self._naming:
            try:
                os.utime(path)
                return path.stat().st_size
            except FileNotFoundError:
                raise _no_file(digest) from None

    def _drop(self, path: Path, before: int) -> bool:
        with self._naming:
            if not _older(path, before):
                return False
            path.unlink(missing_ok=True)
            return True

    def _path(self, digest: str) -> Path:
        return self._folder / _checked(digest)[:2] / digest

    def _older_than(self, before: int) -> list[Path]:
        return [path for path in self._folder.glob("*/*") if _older(path, before)]


def _older(path: Path, before: int) -> bool:
    try:
        return path.stat().st_mtime * SECOND < before
    except FileNotFoundError:  # it was written beside, and has its name by now
        return False


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_chunk = table(FileChunk)
ADD_CHUNK = insert(_chunk)
FIND_CHUNK = select(_chunk.c.data).where(_chunk.c.digest == bind("digest"), _chunk.c.number == bind("number"))
SIZE_OF = select(func.sum(func.length(_chunk.c.data)).label("size")).where(_chunk.c.digest == bind("digest"))
TOUCH_FILE = update(_chunk).where(_chunk.c.digest == bind("name")).values(created_at=bind("at"))
OLD_FILES = (  # by all their chunks, so that what was never made whole is swept too
    select(_chunk.c.digest)
    .group_by(_chunk.c.digest)
    .having(func.max(_chunk.c.created_at) < bind("before"))
    .order_by(_chunk.c.digest)
)
DROP_FILE = delete(_chunk).where(_chunk.c.digest == bind("digest"), _chunk.c.created_at < bind("before"))


class RowFiles:
    """Chunks of 1 MiB in the database, each its own short transaction; number 0 is written last and makes it whole."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, data: bytes | BinaryIO) -> str:
        file = _file(data)
        digest = await asyncio.to_thread(_digest, file)
        if await self._store.write_in(digest, _touch, digest):
            return digest
        for number in reversed(range(max(1, -(-file.seek(0, os.SEEK_END) // CHUNK)))):
            chunk = await asyncio.to_thread(_read_chunk, file, number)
            await self._store.write_in(digest, _add, digest, number, chunk)
        return digest

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        number = 0
        while (chunk := await self._store.read(_chunk_of, _checked(digest), number)) is not None:
            yield chunk
            number += 1
        if number == 0:
            raise _no_file(digest)

    async def keep(self, digest: str) -> int:
        size = await self._store.write_in(digest, _keep, _checked(digest))
        if size is None:
            raise _no_file(digest)
        return size

    async def drop(self, digest: str, before: int) -> bool:
        return await self._store.write_in(digest, _drop, digest, before)

    async def sweep(self, named: Callable[[str], Awaitable[bool]], before: int) -> int:
        old = [row.digest for row in await self._store.read(lambda tx: tx.all(OLD_FILES, before=before))]
        unnamed = [digest for digest in old if not await named(digest)]
        return sum([await self.drop(digest, before) for digest in unnamed])


def _touch(tx: Tx, digest: str) -> bool:
    """Is it there, and whole? If so it is young again for the sweep."""
    return bool(tx.run(TOUCH_FILE, name=digest, at=tx.now)) and _chunk_of(tx, digest, 0) is not None


def _keep(tx: Tx, digest: str) -> int | None:
    """Young again; its size, None where it is not there or not whole."""
    return int(tx.one(SIZE_OF, digest=digest).size) if _touch(tx, digest) else None


def _drop(tx: Tx, digest: str, before: int) -> bool:
    """Delete it, unless it was put again meanwhile."""
    return bool(tx.run(DROP_FILE, digest=digest, before=before))


def _read_chunk(file: BinaryIO, number: int) -> bytes:
    file.seek(number * CHUNK)
    return file.read(CHUNK)


def _add(tx: Tx, digest: str, number: int, chunk: bytes) -> None:
    if _chunk_of(tx, digest, number) is None:
        tx.run(ADD_CHUNK, digest=digest, number=number, data=chunk, created_at=tx.now)


def _chunk_of(tx: Tx, digest: str, number: int) -> bytes | None:
    row = tx.one(FIND_CHUNK, digest=digest, number=number)
    return None if row is None else bytes(row.data)
