"""Message-IDs: those of others, read with patience; our own, which carry a seal; and the id of a raw mail.

A seal (HMAC) lets `parse` tell without the database that an id is ours, so that our own mail coming back is ignored
and nobody can pass off a message as one of ours. Used by listen.py, parse.py and channel.py.
"""

import hashlib
import hmac
import re
import secrets

from contactcenter.channels.email.mime import Fields, read_fields
from contactcenter.channels.email.transfer import Source

LONGEST = 250  # characters of an id kept as such; a longer one is replaced by a digest

_BRACKETED = re.compile(rb"<([^<>]{1,1000})>")
_SPACE = re.compile(rb"\s+")
_GRAPHIC = re.compile(rb"[!-~]+")


class OwnIds:
    """Makes and recognises the Message-IDs of one mailbox."""

    def __init__(self, secret: bytes, domain: str) -> None:
        self._key = hmac.digest(secret, b"message ids", "sha256")
        self.domain = domain

    def make(self, token: str) -> str:
        """A new id, unique and ours, without brackets: `<token>.<random>.<seal>@<domain>`."""
        stem = f"{token}.{secrets.token_hex(6)}"
        return f"{stem}.{self._seal(stem)}@{self.domain}"

    def is_ours(self, message_id: str) -> bool:
        """Did we make it? Whatever stands after the @: providers that rewrite ids change the domain first."""
        stem, _, seal = message_id.partition("@")[0].rpartition(".")
        return bool(stem) and hmac.compare_digest(self._seal(stem).encode(), seal.encode())

    def _seal(self, stem: str) -> str:
        return hmac.digest(self._key, stem.encode(), "sha256").hex()[:16]


def message_id(fields: Fields) -> str:
    """The Message-ID without brackets; blank where there is none that can serve as one."""
    value = fields.first("message-id")
    found = ids_in(value) or [_SPACE.sub(b"", value)]
    return _usable(found[0])


def referenced(fields: Fields, name: str) -> list[str]:
    """The ids a field names, in its order, each once."""
    return list(dict.fromkeys(filter(None, map(_usable, ids_in(fields.first(name))))))


def ids_in(value: bytes) -> list[bytes]:
    """What stands in brackets, white space of careless folding removed; without brackets, words with an @ in them."""
    found = [_SPACE.sub(b"", inner) for inner in _BRACKETED.findall(value)]
    return found or [word for word in value.split() if b"@" in word]


def digest_id(raw: Source) -> str:
    """An id for a mail that brings none we can use."""
    return f"{hashlib.sha256(raw).hexdigest()}@missing"


def event_id(raw: Source) -> str:
    """The same for the same mail however often and by whatever way it comes, other for other content.

    Senders re-use a Message-ID for different mails, and the trace fields of one mail differ by its way: so the id is
    joined with a digest of who, when, about what, and the body (RFC 5322 3.6.4 is a promise that not all keep).
    """
    fields, body = read_fields(raw)
    stated = message_id(fields)
    if not stated:
        return digest_id(raw)
    digest = hashlib.sha256(b"\n".join(fields.first(name) for name in ("from", "date", "subject")))
    digest.update(b"\n")
    digest.update(memoryview(raw)[body:])
    return f"{stated}#{digest.hexdigest()[:32]}"


def _usable(found: bytes) -> str:
    return found.decode("ascii") if len(found) <= LONGEST and _GRAPHIC.fullmatch(found) else ""
