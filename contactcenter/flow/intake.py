"""Store first, acknowledge after: the only door for what comes in.

Before it: a channel's `run`, whose `accept` ends here. After it: flow/inbound, in the same transaction where the
medium is cheap to parse, else by the inbox loop. An event is new once under (channel, external id); a repeat is
answered like the first.
"""

import json

from sqlalchemy import select

from contactcenter.channels.protocol import Accepted
from contactcenter.flow import inbound, ledger
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.queries import conversation, inbox, message
from contactcenter.model.columns import BLANK, NULL, ZERO, adding_new, bind, word
from contactcenter.model.values import Chosen, Inbound, RawEvent
from contactcenter.ports import Tx

# An event is due at once when its stream is held up by an older one.
HELD_UP = (
    select(inbox.c.id).where(inbox.c.stream == bind("stream"), inbox.c.state.in_([word("due"), word("taken")])).limit(1)
)
RECEIVE = adding_new(inbox, "channel", "external_id", attempts=ZERO, owner=BLANK, error=BLANK, told_of=NULL)
FIRST_RECEIVED = select(inbox.c.id).where(
    inbox.c.channel == bind("channel"), inbox.c.external_id == bind("external_id")
)
SEQ_OF_RECEIVED = (
    select(message.c.seq)
    .join(conversation, conversation.c.id == message.c.conversation_id)
    .where(
        conversation.c.channel == bind("channel"),
        conversation.c.key == bind("key"),
        message.c.inbox_id == bind("inbox"),
    )
    .order_by(message.c.seq.desc())
    .limit(1)
)


def receive(tx: Tx, policies: Policies, raw: RawEvent) -> Accepted:
    """Keep the event, and take it in at once where that is cheap. What inbound raises undoes both: see `keep`."""
    way = policies.way(raw.channel)
    cheap = way.channel.capabilities.parses_at_once and not raw.file
    at_once = cheap and tx.one(HELD_UP, stream=raw.stream) is None
    inbox_id = _store(tx, raw, "done" if at_once else "due")
    if not inbox_id:
        return _repeated(tx, way, raw)
    if not at_once:  # not cheap to parse, or an older one of its stream is not done yet
        tx.wake("inbox")
        return Accepted(inbox_id, new=True)
    return Accepted(inbox_id, new=True, seq=inbound.take_in(tx, policies, way, inbox_id, way.channel.parse(raw)))


def keep(tx: Tx, raw: RawEvent, error: Exception) -> Accepted:
    """Keep an event that `receive` could not take in; it is acknowledged, and tried again like any other."""
    inbox_id = _store(tx, raw, "due")
    if not inbox_id:
        return Accepted(_first(tx, raw), new=False)  # without its seq: what cannot be parsed has none
    ledger.inbox.fail(tx, inbox_id, 0, error, tried=1)
    return Accepted(inbox_id, new=True)


def _store(tx: Tx, raw: RawEvent, state: str) -> int:
    """The number of its row; 0 when it is there already."""
    return tx.add(
        RECEIVE,
        stream=raw.stream,
        state=state,
        due_at=tx.now,
        created_at=tx.now,
        channel=raw.channel,
        external_id=raw.external_id,
        payload=bytearray(raw.payload),  # as in crm/history.record
        file=raw.file,
        envelope=json.dumps(dict(raw.envelope)) if raw.envelope else "",
    )


def _repeated(tx: Tx, way: Way, raw: RawEvent) -> Accepted:
    """The first answer again; its seq where the medium is told one."""
    first = _first(tx, raw)
    if not way.channel.capabilities.parses_at_once:
        return Accepted(first, new=False)
    for said in way.channel.parse(raw):
        if isinstance(said, Inbound | Chosen):
            row = tx.one(SEQ_OF_RECEIVED, channel=raw.channel, key=said.conversation, inbox=first)
            return Accepted(first, new=False, seq=row.seq if row else 0)
    return Accepted(first, new=False)


def _first(tx: Tx, raw: RawEvent) -> int:
    return int(tx.one(FIRST_RECEIVED, channel=raw.channel, external_id=raw.external_id).id)
