"""The commands that look back and ahead: figures, forecast, what would have been, and whether the router would decide
again as it did.

A part of `cli`, which gives them their settings. What they need is imported when they run: --help must not wait for it.
"""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contactcenter.settings import Settings, load

if TYPE_CHECKING:
    from contactcenter.flow.policies import Policies
    from contactcenter.ports import Tx

Command = Callable[[argparse.Namespace], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]
"""Adds a command by its name, what it does, and that in words."""


Reading = Callable[[Settings, Callable[["Tx", "Policies"], Any]], Any]
"""Runs a use case on the store."""


def add_commands(add: Add, settings_of: Callable[[argparse.Namespace], Settings], run: Reading) -> None:
    """Add them to the command line. `settings_of`: what the arguments name as the desk's settings."""
    _add_figures(add("figures", _with(lambda asked, settings: figures(asked, settings, run), settings_of), FIGURES))
    ahead = add("forecast", _with(lambda asked, settings: forecast(asked, settings, run), settings_of), FORECAST)
    ahead.add_argument("--day", default="", help="such as 2026-11-20; tomorrow when left out")
    ahead.add_argument("--queue", default="", help="only this queue")
    _add_what_if(add("whatif", _with(what_if, settings_of), WHAT_IF))
    remade = add("decisions", _with(decisions, settings_of), DECISIONS)
    remade.add_argument("--days", type=float, default=1, help="how far back, at most 3; 1 when left out")
    remade.add_argument("--quiet", action="store_true", help="no progress")


FIGURES = "tell the figures of a day: what came, who was answered, how soon"
FORECAST = "tell what is expected of a day to come, and the agents it takes"
WHAT_IF = "let a past stretch of time happen again, with other people or settings"
DECISIONS = "decide again as the router did, and name the first decision that differs from the history"


def _add_figures(added: argparse.ArgumentParser) -> None:
    added.add_argument("what", nargs="?", choices=("backfill",), help="count what is older than the figures are")
    added.add_argument("--day", default="", help="such as 2026-11-20; today when left out")
    added.add_argument("--queue", default="", help="only this queue")
    added.add_argument("--channel", default="", help="only this channel")
    added.add_argument("--team", default="", help="only what the agents did who serve this queue")
    added.add_argument("--tag", default="", help="only tickets with this tag")
    shape = added.add_mutually_exclusive_group()
    shape.add_argument("--csv", action="store_true", help="a table for spreadsheets, a row per quarter of an hour")
    shape.add_argument("--answers", action="store_true", help="what the assistant answered, by article and channel")


def _add_what_if(added: argparse.ArgumentParser) -> None:
    added.add_argument("--from", dest="since", required=True, help="a day, such as 2026-11-20, or an instant")
    added.add_argument("--to", default="", help="until before this day or instant; the end of that day when left out")
    added.add_argument("--with", dest="other", metavar="FILE", help="settings with other rules, promises or weights")
    added.add_argument("--agents", type=int, help="how many are there; those who really were when left out")
    added.add_argument("--capacity", type=int, help="open tickets each holds at once; their own when left out")
    added.add_argument(
        "--shift",
        action="append",
        default=[],
        metavar="SHIFT",
        help="such as 08:00-16:00=4, each day; may be repeated",
    )
    added.add_argument("--rows", default="", metavar="FIGURE", help="name the tickets behind a figure, such as missed")
    added.add_argument("--csv", metavar="FILE", help="write a line for each contact there")


def figures(arguments: argparse.Namespace, settings: Settings, run: Reading) -> int:
    if arguments.what is not None:
        return backfilled(settings)
    from contactcenter.figures import told
    from contactcenter.figures.report import Scope

    if arguments.answers:
        given = arguments.day, arguments.queue, arguments.channel
        print("\n".join(run(settings, lambda tx, policies: told.answered(tx, policies.figures, *given))))
        return 0
    narrower = {name: getattr(arguments, name) for name in ("queue", "channel", "team", "tag")}
    asked = arguments.day, Scope(0, 0, **narrower), arguments.csv
    print("\n".join(run(settings, lambda tx, policies: told.a_day(tx, policies.figures, *asked))))
    return 0


def forecast(arguments: argparse.Namespace, settings: Settings, run: Reading) -> int:
    from contactcenter.figures import told

    def to_come(tx: "Tx", policies: "Policies") -> list[str]:
        return told.to_come(tx, policies.figures, arguments.day, arguments.queue, policies.is_off)

    print("\n".join(run(settings, to_come)))
    return 0


def what_if(arguments: argparse.Namespace, settings: Settings) -> int:
    from contactcenter import whatif

    other = load(Path(arguments.other), for_providers=False) if arguments.other else None
    listing = Path(arguments.csv) if arguments.csv else None
    of = arguments.agents, arguments.capacity, arguments.rows, listing, tuple(arguments.shift)
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
