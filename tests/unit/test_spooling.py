"""What comes in pieces goes into a file, as far as it may and as far as there is room."""

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

import pytest

from contactcenter.channels.spooling import spool
from contactcenter.model.values import StoreUnavailable


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"0123456789"


async def test_no_more_is_read_than_tells_that_it_is_too_large() -> None:
    file = io.BytesIO()
    assert await spool(endless(), file, 25) == 30
    assert len(file.getvalue()) == 20


@pytest.fixture
def full() -> Iterator[IO[bytes]]:
    with Path("/dev/full").open("wb", buffering=0) as file:
        yield file


async def test_a_full_disk_is_told_as_such(full: IO[bytes]) -> None:
    with pytest.raises(StoreUnavailable, match="no room"):
        await spool(endless(), full)
