"""Append to a customer's history, and check that nobody has altered it.

Everything that happens calls `record`, in the transaction in which it happens. Refuses nothing but a gap: two writers
at one position collide on the primary key and the later one runs again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Any

import msgspec

from contactcenter.crm import queries
from contactcenter.model.history import Fact
from contactcenter.ports import Tx

GENESIS = bytes(32)
_NUMBERS = Struct(">qqqq")  # customer, position, instant, ticket: what a digest covers besides kind, actor and payload

_encode = msgspec.json.Encoder().encode


def record(tx: Tx, customer: int, actor: str, fact: Fact, ticket: int | None = None) -> None:
    """One more event on the customer's chain. `actor`: customer, assistant, router, system or agent:<id>."""
    last, previous = tx.known.get(customer) or _tail(tx, customer)
    position = last + 1
    kind = type(fact).__name__
    payload = _encode(fact)
    payload_digest = sha256(payload).digest()
    digest = _link(previous, customer, position, kind, tx.now, actor, ticket, payload_digest)
    tx.run(
        queries.ADD_EVENT,
        customer_id=customer,
        position=position,
        kind=kind,
        at=tx.now,
        actor=actor,
        ticket_id=ticket,
        payload=payload.decode(),
        # sqlite3 looks for an adapter for bytes, which costs more than binding them, and not for a bytearray.
        payload_digest=bytearray(payload_digest),
        previous=bytearray(previous),
        digest=bytearray(digest),
    )
    tx.known[customer] = (position, digest)


def begin(tx: Tx, customer: int) -> None:
    """A customer who was made in this transaction has no events yet: nobody needs to look for the last."""
    tx.known[customer] = (0, GENESIS)


def _tail(tx: Tx, customer: int) -> tuple[int, bytes]:
    """Position and digest of the last event."""
    last = tx.one(queries.LAST_EVENT, customer=customer)
    return (0, GENESIS) if last is None else (last.position, bytes(last.digest))


def text_digest(text: str) -> str:
    """What an event keeps of a text, so that the text itself can be erased."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain stops being what was written."""

    position: int
    reason: str


def verify(rows: Iterable[Any]) -> Break | None:
    """Walk one customer's events in order of position; None when every link holds."""
    previous, expected = GENESIS, 1
    for row in rows:
        if row.position != expected:
            return Break(expected, "an event is missing")
        if bytes(row.previous) != previous:
            return Break(row.position, "the event before it was replaced")
        if row.payload is not None and sha256(row.payload.encode()).digest() != bytes(row.payload_digest):
            return Break(row.position, "its payload was altered")
        previous = _link(
            previous,
            row.customer_id,
            row.position,
            row.kind,
            row.at,
            row.actor,
            row.ticket_id,
            bytes(row.payload_digest),
        )
        if bytes(row.digest) != previous:
            return Break(row.position, "it was altered")
        expected += 1
    return None


def _link(
    previous: bytes,
    customer: int,
    position: int,
    kind: str,
    at: int,
    actor: str,
    ticket: int | None,
    payload_digest: bytes,
) -> bytes:
    head = _NUMBERS.pack(customer, position, at, ticket or 0)
    return sha256(previous + head + f"{kind}\n{actor}\n".encode() + payload_digest).digest()
