"""Which mails of a mailbox are stored here: asked before fetching, written after storing.

Called by channels/email/arriving/imap.py. A mail is stored first (flow/intake) and recorded second: whoever dies in
between fetches it again, and intake finds it there already. Nothing here looks at flags or dates.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select

from contactcenter.model.columns import adding_new, bind, table
from contactcenter.model.ledgers import Fetched, Inbox
from contactcenter.ports import Tx

FIRST_LOOK = 0  # no mail has this UID (RFC 9051 2.3.1.1): its row has the instant of the first look instead

_fetched, _inbox = table(Fetched), table(Inbox)
_folder = (
    _fetched.c.channel == bind("way"),
    _fetched.c.folder == bind("place"),
    _fetched.c.validity == bind("valid"),
)

RECORDED = select(_fetched.c.uid, _fetched.c.inbox_id).where(*_folder)
LOOKED = (
    select(_fetched.c.inbox_id)
    .where(_fetched.c.channel == bind("way"), _fetched.c.folder == bind("place"), _fetched.c.uid == bind("mark"))
    .limit(1)
)
EVENTS = select(func.count().label("stored")).where(_inbox.c.channel == bind("way"))
EVENTS_FETCHED = select(func.count(_fetched.c.inbox_id.distinct()).label("stored")).where(
    _fetched.c.channel == bind("way"), _fetched.c.uid != bind("mark"), _fetched.c.inbox_id > 0
)
RECORD = adding_new(_fetched, "channel", "folder", "validity", "uid")


def recorded(tx: Tx, channel: str, folder: str, validity: int) -> dict[int, int]:
    """The UIDs of that folder under that UIDVALIDITY that are done with: the inbox row of each, 0 where it was left."""
    return {row.uid: row.inbox_id for row in tx.all(RECORDED, way=channel, place=folder, valid=validity)}


def first_look(tx: Tx, channel: str, folder: str) -> int:
    """When we looked into it for the first time to leave what was there: microseconds, 0 for never."""
    row = tx.one(LOOKED, way=channel, place=folder, mark=FIRST_LOOK)
    return row.inbox_id if row else 0


def leave(tx: Tx, channel: str, folder: str, validity: int, there: Iterable[int]) -> None:
    """Note these as none of ours, and that we have looked."""
    looked = first_look(tx, channel, folder) or tx.now
    record(tx, channel, folder, validity, {**dict.fromkeys(there, 0), FIRST_LOOK: looked})


def record(tx: Tx, channel: str, folder: str, validity: int, stored: Mapping[int, int]) -> None:
    """Note mails as stored: UID -> number of the inbox row."""
    for uid, inbox_id in stored.items():
        tx.run(RECORD, channel=channel, folder=folder, validity=validity, uid=uid, inbox_id=inbox_id)


def came_by_door(tx: Tx, channel: str) -> int:
    """How many of the channel's mails that are stored here were handed to us, and not fetched."""
    fetched = tx.one(EVENTS_FETCHED, way=channel, mark=FIRST_LOOK).stored
    return int(tx.one(EVENTS, way=channel).stored - fetched)
