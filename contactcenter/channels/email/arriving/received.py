"""A mail that arrived, by whichever door, as the raw event that is stored: its id, its order, what its way tells of it.

Called by listen.py (SMTP) and imap.py; after them comes flow/intake. Reads the header and decides nothing: what the
mail says is for parse.py, once it is stored.
"""

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import BinaryIO

from contactcenter.channels.email.syntax.charsets import clean
from contactcenter.channels.email.syntax.ids import event_id, header_of
from contactcenter.channels.email.syntax.mime import read_fields, with_crlf
from contactcenter.model.values import RawEvent, StoreUnavailable

LARGE = 256 * 1024  # bytes; from here on a mail goes to the file store without ever being whole in memory

_ADDRESS = re.compile(rb"[^\s<>@,;:()\"]{1,200}@[^\s<>@,;:()\"]{1,250}")
SENDER_LIMIT = 320  # characters of an envelope's sender: it is part of an index (RFC 5321 4.5.3.1 allows 254)
_FROM_LIMIT = 1000  # bytes of a From field that are looked at


def raw_event(channel: str, mail: bytes | BinaryIO, envelope: Mapping[str, str], file: str = "") -> RawEvent:
    """The event of a mail whose lines end in CRLF; one that is in the file store is given as its open copy.

    Mails of one sender are kept in order: of the envelope's sender, where that is known, else of who the mail claims.
    """
    source = BytesIO(mail) if isinstance(mail, bytes) else mail
    sender = envelope.get("from")
    stream = f"{channel}:{_claimed(source) if sender is None else sender[:SENDER_LIMIT]}"
    return RawEvent(channel, event_id(source), stream, mail if isinstance(mail, bytes) else b"", envelope, file)


def left_by_mda(mail: bytes | BinaryIO) -> dict[str, str]:
    """The envelope's sender as final delivery wrote it down, {} where it did not (RFC 5321 4.4)."""
    head, _ = header_of(BytesIO(mail) if isinstance(mail, bytes) else mail)
    found = read_fields(head)[0].values.get("return-path")
    return {"from": clean(found[0].decode("utf-8", "replace").strip(" <>\t"))[:SENDER_LIMIT]} if found else {}


def spool(pieces: Iterable[bytes], into: BinaryIO) -> None:
    """Write a mail piece by piece, every line ended by CRLF, as `with_crlf` would have made of the whole.

    Raises StoreUnavailable when there is no room, and whatever `pieces` raises.
    """
    held = b""  # a CR at the end of a piece may belong to the next one's LF
    for piece in pieces:
        whole = held + piece
        held = b"\r" if whole.endswith(b"\r") else b""
        _write(into, with_crlf(whole.removesuffix(held)))
    _write(into, held)


def _write(file: BinaryIO, data: bytes) -> None:
    try:
        file.write(data)
        file.flush()
    except OSError as error:
        raise StoreUnavailable(f"no room to put a large mail together: {error.strerror}") from error


def _claimed(mail: BinaryIO) -> str:
    head, _ = header_of(mail)
    found = _ADDRESS.search(read_fields(head)[0].first("from")[:_FROM_LIMIT])
    return clean(found[0].decode("utf-8", "replace").casefold()) if found else ""
