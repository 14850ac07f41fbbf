"""What the documents point at is there, and what they tell people to type works."""

import argparse
import re
import subprocess
from pathlib import Path

import pytest

from contactcenter.cli import parser

ROOT = Path(__file__).parents[2]
PAGES = sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")})
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^(?: {4}|\$ )(.+)$|`([^`\n]+)`", re.MULTILINE)


def commands(page: Path, program: str) -> list[list[str]]:
    """What a page tells people to type after the name of a program, word by word."""
    spans = [first or second for first, second in CODE.findall(page.read_text(encoding="utf-8"))]
    typed = [part.split("#")[0] for span in spans for part in re.split(r"&&|;", span)]
    return [part.split()[1:] for part in typed if part.split()[:1] == [program] and "usage:" not in part]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    targets = LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL))
    inside = [
        target.partition("#")[0] for target in targets if "://" not in target and not target.startswith("mailto:")
    ]
    assert [target for target in inside if target and not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_is_named_exists(page: Path) -> None:
    for words in commands(page, "contactcenter"):
        _walk(parser(), words)


def _walk(known: argparse.ArgumentParser, words: list[str]) -> None:
    """Follow the words through the commands; options must be known where they are given."""
    while words:
        word, *words = words
        choices = next((a.choices for a in known._actions if isinstance(a, argparse._SubParsersAction)), {})
        if word.startswith("--"):
            assert word.split("=")[0] in known._option_string_actions, f"{known.prog} has no option {word}"
        elif choices and word.islower():
            assert word in choices, f"{known.prog} has no command {word}"
            known = choices[word]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_target_of_make_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {words[0] for words in commands(page, "make") if words}
    assert named - targets == set()


def test_the_page_of_commands_tells_of_every_command() -> None:
    text = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^## contactcenter (.+)$", text, re.MULTILINE))
    assert told == set(_names(parser()))


def _names(known: argparse.ArgumentParser, path: str = "") -> list[str]:
    found = []
    for action in known._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                found += [f"{path} {name}".strip(), *_names(child, f"{path} {name}".strip())]
    return found


def test_nothing_that_is_committed_speaks_of_one_machine() -> None:
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    machine = re.compile("/" + "work/|/" + "root/|/" + "tmp/brief")
    found = []
    for name in filter(None, names):
        file = ROOT / name
        if file.is_file() and machine.search(file.read_text(encoding="utf-8", errors="replace")):
            found.append(name)
    assert found == []
