"""What is personal in a text is left out before people who are not on the ticket read it, or an article is made of it.

Asked by knowledge/trial and by what proposes articles, and so wherever old questions are listed. Knows addresses,
links, numbers of four digits and more, and the names it is given; what a person tells of themselves in plain words it
cannot know: that is why people approve what is proposed.
"""

import re
from collections.abc import Iterable

GONE = "…"
LIMIT = 4_000  # characters that are looked at
SHORT = 2  # letters
DIGITS = 4  # so many make a number somebody's: an order's, a phone's, an account's

_SPACED = re.compile(r"(?<!\w)[+(]?\d(?:[ ()./-]{0,2}\d){5,30}(?!\w)")  # a phone's, in groups
_WORD = re.compile(r"\S+")
_AGAIN = re.compile(rf"{GONE}(?:[ \t]{{1,4}}{GONE})+")


def redacted(text: str, names: Iterable[str] = ()) -> str:
    """The text with what is personal replaced by an ellipsis; `names` are those of whoever took part."""
    text = _SPACED.sub(GONE, text[:LIMIT])
    text = _WORD.sub(_shown, text)
    known = _known(names)
    if known is not None:
        text = known.sub(GONE, text)
    return _AGAIN.sub(GONE, text)


def personal(text: str, names: Iterable[str] = ()) -> bool:
    """Is there anything in it that `redacted` would take out?"""
    return redacted(text, names) != text[:LIMIT]


def _shown(word: re.Match[str]) -> str:
    """A word as it may be shown, with the punctuation around it."""
    text = word[0]
    if "@" not in text and "://" not in text and not text.startswith("www.") and _digits(text) < DIGITS:
        return text
    head = text[: len(text) - len(text.lstrip("([<\"'“‘"))]
    tail = text[len(text.rstrip(".,;:!?)]>\"'”’")) :]
    return f"{head}{GONE}{tail}"


def _digits(word: str) -> int:
    return sum(map(str.isdigit, word))


def _known(names: Iterable[str]) -> re.Pattern[str] | None:
    """The words of names, as whole words; short ones, which would be found everywhere, beside others only."""
    words = {word for name in names for word in re.findall(r"\w{1,40}", name)}
    long = "|".join(sorted(word for word in words if len(word) > SHORT))
    if not long:
        return None
    every = "|".join(sorted(words))  # "Ng" is a name beside "Dora", and nothing by itself
    return re.compile(rf"\b(?:(?:{every})\s){{0,3}}(?:{long})(?:\s(?:{every})){{0,3}}\b", re.IGNORECASE)
