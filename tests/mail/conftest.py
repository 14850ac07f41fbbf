"""A desk that fetches mail."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.mail.fetching import Desk, opened_desk


@pytest.fixture
async def inbox(tmp_path: Path, empty_store: Path) -> AsyncIterator[Desk]:
    """A store, files and the clock of the wall, for channels that fetch."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with opened_desk(tmp_path / "desk.db") as desk:
        yield desk
