"""An event together with its payload, wherever that is kept.

Used by workers (to parse) and web/files (to hand out a part). A payload too large for a row is copied from the file
store into a temporary file and mapped: the system brings in what is read of it and drops it again, so that a mail of
60 MB is never 60 MB of ours.
"""

import asyncio
import mmap
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, cast

from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.ports import Files


@asynccontextmanager
async def whole(files: Files, raw: RawEvent) -> AsyncIterator[RawEvent]:
    """The event with its payload, good until the block ends. Raises NotFound, StoreUnavailable."""
    if not raw.file:
        yield raw
        return
    with tempfile.TemporaryFile() as copy:
        async for chunk in files.open(raw.file):
            await asyncio.to_thread(_write, copy, chunk)
        payload = cast(bytes, _mapped(copy))  # who parses large payloads reads a map as they read bytes
        yield RawEvent(raw.channel, raw.external_id, raw.stream, payload, raw.envelope, raw.file)


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise StoreUnavailable(f"no room for a copy of a large file: {error.strerror}") from error


def _mapped(file: BinaryIO) -> bytes | mmap.mmap:
    """Freed with its last user, not before: a view of it may be alive when the block ends."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else b""
