"""winmail.dat: what Outlook makes of a mail when it believes that the receiver is Outlook too (MS-OXTNEF).

Used by inside.py. Reads the text and the files out of it and leaves calendars, tasks and formatting. Own and bounded,
because every length in it is the sender's: a length that leads out of the data ends the reading, and what was read by
then is given.
"""

import struct
from collections.abc import Iterator

import msgspec

from contactcenter.channels.email.reading.rtf import text_and_markup, unpacked
from contactcenter.channels.email.syntax.charsets import clean, decode

FILES_LIMIT = 500
PROPERTIES_LIMIT = 5_000
DEPTH_LIMIT = 3  # mails attached to mails attached
RICH_LIMIT = 4  # rich texts of one file that are unpacked: each may cost a third of a second

_SIGNATURE = b"\x78\x9f\x3e\x22"
_BODY, _ATTACH_BEGIN, _ATTACH_TITLE, _ATTACH_DATA = 0x0002800C, 0x00069002, 0x00018010, 0x0006800F
_MAPI_MESSAGE, _MAPI_ATTACHMENT, _CODEPAGE = 0x00069003, 0x00069005, 0x00069007

_PR_BODY, _PR_RTF, _PR_HTML, _PR_CODEPAGE, _PR_SUBJECT = 0x1000, 0x1009, 0x1013, 0x3FDE, 0x0037
_PR_DATA, _PR_SHORT, _PR_LONG, _PR_TYPE, _PR_SHOWN = 0x3701, 0x3704, 0x3707, 0x370E, 0x3001
_PR_CONTENT_ID = 0x3712
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _STRING, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102


class TnefFile(msgspec.Struct, frozen=True):
    """One file in it; `content_id` is what its HTML calls it, or blank."""

    name: str
    type: str
    data: bytes
    content_id: str = ""


class Tnef(msgspec.Struct):
    """What it holds."""

    text: str = ""
    markup: str = ""
    subject: str = ""
    files: list[TnefFile] = []


Properties = dict[int, bytes]


def read_tnef(data: bytes) -> Tnef | None:
    """Its text and files; None for what is no TNEF."""
    return _read(data, 0, iter(range(RICH_LIMIT)))


def _read(data: bytes, depth: int, rich: Iterator[int]) -> Tnef | None:
    """`rich` has as many items as rich texts may still be unpacked."""
    if not data.startswith(_SIGNATURE):
        return None
    found, codec = Tnef(), "cp1252"
    pending: Properties = {}  # of the attachment that is being read
    for attribute, value in _attributes(data):
        if attribute in (_ATTACH_BEGIN, _ATTACH_TITLE, _ATTACH_DATA, _MAPI_ATTACHMENT):
            if attribute == _ATTACH_BEGIN:
                _finish(found, pending, depth, rich)
            _attachment(attribute, value, pending, codec)
        elif attribute == _CODEPAGE and len(value) >= 4:
            codec = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _BODY:
            found.text = found.text or _string(value, codec)
        elif attribute == _MAPI_MESSAGE:
            _message(found, dict(_properties(value, codec)), rich)
    _finish(found, pending, depth, rich)
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        _, attribute, length = struct.unpack_from("<BII", data, at)
        at += 9
        yield attribute, data[at : at + length]
        at += length + 2  # a checksum that old writers got wrong


def _message(found: Tnef, properties: Properties, rich: Iterator[int]) -> None:
    codepage = properties.get(_PR_CODEPAGE, b"")
    codec = f"cp{struct.unpack_from('<I', codepage)[0]}" if len(codepage) >= 4 else "cp1252"
    found.subject = _utf8(properties.get(_PR_SUBJECT, b""))
    found.text = _utf8(properties.get(_PR_BODY, b"")) or found.text
    if markup := properties.get(_PR_HTML, b""):
        found.markup = decode(markup, "utf-8" if codec == "cp65001" else codec)
    elif (packed := properties.get(_PR_RTF, b"")) and next(rich, None) is not None:
        text, found.markup = text_and_markup(unpacked(packed))
        found.text = found.text or clean(text)


def _attachment(attribute: int, value: bytes, pending: Properties, codec: str) -> None:
    """Note what one attribute says of the attachment; its properties say it better than the old attributes."""
    if attribute == _ATTACH_BEGIN:
        pending[0] = b"begun"
    elif attribute == _ATTACH_TITLE:
        pending.setdefault(_PR_SHORT, _string(value, codec).encode())
    elif attribute == _ATTACH_DATA:
        pending.setdefault(_PR_DATA, value)
    else:
        pending.update(_properties(value, codec))


def _finish(found: Tnef, pending: Properties, depth: int, rich: Iterator[int]) -> None:
    """The attachment is complete: a file, or a mail whose files and text stand for it."""
    name = next((_utf8(pending[key]) for key in (_PR_LONG, _PR_SHORT, _PR_SHOWN) if pending.get(key)), "")
    data = pending.get(_PR_DATA)
    type_ = _utf8(pending.get(_PR_TYPE, b"")) or "application/octet-stream"
    content_id = _utf8(pending.get(_PR_CONTENT_ID, b"")).strip("<>")
    pending.clear()
    if data is None or len(found.files) >= FILES_LIMIT:
        return
    inner = _read(data[16:], depth + 1, rich) if depth < DEPTH_LIMIT and data[16:20] == _SIGNATURE else None
    if inner is None or not (inner.text or inner.markup or inner.files):
        found.files.append(TnefFile(name or "file", type_.lower()[:80], data, content_id))
        return
    if inner.markup or inner.text:
        text = inner.text or inner.markup
        ending = "txt" if inner.text else "html"
        kind = "text/plain" if inner.text else "text/html"
        found.files.append(TnefFile(f"{inner.subject or name or 'message'}.{ending}", kind, text.encode()))
    found.files.extend(inner.files[: FILES_LIMIT - len(found.files)])


def _properties(data: bytes, codec: str) -> Iterator[tuple[int, bytes]]:
    """Id and value of each property, strings as UTF-8; of several values the first."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, PROPERTIES_LIMIT)):
            kind, number, at = _tag(data, at)
            value, at = _value(data, at, kind)
            if kind & 0xFFF == _STRING:
                value = _string(value, codec).encode()
            elif kind & 0xFFF == _UNICODE:
                value = decode(value, "utf-16-le").rstrip("\0").encode()
            yield number, value
    except struct.error:
        return


def _tag(data: bytes, at: int) -> tuple[int, int, int]:
    """Type and id; a named property's id is given as 0."""
    kind, number = struct.unpack_from("<HH", data, at)
    at += 4
    if number < 0x8000:
        return kind, number, at
    (named,) = struct.unpack_from("<I", data, at + 16)
    at += 20
    (length,) = struct.unpack_from("<I", data, at)
    return kind, 0, at + 4 + (_padded(length) if named else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    base = kind & 0xFFF
    variable = base in (_OBJECT, _STRING, _UNICODE, _BINARY)
    count = 1
    if variable or kind & 0x1000:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    if not variable:
        size = _FIXED.get(base)
        if size is None:
            raise struct.error
        return data[at : at + size], at + size * count
    first = b""
    for number in range(min(count, PROPERTIES_LIMIT)):
        (length,) = struct.unpack_from("<I", data, at)
        first = data[at + 4 : at + 4 + length] if number == 0 else first
        at += 4 + _padded(length)
    return first, at


def _padded(length: int) -> int:
    return length + -length % 4


def _string(value: bytes, codec: str) -> str:
    return decode(value.split(b"\0", 1)[0], codec)


def _utf8(value: bytes) -> str:
    return clean(value.decode("utf-8", "replace"))
