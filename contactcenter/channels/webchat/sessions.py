"""A visitor's session: an id and what they typed about themselves, signed by us and kept by the browser.

Nothing is stored for a visitor who never writes. Whoever holds the token is the same visitor: that is the proof of
their messages, and all they can read is their own conversation.
"""

import base64
import hmac
import os
from hashlib import sha256
from typing import TypeVar

import msgspec

from contactcenter.ports import Clock

T = TypeVar("T", bound=msgspec.Struct)

SIGNATURE = 16  # bytes of HMAC-SHA256 kept: 128 bits


class Session(msgspec.Struct, frozen=True, array_like=True):
    """`id` begins with the time, so that conversations made together lie together in the index."""

    id: str
    channel: str
    name: str = ""
    email: str = ""
    language: str = ""


def new_session(clock: Clock, channel: str, name: str, email: str, language: str) -> Session:
    """A fresh session with an id nobody can guess (80 random bits)."""
    return Session(f"{clock.now() // 1000:012x}{os.urandom(10).hex()}", channel, name, email, language)


class FileRef(msgspec.Struct, frozen=True, array_like=True):
    """A stored file that one session may name in a message and read."""

    session: str
    digest: str
    name: str
    type: str
    size: int


def sign(value: Session | FileRef, secret: bytes) -> str:
    """The bearer token of a session, or the reference of a file."""
    body = msgspec.json.encode(value)
    return _text(body + _signature(type(value), body, secret))


def verify(token: str, channel: str, secret: bytes) -> Session | None:
    """The session of a token, or None for one we did not make for this channel."""
    session = _open(token, Session, secret)
    return session if session is not None and session.channel == channel else None


def verify_file(ref: str, session: Session, secret: bytes) -> FileRef | None:
    """The file behind a reference, or None when it is not this session's."""
    file = _open(ref, FileRef, secret)
    return file if file is not None and file.session == session.id else None


def _open(token: str, kind: type[T], secret: bytes) -> T | None:
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        body, signature = data[:-SIGNATURE], data[-SIGNATURE:]
        if not hmac.compare_digest(signature, _signature(kind, body, secret)):
            return None
        return msgspec.json.decode(body, type=kind)
    except (ValueError, msgspec.MsgspecError):
        return None


def _signature(kind: type[msgspec.Struct], body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, f"webchat {kind.__name__}:".encode() + body, sha256)[:SIGNATURE]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
