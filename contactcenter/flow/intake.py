"""Store first, acknowledge after: the only door for what comes in.

Before it: a channel's `run`, whose `accept` ends here. After it: flow/inbound, in the same transaction where the
medium is cheap to parse, else by the inbox loop. An event is new once under (channel, external id); a repeat is
answered like the first.
"""

import json

from contactcenter.channels.protocol import Accepted
from contactcenter.flow import inbound, ledger, queries
from contactcenter.flow.policies import Policies
from contactcenter.model.values import RawEvent
from contactcenter.ports import Tx


def receive(tx: Tx, policies: Policies, raw: RawEvent) -> Accepted:
    """Keep the event, and take it in at once where that is cheap. What inbound raises undoes both: see `keep`."""
    way = policies.way(raw.channel)
    at_once = way.channel.capabilities.parses_at_once
    row = tx.one(queries.RECEIVE, **_values(raw, "done" if at_once else "due", tx.now))
    if row is None:
        return _repeated(tx, raw)
    if row.state == "due":  # not cheap to parse, or an older one of its stream is not done yet
        tx.wake("inbox")
        return Accepted(row.id, new=True)
    seq = inbound.take_in(tx, policies, way, row.id, way.channel.parse(raw))
    return Accepted(row.id, new=True, seq=seq)


def keep(tx: Tx, raw: RawEvent, error: Exception) -> Accepted:
    """Keep an event that `receive` could not take in; it is acknowledged, and tried again like any other."""
    row = tx.one(queries.RECEIVE, **_values(raw, "due", tx.now))
    if row is None:
        return _repeated(tx, raw)
    if row.state == "due":
        ledger.inbox.fail(tx, row.id, 0, error, tried=1)
    return Accepted(row.id, new=True)


def _values(raw: RawEvent, state: str, now: int) -> dict[str, object]:
    return {
        "stream": raw.stream,
        "state": state,
        "due_at": now,
        "attempts": 0,
        "owner": "",
        "error": "",
        "created_at": now,
        "channel": raw.channel,
        "external_id": raw.external_id,
        "payload": raw.payload,
        "file": raw.file,
        "envelope": json.dumps(dict(raw.envelope)) if raw.envelope else "",
    }


def _repeated(tx: Tx, raw: RawEvent) -> Accepted:
    first = tx.one(queries.FIRST_RECEIVED, channel=raw.channel, external_id=raw.external_id)
    seq = tx.one(queries.SEQ_OF_RECEIVED, inbox=first.id).seq
    return Accepted(first.id, new=False, seq=seq or 0)
