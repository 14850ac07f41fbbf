"""What people approved becomes knowledge: a new article, or samples for one that is there, as files of the folder.

Called by web/api/proposals, through the one seam that knows where articles are kept. Refuses what articles.py refuses.
"""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import yaml

from contactcenter.knowledge.articles import read_article, write_article
from contactcenter.knowledge.words import folded
from contactcenter.model.values import NotFound


class Writing(msgspec.Struct, frozen=True):
    """What is to be written: an article, or, without a text, samples for one that is there."""

    article: str
    title: str
    samples: tuple[str, ...]
    text: str = ""


Write = Callable[[Writing], None]


def write_into(folder: Path, writing: Writing, today: date) -> None:
    """Write it, whole or not at all. Raises ArticleError; Conflict for a slug that is taken, NotFound for none."""
    if writing.text:
        more = [sample for sample in writing.samples if folded(sample) != folded(writing.title)]
        write_article(folder, writing.article, writing.title, more, writing.text, today)
    else:
        _add_samples(folder, writing.article, writing.samples)


def _add_samples(folder: Path, slug: str, samples: tuple[str, ...]) -> None:
    """Adding one again changes nothing."""
    file = next((file for file in sorted(folder.rglob("*.md")) if file.stem == slug), None)
    if file is None:
        raise NotFound(f"there is no article {slug} any more")
    text = file.read_text(encoding="utf-8")
    article = read_article(slug, text, str(file))
    known = {folded(known) for known in (article.title, *article.questions)}
    more = [sample for sample in samples if folded(sample) not in known]
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    keys = yaml.safe_load(head) | {"questions": [*article.questions, *more]}
    whole = f"---\n{yaml.safe_dump(keys, allow_unicode=True, sort_keys=False)}---\n{body}"
    read_article(slug, whole, str(file))
    beside = file.with_name(f".{slug}.new")
    with beside.open("w", encoding="utf-8") as out:
        out.write(whole)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
