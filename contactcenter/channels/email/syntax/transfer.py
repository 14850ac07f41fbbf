"""Transfer encodings undone, in pieces, so that a file of any size passes through a little memory (RFC 2045 6).

Used by mime.py. Total: what breaks the rules is read as far as it goes, and nothing that could be read is dropped.
"""

import binascii
import re
from collections.abc import Iterator
from mmap import mmap

Source = bytes | mmap  # a mail's bytes: in memory, or a file that is mapped into it

CHUNK = 512 * 1024  # bytes of a mail that are decoded at a time

_NAME = re.compile(rb"[a-z0-9-]+")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_ONLY_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
_PADDED_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")
_IDENTITY = frozenset((b"", b"7bit", b"8bit", b"binary"))


def decoded(raw: Source, start: int, end: int, encoding: bytes) -> Iterator[bytes]:
    """The content between `start` and `end`, in pieces of at most CHUNK."""
    match encoding_named(encoding):
        case b"base64":
            return _base64(raw, start, end)
        case b"quoted-printable":
            return _quoted(raw, start, end)
        case b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue":
            return _uuencoded(raw, start, end)
    return (raw[at : min(end, at + CHUNK)] for at in range(start, end, CHUNK))


def encoding_named(value: bytes) -> bytes:
    """The encoding a field names, lower case; blank where the content is as it stands."""
    found = _NAME.search(value.lower())
    name = found[0] if found else b""
    return b"" if name in _IDENTITY else name


def base64_word(data: bytes) -> bytes:
    """What stands in an encoded word; also without its padding, or with too much of it."""
    return _groups(data.translate(None, _NOT_BASE64))


def _base64(raw: Source, start: int, end: int) -> Iterator[bytes]:
    left = b""
    for at in range(start, end, CHUNK):
        piece = raw[at : min(end, at + CHUNK)]
        data = left + piece.translate(None, _NOT_BASE64)
        pad = data.find(b"=")
        if pad >= 0:
            more = _goes_on(piece)
            yield _groups(data if more else data[:pad])
            left = b""
            if not more:
                return
        else:
            whole = len(data) // 4 * 4
            yield binascii.a2b_base64(data[:whole])
            left = data[whole:]
    yield _groups(left)


def _goes_on(piece: bytes) -> bool:
    """Is what follows the padding base64 as well? A list's footer is not."""
    return bool(_ONLY_BASE64.fullmatch(piece, piece.rfind(b"=")))


def _groups(data: bytes) -> bytes:
    """Every whole group there is; padding ends a run of groups and not the data."""
    if len(data) % 4 == 0 and b"=" not in data[:-2]:
        return binascii.a2b_base64(data)
    return b"".join(_run(run) for run in data.split(b"=") if run)


def _run(run: bytes) -> bytes:
    odd = len(run) % 4
    run = run[:-1] if odd == 1 else run
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def _quoted(raw: Source, start: int, end: int) -> Iterator[bytes]:
    for piece in _pieces(raw, start, end):
        padded = b"= " in piece or b"=\t" in piece  # white space that a relay put behind a soft break
        yield binascii.a2b_qp(_PADDED_BREAK.sub(b"=", piece) if padded else piece)


def _uuencoded(raw: Source, start: int, end: int) -> Iterator[bytes]:
    for piece in _pieces(raw, start, end):
        lines = [line for line in piece.splitlines() if line and not line.startswith((b"begin ", b"end"))]
        try:
            yield b"".join(map(uu_line, lines))
        except binascii.Error:
            yield piece


def uu_line(line: bytes) -> bytes:
    """The bytes of one uuencoded line. Raises binascii.Error. Old encoders pad lines beyond the count these state."""
    return binascii.a2b_uu(line[: ((line[0] - 32 & 63) * 4 + 5) // 3])


def _pieces(raw: Source, start: int, end: int) -> Iterator[bytes]:
    """Cut behind line ends, or where a line has none in sight, not within an escape."""
    left, at = b"", start
    while at < end:
        piece = left + raw[at : min(end, at + CHUNK)]
        at += CHUNK
        cut = len(piece) if at >= end else _safe_cut(piece)
        yield piece[:cut]
        left = piece[cut:]


def _safe_cut(piece: bytes) -> int:
    line, escape = piece.rfind(b"\n") + 1, piece.rfind(b"=", -2)
    return line or (escape if escape > 0 else len(piece))
