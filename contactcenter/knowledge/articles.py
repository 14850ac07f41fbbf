"""Articles, as everything that reads them knows them: the assistant, the help centre, the console.

    ---
    title: Where is my order?
    questions: ["When will it arrive?", "Has my parcel been sent?"]
    checked: 2026-11-01
    variants: {telegram: "Look under Orders."}
    ---
    The text. Its first paragraph is the passage that answers.

Made of a version of the store (flow/articles) or of a file (knowledge/front). Says nothing of where it is kept.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from contactcenter.knowledge.forms import Ask, Lookup
from contactcenter.model.columns import DAY, SECOND

_markdown = MarkdownIt("commonmark", {"html": False})

AUDIENCES = ("public", "agents")


class ArticleError(Exception):
    """An article cannot be used; the text names the place, its line, the reason and the remedy."""

    def __init__(self, where: str, line: int, reason: str) -> None:
        super().__init__(f"{where}:{line}: {reason}" if line else f"{where}: {reason}")
        self.where = where
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Article:
    """A page of knowledge. `checked` is the day somebody last vouched for it; `variants` are pairs of a channel (its
    name or kind) and what is said there.
    """

    slug: str
    title: str
    text: str
    questions: tuple[str, ...] = ()
    language: str = "en"
    audience: str = "public"  # or agents
    checked: date | None = None
    owner: str = ""
    variants: tuple[tuple[str, str], ...] = ()
    asks: tuple[Ask, ...] = ()  # data to ask the customer for
    lookup: Lookup | None = None  # the tool that is asked with them

    @property
    def passage(self) -> str:
        """The part that answers, as plain text: the first paragraph."""
        tokens = iter(_markdown.parse(self.text))
        for token in tokens:
            if token.type == "paragraph_open":
                return "".join(_plain(child) for child in next(tokens).children or ())
        return self.title


def passage_for(article: Article, *channel: str) -> str:
    """What is said on a channel, named by its name, its kind or both, the first that has a variant: that variant, or
    the passage.
    """
    variants = dict(article.variants)
    return next((variants[name] for name in channel if name in variants), "") or article.passage


def today(now: int) -> date:
    """The day of an instant (microseconds), UTC."""
    return datetime.fromtimestamp(now / SECOND, UTC).date()


def is_stale(article: Article, now: int, after: int) -> bool:
    """Was it never vouched for, or too long ago (`after` microseconds; 0: it never is)?"""
    if not after:
        return False
    return article.checked is None or today(now) - article.checked > timedelta(days=after / DAY)


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in the front matter, as the store keeps it."""

    title: str
    questions: tuple[str, ...] = ()
    language: str = "en"
    audience: Literal["public", "agents"] = "public"
    checked: date | None = None
    owner: str = ""
    variants: tuple[tuple[str, str], ...] = ()
    asks: tuple[Ask, ...] = ()
    lookup: Lookup | None = None


_head = msgspec.json.Decoder(Head)


def packed(article: Article) -> tuple[str, str]:
    """Head and text, as the store keeps them. Two articles of one slug say the same when these are equal."""
    head = Head(
        title=article.title,
        questions=article.questions,
        language=article.language,
        audience="agents" if article.audience == "agents" else "public",
        checked=article.checked,
        owner=article.owner,
        variants=article.variants,
        asks=article.asks,
        lookup=article.lookup,
    )
    return msgspec.json.encode(head).decode(), article.text


def unpacked(slug: str, head: str, text: str) -> Article:
    """The article that was packed."""
    kept = _head.decode(head)
    return Article(
        slug=slug,
        title=kept.title,
        text=text,
        questions=kept.questions,
        language=kept.language,
        audience=kept.audience,
        checked=kept.checked,
        owner=kept.owner,
        variants=kept.variants,
        asks=kept.asks,
        lookup=kept.lookup,
    )


def _plain(token: Token) -> str:
    """An inline token for media without mark-up: a line break of the source is a space."""
    match token.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link_close" | "link_open" | "em_open" | "em_close" | "strong_open" | "strong_close":
            return ""
        case _:
            return token.content
