"""Articles: Markdown files with front matter, read from a folder.

    ---
    title: Where is my order?
    questions: ["When will it arrive?", "Has my parcel been sent?"]
    checked: 2026-11-01
    ---
    The text. Its first paragraph is the passage that answers.

Read by `app` at start and by `contactcenter doctor`; knowledge/assistant answers from them. Refuses a file it cannot
read with its name, the reason and the remedy, and never answers from half of one.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from contactcenter.knowledge.forms import Ask, Lookup, read_asks, read_lookup
from contactcenter.model.values import Conflict

_markdown = MarkdownIt("commonmark", {"html": False})

LIMIT = 1024 * 1024  # bytes of one article
KEYS = {"title", "questions", "language", "audience", "checked", "asks", "lookup"}


class ArticleError(Exception):
    """An article cannot be used; the text names the file, the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Article:
    """A page of knowledge. `checked` is the day somebody last vouched for it."""

    slug: str
    title: str
    text: str
    questions: tuple[str, ...] = ()
    language: str = "en"
    audience: str = "public"  # or agents
    checked: date | None = None
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


def load_folder(folder: Path) -> list[Article]:
    """All articles of a folder and the folders in it, by slug. Raises ArticleError."""
    if not folder.is_dir():
        raise ArticleError(f"knowledge.folder {folder} is not a folder; create it or correct the setting")
    articles: dict[str, Article] = {}
    for file in sorted(folder.rglob("*.md")):
        article = read_article(file.stem, _text_of(file), str(file))
        if article.slug in articles:
            raise ArticleError(f"{file}: there is another article named {article.slug}; rename one of the files")
        articles[article.slug] = article
    return list(articles.values())


def read_article(slug: str, text: str, where: str) -> Article:
    """An article from its Markdown; `where` is what an error names. Raises ArticleError."""
    head, body = _split(text, where)
    unknown = sorted(str(key) for key in set(head) - KEYS)
    if unknown:
        raise ArticleError(f"{where}: unknown key {unknown[0]!r}; remove it, known are {', '.join(sorted(KEYS))}")
    title = head.get("title")
    if not isinstance(title, str) or not title.strip():
        raise ArticleError(f"{where}: the front matter has no title; add a line such as title: Where is my order?")
    if not body.strip():
        raise ArticleError(f"{where}: the article has no text after its front matter; write some or remove the file")
    audience = head.get("audience", "public")
    if audience not in ("public", "agents"):
        raise ArticleError(f"{where}: audience is {audience!r}; it can be public or agents")
    try:
        asks = read_asks(head.get("asks", []))
        lookup = read_lookup(head.get("lookup"), asks)
    except ValueError as error:
        raise ArticleError(f"{where}: {error}") from None
    return Article(
        slug=slug,
        title=title.strip(),
        text=body.strip(),
        questions=_questions(head.get("questions", []), where),
        language=_language(head.get("language", "en"), where),
        audience=audience,
        checked=_checked(head.get("checked"), where),
        asks=asks,
        lookup=lookup,
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


def write_article(folder: Path, slug: str, title: str, questions: Sequence[str], text: str, checked: date) -> Article:
    """A new article as a file of the folder, whole or not at all. Raises ArticleError, or Conflict for a known slug."""
    head = yaml.safe_dump(
        {"title": title, "questions": list(questions), "checked": checked}, allow_unicode=True, sort_keys=False
    )
    whole = f"---\n{head}---\n{text.strip()}\n"
    article = read_article(slug, whole, slug)
    if any(file.stem == slug for file in folder.rglob("*.md")):
        raise Conflict(f"there is an article {slug} already")
    beside = folder / f".{slug}.new"
    with beside.open("w", encoding="utf-8") as file:
        file.write(whole)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(folder / f"{slug}.md")
    return article


def _text_of(file: Path) -> str:
    if file.stat().st_size > LIMIT:
        raise ArticleError(f"{file}: larger than {LIMIT} bytes; split it")
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArticleError(f"{file}: cannot be read as UTF-8 text: {error}; save it as UTF-8") from None


def _split(text: str, where: str) -> tuple[dict[str, Any], str]:
    if not text.startswith("---\n"):
        raise ArticleError(
            f"{where}: does not begin with front matter; begin it with a line of ---, keys, a line of ---"
        )
    head, end, body = text[4:].partition("\n---\n")
    if not end:
        raise ArticleError(f"{where}: the front matter is not closed; add a line of --- below its keys")
    try:
        loaded = yaml.safe_load(head)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ArticleError(
            f"{where}: the front matter is not valid YAML; quote texts with ? or : in them: {reason}"
        ) from None
    if not isinstance(loaded, dict):
        raise ArticleError(f"{where}: the front matter has no keys; add a line such as title: Where is my order?")
    return loaded, body


def _questions(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ArticleError(f"{where}: questions must be a list of texts; quote those with a colon")
    return tuple(item.strip() for item in value)


def _language(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    raise ArticleError(f"{where}: language is {value!r}; quote it, YAML reads no and on as false and true")


def _checked(value: Any, where: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise ArticleError(f"{where}: checked is {value!r}; write a date such as 2026-11-01")
