"""HTML mail as text that reads like the mail: paragraphs, lists, tables, and where links lead.

Used by parse.py for mails without a text of their own. nh3 makes well-formed markup of whatever came, scripts and
styles gone; the little grammar that is left is turned into lines here. What a browser would show is not its business.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import nh3

TAGS_LIMIT = 3_000  # beyond it nh3 is spared: its time grows with the square of the nesting

_LINES = {"div", "tr", "li", "dt", "dd", "table", "section", "article", "header", "footer"}
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "hr"}
_CELLS = {"td", "th"}
_TOLD_BY = {"blockquote", "div", "hr", "p", "span", "table"}  # elements whose attributes tell what they are for
_TELLING = ("class", "id", "name", "style", "type")
_KEPT = {"a", "br", *_LINES, *_PARAGRAPHS, *_CELLS, *_TOLD_BY}
_DROPPED = {"script", "style", "title", "template", "noscript"}
_SCHEMES = {"http", "https", "mailto", "tel"}

# Possessive throughout: a tag that never closes must not be tried at every split of its name (quadratic, and `re`
# holds the interpreter while it does).
_TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^<>"]*+(?:"[^"]*+"[^<>"]*+)*+)>')
_HREF = re.compile(r'href="([^"]*)"')
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SCHEME = re.compile(r"^(?:[a-z]+:)?(?://)?(?:www\.)?")
_WORD = re.compile(r"\S+")
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{20,}+|[xX][0-9a-fA-F]{20,}+);?")  # int() refuses what has thousands of digits
_MANY_LINES = re.compile(r"\n{3,}")


def unescaped(text: str) -> str:
    """With its character references as characters; a number longer than any character's is none."""
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text))


class Stretch(NamedTuple):
    """Where in the text an element lies that the caller knows by its kind."""

    start: int
    end: int
    kind: str


def text_of(markup: str) -> str:
    """The words of it, in order, none lost."""
    return text_and_stretches(markup, lambda _name, _attributes: "")[0]


def text_and_stretches(markup: str, kind_of: Callable[[str, str], str]) -> tuple[str, list[Stretch]]:
    """The words, and where the elements lie that `kind_of` (name, attributes) has a word for, in order."""
    lines = _Lines(kind_of)
    markup = _well_formed(markup) if markup.count("<") <= TAGS_LIMIT else _without_comments(markup)
    at = 0
    for tag in _TAG.finditer(markup):
        lines.say(markup[at : tag.start()])
        lines.tag(tag[2].lower(), tag[3], closing=bool(tag[1]))
        at = tag.end()
    lines.say(markup[at:])
    lines.end()
    text = lines.text()
    return text, list(_placed(lines, text))


def _placed(lines: "_Lines", text: str) -> Iterator[Stretch]:
    """The stretches in the text as it has become: what was said before them has as many letters in it as it had."""
    if not lines.known:
        return
    before = [0]
    for piece in lines.pieces:
        before.append(before[-1] + len("".join(unescaped(piece).split())))
    places = [place for word in _WORD.finditer(text) for place in range(word.start(), word.end())]
    for opened, closed, kind in sorted(lines.known):
        first, last = before[opened], min(before[closed], len(places))
        if first < len(places):  # an empty element may tell something of what comes below it
            yield Stretch(places[first], places[last - 1] + 1 if first < last else places[first], kind)


def _well_formed(markup: str) -> str:
    return nh3.clean(
        markup,
        tags=_KEPT,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}, **{name: set(_TELLING) for name in _TOLD_BY}},
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _without_comments(markup: str) -> str:
    before, *commented = markup.split("<!--")
    return before + "".join(piece.partition("-->")[2] for piece in commented)


class _Lines:
    """Text as it grows, still escaped."""

    def __init__(self, kind_of: Callable[[str, str], str]) -> None:
        self.kind_of = kind_of
        self.kinds: dict[tuple[str, str], str] = {}
        self.known: list[tuple[int, int, str]] = []  # first piece, the one after the last, and what it is
        self.open: list[tuple[str, int, int, str]] = []  # name, depth among its like, first piece, kind
        self.depth: Counter[str] = Counter()
        self.pieces: list[str] = []
        self.fresh = True  # at the start of a line
        self.links: list[tuple[str, int]] = []  # where an open link leads, and the piece it begins at
        self.verbatim = 0
        self.unseen = ""  # the element whose content is not for reading

    def say(self, escaped: str) -> None:
        if self.unseen:
            return
        if not self.verbatim:
            escaped = _SPACE.sub(" ", escaped)
            escaped = escaped.lstrip(" ") if self.fresh else escaped
        if escaped:
            self.pieces.append(escaped)
            self.fresh = escaped.endswith("\n")

    def tag(self, name: str, attributes: str, *, closing: bool) -> None:
        if self.unseen or name in _DROPPED:
            self._hide(name, closing=closing)
            return
        if name in _TOLD_BY:
            self._stretch(name, attributes, closing=closing)
        if name == "a":
            self._link(attributes, closing=closing)
        elif name == "br":
            self._end_line("\n")
        elif name in _PARAGRAPHS:
            self._end_line("\n" if self.fresh else "\n\n")
            if name == "pre":
                self.verbatim = max(0, self.verbatim + (-1 if closing else 1))
        elif name in _LINES and not self.fresh:
            self._end_line("\n")
        if name == "li" and not closing:
            self.pieces.append("- ")
        elif name in _CELLS and closing:
            self.say(" ")

    def end(self) -> None:
        while self.open:
            self._close()

    def text(self) -> str:
        text = unescaped("".join(self.pieces)).replace("\N{NO-BREAK SPACE}", " ")
        return _MANY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()

    def _hide(self, name: str, *, closing: bool) -> None:
        if not self.unseen and not closing:
            self.unseen = name
        elif closing and name == self.unseen:
            self.unseen = ""

    def _stretch(self, name: str, attributes: str, *, closing: bool) -> None:
        if not closing:
            if kind := self._kind(name, attributes):
                self.open.append((name, self.depth[name], len(self.pieces), kind))
                if name == "hr":
                    self._close()
            self.depth[name] += 1
        else:
            self.depth[name] -= 1
            while self.open and self.open[-1][0] == name and self.depth[name] <= self.open[-1][1]:
                self._close()

    def _kind(self, name: str, attributes: str) -> str:
        """Asked once for all elements that are alike, as nearly all paragraphs of a mail are."""
        alike = name, attributes
        if alike not in self.kinds:
            self.kinds[alike] = self.kind_of(name, attributes)
        return self.kinds[alike]

    def _close(self) -> None:
        _, _, first, kind = self.open.pop()
        self.known.append((first, len(self.pieces), kind))

    def _end_line(self, mark: str) -> None:
        self.pieces.append(mark)
        self.fresh = True

    def _link(self, attributes: str, *, closing: bool) -> None:
        """A link's target is told behind its words, unless these are the target."""
        if not closing:
            found = _HREF.search(attributes)
            self.links = [(found[1] if found else "", len(self.pieces))]  # a link in a link ends the one around it
        elif self.links:
            target, begin = self.links.pop()
            if target and _bare("".join(self.pieces[begin:]).strip()) != _bare(target):
                self.say(f" ({target})")


def _bare(target: str) -> str:
    return _SCHEME.sub("", target.casefold()).rstrip("/")
