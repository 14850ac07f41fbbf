"""Take raw events in again after a fix: those that gave no message, so that nothing is ever doubled.

What an event told of a message that was there (a bounce, an edit) is not done twice either: flow/inbound remembers it.
Events of people who were forgotten hold nothing any more and stay out.
"""

from typing import Any

from sqlalchemy import func, select, update

from contactcenter.flow.queries import inbox, message
from contactcenter.model.columns import BLANK, bind, word
from contactcenter.ports import Tx

BATCH = 500

SILENT = (
    select(inbox.c.id)
    .where(
        inbox.c.channel == bind("channel"),
        inbox.c.id > bind("after"),
        inbox.c.state.in_([word("done"), word("buried")]),
        (func.length(inbox.c.payload) > 0) | (inbox.c.file != BLANK),
        inbox.c.id.not_in(
            select(message.c.inbox_id).where(message.c.channel == bind("channel"), message.c.inbox_id.is_not(None))
        ),
    )
    .order_by(inbox.c.id)
    .limit(BATCH)
)
MAKE_DUE = (
    update(inbox)
    .where(inbox.c.id == bind("row"), inbox.c.state.in_([word("done"), word("buried")]))
    .values(state="due", attempts=0, due_at=bind("at"), owner="")
)


def replay(tx: Tx, channel: str, after: int) -> tuple[int, int]:
    """Make the next silent events of a channel due; (how many, the last id, to go on after)."""
    rows: list[Any] = tx.all(SILENT, channel=channel, after=after)
    for row in rows:
        tx.run(MAKE_DUE, row=row.id, at=tx.now)
    tx.wake("inbox")
    return len(rows), rows[-1].id if rows else after
