"""What was written as words that can be compared: case and accents do not matter, slips of the finger hardly.

Used by all that understands a few set phrases: knowledge/person, knowledge/smalltalk, knowledge/parts. Total, and
linear in a text that is cut off at LIMIT. Finds no articles: that is the answerer's.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import OSA

LIMIT = 4_000  # characters of a text that are read
MOST = 400  # words of it

_WORD = re.compile(r"[^\W_]++(?:['’][^\W_]++)?")
_LETTERS = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "’": "'"})


class Word(NamedTuple):
    """A word as it is compared, and where it stands in the text."""

    text: str
    start: int
    end: int


def readable(text: str) -> str:
    """The text, cut off, without control and format characters: nobody sees them, and some turn the text around."""
    cut = text[:LIMIT]
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(char for char in cut if char in "\n\t" or unicodedata.category(char)[0] != "C")


def words_of(text: str) -> list[Word]:
    """The words of a text that is `readable`, in order."""
    found = []
    for match in _WORD.finditer(text):
        found.append(Word(folded(match[0]), match.start(), match.end()))
        if len(found) == MOST:
            break
    return found


def folded(word: str) -> str:
    """Without case and accents."""
    plain = word.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_LETTERS))
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return plain.translate(_LETTERS)


def alike(word: str, meant: str) -> bool:
    """Is it that word, or what a slip of the finger makes of it? Both folded; short words have to be right."""
    if word == meant:
        return True
    if len(word) == len(meant) == 4 and word[0] == meant[0]:
        return sorted(word) == sorted(meant)  # two letters changed places
    slips = 0 if len(meant) < 5 else 1 if len(meant) < 8 else 2
    if not slips or abs(len(word) - len(meant)) > slips or word[0] != meant[0]:
        return False
    return OSA.distance(word, meant, score_cutoff=slips) <= slips


def among(word: str, meant: Iterable[str]) -> bool:
    """Is it one of them?"""
    return word in meant if len(word) < 4 else any(alike(word, one) for one in meant)


def listed(text: str) -> frozenset[str]:
    """A list of words as it is written below, each as it is compared."""
    return frozenset(folded(word) for word in text.split())
