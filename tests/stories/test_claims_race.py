"""Agents press Claim on the same tickets at once, each press delivered twice: one has it, all others are told who."""

from pathlib import Path

import pytest

from contactcenter.app import SystemClock, location_of, opened_store
from contactcenter.settings import load
from tests.claims import race
from tests.desk import write_settings
from tests.servers import PostgreSQL

AGENTS, TICKETS = 50, 10  # bench/desk.py has 200 tickets


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_each_ticket_has_one_owner_and_every_loser_is_told_who(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    if kind == "sqlite":
        file = write_settings(tmp_path)
        (tmp_path / "desk.db").write_bytes(request.getfixturevalue("empty_store").read_bytes())
    else:
        empty: str = request.getfixturevalue("empty_server")
        postgres: PostgreSQL = request.getfixturevalue("postgres")
        file = write_settings(tmp_path, store=postgres.url(copy_of=empty))
    settings = load(file, {})
    async with opened_store(settings, location_of(settings), SystemClock()) as store:
        outcome = await race(store, AGENTS, TICKETS)
    assert len(outcome.owners) == TICKETS
    assert outcome.assigned == TICKETS, "nobody had one that was taken from them again"
    assert outcome.told == TICKETS * (AGENTS - 1)
    assert outcome.told_of_the_wrong_one == 0
