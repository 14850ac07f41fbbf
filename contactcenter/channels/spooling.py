"""What comes in pieces, put into a temporary file: a file of any size is never in memory.

Used by whoever takes a file in or copies one: payload.py, fetching.py, web/files, desk/intake, Telegram.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import IO

from contactcenter.model.values import StoreUnavailable


async def spool(pieces: AsyncIterator[bytes], into: IO[bytes], limit: int = sys.maxsize) -> int:
    """How many bytes came; once they are more than `limit`, no more are read. Raises StoreUnavailable without room."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > limit:
            break
        await asyncio.to_thread(_write, into, piece)
    return size


def _write(into: IO[bytes], piece: bytes) -> None:
    try:
        into.write(piece)
        into.flush()
    except OSError as error:
        raise StoreUnavailable(f"no room for a copy of a file: {error.strerror}") from error
