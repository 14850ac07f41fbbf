"""The options of commands that have many: what they are called and what they mean.

Given to `cli` for its parser, and read by the module that is the command. Imports nothing of the program: `--help` must
not wait for it.
"""

import argparse


def of_evaluate(command: argparse.ArgumentParser) -> None:
    """Read by contactcenter/evaluate.py."""
    command.add_argument("--folder", metavar="FOLDER", help="the changed articles; those of the settings when left out")
    command.add_argument("--precision", type=float, help="another precision, such as 0.9")
    command.add_argument("--days", type=float, default=90, help="how far back; 90 when left out")
    command.add_argument(
        "--most", type=int, default=5_000, help="at most so many tickets, the newest; 5000 when left out"
    )
    command.add_argument("--at-least", type=float, metavar="SHARE", help="end with 1 where a smaller share is right")
    command.add_argument("--json", action="store_true", help="all of it for programs, every changed ticket")
    command.add_argument("--quiet", action="store_true", help="no progress")


def of_learn(command: argparse.ArgumentParser) -> None:
    """Read by contactcenter/learn.py."""
    command.add_argument("--days", type=float, default=90, help="how far back; 90 when left out")
    command.add_argument("--most", type=int, default=100_000, help="at most so many tickets; 100000 when left out")
    command.add_argument("--quiet", action="store_true", help="no progress")
