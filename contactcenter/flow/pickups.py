"""Files that lie with a provider are fetched into the file store: begin, the worker fetches, settle.

Before it: flow/inbound, which wrote down the message with its files at once; nobody waits for them, the assistant
neither. After it: the file is a stored one like any other. A worker that dies in between leaves nothing but bytes that
are fetched, and named, again: a file is called by its content. What cannot be had is buried with its reason, which
people read beside the message, and can be tried again.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from contactcenter.flow import ledger, live, queries
from contactcenter.flow.views import shown_message
from contactcenter.model.columns import BLANK, adding, bind, table
from contactcenter.model.ledgers import Pickup
from contactcenter.model.tickets import Attachment
from contactcenter.model.values import Attached, NotFound, RetryLater, Undeliverable, Unknown
from contactcenter.ports import Tx

_attachment, _pickup = table(Attachment), table(Pickup)

ADD_PICKUP = adding(_pickup)
PICKUP_BY_ID = select(_pickup).where(_pickup.c.id == bind("id"))
ATTACHMENT = select(_attachment).where(_attachment.c.id == bind("id"))
SET_FETCHED = (
    update(_attachment)
    .where(_attachment.c.id == bind("row"))
    .values(ref=bind("here"), size=bind("bytes"), trouble=BLANK)
)
SET_TROUBLE = update(_attachment).where(_attachment.c.id == bind("row")).values(trouble=bind("why"))

REMOTE = "remote:"


@dataclass(frozen=True, slots=True)
class Errand:
    """A claimed pickup: the row, the attempt, and what is to be fetched."""

    row: int
    attempt: int
    attachment: int
    message: int
    ref: str  # as the channel wrote it, without `remote:`


@dataclass(frozen=True, slots=True)
class Stored:
    """The file is in the store."""

    digest: str
    size: int  # bytes


def attach(tx: Tx, message: int, channel: str, attached: Attached) -> None:
    """A file of an inbound message, to be fetched if it lies with the provider."""
    number = tx.add(
        queries.ADD_ATTACHMENT,
        message_id=message,
        name=attached.name,
        type=attached.type,
        size=attached.size,
        ref=attached.ref,
    )
    if attached.ref.startswith(REMOTE):
        tx.add(ADD_PICKUP, **ledger.due(tx.now, f"file:{number}"), attachment_id=number, channel=channel)
        tx.wake("files")


def any_due(tx: Tx, channel: str) -> bool:
    """Is there anything to fetch? Asked before `begin`, so that an idle desk writes nothing."""
    return bool(ledger.files.due_heads(tx, 1, shard=channel))


def begin(tx: Tx, worker: str, channel: str) -> Errand | None:
    """Claim the file of a channel that has waited longest; None when there is none."""
    for head in ledger.files.due_heads(tx, 1, shard=channel):
        row = ledger.files.take(tx, head.id, worker)
        if row is not None:
            attachment = tx.one(ATTACHMENT, id=row.attachment_id)
            ref = attachment.ref.removeprefix(REMOTE)
            return Errand(row.id, row.attempts, attachment.id, attachment.message_id, ref)
    return None


def settle(tx: Tx, errand: Errand, outcome: Stored | Exception) -> None:
    """Write down what became of it. Raises Conflict when the claim was lost, or the message forgotten, meanwhile."""
    if isinstance(outcome, Stored):
        ledger.files.finish(tx, errand.row, errand.attempt)
        tx.run(SET_FETCHED, row=errand.attachment, here=f"file:{outcome.digest}", bytes=outcome.size)
    elif ledger.files.fail(tx, errand.row, errand.attempt, outcome, tried=errand.attempt, after=_asked(outcome)):
        tx.run(SET_TROUBLE, row=errand.attachment, why=_in_words(outcome))
    else:
        return
    _show(tx, errand.message)


def retry(tx: Tx, row: int) -> None:
    """Try a buried one again. Raises NotFound."""
    buried = tx.one(PICKUP_BY_ID, id=row)
    if buried is None:
        raise NotFound(f"files has no buried row {row}")
    ledger.files.retry(tx, row)
    tx.run(SET_TROUBLE, row=buried.attachment_id, why="")
    _show(tx, tx.one(ATTACHMENT, id=buried.attachment_id).message_id)


def release_dead(tx: Tx) -> int:
    """Give back what dead processes were fetching; how many files."""
    orphans = ledger.files.taken_by_dead(tx)
    for row in orphans:
        ledger.files.release(tx, row.id, row.attempts, tx.now)
        tx.wake("files")
    return len(orphans)


def _asked(error: Exception) -> float | None:
    """The delay the provider asked for, if it did."""
    return getattr(error, "after", None)


def _in_words(error: Exception) -> str:
    """For people: a fault of ours says nothing to them but that it is one."""
    told = isinstance(error, RetryLater | Undeliverable | Unknown) and str(error)
    return told or "a fault of ours, which the log has"


def _show(tx: Tx, message: int) -> None:
    ticket = tx.one(queries.TICKET_OF_MESSAGE, message=message)
    live.message_changed(tx, ticket, shown_message(tx, message))
