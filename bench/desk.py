"""Fifty agents press Claim on two hundred tickets at once, and Slack delivers every press twice.

Each ticket must have one owner and every loser be told who; Slack waits three seconds for an acknowledgement. By
default on SQLite in a folder of its own; `--store` names another database, which must be empty.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.common import program
from bench.common.desk import write_settings
from bench.common.figures import Goal
from bench.common.program import Wrong
from contactcenter import app
from contactcenter.settings import load
from contactcenter.storage import migrate
from tests.claims import race

AGENTS = 50
SETTINGS = """
[queues.support]
[channels.people]
kind = "loopback"
"""


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """One race."""
    tickets = 20 if options.quick else 200
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        store = f'[store]\nurl = "{options.store}"\n' if options.store else ""
        settings = load(write_settings(Path(name), SETTINGS, store))
        location = app.location_of(settings)
        migrate.upgrade(location)
        async with app.opened_store(settings, location, app.SystemClock()) as opened:
            found = await race(opened, AGENTS, tickets)
    losers = tickets * (AGENTS - 1)
    if (len(found.owners), found.assigned, found.told, found.told_of_the_wrong_one) != (tickets, tickets, losers, 0):
        raise Wrong(f"{len(found.owners)} owners of {tickets} tickets, {found.told} of {losers} losers told")
    figures = {
        "agents": AGENTS,
        "tickets": tickets,
        "owners": len(found.owners),
        "losers_told": found.told,
        "deliveries": tickets * AGENTS * 2,
        "seconds": round(found.seconds, 2),
        "deliveries_per_second": round(tickets * AGENTS * 2 / found.seconds),
    }
    return figures, [Goal("seconds to the slowest acknowledgement", 3.0, found.slowest)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.desk")
    parser.add_argument("--store", default="", metavar="URL", help="an empty database")
    program.run("desk", measure, parser)
