"""The commands that look back: what would have been, and whether what was decided would be decided again.

A part of `cli`, which gives them their settings. What they need is imported when they run: --help must not wait for it.
"""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

from contactcenter.settings import Settings, load

Command = Callable[[argparse.Namespace], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]
"""Adds a command by its name, what it does, and that in words."""


def add_commands(add: Add, settings_of: Callable[[argparse.Namespace], Settings]) -> None:
    """Add them to the command line. `settings_of`: what the arguments name as the desk's settings."""
    _add_what_if(add("whatif", _with(what_if, settings_of), WHAT_IF))
    remade = add("decisions", _with(decisions, settings_of), DECISIONS)
    remade.add_argument("--days", type=float, default=1, help="how far back, at most 3; 1 when left out")
    remade.add_argument("--quiet", action="store_true", help="no progress")


WHAT_IF = "let a past stretch of time happen again, with other people or settings"
DECISIONS = "decide again as the router did, and name the first decision that differs from the history"


def _add_what_if(added: argparse.ArgumentParser) -> None:
    added.add_argument("--from", dest="since", required=True, help="a day, such as 2026-11-20, or an instant")
    added.add_argument("--to", default="", help="until before this day or instant; the end of that day when left out")
    added.add_argument("--with", dest="other", metavar="FILE", help="settings with other rules, promises or weights")
    added.add_argument("--agents", type=int, help="how many are there; those who really were when left out")
    added.add_argument("--capacity", type=int, help="open tickets each holds at once; their own when left out")
    added.add_argument("--rows", default="", metavar="FIGURE", help="name the tickets behind a figure, such as missed")
    added.add_argument("--csv", metavar="FILE", help="write a line for each contact there")


def what_if(arguments: argparse.Namespace, settings: Settings) -> int:
    from contactcenter import whatif

    other = load(Path(arguments.other), for_providers=False) if arguments.other else None
    listing = Path(arguments.csv) if arguments.csv else None
    of = arguments.agents, arguments.capacity, arguments.rows, listing
    print(*asyncio.run(whatif.what_if(settings, other, whatif.Asked(arguments.since, arguments.to, *of))), sep="\n")
    return 0


def decisions(arguments: argparse.Namespace, settings: Settings) -> int:
    from contactcenter.decisions import make_again

    lines, well = asyncio.run(make_again(settings, arguments.days, progress=not arguments.quiet))
    print(*lines, sep="\n")
    return 0 if well else 1


def backfilled(settings: Settings) -> int:
    """`figures backfill`."""
    from contactcenter.backfill import backfill

    written, waiting = asyncio.run(backfill(settings))
    print(f"{written} rows counted that were not counted when they happened")
    if waiting:
        print(f"of {waiting} tickets something happened meanwhile: do it again")
    return 0


def _with(
    command: Callable[[argparse.Namespace, Settings], int], settings_of: Callable[[argparse.Namespace], Settings]
) -> Command:
    return lambda arguments: command(arguments, settings_of(arguments))
