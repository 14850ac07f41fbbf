"""Take raw events in again after a fix: those that gave no message and changed none, so that nothing is doubled."""

from typing import Any

from sqlalchemy import select, update

from contactcenter.flow.queries import inbox, message
from contactcenter.model.columns import bind, word
from contactcenter.ports import Tx

BATCH = 500

SILENT = (
    select(inbox.c.id)
    .where(
        inbox.c.channel == bind("channel"),
        inbox.c.id > bind("after"),
        inbox.c.state.in_([word("done"), word("buried")]),
        inbox.c.changed_id.is_(None),
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
