"""An article as Markdown with front matter, read and written.

Asked by knowledge/folder for every file, by imports, and by the API for what it is given. What cannot be used is
refused with its line, the reason and the remedy, and is never read in part. Hostile text costs bounded time: the front
matter is at most HEAD_LIMIT characters long, and YAML that nests without end is refused like any other that is wrong.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import yaml

from contactcenter.knowledge.articles import AUDIENCES, Article, ArticleError, packed
from contactcenter.knowledge.forms import Ask, Lookup, asked, read_asks, read_lookup

LIMIT = 1024 * 1024  # bytes of one article
HEAD_LIMIT = 64 * 1024  # characters of front matter
TITLE_LIMIT, QUESTION_LIMIT, QUESTIONS_LIMIT, OWNER_LIMIT, VARIANT_LIMIT = 200, 500, 200, 200, 4000  # characters; many
KEYS = ("title", "questions", "language", "audience", "checked", "owner", "variants", "asks", "lookup")

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}+")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}+")


def decoded(raw: bytes, where: str) -> str:
    """The bytes of a file as text with plain line ends. Raises ArticleError."""
    if len(raw) > LIMIT:
        raise ArticleError(where, 0, f"larger than {LIMIT} bytes; split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        why = f"byte {raw[error.start]:#04x} is no UTF-8"
        raise ArticleError(where, line, f"cannot be read as UTF-8 text: {why}; save it as UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise ArticleError(where, text[: text.index("\0")].count("\n") + 1, "has a NUL character in it; remove it")
    return text


def decoded_any(raw: bytes) -> str:
    """The bytes of a file that somebody else made, as text: UTF-8, UTF-16 with its mark, or Western European."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace").replace("\0", "")
    try:
        return raw.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace").replace("\0", "")


def read_article(slug: str, text: str, where: str) -> Article:
    """An article from its Markdown; `where` is what an error names. Raises ArticleError."""
    head, body = _split(text, where)
    values, lines = _loaded(head, where)

    def refuse(key: str, reason: str) -> ArticleError:
        return ArticleError(where, lines.get(key, 1), reason)

    for key in values:
        if key not in KEYS:
            raise refuse(key, f"unknown key {key!r}; remove it, known are {', '.join(sorted(KEYS))}")
    article = made(slug, values, body, refuse)
    if not article.text:
        end = head.count("\n") + 3
        raise ArticleError(where, end, "the article has no text after its front matter; write some or remove the file")
    try:
        packed(article)
    except UnicodeEncodeError:
        raise ArticleError(where, 1, "there is half a character (a lone surrogate) in it; remove it") from None
    return article


def made(slug: str, values: Mapping[str, Any], body: str, refuse: Callable[[str, str], Exception]) -> Article:
    """An article of checked values; `refuse(key, reason)` makes the error for the first that is wrong."""
    title = values.get("title")
    if not isinstance(title, str) or not title.strip():
        raise refuse("title", "the front matter has no title; add a line such as title: Where is my order?")
    if len(title) > TITLE_LIMIT:
        raise refuse("title", f"the title has {len(title)} characters; the limit is {TITLE_LIMIT}")
    audience = values.get("audience", "public")
    if audience not in AUDIENCES:
        raise refuse("audience", f"audience is {_short(audience)}; it can be public or agents")
    asks = _asks(values.get("asks", []), refuse)
    return Article(
        slug=slug,
        title=" ".join(title.split()),
        text=body.strip(),
        questions=_questions(values.get("questions", []), refuse),
        language=_language(values.get("language", "en"), refuse),
        audience=audience,
        checked=_checked(values.get("checked"), refuse),
        owner=_owner(values.get("owner", ""), refuse),
        variants=_variants(values.get("variants", {}), refuse),
        asks=asks,
        lookup=_lookup(values.get("lookup"), asks, refuse),
    )


def as_markdown(article: Article) -> str:
    """The whole file; reading it gives the article again."""
    head: dict[str, Any] = {"title": article.title}
    head |= {"questions": list(article.questions)} if article.questions else {}
    head |= {"language": article.language} if article.language != "en" else {}
    head |= {"audience": article.audience} if article.audience != "public" else {}
    head |= {"owner": article.owner} if article.owner else {}
    head |= {"checked": article.checked} if article.checked else {}
    head |= {"variants": dict(article.variants)} if article.variants else {}
    head |= {"asks": [asked(ask) for ask in article.asks]} if article.asks else {}
    head |= {"lookup": asdict(article.lookup)} if article.lookup else {}
    written = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=100)
    return f"---\n{written}---\n{article.text}\n"


def fitting(article: Article, refuse: Callable[[str, str], Exception]) -> Article:
    """The article, if its file could be read again: with all its questions and variants its head has to be short."""
    if len(as_markdown(article)) - len(article.text) > HEAD_LIMIT:
        raise refuse("questions", f"questions and variants have more than {HEAD_LIMIT} characters; shorten them")
    return article


def _split(text: str, where: str) -> tuple[str, str]:
    if not text.startswith("---\n"):
        reason = "does not begin with front matter; begin it with a line of ---, keys, a line of ---"
        raise ArticleError(where, 1, reason)
    head, end, body = text[3:].partition("\n---\n")
    if not end and text.endswith("\n---"):
        head, end = text[3:-4], "\n---"
    if not end:
        raise ArticleError(where, 1, "the front matter is not closed; add a line of --- below its keys")
    if len(head) > HEAD_LIMIT:
        raise ArticleError(where, 1, f"the front matter is longer than {HEAD_LIMIT} characters; shorten it")
    return head[1:], body


def _loaded(head: str, where: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The keys with their values, and the line of each."""
    try:
        loader = _Plain(head)
        node = loader.get_single_node()
        loaded = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = " ".join(str(getattr(error, "problem", None) or error).split())[:200]
        told = f"the front matter is not valid YAML; quote texts with ? or : in them: {reason}"
        raise ArticleError(where, mark.line + 2 if mark else 1, told) from None
    except (ValueError, RecursionError, OverflowError) as error:  # a date of month 13; a thousand brackets
        told = f"the front matter is not valid YAML: {' '.join(str(error).split())[:200]}; correct it"
        raise ArticleError(where, 1, told) from None
    if not isinstance(loaded, dict) or not all(isinstance(key, str | int | date) for key in loaded):
        raise ArticleError(where, 1, "the front matter has no keys; add a line such as title: Where is my order?")
    lines = {str(key.value): key.start_mark.line + 2 for key, _ in node.value} if node is not None else {}
    return {_short(key).strip("'"): value for key, value in loaded.items()}, lines


class _Plain(yaml.SafeLoader):
    """Without aliases, by which a few letters stand for more than a machine can hold."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not read; write it out", mark)
        return super().compose_node(parent, index)


def _questions(value: Any, refuse: Callable[[str, str], Exception]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise refuse("questions", "questions must be a list of texts; quote those with a colon")
    if len(value) > QUESTIONS_LIMIT or any(len(item) > QUESTION_LIMIT for item in value):
        most = f"{QUESTIONS_LIMIT} of {QUESTION_LIMIT} characters each"
        raise refuse("questions", f"there are too many or too long questions; the limit is {most}")
    asked = (" ".join(item.split()) for item in value)
    return tuple(item for item in asked if item)


def _language(value: Any, refuse: Callable[[str, str], Exception]) -> str:
    if not isinstance(value, str):
        raise refuse("language", f"language is {_short(value)}; quote it, YAML reads no and on as false and true")
    if not _LANGUAGE.fullmatch(value):
        raise refuse("language", f"language is {_short(value)}; write a code such as en or pt-BR")
    return value


def _checked(value: Any, refuse: Callable[[str, str], Exception]) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise refuse("checked", f"checked is {_short(value)}; write a date such as 2026-11-01")


def _owner(value: Any, refuse: Callable[[str, str], Exception]) -> str:
    if not isinstance(value, str) or len(value) > OWNER_LIMIT:
        raise refuse("owner", f"owner is {_short(value)}; write a name or an address")
    return " ".join(value.split())


def _variants(value: Any, refuse: Callable[[str, str], Exception]) -> tuple[tuple[str, str], ...]:
    """By channel. An empty one is none."""
    if not isinstance(value, dict):
        raise refuse("variants", 'variants must be texts by channel, such as {telegram: "Look under Orders."}')
    for channel, said in value.items():
        if not isinstance(channel, str) or not _CHANNEL.fullmatch(channel):
            raise refuse("variants", f"variants names {_short(channel)}, which is no channel's name or kind")
        if not isinstance(said, str) or len(said) > VARIANT_LIMIT:
            raise refuse("variants", f"the variant for {channel} must be a text of at most {VARIANT_LIMIT} characters")
    return tuple(sorted((channel, said.strip()) for channel, said in value.items() if said.strip()))


def _asks(value: Any, refuse: Callable[[str, str], Exception]) -> tuple[Ask, ...]:
    try:
        return read_asks(value)
    except ValueError as error:
        raise refuse("asks", str(error)) from None


def _lookup(value: Any, asks: tuple[Ask, ...], refuse: Callable[[str, str], Exception]) -> Lookup | None:
    try:
        return read_lookup(value, asks)
    except ValueError as error:
        raise refuse("lookup", str(error)) from None


def _short(value: Any) -> str:
    try:
        told = repr(value)
    except ValueError:  # more digits than are turned into text (int_max_str_digits)
        return "a number of thousands of digits"
    return told if len(told) <= 60 else f"{told[:60]}…"
