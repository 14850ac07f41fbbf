"""A mail taken apart: fields, parts, file names, contents. Linear in the size of the mail, and total.

Comes before parse.py, which decides what the parts mean. Written by hand and not by the standard library's parser,
which recurses by nesting depth, takes four times as long and cannot give back an attached mail byte for byte
(RFC 2045, 2046, 2047, 2231). Every limit here leaves what is beyond it in one piece; none drops it. Lines may end in
CRLF or in LF, and the mail may be a mapped file: nothing here copies the whole of it.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote_to_bytes

from contactcenter.channels.email.syntax.charsets import decode, stated_in
from contactcenter.channels.email.syntax.transfer import Source, base64_word, decoded, encoding_named

HEADER_LIMIT = 256 * 1024  # bytes of a header that are read
FIELD_LIMIT = 64 * 1024
TEXT_LIMIT = 2_000_000  # characters of a part
PARAMETERS_LIMIT = 4 * 1024
GUESS_LIMIT = 64 * 1024  # bytes in which a delimiter is looked for that nothing announces
DEPTH_LIMIT = 30
PARTS_LIMIT = 1000
FIELDS_LIMIT = 1000  # of one header

_FIELD = re.compile(rb"^([!-9;-~]{1,100})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_ENVELOPE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:>?From [^\n]*+\n|\r?\n)*+"
)  # what mailbox files put before a mail, and empty lines
_EMPTY = re.compile(rb"[ \t]*+\r?\n")
_USUAL = re.compile(
    rb"(?:from|to|cc|subject|date|sender|reply-to|received|return-path|message-id|references|in-reply-to|mime-version"
    rb"|content-.*|x-.*)",
    re.IGNORECASE,
)
_WORD = re.compile(rb"=\?([^?*\s]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*+(?:\?(?!=)[^?]*+){0,4})\?=")
_TORN = re.compile(rb"=([0-9A-Fa-f]?)[ \t]+(?=[0-9A-Fa-f])")  # an escape that a careless program folded
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(?==\?)")
_TYPE = re.compile(r"[\w!#$&^.+-]{1,80}/[\w!#$&^.+-]{1,80}", re.ASCII)
_PARAMETER = re.compile(rb';\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*+)"|([^;]*))')
_ESCAPED = re.compile(rb"\\(.)")
_DELIMITER = re.compile(rb"(?<=\n)--([^\s][^\r\n]{0,198}+)\r?\n(?=content-|\r?\n)", re.IGNORECASE)
_BREAKS = str.maketrans("\t\r\n", "   ")


@dataclass(frozen=True, slots=True)
class Fields:
    """The header of a mail or part: by lower-case name, the unfolded bytes of every occurrence in order."""

    values: Mapping[str, list[bytes]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict, compare=False, repr=False)  # those that were asked for

    def first(self, name: str) -> bytes:
        """The first of that name, blank if there is none."""
        found = self.values.get(name)
        return found[0] if found else b""

    def text(self, name: str) -> str:
        """The first of that name, decoded, on one line."""
        text = self.texts.get(name)
        if text is None:
            value = self.first(name)
            text = self.texts[name] = words(value).translate(_BREAKS).strip() if value else ""
        return text


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf with content, or a multipart with parts."""

    fields: Fields
    type: str
    parameters: Mapping[str, str]
    raw: Source
    start: int
    end: int
    parts: tuple["Part", ...] = ()

    def chunks(self) -> Iterator[bytes]:
        """The bytes, transfer encoding removed, in pieces of at most half a MiB."""
        return decoded(self.raw, self.start, self.end, self.fields.first("content-transfer-encoding"))

    def content(self) -> bytes:
        """All the bytes at once."""
        return b"".join(self.chunks())

    def size(self) -> int:
        """How many bytes the content has."""
        if not encoding_named(self.fields.first("content-transfer-encoding")):
            return self.end - self.start
        return sum(map(len, self.chunks()))

    def text(self, limit: int = TEXT_LIMIT) -> str:
        """The content as text, lines ended by LF; of a long one the first `limit` characters and some more."""
        data, most = b"", 4 * limit
        for chunk in self.chunks():
            data += chunk
            if len(data) > most:
                break
        charset = self.parameters.get("charset", "") or (stated_in(data) if self.type == "text/html" else "")
        return decode(data[: most + 4], charset).replace("\r\n", "\n").replace("\r", "\n")

    def disposition(self) -> tuple[str, str]:
        """How it wants to be shown (inline, attachment or blank) and its file name, undecorated, or blank."""
        stated = self.fields.first("content-disposition")
        kind, parameters = parameterised(stated) if stated else ("", {})
        name = parameters.get("filename") or parameters.get("name") or self.parameters.get("name", "")
        return kind, (words(name.encode()) if "=?" in name else name).strip()


def with_crlf(raw: bytes) -> bytes:
    """Every line ended by CRLF: a lone LF in content is what SMTP smuggling is made of."""
    if raw.count(b"\n") == raw.count(b"\r\n"):
        return raw
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def read(raw: Source) -> Part:
    """The tree of a mail."""
    if isinstance(raw, bytes) and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\r\n")  # as a file of old Macintoshes has it
    return _Reader(raw).part(0, len(raw), "text/plain", 0)


def read_fields(raw: Source, start: int = 0, end: int | None = None) -> tuple[Fields, int]:
    """The header between `start` and `end`, and where the body begins."""
    end = len(raw) if end is None else end
    if start == 0 and (envelope := _ENVELOPE.match(raw, 0, end)):
        start = envelope.end()
    elif start and (empty := _EMPTY.match(raw, start, end)):
        return Fields(), empty.end()
    close = _BLANK_LINE.search(raw, start, end)
    stop, body = close.span() if close else (end, end)
    block = raw[start : min(stop, start + HEADER_LIMIT)]
    values, read_to = _fields(block)
    if read_to < len(block) < HEADER_LIMIT and block[read_to:].strip():
        body = start + read_to  # the empty line between header and text is missing
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


def parameterised(value: bytes) -> tuple[str, dict[str, str]]:
    """A value in lower case and its parameters, continued and encoded ones put together (RFC 2231)."""
    value = value[:PARAMETERS_LIMIT]
    head, semicolon, _ = value.partition(b";")
    if not semicolon and b"=" in head:  # the semicolon before the only parameter is missing
        head, _, rest = b" ".join(head.split()).rpartition(b" ") if b'"' not in head else head.partition(b" ")
        value = head + b";" + rest
    kind = decode(head.strip(), "").lower()
    return kind, _parameters(value) if b"=" in value else {}


def _fields(block: bytes) -> tuple[dict[str, list[bytes]], int]:
    """The fields of a header, and where the last one ends. Behind a line that is none, only a usual one counts."""
    values: dict[str, list[bytes]] = {}
    held: list[re.Match[bytes]] = []
    read_to = count = 0
    for found in islice(_FIELD.finditer(block), FIELDS_LIMIT):
        count += 1
        begin, end = found.span()
        held.append(found)
        if begin == read_to or _USUAL.fullmatch(found[1]):
            read_to = end + 1
            for one in held:
                name, value = one.groups()
                if b"\n" in value:
                    value = value.replace(b"\r\n", b"").replace(b"\n", b"")
                values.setdefault(name.lower().decode("ascii"), []).append(value[:FIELD_LIMIT].strip())
            held.clear()
    return values, len(block) if count == FIELDS_LIMIT else read_to


class _Reader:
    """One walk over a mail; counts what it has cut."""

    def __init__(self, raw: Source) -> None:
        self.raw = raw
        self.left = PARTS_LIMIT
        self.may_decode = True  # a multipart that is encoded as a whole: each is a copy, so none in another

    def part(self, start: int, end: int, default: str, depth: int) -> Part:
        fields, body = read_fields(self.raw, start, end)
        stated, parameters = parameterised(fields.first("content-type"))
        known = _TYPE.match(stated)
        if not known and parameters.get("name"):
            default = "application/octet-stream"
        type_ = known[0] if known else default  # RFC 2045 5.2: what is no type is plain text
        parts: tuple[Part, ...] = ()
        if type_.startswith("multipart/") and depth < DEPTH_LIMIT:
            boundary = parameters.get("boundary", "")
            parts = self._parts(body, end, (type_, boundary), depth)
            encoding = fields.first("content-transfer-encoding")
            if not parts and self.may_decode and encoding_named(encoding):
                parts = self._encoded(b"".join(decoded(self.raw, body, end, encoding)), (type_, boundary), depth)
            if parts and _is_shell(parts[0], parameters):  # it was meant to hold what stands behind it
                type_, parts = parts[0].type, parts[1:]
        return Part(fields, type_, parameters, self.raw, body, end, parts)

    def _parts(self, start: int, end: int, kind: tuple[str, str], depth: int) -> tuple[Part, ...]:
        """The parts of a multipart of that type and boundary."""
        type_, boundary = kind
        inside = "message/rfc822" if type_ == "multipart/digest" else "text/plain"
        return tuple(self.part(*piece, inside, depth + 1) for piece in self._cut(start, end, boundary))

    def _encoded(self, content: bytes, kind: tuple[str, str], depth: int) -> tuple[Part, ...]:
        """The parts of a multipart that is encoded as a whole, which RFC 2045 6.4 forbids."""
        inner = _Reader(b"\r\n" + content)
        inner.left, inner.may_decode = self.left, False
        parts = inner._parts(2, len(inner.raw), kind, depth + 1)
        self.left = inner.left
        return parts

    def _cut(self, start: int, end: int, boundary: str) -> list[tuple[int, int]]:
        """Between its delimiters, or those it seems to have where none is announced or the announced one is absent."""
        pieces = list(self._pieces(start, end, boundary.encode())) if boundary else []
        if pieces or not (seen := _DELIMITER.search(self.raw, start, min(end, start + GUESS_LIMIT))):
            return pieces
        return list(self._pieces(start, end, seen[1].rstrip()))

    def _pieces(self, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
        """From one delimiter line to the next (RFC 2046 5.1.1); a missing last one, or one too many, costs nothing."""
        raw, mark, opened, at = self.raw, b"--" + boundary, -1, start
        while self.left > 0 and (found := raw.find(mark, at, end)) >= 0:
            at = found + len(mark)
            if found != start and raw[found - 1 : found] != b"\n":
                continue
            stop = raw.find(b"\n", at, end)
            stop = stop if stop >= 0 else end
            rest = raw[at : min(stop, at + 200)].rstrip()
            if rest not in (b"", b"--"):  # another boundary that begins like ours
                continue
            if opened >= 0:
                self.left -= 1
                yield opened, max(opened, found - (2 if raw[found - 2 : found] == b"\r\n" else 1))
            opened = -1 if rest else min(stop + 1, end)  # more may come behind the last one, if a part had the same
            at = stop
        if opened >= 0:
            yield opened, end


def _is_shell(part: Part, around: Mapping[str, str]) -> bool:
    """Is it a multipart that announces the delimiter of the one around it, which makes it empty?"""
    if part.parts or not part.type.startswith("multipart/"):
        return False
    return part.parameters.get("boundary", "") == around.get("boundary") and part.end - part.start < 3


def _parameters(value: bytes) -> dict[str, str]:
    parameters: dict[str, str] = {}
    segments: dict[str, list[tuple[int, bool, bytes]]] = {}
    for found in _PARAMETER.finditer(value):
        name = decode(found[1], "").lower()
        text = found[3].strip().strip(b'"') if found[2] is None else _ESCAPED.sub(rb"\1", found[2])
        base, star, rest = name.partition("*")
        if star:
            number = rest.rstrip("*")
            order = int(number) if number.isdecimal() and len(number) < 5 else 0
            segments.setdefault(base, []).append((order, rest.endswith("*") or not rest, text))
        else:
            parameters.setdefault(base, decode(text, ""))
    parameters.update((base, _joined(pieces)) for base, pieces in segments.items())
    return parameters


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
        return base64_word(found[3])
    return binascii.a2b_qp(_TORN.sub(rb"=\1", found[3]), header=True)
