"""`contactcenter verify`: is what is kept what was written?

Walks every customer's chain of events, holds the texts of messages against the digests in it, and recounts the
figures. Called by `cli`; changes nothing. The chain has no key: whoever may write the database and recomputes all of it
is not found out by it alone. Keep the last digests elsewhere (`GET /customers/N/history`) where that matters.
"""

import sys
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import exists, select

from contactcenter import app
from contactcenter.crm import history
from contactcenter.crm.queries import EVENTS_AFTER, customer, event
from contactcenter.figures import queues as figures
from contactcenter.figures import recount
from contactcenter.flow.queries import message, ticket
from contactcenter.model.columns import bind
from contactcenter.model.tickets import LIVE_STATUSES
from contactcenter.ports import Tx
from contactcenter.settings import Settings
from contactcenter.storage import migrate

CUSTOMERS = 200  # chains in one read
EVENTS = 1_000
SHOWN = 20  # faults of figures

NEXT_CUSTOMERS = select(customer.c.id).where(customer.c.id > bind("after")).order_by(customer.c.id).limit(CUSTOMERS)
ORPHANS = select(event.c.customer_id).where(~exists().where(customer.c.id == event.c.customer_id)).distinct().limit(100)
MESSAGES_OF = (
    select(message.c.id, message.c.text)
    .join(ticket, ticket.c.id == message.c.ticket_id)
    .where(ticket.c.customer_id == bind("customer"))
    .order_by(message.c.id)
)


async def verify_all(settings: Settings, *, progress: bool) -> list[str]:
    """Every fault found, in words."""
    location = app.location_of(settings)
    migrate.require(location)
    async with app.opened_store(settings, location, app.SystemClock()) as store:
        broken = await store.read(_compare_figures) + await store.read(_find_orphans)
        broken += _few(await store.read(recount.compare))
        after = checked = 0
        while rows := await store.read(lambda tx, after=after: tx.all(NEXT_CUSTOMERS, after=after)):  # type: ignore[misc]
            after = rows[-1].id
            broken += await store.read(_check, [row.id for row in rows])
            checked += len(rows)
            if progress:
                print(f"\r{checked} customers checked", end="", file=sys.stderr, flush=True)
        if progress:
            print(file=sys.stderr)
        return broken


def _few(wrong: list[str]) -> list[str]:
    """What is wrong with the tallies: the first of them, and what can be done about all."""
    more = f"{len(wrong)} tallies are not as the history has them, of which these are the first"
    remedy = "contactcenter figures backfill adds what is missing, as for tickets that are older than the figures"
    return [f"{more}; {remedy}", *wrong[:SHOWN]] if len(wrong) > SHOWN else [*wrong, *([remedy] if wrong else [])]


def _check(tx: Tx, customers: list[int]) -> list[str]:
    broken: list[str] = []
    for number in customers:
        events = _events(tx, number)
        fault = history.verify(events)
        if fault is not None:
            broken.append(f"customer {number}, event {fault.position}: {fault.reason}")
        broken += _compare_texts(tx, number, events)
    return broken


def _events(tx: Tx, customer_id: int) -> list[Any]:
    events: list[Any] = []
    while rows := tx.all(EVENTS_AFTER, customer=customer_id, after=len(events), limit=EVENTS):
        events += rows
        if len(rows) < EVENTS:
            break
    return events


def _compare_texts(tx: Tx, customer_id: int, events: Iterable[Any]) -> list[str]:
    """Each message has an event that knows its text, and each such event its message."""
    known = _digests(events)
    broken = []
    for row in tx.all(MESSAGES_OF, customer=customer_id):
        if row.id not in known:
            broken.append(f"customer {customer_id}, message {row.id}: no event knows it")
        elif history.text_digest(row.text) != known.pop(row.id):
            broken.append(f"customer {customer_id}, message {row.id}: its text was altered")
    return broken + [f"customer {customer_id}, message {number}: it is gone" for number in known]


def _digests(events: Iterable[Any]) -> dict[int, str]:
    """What the history last knew of each message's text."""
    known: dict[int, str] = {}
    for row in events:
        if row.kind not in ("MessageReceived", "ReplyQueued", "MessageEdited", "MessageDeleted", "AlbumGrew"):
            continue
        payload = msgspec.json.decode(row.payload or "{}")
        if "message" not in payload:
            continue  # erased: `history.verify` has seen to the chain
        deleted = row.kind == "MessageDeleted"
        known[payload["message"]] = history.text_digest("") if deleted else payload["text_sha256"]
    return known


def _find_orphans(tx: Tx) -> list[str]:
    return [f"customer {row.customer_id} is gone, their events are not" for row in tx.all(ORPHANS)]


def _compare_figures(tx: Tx) -> list[str]:
    counted = figures.recount(tx)
    by_queue = figures.by_queue(tx)
    kept = {(queue, status): number for queue, counts in by_queue.items() for status, number in counts.items()}
    live = {key: number for key, number in counted.items() if key[1] in LIVE_STATUSES}
    return [
        f"queue {queue}, {status}: the counter says {kept.get((queue, status), 0)}, "
        f"a recount {live.get((queue, status), 0)}"
        for queue, status in sorted(kept.keys() | live.keys())
        if kept.get((queue, status), 0) != live.get((queue, status), 0)
    ]
