"""Texts as they are compared word for word, and as a line shows them. Pure, and total whatever is written."""

import re

LONG = 4  # letters of a word that says something
_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """The words of a text, without case and punctuation."""
    return " ".join(_WORD.findall(text.casefold()))


def long_words(text: str) -> frozenset[str]:
    """The words of a text that say something."""
    return frozenset(word for word in _WORD.findall(text.casefold()) if len(word) >= LONG)


def short(text: str, limit: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
