"""A message as its sentences: which ask something, which only tell, and which go on from the question before.

Before knowledge/talk, which answers each question by itself. Pure and linear; cuts at line ends and sentence marks, and
never inside a number or an abbreviation without a space behind it.
"""

import re
from typing import NamedTuple

from contactcenter.knowledge.words import Word, folded, listed, words_of

MOST = 12  # sentences that are looked at; all behind them count as one
FOLLOWS_WITHIN = 9  # words of a sentence that goes on from the question before

_END = re.compile(r"[\n\r]++|(?<=[?!.。？！؟])\s++|(?<=[？。！])")
_QUESTION_MARK = re.compile(r"[?？؟]")

ASKING = listed(
    "who what when where why how which whose can could do does did is are am will would should may has have "
    "wer was wann wo warum wieso wie welche welcher welches wem wen kann können kannst ist sind gibt habt haben hat "
    "darf soll muss werden wird wohin woher"
)
WANTING = listed("need want please help like möchte brauche will bitte hilfe hätte cannot can't nicht")
FOLLOWING = tuple(
    tuple(folded(word) for word in beginning)
    for beginning in (
        ("and",), ("what", "about"), ("how", "about"), ("also",), ("or",), ("but", "for"), ("even",), ("for",), ("to",),
        ("in",), ("same", "for"), ("is", "that"), ("does", "that"), ("is", "it"), ("und",), ("was", "ist", "mit"),
        ("wie", "ist", "es", "mit"), ("auch",), ("oder",), ("gilt", "das"), ("für",), ("nach",), ("bei",),
        ("ist", "das"),
    )
)  # fmt: skip


class Part(NamedTuple):
    """A sentence. `asks`: it wants an answer."""

    text: str
    asks: bool


def sentences(text: str) -> list[str]:
    """The text cut at line ends and sentence marks; at most MOST of them."""
    found = [piece.strip() for piece in _END.split(text, maxsplit=MOST - 1)]
    return [piece for piece in found if piece]


def part_of(sentence: str) -> Part:
    """A sentence, and whether it asks."""
    words = words_of(sentence)
    asks = bool(_QUESTION_MARK.search(sentence)) or _begins_asking(words) or any(word.text in WANTING for word in words)
    return Part(sentence, asks)


def _begins_asking(words: list[Word]) -> bool:
    return bool(words) and words[0].text in ASKING


def follows(text: str) -> bool:
    """Does it make sense only after the question before, as "and for business accounts?" does?"""
    said = [word.text for word in words_of(text)]
    if not 0 < len(said) <= FOLLOWS_WITHIN:
        return False
    return any(tuple(said[: len(beginning)]) == beginning for beginning in FOLLOWING)
