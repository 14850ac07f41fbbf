"""Text for media that show nothing else: the source of an answer in words, choices by number; splitting at a limit,
names of files and of languages.
"""

import re
from collections.abc import Callable

from contactcenter.model.values import Outbound

NAME_LIMIT = 200  # characters of a file name
LANGUAGES_LIMIT = 200  # characters of a list of languages that are looked at

_PATH = re.compile(r"[\\/]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}(?![\w-])")  # RFC 5646, section 2.1, in short


def _first_characters(text: str, limit: int) -> str:
    return text[:limit]


def sourced(message: Outbound) -> str:
    """The message as text, its source below it, for a medium that cannot show one."""
    return message.text if message.source is None else f"{message.text}\n\n{message.source.in_words}"


def plain(message: Outbound) -> str:
    """The same, and below it what can be answered, for a medium that shows no buttons either."""
    if not message.choices:
        return sourced(message)
    numbered = [f"{number}  {words}" for number, words in enumerate(message.choices, 1)]
    return "\n".join([sourced(message), "", "You can answer with a number:", *numbered])


def split(text: str, limit: int, beginning: Callable[[str, int], str] = _first_characters) -> list[str]:
    """Pieces of at most `limit` characters, none empty, in order, nothing lost but the white space a cut falls on.

    `beginning` gives as much of a text as has room, for media that count otherwise than in characters.
    """
    pieces = []
    while len(room := beginning(text, limit)) < len(text):
        cut = _cut(text, len(room))
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [piece for piece in (*pieces, text) if piece] or [text]


def file_name(name: str) -> str:
    """A file name without path and control characters (they would deceive whoever saves it)."""
    name = _PATH.split(name)[-1]
    return "".join(char for char in name if char.isprintable())[:NAME_LIMIT].strip(". ") or "file"


def language_of(said: str) -> str:
    """The first language of a list as clients give it (RFC 9110, section 12.5.4; RFC 3282): `de-AT`; blank for none."""
    found = _LANGUAGE.match(said[:LANGUAGES_LIMIT].lstrip())
    if found is None:
        return ""
    first, *more = found[0].replace("_", "-").split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in more)])


def _cut(text: str, limit: int) -> int:
    """The best place to cut: after a paragraph, a line, a word, else anywhere."""
    for mark in ("\n\n", "\n", " "):
        cut = text.rfind(mark, limit // 2, limit)
        if cut > 0:
            return cut
    return limit
