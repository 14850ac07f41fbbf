"""Bytes to text, whatever the label says: mail is full of labels Python's codecs do not know, and of wrong ones.

Used by mime.py and parse.py; guess.py decides where nothing is said. Total: always gives text, without NUL and lone
surrogates, which PostgreSQL and JSON refuse.
"""

import codecs
import re
import unicodedata
from functools import lru_cache

from contactcenter.channels.email.syntax.guess import likely_codec

_ALIASES = {
    "iso-gb2312": "gb18030",
    "gb2312": "gb18030",  # labelled so, written in its superset
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "ks-c-5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "windows-874": "cp874",
    "dos-874": "cp874",
    "cp-850": "cp850",
    "win-1251": "cp1251",
    "iso-2022-jp-ms": "iso-2022-jp",
    "x-mac-roman": "mac-roman",
    "utf8mb4": "utf-8",
    "utf8": "utf-8",
}
_UNDECLARED = {"", "us-ascii", "ascii", "8bit", "7bit", "binary", "unknown", "unknown-8bit", "x-user-defined", "none"}
_PLAIN = {"", "us-ascii", "utf-8", "iso-8859-1", "UTF-8", "ISO-8859-1", "US-ASCII"}  # where ASCII is itself
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "palmos"}
_NOT_IN_A_LABEL = re.compile(r"//.*|[^a-z0-9-]")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_META_WITHIN = 2048  # bytes
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONE = re.compile("[\0\ud800-\udfff]")


def decode(data: bytes, label: str) -> str:
    """The text; nothing is dropped, what cannot be read becomes U+FFFD."""
    if data.isascii() and label in _PLAIN and b"\x1b" not in data and b"\0" not in data:
        return data.decode("ascii")
    codec = _codec(label) if label else ""
    if not codec:
        return clean(_undeclared(data))
    if codec == "iso-2022-jp":
        return clean(_japanese(data))
    text = data.decode(codec, "replace")
    if "\ufffd" in text:
        text = _mislabelled(data, text, codec)
    return clean(text.removeprefix("\ufeff"))


def stated_in(markup: bytes) -> str:
    """The charset that an HTML document states itself, or blank."""
    found = _META.search(markup[:_META_WITHIN])
    label = found[1].decode("ascii", "replace") if found else ""
    return "" if label.lower().startswith(("utf-16", "utf-32")) else label  # it could not have been read in these


def printable(text: str) -> str:
    """Without control characters and without marks that turn the direction of reading ("fdp.exe" for "exe.pdf")."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if unicodedata.category(char) != "Cc" and char not in TURNS)


def clean(text: str) -> str:
    """Without NUL and lone surrogates."""
    return text if text.isascii() and "\0" not in text else _LONE.sub("", text)


@lru_cache(512)
def _codec(label: str) -> str:
    """A codec Python has, or blank where the label says nothing or nonsense."""
    label = _NOT_IN_A_LABEL.sub("", label.strip().lower().partition("(")[0].replace("_", "-"))[:40]
    if label in _UNDECLARED or label in _NO_CHARSETS:
        return ""
    name = _ALIASES.get(label, label)
    try:
        b"    ".decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):  # also for codecs between bytes and bytes
        return ""
    return name


def _undeclared(data: bytes) -> str:
    if b"\x1b$" in data:
        return _japanese(data)
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(likely_codec(data), "replace")


def _mislabelled(data: bytes, text: str, codec: str) -> str:
    """Another reading, if the label is wrong for all of it and not for a byte or two."""
    if data.isascii():  # a few wrong bytes in a charset that is written in ASCII
        return text
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if codec != "utf-8":
        return text
    right = sum(char > "\x7f" for char in text) - text.count("\ufffd")
    return text if right else data.decode(likely_codec(data), "replace")


def _japanese(data: bytes) -> str:
    """ISO-2022-JP as Microsoft writes it: its extra characters sit where JIS X 0213 has the same ones."""
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        return data.replace(b"\x1b$B", b"\x1b$(Q").decode("iso2022_jp_2004", "replace")
