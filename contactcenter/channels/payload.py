"""An event together with its payload, and the files of a message, wherever they are kept.

Used by workers (to parse), by web/files and desk/posting (to hand out a file), and by channels that send one. A payload
too large for a row is copied from the file store into a temporary file and mapped: the system brings in what is read of
it and drops it again, so that a mail of 60 MB is never 60 MB of ours.
"""

import asyncio
import mmap
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, cast

from contactcenter.channels.protocol import HasParts
from contactcenter.channels.spooling import spool
from contactcenter.flow.policies import Policies
from contactcenter.model.values import Attached, NotFound, RawEvent, RetryLater, StoreUnavailable, Undeliverable
from contactcenter.ports import Files

Pieces = AsyncIterator[bytes]


@asynccontextmanager
async def whole(files: Files, raw: RawEvent) -> AsyncIterator[RawEvent]:
    """The event with its payload, good until the block ends. Raises NotFound, StoreUnavailable."""
    if not raw.file:
        yield raw
        return
    with tempfile.TemporaryFile() as copy:
        await spool(files.open(raw.file), copy)
        payload = cast(bytes, _mapped(copy))  # who parses large payloads reads a map as they read bytes
        yield RawEvent(raw.channel, raw.external_id, raw.stream, payload, raw.envelope, raw.file)


@asynccontextmanager
async def opened(
    files: Files, policies: Policies, row: Any, raw: RawEvent | None
) -> AsyncIterator[AsyncIterator[bytes]]:
    """The bytes of a file of a message, in pieces, good until the block ends. Raises NotFound, StoreUnavailable.

    `row`: the attachment, with its message's channel; `raw`: the event it came with. Not for one that lies with a
    provider still.
    """
    kind, _, where = row.ref.partition(":")
    if kind == "file":
        yield await begun(files.open(where))
        return
    channel = policies.way(row.channel).channel
    if raw is None or not isinstance(channel, HasParts):
        raise NotFound("the message this file came with is no longer kept")
    async with whole(files, raw) as event:
        yield await begun(_read(channel.part(event, where)))


async def begun(pieces: Pieces) -> Pieces:
    """The same pieces, the first of them read already. Raises NotFound when it is not there: half way it could not be
    told.
    """
    first = await anext(pieces, b"")

    async def all_of_them() -> Pieces:
        if first:
            yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


async def of_ours(files: Files, file: Attached) -> Pieces:
    """The bytes of a file that leaves with a message of ours.

    Raises Undeliverable when it is no longer kept, and RetryLater when it cannot be had now: it has not left.
    """
    try:
        async for piece in files.open(file.ref.removeprefix("file:")):
            yield piece
    except NotFound:
        raise Undeliverable(f"the file {file.name} is no longer kept; attach it again") from None
    except StoreUnavailable as error:
        raise RetryLater(f"the file {file.name} cannot be read: {error}") from None


async def _read(pieces: Iterator[bytes]) -> Pieces:
    """What is decoded as it is read, in a thread."""
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


def _mapped(file: BinaryIO) -> bytes | mmap.mmap:
    """Freed with its last user, not before: a view of it may be alive when the block ends."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else b""
