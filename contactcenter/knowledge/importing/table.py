"""A table of articles (CSV): a row each, under a line of titles.

Columns: title and text; questions (separated by line ends or |), language, audience, owner, checked and slug where they
are wanted. A row that cannot be used is named with its line and skipped.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date

from contactcenter.knowledge.articles import ArticleError
from contactcenter.knowledge.front import decoded_any, fitting, made
from contactcenter.knowledge.importing.incoming import Brought, Incoming, Meant, slug_of

COLUMNS = ("title", "text", "questions", "language", "audience", "owner", "checked", "slug")
NEEDED = ("title", "text")
ROWS_LIMIT = 20_000


def read_table(name: str, raw: bytes, meant: Meant) -> Brought:
    """The articles of a table, and the rows that are none. Raises ArticleError for what is no such table."""
    text = decoded_any(raw)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows = _rows(name, reader)
    _, titles = next(rows, (1, []))
    columns = [title.strip().casefold() for title in titles]
    _check(name, columns)
    found, faults, seen = [], [], set()
    try:
        for line, cells in rows:
            try:
                incoming = _incoming(name, line, columns, cells, meant)
            except ArticleError as fault:
                faults.append(fault)
                continue
            if incoming.source in seen:
                faults.append(ArticleError(name, line, f"there is another row of the name {incoming.article.slug}"))
                continue
            seen.add(incoming.source)
            found.append(incoming)
    except ArticleError as fault:  # from here on nothing can be read
        faults.append(fault)
    return Brought(found, faults)


def _delimiter(text: str) -> str:
    """Of the first line; Excel writes semicolons in half of Europe."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _rows(name: str, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows with something in them, and the line on which each ends. Raises ArticleError."""
    number = 0
    while True:
        line = getattr(reader, "line_num", 0)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            told = f"is no CSV from here on: {error}; quote cells that hold quotes or line ends"
            raise ArticleError(name, line + 1, told) from None
        if any(cell.strip() for cell in cells):
            number += 1
            if number > ROWS_LIMIT:
                raise ArticleError(name, line + 1, f"has more than {ROWS_LIMIT} rows; split it")
            yield line + 1, cells


def _check(name: str, columns: Sequence[str]) -> None:
    for needed in NEEDED:
        if needed not in columns:
            known = ", ".join(COLUMNS)
            raise ArticleError(name, 1, f"has no column {needed!r} in its first line; known are {known}")
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown:
        raise ArticleError(name, 1, f"unknown column {unknown[0]!r}; remove it, known are {', '.join(COLUMNS)}")


def _incoming(name: str, line: int, columns: Sequence[str], cells: Sequence[str], meant: Meant) -> Incoming:
    if len(cells) > len(columns):
        told = f"has {len(cells)} cells, and there are {len(columns)} columns; quote cells that hold the separator"
        raise ArticleError(name, line, told)
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False)}
    if not given.get("text"):
        raise ArticleError(name, line, "has no text")
    asked = [part.strip() for piece in given.get("questions", "").split("\n") for part in piece.split("|")]
    values = {
        "title": given.get("title", ""),
        "questions": [part for part in asked if part],
        "language": given.get("language") or meant.language,
        "audience": given.get("audience") or meant.audience,
        "owner": given.get("owner", ""),
        "checked": _day(name, line, given.get("checked", "")),
    }
    slug = slug_of(given.get("slug") or given.get("title", ""))
    text = given["text"].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")

    def refuse(key: str, reason: str) -> ArticleError:
        return ArticleError(name, line, reason)

    return Incoming(fitting(made(slug, values, text, refuse), refuse), f"{name}#{slug}")


def _day(name: str, line: int, told: str) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise ArticleError(name, line, f"checked is {told[:40]!r}; write a date such as 2026-11-01") from None
