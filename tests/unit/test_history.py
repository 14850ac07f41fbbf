"""A customer's chain of events: what was altered, removed or replaced shows; what was erased does not break it."""

import contextlib
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.crm.history import Break, record, text_digest, verify
from contactcenter.crm.queries import EVENTS_AFTER
from contactcenter.model.history import CustomerCreated, NoteWritten, StatusChanged
from contactcenter.ports import Tx
from tests.desk import QuietDesk


class Row(NamedTuple):
    """An event that a test may alter."""

    customer_id: int
    position: int
    kind: str
    at: int
    actor: str
    ticket_id: int | None
    payload: str | None
    payload_digest: bytes
    previous: bytes
    digest: bytes


def chain(quiet: QuietDesk, events: int = 5) -> list[Row]:
    """A customer's events as they were written."""
    quiet.do(record, 1, "customer", CustomerCreated("try", 1, "loopback", ""))
    for number in range(2, events + 1):
        quiet.clock.forward(1)
        quiet.do(record, 1, "agent:1", NoteWritten(number), 7)
    rows = quiet.rows(EVENTS_AFTER, customer=1, after=0, limit=100)
    return [Row(*(getattr(row, name) for name in Row._fields)) for row in rows]


def test_what_was_written_verifies(quiet: QuietDesk) -> None:
    assert verify(chain(quiet)) is None
    assert verify([]) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payload": '{"note":9}'}, "its payload was altered"),
        ({"kind": "StatusChanged"}, "it was altered"),
        ({"at": 1}, "it was altered"),
        ({"actor": "agent:2"}, "it was altered"),
        ({"ticket_id": 8}, "it was altered"),
        ({"ticket_id": None}, "it was altered"),
        ({"customer_id": 2}, "it was altered"),
        ({"digest": bytes(32)}, "it was altered"),
        ({"previous": bytes(32)}, "the event before it was replaced"),
    ],
)
def test_an_altered_event_is_found(quiet: QuietDesk, change: dict[str, Any], reason: str) -> None:
    rows = chain(quiet)
    rows[2] = rows[2]._replace(**change)
    assert verify(rows) == Break(3, reason)


@pytest.mark.parametrize("gone", [0, 2])
def test_a_removed_event_is_found(quiet: QuietDesk, gone: int) -> None:
    rows = chain(quiet)
    del rows[gone]
    assert verify(rows) == Break(gone + 1, "an event is missing")


def test_a_removed_event_is_found_though_the_rest_was_renumbered(quiet: QuietDesk) -> None:
    rows = chain(quiet)
    del rows[2]
    rows[2:] = [row._replace(position=row.position - 1) for row in rows[2:]]
    assert verify(rows) == Break(3, "the event before it was replaced")


def test_an_event_replaced_by_a_whole_one_of_another_chain_is_found(quiet: QuietDesk) -> None:
    rows = chain(quiet)
    quiet.clock.forward(100)
    quiet.do(record, 2, "customer", CustomerCreated("try", 1, "loopback", ""))
    quiet.do(record, 2, "system", StatusChanged("open", "new", "why not"))
    other = quiet.rows(EVENTS_AFTER, customer=2, after=0, limit=9)
    rows[1] = Row(*(getattr(other[1], name) for name in Row._fields))
    assert verify(rows) == Break(2, "the event before it was replaced")


def test_an_erased_payload_keeps_the_chain(quiet: QuietDesk) -> None:
    rows = [row._replace(payload=None) for row in chain(quiet)]
    assert verify(rows) is None


@given(st.text())
def test_a_texts_digest_says_nothing_of_it(text: str) -> None:
    assert len(text_digest(text)) == 64
    assert text_digest(text) == text_digest(text)
    assert text_digest(text + "!") != text_digest(text)


def test_a_text_of_half_characters_has_a_digest_too() -> None:
    assert text_digest("\ud800") != text_digest("?")


def test_what_was_undone_leaves_no_gap_in_the_chain(quiet: QuietDesk) -> None:
    chain(quiet, events=2)

    def fails_half_way(tx: Tx) -> None:
        with contextlib.suppress(ZeroDivisionError), tx.savepoint():
            record(tx, 1, "agent:1", NoteWritten(3), 7)
            raise ZeroDivisionError
        record(tx, 1, "agent:1", NoteWritten(4), 7)
        record(tx, 1, "agent:1", NoteWritten(5), 7)

    quiet.do(fails_half_way)
    rows = quiet.rows(EVENTS_AFTER, customer=1, after=0, limit=100)
    assert verify(rows) is None
    assert [row.payload for row in rows[2:]] == ['{"note":4}', '{"note":5}']
