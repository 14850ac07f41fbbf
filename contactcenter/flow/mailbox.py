"""Which mails of a mailbox are stored here: asked before fetching, written after storing.

Called by channels/email/imap.py. A mail is stored first (flow/intake) and recorded second: whoever dies in between
fetches it again, and intake finds it there already. Nothing here looks at flags or dates.
"""

from collections.abc import Mapping

from sqlalchemy import select

from contactcenter.model.columns import adding_new, bind, table
from contactcenter.model.ledgers import Fetched
from contactcenter.ports import Tx

_fetched = table(Fetched)
_folder = (
    _fetched.c.channel == bind("way"),
    _fetched.c.folder == bind("place"),
    _fetched.c.validity == bind("valid"),
)

RECORDED = select(_fetched.c.uid).where(*_folder)
RECORD = adding_new(_fetched, "channel", "folder", "validity", "uid")


def recorded(tx: Tx, channel: str, folder: str, validity: int) -> set[int]:
    """The UIDs of that folder under that UIDVALIDITY that are stored."""
    return {row.uid for row in tx.all(RECORDED, way=channel, place=folder, valid=validity)}


def record(tx: Tx, channel: str, folder: str, validity: int, stored: Mapping[int, int]) -> None:
    """Note mails as stored: UID -> number of the inbox row."""
    for uid, inbox_id in stored.items():
        tx.run(RECORD, channel=channel, folder=folder, validity=validity, uid=uid, inbox_id=inbox_id)
