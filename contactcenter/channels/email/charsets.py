"""Bytes to text, whatever the label says: mail is full of labels Python's codecs do not know, and of wrong ones.

Used by mime.py and parse.py. Total: always gives text, without NUL and lone surrogates, which PostgreSQL and JSON
refuse.
"""

import re

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
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "palmos"}
_NOT_IN_A_LABEL = re.compile(r"//.*|[^a-z0-9-]")
_LONE = re.compile("[\0\ud800-\udfff]")


def decode(data: bytes, label: str) -> str:
    """The text; nothing is dropped, what cannot be read becomes U+FFFD."""
    codec = _codec(label)
    if not codec:
        return clean(_guess(data))
    if codec == "iso-2022-jp":
        return clean(_japanese(data))
    text = data.decode(codec, "replace")
    if codec == "utf-8" and "\ufffd" in text and not any(ord(char) > 127 for char in text if char != "\ufffd"):
        text = data.decode("cp1252", "replace")  # labelled UTF-8 and not one character of it is
    return clean(text)


def clean(text: str) -> str:
    """Without NUL and lone surrogates."""
    return text if text.isascii() and "\0" not in text else _LONE.sub("", text)


def _codec(label: str) -> str:
    """A codec Python has, or blank where the label says nothing or nonsense."""
    label = _NOT_IN_A_LABEL.sub("", label.strip().lower().replace("_", "-"))[:40]
    if label in _UNDECLARED or label in _NO_CHARSETS:
        return ""
    name = _ALIASES.get(label, label)
    try:
        b"    ".decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):  # also for codecs between bytes and bytes
        return ""
    return name


def _guess(data: bytes) -> str:
    if b"\x1b$" in data:
        return _japanese(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _japanese(data: bytes) -> str:
    """ISO-2022-JP as Microsoft writes it: its extra characters sit where JIS X 0213 has the same ones."""
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        return data.replace(b"\x1b$B", b"\x1b$(Q").decode("iso2022_jp_2004", "replace")
