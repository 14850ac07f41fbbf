"""One word, one meaning: every table and every status word is in the glossary."""

import re
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from contactcenter.flow.actions import PRESENCES
from contactcenter.model import desk, history, knowledge, ledgers, people, proposals, tickets

GLOSSARY = (Path(__file__).parents[2] / "docs/glossary.md").read_text(encoding="utf-8")
DELIVERIES = ("due", "sending", "sent", "delivered", "read", "unknown", "buried")
OFFERS = ("open", "accepted", "declined", "expired", "withdrawn")
TABLES = sorted(
    name
    for module in (desk, history, knowledge, ledgers, people, proposals, tickets)
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, SQLModel) and hasattr(model, "__table__")
)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_a_word_of_the_glossary(table: str) -> None:
    assert f"| **{table}** |" in GLOSSARY


@pytest.mark.parametrize(
    "word", sorted({*tickets.STATUSES, *DELIVERIES, *OFFERS, *PRESENCES, *proposals.PROPOSAL_STATES})
)
def test_every_word_for_a_state_is_in_the_glossary(word: str) -> None:
    assert re.search(rf"\b{word}\b", GLOSSARY)


def test_a_word_has_one_row() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, re.MULTILINE)
    assert sorted(words) == sorted(set(words))
    assert len(words) > 20
