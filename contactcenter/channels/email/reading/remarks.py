"""What an agent should know about a mail besides its text: signed, encrypted, an invitation, too much in it.

Used by parse.py. A remark is a sentence. None of them is proof of anything: no signature is checked
here, and it says so.
"""

from collections.abc import Iterator

from contactcenter.channels.email.reading import invite
from contactcenter.channels.email.reading.contents import Contents
from contactcenter.channels.email.syntax.mime import DEPTH_LIMIT, PARTS_LIMIT, Part

INVITES_LIMIT = 3

_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
SIGNED_SMIME = "Signed (S/MIME); the signature was not checked."
SIGNED_PGP = "Signed (OpenPGP); the signature was not checked."
ENCRYPTED = "Encrypted; it cannot be read here."
CUT_UP = "The mail has more parts than are listed; its source has all of them."


def remarks_of(contents: Contents, text: str) -> tuple[str, ...]:
    """All of them, each once, the weightiest first."""
    return tuple(dict.fromkeys([*_sealed(contents, text), *_invitations(contents), *_limits(contents)]))


def _sealed(contents: Contents, text: str) -> Iterator[str]:
    if contents.mail.type == "multipart/encrypted" or _PGP_MESSAGE in text:
        yield ENCRYPTED
    for part in _multiparts(contents.mail):
        if part.type == "multipart/signed":
            yield SIGNED_PGP if "pgp" in part.parameters.get("protocol", "").lower() else SIGNED_SMIME
        elif part.type == "multipart/encrypted":
            yield ENCRYPTED
    for leaf in contents.leaves:
        if leaf.part.type in _SMIME:
            yield SIGNED_SMIME if leaf.inside else ENCRYPTED
    if _PGP_SIGNED in text:
        yield SIGNED_PGP


def _multiparts(part: Part) -> Iterator[Part]:
    if part.parts:
        yield part
        for inner in part.parts:
            yield from _multiparts(inner)


def _invitations(contents: Contents) -> Iterator[str]:
    calendars = [leaf.part for leaf in contents.leaves if leaf.part.type == "text/calendar"]
    for part in calendars[:INVITES_LIMIT]:
        if said := invite.remark_of(next(part.chunks(), b"")):
            yield said


def _limits(contents: Contents) -> Iterator[str]:
    if len(contents.leaves) >= PARTS_LIMIT or _depth(contents.mail) >= DEPTH_LIMIT:
        yield CUT_UP


def _depth(part: Part) -> int:
    return 1 + max(map(_depth, part.parts)) if part.parts else 0
