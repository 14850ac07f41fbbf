"""The tree is the one the tour walks through: one room per thing, each saying what it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("model", "channels", "crm", "knowledge", "routing", "figures", "flow", "storage", "bus", "web")
FORBIDDEN = ("Manager", "Helper", "Util", "Service", "Handler")


def nodes(folder: str) -> Iterator[ast.AST]:
    """All there is in the Python files of a folder."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_there_and_says_what_it_is(room: str) -> None:
    text = (ROOT / "contactcenter" / room / "__init__.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))


def test_classes_are_the_nouns_of_the_field() -> None:
    classes = [node for node in nodes("contactcenter") if isinstance(node, ast.ClassDef)]
    assert [node.name for node in classes if node.name.endswith(FORBIDDEN)] == []
    assert len(classes) > 50


def test_a_test_is_a_sentence() -> None:
    functions = [node.name for node in nodes("tests") if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    sentences = [name for name in functions if name.startswith("test_")]
    assert [name for name in sentences if len(name.split("_")) < 4] == []
    assert len(sentences) > 100


def test_no_test_sleeps_or_patches() -> None:
    forbidden = re.compile(r"sleep\((?!0\))|monkeypatch\.setattr|\bmock\.patch")
    found = {
        file.name: match[0]
        for file in sorted((ROOT / "tests").rglob("*.py"))
        if file.name not in ("desk.py", "test_layout.py")  # desk: `eventually` asks again until a deadline
        for match in forbidden.finditer(file.read_text(encoding="utf-8"))
    }
    assert found == {}
