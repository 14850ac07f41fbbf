"""A desk that fetches mail, and a whole one that shares its servers with the world."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.mail.fetching import Desk, opened_desk
from tests.mail.loop import PEOPLE, PLUS, TOLD, Office, Post, office
from tests.mail_servers import Dovecot, Postfix, Remote


@pytest.fixture
async def inbox(tmp_path: Path, empty_store: Path) -> AsyncIterator[Desk]:
    """A store, files and the clock of the wall, for channels that fetch."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    async with opened_desk(tmp_path / "desk.db") as desk:
        yield desk


@pytest.fixture(scope="module")
async def post(dovecot_server: Dovecot, postfix_server: Postfix) -> AsyncIterator[Post]:
    """Real servers, and everybody else behind them."""
    dovecot_server.start()
    postfix_server.start()
    remote = Remote(postfix_server.remote_port)
    async with remote.listening():
        yield Post(dovecot_server, postfix_server, remote)


@pytest.fixture(scope="module")
async def shared(post: Post, empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One desk for the tests of a file: `mail` and `plus` (with plus-addresses) where people answer and nothing is
    acknowledged, `sales` where it is, `robot` where the assistant answers first."""
    channels = {"mail": PEOPLE, "plus": PLUS, "sales": PEOPLE + TOLD, "robot": TOLD}
    async with office(tmp_path_factory.mktemp("office"), empty_store, post, channels) as running:
        yield running
