"""Get one message out: begin, the worker awaits channel.send, settle.

Before it: flow/outbound filled the outbox. After it: the provider, whose receipts come back by intake. `begin` claims
in one transaction and `settle` closes in another; in between nobody holds a transaction. Refuses to repeat silently
what may have arrived: that is `unknown` and shown to the agent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from contactcenter.channels.protocol import Finds
from contactcenter.crm.history import record
from contactcenter.crm.queries import IDENTITY_BY_ID
from contactcenter.flow import doors, folds, ledger, live, outbound, queries
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import read_choices
from contactcenter.model.columns import SECOND
from contactcenter.model.history import ChangeSettled, DeliverySettled, Fact
from contactcenter.model.values import (
    Attached,
    Outbound,
    Quoted,
    Receipt,
    RetryLater,
    Sender,
    Source,
    Undeliverable,
    Unknown,
    Unreachable,
    Unusable,
)
from contactcenter.ports import Tx

MENDED_WITHIN = 60.0  # seconds from a channel that works again to the messages that waited for it


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed outbox row and the message it names."""

    row: int
    number: int
    channel: str
    uncertain: bool
    message: Outbound
    verb: str = "send"  # or edit, delete: what was delivered before
    shut: bool = False  # the customer had closed the door to us


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
        if row is None:
            continue
        if row.verb == "send":
            tx.run(queries.SET_DELIVERY, row=row.message_id, becomes="sending", why="")
        elif _never_arrived(tx, row):
            ledger.outbox.finish(tx, row.id, row.attempts)
            continue
        claimed.append(_attempt(tx, row))
    return claimed


def settle(tx: Tx, policies: Policies, attempt: Attempt, outcome: Outcome) -> str:
    """Write down what became of an attempt; the delivery state. Raises Conflict when the claim was lost meanwhile."""
    if isinstance(outcome, Unreachable):
        doors.close(tx, policies, tx.one(queries.CONVERSATION, id=attempt.message.thread), str(outcome))
    elif attempt.shut and isinstance(outcome, Receipt):
        doors.open_again(tx, policies, tx.one(queries.CONVERSATION, id=attempt.message.thread))
    if attempt.verb != "send":
        return _change_settled(tx, policies, attempt, outcome)
    match outcome:
        case Receipt():
            return _sent(tx, policies, attempt, outcome)
        case Unknown():
            ledger.outbox.finish(tx, attempt.row, attempt.number)
            return _became(tx, policies, attempt, "unknown", str(outcome))
        case Undeliverable() | RetryLater():
            return _again(tx, policies, attempt, outcome)
        case _ if _repeats_safely(policies, attempt.channel):
            return _again(tx, policies, attempt, outcome)
        case _:  # a fault of ours, at a point nobody foresaw: it may have left
            ledger.outbox.finish(tx, attempt.row, attempt.number)
            return _became(tx, policies, attempt, "unknown", f"{type(outcome).__name__}: {outcome}")


def settle_orphan(tx: Tx, policies: Policies, row: Any) -> None:
    """An outbox row whose worker died while sending: repeat where that is safe or can be asked, else it is unknown."""
    if row.verb != "send":  # repeats safely
        ledger.outbox.release(tx, row.id, row.attempts, tx.now)
        tx.wake("outbox")
        return
    way = policies.ways.get(row.channel)
    if _repeats_safely(policies, row.channel) or (way is not None and isinstance(way.channel, Finds)):
        tx.run(queries.MARK_UNCERTAIN, row=row.id)
        ledger.outbox.release(tx, row.id, row.attempts, tx.now)
        tx.run(queries.SET_DELIVERY, row=row.message_id, becomes="due", why="")
        tx.wake("outbox")
    else:
        settle(
            tx,
            policies,
            _attempt(tx, row),
            Unknown("the process that was sending it stopped before the provider answered"),
        )


def _repeats_safely(policies: Policies, channel: str) -> bool:
    way = policies.ways.get(channel)
    return way is not None and way.channel.capabilities.idempotent_sends


def _never_arrived(tx: Tx, row: Any) -> bool:
    """Is there nothing at the provider's to change? What will be sent again says the new text by itself."""
    message = tx.one(queries.MESSAGE_BY_ID, id=row.message_id)
    if message.delivery == "buried" and message.deleted:
        tx.run(queries.SET_DELIVERY, row=message.id, becomes="withdrawn", why="")
    return message.delivery in ("buried", "unknown")


def _change_settled(tx: Tx, policies: Policies, attempt: Attempt, outcome: Outcome) -> str:
    """What became of a change: `edit` and `delete` repeat safely, so that a time-out is one more reason to try again.

    The message stays delivered, as far as it was; beside that people read why the customer still sees what it was.
    """
    message = tx.one(queries.MESSAGE_BY_ID, id=attempt.message.message_id)
    if isinstance(outcome, Receipt):
        ledger.outbox.finish(tx, attempt.row, attempt.number)
        if outcome.external_id not in ("", message.external_id):
            tx.run(queries.SET_CALLED, row=message.id, called=outcome.external_id)
        return _told(tx, policies, attempt, message.delivery, "")
    after = outcome.after if isinstance(outcome, RetryLater) else None
    buried = ledger.outbox.fail(tx, attempt.row, attempt.number, outcome, tried=attempt.number, after=after)
    reason = str(outcome) or type(outcome).__name__
    if buried:
        return _told(tx, policies, attempt, message.delivery, f"the customer was not shown the change: {reason}")
    waits = f"the customer is not shown the change yet: {reason}"
    return _told(tx, policies, attempt, message.delivery, waits, for_good=False)


def _told(tx: Tx, policies: Policies, attempt: Attempt, delivery: str, reason: str, *, for_good: bool = True) -> str:
    fact = ChangeSettled(attempt.message.message_id, attempt.verb, reason) if for_good else None
    return _shown(tx, policies, attempt, delivery, reason, fact)


def _sent(tx: Tx, policies: Policies, attempt: Attempt, receipt: Receipt) -> str:
    ledger.outbox.finish(tx, attempt.row, attempt.number)
    if receipt.external_id not in ("", attempt.message.external_id):
        tx.run(queries.SET_CALLED, row=attempt.message.message_id, called=receipt.external_id)
    return _became(tx, policies, attempt, "delivered" if receipt.delivered else "sent", receipt.remark)


def _again(tx: Tx, policies: Policies, attempt: Attempt, error: Exception) -> str:
    """Refused: keep it for the next attempt, or among the buried when it was refused for good or too often."""
    after = error.after if isinstance(error, RetryLater) else None
    tried, again = attempt.number, False
    if isinstance(error, Unusable):
        row = tx.one(queries.OUTBOX_OF, message=attempt.message.message_id)
        again = row.error == ledger.explain(error)
        after, tried = _until_mended(tx, row, after)
    buried = ledger.outbox.fail(tx, attempt.row, attempt.number, error, tried=tried, after=after)
    reason = str(error) or type(error).__name__
    state = "buried" if buried else "due"
    became = _became(tx, policies, attempt, state, reason, news=buried or not again)
    if buried:
        ticket = tx.one(queries.TICKET_OF_MESSAGE, message=attempt.message.message_id)  # it may have moved meanwhile
        outbound.reopen_unanswered(tx, policies, ticket.id, reason)
    return became


def _until_mended(tx: Tx, row: Any, after: float | None) -> tuple[float, int]:
    """The channel fails, not the message: it is tried every minute, so that it leaves once the channel is mended, and
    given up when it is as old as one that was refused too often. Seconds to wait, and the attempts that count."""
    backoff = ledger.outbox.backoff
    tried = min(row.attempts, len(backoff))
    wait = min(backoff[tried - 1], MENDED_WITHIN) if after is None else after
    return wait, len(backoff) + 1 if row.created_at + int(sum(backoff) * SECOND) <= tx.now else tried


def _became(tx: Tx, policies: Policies, attempt: Attempt, delivery: str, reason: str, *, news: bool = True) -> str:
    """`news`: it belongs on the history; that it is as it was a minute ago does not."""
    fact = DeliverySettled(attempt.message.message_id, delivery, attempt.number, reason) if news else None
    return _shown(tx, policies, attempt, delivery, reason, fact)


def _shown(tx: Tx, policies: Policies, attempt: Attempt, delivery: str, reason: str, fact: Fact | None) -> str:
    """Beside the message, on screens, and where there is a fact on the history."""
    message = attempt.message.message_id
    tx.run(queries.SET_DELIVERY, row=message, becomes=delivery, why=reason)
    ticket = tx.one(queries.TICKET_OF_MESSAGE, message=message)
    if fact is not None:
        record(tx, ticket.customer_id, "system", fact, ticket.id)
    live.delivery_changed(tx, policies, ticket, message, delivery, reason)
    return delivery


def _attempt(tx: Tx, row: Any) -> Attempt:
    message = tx.one(queries.MESSAGE_BY_ID, id=row.message_id)
    conversation = tx.one(queries.CONVERSATION, id=message.conversation_id)
    said, shut = _outbound(tx, message, conversation), bool(conversation.unreachable)
    return Attempt(row.id, row.attempts, row.channel, bool(row.uncertain), said, row.verb, shut)


def _outbound(tx: Tx, message: Any, conversation: Any) -> Outbound:
    identity = tx.one(IDENTITY_BY_ID, id=conversation.identity_id)
    return Outbound(
        message_id=message.id,
        conversation=conversation.key,
        address=conversation.reply_to or identity.display or identity.address,
        author=message.author,
        author_name=message.author_name,
        text=message.text,
        seq=message.seq,
        created_at=message.created_at,
        subject=conversation.subject,
        external_id=message.external_id,
        references=_references(tx, conversation.id, message.seq),
        source=msgspec.json.decode(message.source, type=Source) if message.source else None,
        name="" if conversation.reply_to else conversation.sender_name,
        copies=_copies(tx, conversation, identity.kind) if message.author != "assistant" else (),  # RFC 3834 4
        files=tuple(_files(tx, message.id)),
        thread=conversation.id,
        ticket=message.ticket_id,
        choices=tuple(choice.text for choice in read_choices(message.choices)),
        quoted=_quoted(tx, conversation, identity.kind, message.seq),
    )


def _copies(tx: Tx, conversation: Any, kind: str) -> tuple[Sender, ...]:
    """Who else takes part, where the medium knows of such (mail)."""
    if not conversation.root:
        return ()
    rows = tx.all(queries.PARTICIPANTS, conversation=conversation.id)
    return tuple(Sender(kind, row.address, row.name) for row in rows if row.address != conversation.reply_to)


def _files(tx: Tx, message: int) -> Iterator[Attached]:
    for row in tx.all(queries.ATTACHMENTS_OF, message=message):
        yield Attached(row.name, row.type, row.size, row.ref)


def _quoted(tx: Tx, conversation: Any, kind: str, before: int) -> Quoted | None:
    """What was said last, without what was quoted in it, for media that repeat it below an answer (mail)."""
    if not conversation.root:
        return None
    last = tx.one(queries.LAST_HEARD, conversation=conversation.id, kind=kind, before=before)
    if last is None:
        return None
    return Quoted(last.author_name, folds.unfolded(last.text, folds.read(last.folds)), last.created_at)


def _references(tx: Tx, conversation: int, before: int) -> tuple[str, ...]:
    """Ids of the thread so far, oldest first: the first and the last twenty, as RFC 5322 3.6.4 lets the middle go."""
    last = [row.external_id for row in tx.all(queries.REFERENCES, conversation=conversation, before=before)]
    if not last:
        return ()
    first = tx.one(queries.FIRST_REFERENCE, conversation=conversation).external_id
    ordered = last[::-1]
    return tuple(ordered if first in ordered else [first, *ordered])
