"""A mail taken apart: fields, parts, file names, contents. Linear in the size of the mail, and total.

Comes before parse.py, which decides what the parts mean. Written by hand and not by the standard library's parser,
which recurses by nesting depth, takes four times as long and cannot give back an attached mail byte for byte
(RFC 2045, 2046, 2047, 2231). Every limit here leaves what is beyond it in one piece; none drops it.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote_to_bytes

from contactcenter.channels.email.charsets import decode

HEADER_LIMIT = 256 * 1024  # bytes of a header that are read
FIELD_LIMIT = 64 * 1024
PARAMETERS_LIMIT = 4 * 1024
DEPTH_LIMIT = 30
PARTS_LIMIT = 1000
FIELDS_LIMIT = 1000  # of one header

_FIELD = re.compile(rb"^([!-9;-~]{1,100})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_WORD = re.compile(rb"=\?([^?*\s]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(?==\?)")
_TYPE = re.compile(r"[\w!#$&^.+-]{1,80}/[\w!#$&^.+-]{1,80}", re.ASCII)
_PARAMETER = re.compile(rb';\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')
_ESCAPED = re.compile(rb"\\(.)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Fields:
    """The header of a mail or part: by lower-case name, the unfolded bytes of every occurrence in order."""

    values: Mapping[str, list[bytes]] = field(default_factory=dict)

    def first(self, name: str) -> bytes:
        """The first of that name, blank if there is none."""
        found = self.values.get(name)
        return found[0] if found else b""

    def text(self, name: str) -> str:
        """The first of that name, decoded, on one line."""
        return " ".join(words(self.first(name)).split())


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf with content, or a multipart with parts."""

    fields: Fields
    type: str
    parameters: Mapping[str, str]
    raw: bytes
    start: int
    end: int
    parts: tuple["Part", ...] = ()

    def content(self) -> bytes:
        """The bytes, transfer encoding removed."""
        data = self.raw[self.start : self.end]
        match self.fields.first("content-transfer-encoding").strip().lower():
            case b"base64":
                return _base64(data)
            case b"quoted-printable":
                return binascii.a2b_qp(data)
            case b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue":
                return _uuencoded(data)
        return data

    def text(self) -> str:
        """The content as text, lines ended by LF."""
        return decode(self.content(), self.parameters.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")

    def disposition(self) -> tuple[str, str]:
        """How it wants to be shown (inline, attachment or blank) and its file name, undecorated, or blank."""
        kind, parameters = _parameterised(self.fields.first("content-disposition"))
        name = parameters.get("filename") or self.parameters.get("name", "")
        return kind, words(name.encode()) if "=?" in name else name


def with_crlf(raw: bytes) -> bytes:
    """Every line ended by CRLF: a lone LF in content is what SMTP smuggling is made of."""
    if raw.count(b"\n") == raw.count(b"\r\n"):
        return raw
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def read(raw: bytes) -> Part:
    """The tree of a mail whose lines end in CRLF."""
    return _Reader(raw).part(0, len(raw), "text/plain", 0)


def read_fields(raw: bytes, start: int = 0, end: int | None = None) -> tuple[Fields, int]:
    """The header between `start` and `end`, and where the body begins."""
    end = len(raw) if end is None else end
    if raw.startswith(b"\r\n", start, end):
        return Fields(), start + 2
    close = raw.find(b"\r\n\r\n", start, end)
    stop, body = (close, close + 4) if close >= 0 else (end, end)
    values: dict[str, list[bytes]] = {}
    for found in islice(_FIELD.finditer(raw[start : min(stop, start + HEADER_LIMIT)]), FIELDS_LIMIT):
        name, value = found.groups()
        value = value[:FIELD_LIMIT].replace(b"\r\n", b"").strip()
        values.setdefault(name.decode("ascii").lower(), []).append(value)
    return Fields(values), body


def leaves(part: Part) -> Iterator[Part]:
    """All parts with content, in the order they stand in."""
    if part.parts:
        for inner in part.parts:
            yield from leaves(inner)
    else:
        yield part


def words(value: bytes) -> str:
    """A field's text, encoded words decoded (RFC 2047), also where they stand against the rules."""
    if b"=?" not in value:
        return decode(value, "")
    text, at = "", 0
    pending, charset = b"", ""  # words that follow each other may share a character's bytes
    value = _BETWEEN_WORDS.sub(rb"\1", value)
    for found in _WORD.finditer(value):
        between, label = value[at : found.start()], found[1].decode("ascii", "replace").lower()
        if between or label != charset:
            text += decode(pending, charset) + decode(between, "")
            pending = b""
        pending, charset, at = pending + _word_bytes(found), label, found.end()
    return text + decode(pending, charset) + decode(value[at:], "")


class _Reader:
    """One walk over a mail; counts what it has cut."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.left = PARTS_LIMIT

    def part(self, start: int, end: int, default: str, depth: int) -> Part:
        fields, body = read_fields(self.raw, start, end)
        type_, parameters = _parameterised(fields.first("content-type"))
        type_ = type_ if _TYPE.fullmatch(type_) else default  # RFC 2045 5.2: what is no type is plain text
        parts: tuple[Part, ...] = ()
        if type_.startswith("multipart/") and parameters.get("boundary") and depth < DEPTH_LIMIT:
            inside = "message/rfc822" if type_ == "multipart/digest" else "text/plain"
            boundary = parameters["boundary"].encode()
            pieces = list(self._pieces(body, end, boundary))
            parts = tuple(self.part(*piece, inside, depth + 1) for piece in pieces)
        return Part(fields, type_, parameters, self.raw, body, end, parts)

    def _pieces(self, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
        """From one delimiter line to the next (RFC 2046 5.1.1); a missing last one costs nothing."""
        raw, mark, opened, at = self.raw, b"--" + boundary, -1, start
        while self.left > 0 and (found := raw.find(mark, at, end)) >= 0:
            at = found + len(mark)
            if found != start and raw[found - 1 : found] != b"\n":
                continue
            stop = raw.find(b"\r\n", at, end)
            stop = stop if stop >= 0 else end
            rest = raw[at:stop].rstrip()
            if rest not in (b"", b"--"):  # another boundary that begins like ours
                continue
            if opened >= 0:
                self.left -= 1
                yield opened, max(opened, found - 2)
            opened = -1 if rest else min(stop + 2, end)
            if rest:
                return
            at = stop
        if opened >= 0:
            yield opened, end


def _parameterised(value: bytes) -> tuple[str, dict[str, str]]:
    """A value in lower case and its parameters, continued and encoded ones put together (RFC 2231)."""
    value = value[:PARAMETERS_LIMIT]
    parameters: dict[str, str] = {}
    segments: dict[str, list[tuple[int, bool, bytes]]] = {}
    for found in _PARAMETER.finditer(value):
        name = decode(found[1], "").lower()
        text = found[3].strip() if found[2] is None else _ESCAPED.sub(rb"\1", found[2])
        base, star, rest = name.partition("*")
        if star:
            number = rest.rstrip("*")
            order = int(number) if number.isdecimal() and len(number) < 5 else 0
            segments.setdefault(base, []).append((order, rest.endswith("*") or not rest, text))
        else:
            parameters.setdefault(base, decode(text, ""))
    parameters.update((base, _joined(pieces)) for base, pieces in segments.items())
    return decode(value.partition(b";")[0].strip(), "").lower(), parameters


def _joined(segments: list[tuple[int, bool, bytes]]) -> str:
    """The first segment may open with charset'language'."""
    segments.sort(key=lambda segment: segment[0])
    charset = b""
    if segments[0][1] and segments[0][2].count(b"'") >= 2:
        order, encoded, text = segments[0]
        charset, _, text = text.split(b"'", 2)
        segments[0] = order, encoded, text
    data = b"".join(unquote_to_bytes(text) if encoded else text for _, encoded, text in segments)
    return decode(data, charset.decode("ascii", "replace"))


def _word_bytes(found: re.Match[bytes]) -> bytes:
    if found[2] in b"bB":
        return _base64(found[3])
    return binascii.a2b_qp(found[3], header=True)


def _base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:  # cut short, or padding in the middle: keep every whole group there is
        data = _NOT_BASE64.sub(b"", data)
        whole = len(data) // 4 * 4
        odd = data[whole:] + b"=" * (-len(data) % 4) if len(data) - whole > 1 else b""
        return binascii.a2b_base64(data[:whole] + odd)


def _uuencoded(data: bytes) -> bytes:
    lines = [line for line in data.splitlines() if line and not line.startswith((b"begin ", b"end"))]
    try:  # old encoders pad lines beyond the count these state
        return b"".join(binascii.a2b_uu(line[: ((line[0] - 32 & 63) + 2) // 3 * 4 + 1]) for line in lines)
    except binascii.Error:
        return data
