"""Rich text as Outlook puts it into winmail.dat: unpacked (MS-OXRTFCP), and read as text or as the HTML it wraps
(MS-OXRTFEX).

Used by tnef.py. Not a reader of documents: letters and line ends come through, pictures and formatting do not. Total;
what is unpacked has an end, because a few bytes can be made to unpack to millions.
"""

import re
import struct

UNPACKED_LIMIT = 1_000_000  # bytes
DEPTH_LIMIT = 200

_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)",
    re.DOTALL,
)
_UNREAD = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr headerf footerl footerr footerf "
    b"footnote themedata colorschememapping datastore latentstyles listtable listoverridetable rsidtbl generator "
    b"xmlnstbl fldinst bkmkstart bkmkend".split()
)
_SIGNS = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"row": "\n",
    b"tab": "\t",
    b"cell": "\t",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
    b"endash": "–",
    b"emdash": "—",
}
_LITERAL = {b"\\": "\\", b"{": "{", b"}": "}", b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n"}


def unpacked(data: bytes) -> bytes:
    """The RTF in PR_RTF_COMPRESSED; as much of it as can be read."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<I4s", data, 4)
    if kind == b"MELA":
        return data[16 : 16 + min(size, UNPACKED_LIMIT)]
    return _lzfu(data[16:], min(size, UNPACKED_LIMIT)) if kind == b"LZFu" else b""


def text_and_markup(rtf: bytes) -> tuple[str, str]:
    """The words, and the HTML that it was made from, or blank; where there is HTML, the words are left to that."""
    html = b"\\fromhtml" in rtf[:500]
    said = _Reader(html=html).read(rtf)
    return ("", said) if html else (said.strip(), "")


def _lzfu(data: bytes, size: int) -> bytes:
    """LZ77 in a ring of 4,096 bytes that begins with what most documents begin with."""
    ring = bytearray(_START.ljust(4096, b"\0"))
    out = bytearray()
    write, at, end = len(_START), 0, len(data)
    while at < end and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 1 >= end:
                    return bytes(out)
                offset, length = data[at] << 4 | data[at + 1] >> 4, (data[at + 1] & 15) + 2
                at += 2
                if offset == write:
                    return bytes(out[:size])
                for step in range(length):
                    byte = ring[(offset + step) & 4095]
                    out.append(byte)
                    ring[write] = byte
                    write = (write + 1) & 4095
            elif at < end:
                out.append(data[at])
                ring[write] = data[at]
                write, at = (write + 1) & 4095, at + 1
    return bytes(out[:size])


class _Reader:
    """One walk over the RTF. With `html`, what stands in htmltag groups is kept and what stands for it is not."""

    def __init__(self, *, html: bool) -> None:
        self.html = html
        self.said: list[str] = []
        self.pending = bytearray()  # bytes that may share a character
        self.codec = "cp1252"
        self.skip = 0  # characters to leave out: what stands beside \u for old readers
        self.groups: list[tuple[bool, int, bool]] = []
        self.unread, self.beside, self.double = False, 1, False
        self.starred = False

    def read(self, rtf: bytes) -> str:
        for token in _TOKEN.finditer(rtf):
            match token.lastgroup:
                case "brace":
                    self._brace(token["brace"])
                case "text" | "hex":
                    self._say(bytes.fromhex(token["hex"].decode()) if token["hex"] else token["text"])
                case "sign":
                    self._sign(token["sign"])
                case _:
                    self._word(token["word"].lower(), token["number"])
        self._flush()
        return "".join(self.said).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self.starred = False
        if brace == b"{" and len(self.groups) < DEPTH_LIMIT:
            self.groups.append((self.unread, self.beside, self.double))
        elif brace == b"}" and self.groups:
            self.unread, self.beside, self.double = self.groups.pop()

    def _word(self, word: bytes, number: bytes | None) -> None:
        starred, self.starred = self.starred, False
        if word == b"htmltag" and self.html:
            self.unread = False
        elif starred or word in _UNREAD:
            self.unread = True
        elif word == b"htmlrtf" and self.html:
            self.double = number != b"0"
        elif word == b"ansicpg" and number and number.isdigit():
            self.codec = _codec(number.decode())
        elif word == b"uc":
            self.beside = min(8, abs(int(number or 1)))
        elif word == b"u" and number:
            self._flush()
            self._put(chr(int(number) & 0xFFFF))
            self.skip = self.beside
        elif word in _SIGNS:
            self._flush()
            self._put(("\r\n" if _SIGNS[word] == "\n" else _SIGNS[word]) if self.html else _SIGNS[word])

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.starred = True
        elif sign in _LITERAL:
            self._flush()
            self._put(_LITERAL[sign])

    def _say(self, data: bytes) -> None:
        left_out = min(self.skip, len(data))
        self.skip -= left_out
        if not (self.unread or self.double):
            self.pending += data[left_out:]

    def _put(self, text: str) -> None:
        if not (self.unread or self.double):
            self.said.append(text)

    def _flush(self) -> None:
        if self.pending:
            self.said.append(self.pending.decode(self.codec, "replace"))
            self.pending.clear()


def _codec(number: str) -> str:
    name = "utf-8" if number == "65001" else f"cp{number}"
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name
