"""The bytes of a file are opened before anything is sent of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contactcenter.channels.payload import begun, of_ours
from contactcenter.model.values import Attached, NotFound, RetryLater, StoreUnavailable, Undeliverable
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


class Broken(FolderFiles):
    """A store that is away."""

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        raise StoreUnavailable("the disk is gone")
        yield b""


@pytest.mark.parametrize(("kept", "error"), [(FolderFiles, Undeliverable), (Broken, RetryLater)])
async def test_what_cannot_be_read_has_not_left(
    kept: type[FolderFiles], error: type[Exception], tmp_path: Path
) -> None:
    file = Attached("plan.pdf", "application/pdf", 3, f"file:{'0' * 64}")
    with pytest.raises(error, match=r"plan\.pdf"):
        await begun(of_ours(kept(tmp_path), file))
