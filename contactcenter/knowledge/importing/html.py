"""A web page as Markdown: headings, paragraphs, lists, links and code of its main part; what is around it goes.

All pages are hostile: one pass from left to right, nothing is tried twice (possessive patterns; what never ends, ends
the page), nothing is nested deeper than a few levels, and nothing of the page's own mark-up is left in the Markdown.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.front import decoded_any
from contactcenter.knowledge.importing.escaping import begun, escaped, plain
from contactcenter.knowledge.importing.incoming import Meant, page

HTML_LIMIT = 2 * 1024 * 1024  # characters
TEXT_LIMIT = 200_000  # characters of Markdown
LINK_LIMIT = 2_000
DEEP = 6  # of lists and quotes in each other

_NEXT = re.compile(
    r"""<(?:(?P<odd>!--|[!?])|(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)"""
    r"""(?P<rest>[^<>"']*+(?:"[^"]*+"[^<>"']*+|'[^']*+'[^<>"']*+)*+)>?)"""
)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[A-Za-z0-9]{2,8})?+")

RAW = frozenset({"script", "style", "textarea", "iframe", "noembed", "noframes", "xmp"})  # no tags inside
AROUND = frozenset(
    {"nav", "footer", "aside", "form", "noscript", "template", "svg", "math", "select", "button", "dialog"}
)
MAIN = frozenset({"main", "article"})
HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
BLOCKS = frozenset(
    {"p", "div", "section", "header", "table", "tr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "body",
     "figure", "figcaption", "details", "summary", "hr", "address", "center", *HEADINGS, *MAIN}
)  # fmt: skip
INLINE = {"strong": "**", "b": "**", "em": "*", "i": "*"}


class Mark(NamedTuple):
    """Where an inline element began, and what it wraps around its words."""

    name: str
    at: int
    link: str


class Block(NamedTuple):
    """A paragraph, a heading, an item; whether it stands in the page's main part."""

    text: str
    main: bool
    item: bool


@dataclass
class Reading:
    """A page while it is read."""

    base: str
    title: list[str] = field(default_factory=list)
    first_heading: str = ""
    language: str = ""
    blocks: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)  # ul, ol
    prefix: str = ""
    quotes: int = 0
    main: int = 0
    pre: bool = False
    in_title: bool = False
    around: str = ""  # the element that is skipped
    around_depth: int = 0
    size: int = 0


def read_html(name: str, raw: bytes, base: str, meant: Meant) -> Article:
    """The article of a page; `base` is its address, for links that are relative. Raises ArticleError."""
    title, text, language = as_markdown(decoded_any(raw)[:HTML_LIMIT], base)
    return page(name, title, text, language, meant)


def as_markdown(markup: str, base: str = "") -> tuple[str, str, str]:
    """Title, Markdown, and language ("" where the page does not say). Total."""
    reading, at = Reading(base), 0
    while at < len(markup) and reading.size < TEXT_LIMIT:
        found = _NEXT.search(markup, at)
        _text(reading, markup[at : found.start() if found else len(markup)])
        if found is None:
            break
        at = _after(reading, markup, found)
    _flush(reading)
    main = [block for block in reading.blocks if block.main]
    blocks = main if sum(len(block.text) for block in main) > 100 else reading.blocks
    title = reading.first_heading or " ".join("".join(reading.title).split())
    return title, _joined(blocks)[:TEXT_LIMIT], reading.language


def _after(reading: Reading, markup: str, found: re.Match[str]) -> int:
    """Do what the tag says; where reading goes on. What is never closed reaches to the end."""
    if (odd := found["odd"]) is not None:
        closing = "-->" if odd == "!--" else ">"
        end = markup.find(closing, found.end())
        return len(markup) if end < 0 else end + len(closing)
    name = found["name"].lower()
    if name in RAW and not found["end"]:
        closed = re.compile(f"</{name}[^>]*+>?", re.IGNORECASE).search(markup, found.end())
        return len(markup) if closed is None else closed.end()
    if reading.around:
        _skip(reading, name, closing=bool(found["end"]))
    elif found["end"]:
        _close(reading, name)
    else:
        _open(reading, name, found["rest"])
    return found.end()


def _skip(reading: Reading, name: str, *, closing: bool) -> None:
    if name == reading.around:
        reading.around_depth += -1 if closing else 1
        if not reading.around_depth:
            reading.around = ""


def _open(reading: Reading, name: str, rest: str) -> None:
    if name in AROUND:
        _flush(reading)
        reading.around, reading.around_depth = name, 1
        return
    if name in BLOCKS:
        _flush(reading)
    match name:
        case "html":
            told = _attributes(rest).get("lang", "")
            reading.language = told if _LANGUAGE.fullmatch(told) else ""
        case "title":
            reading.in_title = not reading.title
        case "main" | "article":
            reading.main += 1
        case "ul" | "ol":
            reading.lists.append(name)
        case "li":
            depth = min(len(reading.lists), DEEP)
            number = "1. " if reading.lists[-1:] == ["ol"] else "- "
            reading.prefix = "   " * max(0, depth - 1) + number
        case "blockquote":
            reading.quotes += 1
        case "pre":
            reading.pre = True
        case "br":
            reading.words.append("\n" if reading.pre else "  \n")
        case "td" | "th" if reading.words:
            reading.words.append(" | ")
        case "a" | "strong" | "b" | "em" | "i" | "code":
            link = _link(reading, _attributes(rest).get("href", "")) if name == "a" else ""
            if len(reading.marks) < DEEP and reading.prefix != "# ":  # a title is words
                reading.marks.append(Mark(name, len(reading.words), link))
        case _ if name in HEADINGS:
            reading.prefix = HEADINGS[name]


def _close(reading: Reading, name: str) -> None:
    if name in BLOCKS:
        _flush(reading)
    match name:
        case "title":
            reading.in_title = False
        case "main" | "article":
            reading.main = max(0, reading.main - 1)
        case "ul" | "ol" if reading.lists:
            reading.lists.pop()
        case "blockquote":
            reading.quotes = max(0, reading.quotes - 1)
        case "a" | "strong" | "b" | "em" | "i" | "code" if reading.marks and reading.marks[-1].name == name:
            _wrap(reading, reading.marks.pop())


def _text(reading: Reading, text: str) -> None:
    if not text or reading.around:
        return
    said = unescape(text)
    if reading.in_title:
        reading.title.append(said[:500])
        return
    if not reading.pre:
        said = escaped(re.sub(r"\s++", " ", said))
    reading.words.append(said)
    reading.size += len(said)


def _wrap(reading: Reading, mark: Mark) -> None:
    """Put what the element means around its words, which become one."""
    words = "".join(reading.words[mark.at :])
    inner = words.strip()
    if not inner or reading.pre or "\n" in inner:
        return
    before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    if mark.name == "a":
        inner = f"[{inner}]({mark.link})" if mark.link else inner
    elif mark.name == "code":
        inner = "`" + plain(inner).replace("`", "") + "`"
    else:
        inner = f"{INLINE[mark.name]}{inner}{INLINE[mark.name]}"
    reading.words[mark.at :] = [before + inner + after]


def _flush(reading: Reading) -> None:
    """A block ends here."""
    words, reading.words = "".join(reading.words), []
    reading.marks.clear()
    prefix, reading.prefix = reading.prefix, ""
    pre, reading.pre = reading.pre, False
    text = words.strip("\n") if pre else words.strip(" |\n")
    if not text.strip():
        reading.prefix = prefix if prefix.strip() in ("-", "1.") else ""  # <li><p>: the item begins with its paragraph
        return
    if prefix == "# " and not reading.first_heading:
        reading.first_heading = plain(" ".join(text.split()))
        return
    if pre:
        text = "```\n" + text.replace("```", "'''") + "\n```"
    elif not prefix:
        text = begun(text)
    quoted = "> " * min(reading.quotes, DEEP)
    text = "\n".join(quoted + line for line in (prefix + text).split("\n"))
    reading.blocks.append(Block(text, reading.main > 0, prefix.strip() in ("-", "1.")))


def _joined(blocks: list[Block]) -> str:
    """Blank lines between blocks, none between the items of a list."""
    told: list[str] = []
    for before, block in zip([None, *blocks], blocks, strict=False):
        if before is not None:
            told.append("\n" if before.item and block.item else "\n\n")
        told.append(block.text)
    return "".join(told)


def _attributes(rest: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(rest[: LINK_LIMIT * 4])
    }


def _link(reading: Reading, told: str) -> str:
    """An address that leads somewhere by itself; blank for one that does not."""
    try:
        address = urljoin(reading.base, told.strip()) if reading.base else told.strip()
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return ""
    if scheme not in ("http", "https", "mailto") or len(address) > LINK_LIMIT:
        return ""
    return re.sub(r"[\s()<>\\]", lambda found: f"%{ord(found[0]) & 0xFF:02X}", address)
