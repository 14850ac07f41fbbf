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


def of_import(command: argparse.ArgumentParser) -> None:
    """Read by contactcenter/knowing.py."""
    command.add_argument("what", help="a folder, a file (.csv, .md, .html, .pdf), or the address of a site's sitemap")
    command.add_argument("--language", default="en", help="of articles that do not say; en when left out")
    command.add_argument("--audience", default="public", choices=("public", "agents"), help="public when left out")
    command.add_argument("--private", action="store_true", help="the site may be in our own network")


def of_demo(command: argparse.ArgumentParser) -> None:
    """Read by contactcenter/demo."""
    command.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    command.add_argument("--keep", metavar="FOLDER", help="keep the data here; thrown away at the end when left out")
    command.add_argument("--seconds", type=float, default=0, help="end after so long; 0 runs until Ctrl+C")


def of_rules_try(command: argparse.ArgumentParser) -> None:
    """Read by contactcenter/rehearse.py."""
    command.add_argument("--days", type=float, default=30, help="how far back; 30 when left out")
    command.add_argument("--csv", metavar="FILE", help="write a line for each ticket there")
    command.add_argument("--quiet", action="store_true", help="no progress")
