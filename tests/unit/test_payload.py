"""The bytes of a file are opened before anything is sent of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contactcenter.channels.payload import begun
from contactcenter.model.values import NotFound
from contactcenter.storage.files import FolderFiles


async def test_a_file_that_is_not_kept_is_told_before_its_first_byte(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await begun(FolderFiles(tmp_path).open("0" * 64))


@pytest.mark.parametrize("pieces", [(), (b"a",), (b"a", b"b", b"c")])
async def test_nothing_is_lost_by_having_begun(pieces: tuple[bytes, ...]) -> None:
    async def some() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    assert tuple([piece async for piece in await begun(some())]) == pieces
