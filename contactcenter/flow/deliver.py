"""Get one message out: begin, the worker awaits channel.send, settle.

Before it: flow/outbound filled the outbox. After it: the provider, whose receipts come back by intake. `begin` claims
in one transaction and `settle` closes in another; in between nobody holds a transaction. Refuses to repeat silently
what may have arrived: that is `unknown` and shown to the agent.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from contactcenter.channels.protocol import Finds
from contactcenter.crm import history
from contactcenter.crm.queries import IDENTITY_BY_ID
from contactcenter.flow import ledger, live, queries
from contactcenter.flow.policies import Policies
from contactcenter.model.history import DeliverySettled
from contactcenter.model.values import Outbound, Receipt, RetryLater, Source, Undeliverable, Unknown
from contactcenter.ports import Tx


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed outbox row and the message it names."""

    row: int
    number: int
    channel: str
    uncertain: bool
    message: Outbound


Outcome = Receipt | Exception
"""What `channel.send` answered or raised."""


def any_due(tx: Tx, channel: str) -> bool:
    """Is there anything to send? Asked before `begin`, so that an idle desk writes nothing."""
    return bool(ledger.outbox.due_heads(tx, 1, shard=channel))


def begin(tx: Tx, worker: str, channel: str, limit: int = 50) -> list[Attempt]:
    """Claim what is due on a channel this process sends for, oldest of each conversation first."""
    claimed: list[Attempt] = []
    for head in ledger.outbox.due_heads(tx, limit, shard=channel):
        row = ledger.outbox.take(tx, head.id, worker)
        if row is not None:
            tx.run(queries.SET_DELIVERY, row=row.message_id, becomes="sending", why="")
            message = _outbound(tx, row.message_id)
            claimed.append(Attempt(row.id, row.attempts, channel, bool(row.uncertain), message))
    return claimed


def settle(tx: Tx, policies: Policies, attempt: Attempt, outcome: Outcome) -> str:
    """Write down what became of an attempt; the delivery state. Raises Conflict when the claim was lost meanwhile."""
    match outcome:
        case Receipt(external_id=external_id, delivered=delivered):
            return _sent(tx, attempt, external_id, "delivered" if delivered else "sent")
        case Unknown():
            ledger.outbox.finish(tx, attempt.row, attempt.number)
            return _became(tx, attempt, "unknown", str(outcome))
        case Undeliverable() | RetryLater():
            return _again(tx, attempt, outcome)
        case _ if _repeats_safely(policies, attempt.channel):
            return _again(tx, attempt, outcome)
        case _:  # a fault of ours, at a point nobody foresaw: it may have left
            ledger.outbox.finish(tx, attempt.row, attempt.number)
            return _became(tx, attempt, "unknown", f"{type(outcome).__name__}: {outcome}")


def settle_orphan(tx: Tx, policies: Policies, row: Any) -> None:
    """An outbox row whose worker died while sending: repeat where that is safe or can be asked, else it is unknown."""
    way = policies.ways.get(row.channel)
    if _repeats_safely(policies, row.channel) or (way is not None and isinstance(way.channel, Finds)):
        tx.run(queries.MARK_UNCERTAIN, row=row.id)
        ledger.outbox.release(tx, row.id, row.attempts, tx.now)
        tx.run(queries.SET_DELIVERY, row=row.message_id, becomes="due", why="")
        tx.wake("outbox")
    else:
        attempt = Attempt(row.id, row.attempts, row.channel, True, _outbound(tx, row.message_id))
        settle(tx, policies, attempt, Unknown("the process that was sending it stopped before the provider answered"))


def _repeats_safely(policies: Policies, channel: str) -> bool:
    way = policies.ways.get(channel)
    return way is not None and way.channel.capabilities.idempotent_sends


def _sent(tx: Tx, attempt: Attempt, external_id: str, delivery: str) -> str:
    ledger.outbox.finish(tx, attempt.row, attempt.number)
    called = external_id or attempt.message.external_id
    tx.run(queries.SETTLE_MESSAGE, row=attempt.message.message_id, becomes=delivery, why="", called=called)
    return _became(tx, attempt, delivery, "")


def _again(tx: Tx, attempt: Attempt, error: Exception) -> str:
    """Refused: keep it for the next attempt, or among the buried when it was refused for good or too often."""
    after = error.after if isinstance(error, RetryLater) else None
    buried = ledger.outbox.fail(tx, attempt.row, attempt.number, error, tried=attempt.number, after=after)
    return _became(tx, attempt, "buried" if buried else "due", str(error) or type(error).__name__)


def _became(tx: Tx, attempt: Attempt, delivery: str, reason: str) -> str:
    message = attempt.message.message_id
    tx.run(queries.SET_DELIVERY, row=message, becomes=delivery, why=reason)
    ticket = tx.one(queries.TICKET_OF_MESSAGE, message=message)
    fact = DeliverySettled(message, delivery, attempt.number, reason)
    history.record(tx, ticket.customer_id, "system", fact, ticket.id)
    live.delivery_changed(tx, ticket.id, ticket.assignee_id, message, delivery, reason)
    return delivery


def _outbound(tx: Tx, message_id: int) -> Outbound:
    message = tx.one(queries.MESSAGE_BY_ID, id=message_id)
    conversation = tx.one(queries.CONVERSATION, id=message.conversation_id)
    identity = tx.one(IDENTITY_BY_ID, id=conversation.identity_id)
    return Outbound(
        message_id=message.id,
        conversation=conversation.key,
        address=identity.display or identity.address,
        author=message.author,
        author_name=message.author_name,
        text=message.text,
        seq=message.seq,
        created_at=message.created_at,
        subject=conversation.subject,
        external_id=message.external_id,
        references=_references(tx, conversation.id, message.seq),
        source=msgspec.json.decode(message.source, type=Source) if message.source else None,
    )


def _references(tx: Tx, conversation: int, before: int) -> tuple[str, ...]:
    """Ids of the thread so far, oldest first: the first and the last twenty, as RFC 5322 3.6.4 lets the middle go."""
    last = [row.external_id for row in tx.all(queries.REFERENCES, conversation=conversation, before=before)]
    if not last:
        return ()
    first = tx.one(queries.FIRST_REFERENCE, conversation=conversation).external_id
    ordered = last[::-1]
    return tuple(ordered if first in ordered else [first, *ordered])
