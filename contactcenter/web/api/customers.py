"""Customers and their history."""

from typing import Any

import msgspec

from contactcenter.crm import queries
from contactcenter.flow import actions
from contactcenter.flow.doors import DOORS_CLOSED
from contactcenter.flow.queries import SUPPRESSED
from contactcenter.flow.views import iso, iso_or_none
from contactcenter.model.values import NotFound
from contactcenter.ports import Tx
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import Call

PAGE = 100


def get_customer(tx: Tx, call: Call) -> bodies.CustomerView:
    row = _existing(tx, call)
    identities = [_identity(tx, item) for item in tx.all(queries.IDENTITIES_OF, customer=row.id)]
    claims = [
        bodies.ClaimView(item.kind, item.value, iso(item.claimed_at))
        for item in tx.all(queries.CLAIMS_OF, customer=row.id)
    ]
    return bodies.CustomerView(row.id, row.name, iso(row.created_at), identities, claims)


def customer_history(tx: Tx, call: Call) -> bodies.Events:
    row = _existing(tx, call)
    rows = tx.all(queries.EVENTS_AFTER, customer=row.id, after=int(call.query.get("after", 0)), limit=PAGE + 1)
    following = str(rows[PAGE - 1].position) if len(rows) > PAGE else None
    return bodies.Events([event_view(event) for event in rows[:PAGE]], following)


def event_view(row: Any) -> bodies.EventView:
    """From a row of Event."""
    return bodies.EventView(
        customer=row.customer_id,
        position=row.position,
        kind=row.kind,
        at=iso(row.at),
        actor=row.actor,
        ticket=row.ticket_id,
        payload=None if row.payload is None else msgspec.json.decode(row.payload),
        digest=bytes(row.digest).hex(),
    )


def lift_suppression(tx: Tx, call: Call) -> None:
    actions.lift_suppression(tx, call.caller, _existing(tx, call).id)


def _identity(tx: Tx, row: Any) -> bodies.IdentityView:
    suppressed = tx.one(SUPPRESSED, kind=row.kind, whom=row.address)
    doors = [f"{shut.channel}: {shut.unreachable}" for shut in tx.all(DOORS_CLOSED, identity=row.id)]
    return bodies.IdentityView(
        kind=row.kind,
        address=row.display or row.address,
        proven_at=iso_or_none(row.proven_at),
        method=row.method,
        suppressed=None if suppressed is None else suppressed.reason,
        unreachable="; ".join(dict.fromkeys(doors)) or None,
    )


def _existing(tx: Tx, call: Call) -> Any:
    row = tx.one(queries.FIND_CUSTOMER, id=int(call.path["id"]))
    if row is None:
        raise NotFound(f"there is no customer {call.path['id']}")
    return row
