"""Store first, acknowledge after: the only door for what comes in.

Before it: a channel's `run`, whose `accept` ends here. After it: flow/inbound, in the same transaction where the
medium is cheap to parse, else by the inbox loop. An event is new once under (channel, external id); a repeat is
answered like the first.
"""

import json
from typing import Any

from contactcenter.channels.protocol import Accepted
from contactcenter.flow import inbound, ledger, queries
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.columns import SECOND
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.ports import Tx


def receive(tx: Tx, policies: Policies, raw: RawEvent) -> Accepted:
    """Keep the event; raises StoreUnavailable when it could not be kept."""
    way = policies.way(raw.channel)
    at_once = way.channel.capabilities.parses_at_once
    row = tx.one(
        queries.RECEIVE,
        stream=raw.stream,
        state="done" if at_once else "due",
        due_at=tx.now,
        attempts=0,
        owner="",
        error="",
        created_at=tx.now,
        channel=raw.channel,
        external_id=raw.external_id,
        payload=raw.payload,
        file=raw.file,
        envelope=json.dumps(dict(raw.envelope)) if raw.envelope else "",
    )
    if row is None:
        return _repeated(tx, raw)
    if row.state == "due":  # not cheap to parse, or an older one of its stream is not done yet
        tx.wake("inbox")
        return Accepted(row.id, new=True)
    return _short_cut(tx, policies, way, raw, row)


def _short_cut(tx: Tx, policies: Policies, way: Way, raw: RawEvent, row: Any) -> Accepted:
    """Take it in now; if that raises, it stays due with the reason and is acknowledged all the same."""
    try:
        with tx.savepoint():
            seq = inbound.take_in(tx, policies, way, row.id, way.channel.parse(raw))
    except StoreUnavailable:
        raise
    except Exception as error:
        again = tx.now + int(ledger.inbox.backoff[0] * SECOND)
        tx.run(queries.POSTPONE, row=row.id, again=again, trouble=ledger.explain(error))
        tx.wake("inbox")
        return Accepted(row.id, new=True)
    return Accepted(row.id, new=True, seq=seq)


def _repeated(tx: Tx, raw: RawEvent) -> Accepted:
    first = tx.one(queries.FIRST_RECEIVED, channel=raw.channel, external_id=raw.external_id)
    seq = tx.one(queries.SEQ_OF_RECEIVED, inbox=first.id).seq
    return Accepted(first.id, new=False, seq=seq or 0)
