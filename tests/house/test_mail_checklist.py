"""Every promise of the mail channel is held by a test, and docs/reference/email.md says by which."""

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROWS = range(1, 71)

# What is really missing, of a row or of all of it. A row that has no test stands here, and in no other way.
LEFT_OUT: dict[int, str] = {
    16: "login at our own door: it takes mail for its own mailbox alone, and passes none on",
    59: "no link in a survey declines the next one; nobody is asked twice within a day",
}


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "document_mail_checklist"))


def test_every_promise_is_held_by_a_test_or_left_out_for_a_reason(tool: dict[str, Any]) -> None:
    held = tool["held"]()
    assert [row for row in ROWS if row not in held and row not in LEFT_OUT] == []
    assert [row for row in (*held, *LEFT_OUT) if row not in ROWS] == []


def test_every_promise_has_a_sentence(tool: dict[str, Any]) -> None:
    promises = tool["PROMISES"]
    assert (len(promises), len(set(promises))) == (len(ROWS), len(ROWS))
    assert [promise for promise in promises if not promise.endswith(".")] == []


@pytest.mark.parametrize(
    ("docstring", "rows"),
    [
        ("Checklist 12.", {12}),
        ("Checklist 34, 51: found by either.", {34, 51}),
        ("Checklist 18-20 and 22.", {18, 19, 20, 22}),
        ("Of a checklist, 3 things.", set()),
    ],
)
def test_a_docstring_names_promises_by_number(tool: dict[str, Any], docstring: str, rows: set[int]) -> None:
    assert tool["rows"](docstring) == rows


def test_the_page_of_promises_is_current(tool: dict[str, Any]) -> None:
    written = (ROOT / "docs" / "reference" / "email.md").read_text(encoding="utf-8")
    assert written == tool["document"](), "make docs"
