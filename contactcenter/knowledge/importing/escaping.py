"""Plain words as Markdown that shows the same words."""

import re

_SPECIAL = re.compile(r"([\\`*_\[\]<>])")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>#+.)-])")
_MARK = re.compile(r"[#+-]")
_NUMBER = re.compile(r"(\d{1,9})([.)])")


def escaped(text: str) -> str:
    """Words within a paragraph."""
    return _SPECIAL.sub(r"\\\1", text)


def plain(text: str) -> str:
    """The words again."""
    return _ESCAPED.sub(r"\1", text)


def begun(text: str) -> str:
    """The same where it begins a line: neither a heading nor an item of a list."""
    if _MARK.match(text):
        return f"\\{text}"
    return _NUMBER.sub(r"\1\\\2", text, count=1) if _NUMBER.match(text) else text
