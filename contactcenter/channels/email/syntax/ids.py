"""Message-IDs: those of others, read with patience; our own, which carry a seal; and the id of a raw mail.

A seal (HMAC) lets `parse` tell without the database that an id is ours, so that our own mail coming back is ignored
and nobody can pass off a message as one of ours. Used by received.py, parse.py
and channel.py.
"""

import hashlib
import hmac
import re
import secrets
from io import BytesIO
from typing import BinaryIO

from contactcenter.channels.email.syntax.mime import HEADER_LIMIT, Fields, read_fields
from contactcenter.channels.email.syntax.transfer import Source

PIECE = 1024 * 1024  # bytes of a mail read at once
SEAL = 16  # hexadecimal digits
LONGEST = 250  # characters of an id kept as such; a longer one is replaced by a digest

_BRACKETED = re.compile(rb"<([^<>]{1,1000})>")
_SPACE = re.compile(rb"\s+")
_GRAPHIC = re.compile(rb"[!-~]+")
_TRACE = re.compile(
    rb"(?:(?:return-path|received|delivered-to|x-original-to)[ \t]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)*+", re.IGNORECASE
)


class OwnIds:
    """Makes and recognises the Message-IDs of one mailbox."""

    def __init__(self, secret: bytes, domain: str) -> None:
        self._key = hmac.digest(secret, b"message ids", "sha256")
        self.domain = domain

    def make(self, token: str) -> str:
        """A new id, unique and ours, without brackets: `<token>.<random>.<seal>@<domain>`."""
        stem = f"{token}.{secrets.token_hex(6)}"
        return f"{stem}.{self._seal(stem)}@{self.domain}"

    def anchor(self, conversation: int) -> str:
        """The id that stands for a whole conversation: among the References of each of our mails, so that a reply finds
        its way where a provider on the way has replaced the Message-ID (SES and some Exchange servers do)."""
        stem = f"{conversation}.thread"
        return f"{stem}.{self._seal(stem)}@{self.domain}"

    def conversation_of(self, message_id: str) -> int:
        """The conversation that an id of ours belongs to; 0 for ids of others."""
        number = message_id.partition(".")[0]
        return int(number) if number.isdecimal() and len(number) < 19 and self.is_ours(message_id) else 0

    def tag(self, kind: str, number: int) -> str:
        """A plus-tag only we can make: `r` and a conversation for replies, `b` and a message for bounces (VERP)."""
        stem = f"{kind}{number}"
        return f"{stem}-{self._seal(stem)}"

    def read_tag(self, kind: str, tag: str) -> int:
        """The number in a plus-tag of that kind; 0 where it is none of ours."""
        stem, _, seal = tag.rpartition("-")
        number = stem.removeprefix(kind)
        if not (stem.startswith(kind) and number.isdecimal() and len(number) < 19):
            return 0
        return int(number) if hmac.compare_digest(self._seal(stem).encode(), seal.encode()) else 0

    def is_ours(self, message_id: str) -> bool:
        """Did we make it? Whatever stands after the @: providers that rewrite ids change the domain first."""
        stem, _, seal = message_id.partition("@")[0].rpartition(".")
        if not stem or len(seal) != SEAL:  # nearly all of them: a seal is not made for those
            return False
        return hmac.compare_digest(self._seal(stem).encode(), seal.encode())

    def _seal(self, stem: str) -> str:
        return hmac.digest(self._key, stem.encode(), "sha256").hex()[:SEAL]


def message_id(fields: Fields) -> str:
    """The Message-ID without brackets; blank where there is none that can serve as one."""
    value = fields.first("message-id")
    found = ids_in(value) or [_SPACE.sub(b"", value)]
    return _usable(found[0])


def referenced(fields: Fields, name: str) -> list[str]:
    """The ids that the fields of a name list, in their order, each once."""
    found = [word for value in fields.values.get(name, ()) for word in ids_in(value)]
    return list(dict.fromkeys(filter(None, map(_usable, found))))


def ids_in(value: bytes) -> list[bytes]:
    """What stands in brackets, white space of careless folding removed; without brackets, words with an @ in them."""
    found = [_SPACE.sub(b"", inner) for inner in _BRACKETED.findall(value)]
    return found or [word for word in value.split() if b"@" in word]


def digest_id(raw: Source) -> str:
    """An id for a mail that brings none we can use."""
    return f"{hashlib.sha256(raw).hexdigest()}@missing"


def event_id(mail: bytes | BinaryIO) -> str:
    """The same for the same mail however often and by whatever way it comes, other for other content.

    Senders re-use a Message-ID for different mails, and the trace fields of one mail differ by its way: so the id is
    digested with who, when, about what, and the body (RFC 5322 3.6.4 is a promise that not all keep). A mail without an
    id is known by all that stands below its trace, and without a date by every byte. Nobody can read in it what the
    mail says: it outlives those who ask to be forgotten. Lines end in CRLF; a file is read in pieces.
    """
    file = BytesIO(mail) if isinstance(mail, bytes) else mail
    head, body = header_of(file)
    fields, _ = read_fields(head)
    stated = message_id(fields)
    if not stated:
        trace = _TRACE.match(head) if fields.first("date") else None
        return f"{_digest(file, trace.end() if trace else 0, b'')}@missing"
    known = b"".join(fields.first(name) + b"\n" for name in ("from", "date", "subject"))
    return _digest(file, body, stated.encode() + b"\n" + known)


def header_of(file: BinaryIO) -> tuple[bytes, int]:
    """The header, as much of it as `read_fields` reads, and where the body begins."""
    file.seek(0)
    head = piece = file.read(PIECE)
    if head.startswith(b"\r\n"):
        return b"\r\n", 2
    while piece:
        if (close := piece.find(b"\r\n\r\n")) >= 0:
            body = file.tell() - len(piece) + close + 4
            return head[: min(body, HEADER_LIMIT)], body
        more = file.read(PIECE)
        piece = piece[-3:] + more if more else b""  # a blank line may be cut in two
    return head[:HEADER_LIMIT], file.tell()


def _digest(file: BinaryIO, start: int, before: bytes) -> str:
    digest = hashlib.sha256(before)
    file.seek(start)
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _usable(found: bytes) -> str:
    return found.decode("ascii") if len(found) <= LONGEST and _GRAPHIC.fullmatch(found) else ""
