"""What of a mail is its text, what is a file, and what is inside a file that mail programs make of a whole mail.

Between mime.py, which cuts a mail up, and parse.py, which puts a message together. Every leaf is one or the other, so
nothing gets lost: a named text is a file, a part that is no text is one, and of alternatives the readable ones are the
same text in another form (RFC 2046 5.1.4).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from contactcenter.channels.email.reading.inside import Inside, opened
from contactcenter.channels.email.reading.texts import unflowed, without_formatting
from contactcenter.channels.email.syntax.markup import text_of
from contactcenter.channels.email.syntax.mime import Part

TEXT_LIMIT = 200_000  # characters that are read as the text; all of it is in the source, which is kept
OPENED_LIMIT = 20  # files of one mail that are looked into
CUT = "(The mail goes on; its source has all of it.)"

_ALWAYS_FILES = {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers", "text/csv"}
_ENRICHED = {"text/enriched", "text/richtext"}
_UNSEEN = {"text/x-amp-html", "text/watch-html"}  # other forms of the HTML beside them


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part with content; `number` counts them in the order they stand in."""

    number: int
    part: Part
    name: str  # as the mail states it, or blank
    is_words: bool
    inside: Inside | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """A mail's leaves, told apart."""

    mail: Part
    leaves: list[Leaf]
    by_part: dict[int, Leaf] = field(default_factory=dict)


def contents_of(mail: Part) -> Contents:
    """Look at every leaf."""
    found: list[Leaf] = []
    left = OPENED_LIMIT
    for part, within, first in _with_place(mail, "", first=True):
        kind, name = part.disposition()
        words = _is_words(part, kind, name, within, first=first and not any(leaf.is_words for leaf in found))
        inside = opened(part, name, is_words=words) if left else None
        left -= inside is not None
        found.append(Leaf(len(found), part, name, words, inside))
    return Contents(mail, found, {id(leaf.part): leaf for leaf in found})


def plain_of(contents: Contents) -> str:
    """The text as its writer's program put it in plain words; blank where there is only HTML."""
    if not any(leaf.is_words and leaf.part.type != "text/html" for leaf in contents.leaves):
        return ""
    texts = _texts(contents, contents.mail, Reading())
    return "\n\n".join(text for text, _ in texts) if any(plain for _, plain in texts) else ""


def text_in(contents: Contents) -> str:
    """What the mail says, in order, in words: from HTML or from inside a file where it says nothing else."""
    said = "\n\n".join(text for text, _ in _texts(contents, contents.mail, Reading()))
    return said or next(filter(None, (_inner_text(leaf) for leaf in contents.leaves)), "")


def markup_of(contents: Contents, plain: Callable[[str], str] | None = None) -> str:
    """Its HTML: of alternatives the richest, in order; blank where there is none.

    With `plain`, which makes HTML of a text, what stands between in plain words is there too.
    """
    rich = _rich(contents, contents.mail)
    if not any(leaf.part.type == "text/html" for leaf in rich):
        return next((leaf.inside.markup for leaf in contents.leaves if leaf.inside and leaf.inside.markup), "")
    told = []
    for leaf in rich:
        if leaf.part.type == "text/html":
            told.append(leaf.part.text())
        elif plain and (text := _text(leaf, Reading())):
            told.append(plain(text))
    return "\n".join(markup for markup in told if markup.strip())


class Reading:
    """How much of one mail may still be read as its text."""

    def __init__(self) -> None:
        self.left = TEXT_LIMIT

    def take(self, text: str) -> str:
        """The text, or as much of it as there is room for, and a word that there is more."""
        if len(text) <= self.left:
            self.left -= len(text)
            return text
        taken, self.left = text[: self.left], 0
        return f"{taken}\n\n{CUT}" if taken else ""


def _with_place(part: Part, within: str, *, first: bool) -> Iterator[tuple[Part, str, bool]]:
    """Every leaf, the type of the multipart it stands in, and whether it stands first there."""
    if not part.parts:
        yield part, within, first
    for number, inner in enumerate(part.parts):
        yield from _with_place(inner, part.type, first=number == 0)


def _is_words(part: Part, kind: str, name: str, within: str, *, first: bool) -> bool:
    """Is it text to be read in place, and no file? A name makes it one, unless the text can be nothing else."""
    if kind == "attachment" or part.type in _ALWAYS_FILES or (name and kind not in ("", "inline")):
        return False
    if within in ("", "multipart/alternative"):
        return part.type.startswith(("text/", "multipart/"))
    if part.type not in ("text/plain", "text/html") and not part.type.startswith("multipart/"):
        return False
    if within == "multipart/related" and part.fields.first("content-id") and not first and part.type == "text/html":
        return False
    return not name or (first and kind != "inline")


def _texts(contents: Contents, part: Part, reading: Reading) -> list[tuple[str, bool]]:
    """What is said, in order, and whether in plain words; of alternatives the plainest that says something."""
    if not part.parts:
        leaf = contents.by_part[id(part)]
        return [(text, part.type != "text/html")] if leaf.is_words and (text := _text(leaf, reading)) else []
    if part.type != "multipart/alternative":
        return [text for inner in part.parts for text in _texts(contents, inner, reading)]
    plainest_first = sorted(part.parts, key=_richness)
    return next((texts for inner in plainest_first if (texts := _texts(contents, inner, reading))), [])


def _rich(contents: Contents, part: Part) -> list[Leaf]:
    """The leaves to be shown where HTML can be, in order."""
    if not part.parts:
        leaf = contents.by_part[id(part)]
        return [leaf] if leaf.is_words and part.type not in _UNSEEN else []
    if part.type != "multipart/alternative":
        return [leaf for inner in part.parts for leaf in _rich(contents, inner)]
    forms = [leaves for inner in part.parts if (leaves := _rich(contents, inner))]
    html = [leaves for leaves in forms if any(leaf.part.type == "text/html" for leaf in leaves)]
    return html[-1] if html else forms[0] if forms else []


def _richness(part: Part) -> int:
    """Plain text before what is made of it, HTML last."""
    if part.parts:
        return max(map(_richness, part.parts))
    return {"text/plain": 0, "text/html": 2}.get(part.type, 1 if part.type.startswith("text/") else 0)


def _text(leaf: Leaf, reading: Reading) -> str:
    part = leaf.part
    if part.type in _UNSEEN:
        return ""
    text = reading.take(leaf.inside.text if leaf.inside else part.text(reading.left + 1))
    if part.type == "text/html":
        return text_of(text).strip()
    if part.type in _ENRICHED:
        return without_formatting(text).strip()
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text.strip()


def _inner_text(leaf: Leaf) -> str:
    if leaf.inside is None or leaf.is_words:
        return ""
    return Reading().take(leaf.inside.text.strip() or text_of(leaf.inside.markup[:TEXT_LIMIT]).strip())
