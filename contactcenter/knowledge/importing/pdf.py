"""A PDF file as an article: its words, page by page, in paragraphs.

Read by pypdf in a process of its own, which ends when it takes too long or too much memory: a PDF can be made to take
both. pypdf is an optional extra (`pip install contactcenter[pdf]`); where it is missing, that is told.
"""

import subprocess
import sys
from importlib.util import find_spec
from typing import NamedTuple

import msgspec

from contactcenter.knowledge.articles import Article, ArticleError
from contactcenter.knowledge.importing.escaping import begun, escaped
from contactcenter.knowledge.importing.incoming import Meant, page

SECONDS = 60
MEMORY = 1024 * 1024 * 1024  # bytes
PAGES_LIMIT = 300
TEXT_LIMIT = 200_000  # characters
NEEDS = "reading PDF files needs pypdf: pip install 'contactcenter[pdf]', then import it again"


class Told(NamedTuple):
    """What the other process found."""

    title: str
    pages: list[str]


def read_pdf(name: str, raw: bytes, meant: Meant) -> Article:
    """The article of a PDF file. Raises ArticleError."""
    if find_spec("pypdf") is None:
        raise ArticleError(name, 0, NEEDS)
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
        told = msgspec.json.decode(done.stdout, type=Told)
    except subprocess.TimeoutExpired:
        raise ArticleError(name, 0, f"took longer than {SECONDS} seconds to read; split it") from None
    except (subprocess.CalledProcessError, msgspec.MsgspecError):
        raise ArticleError(name, 0, "cannot be read as PDF; save it again, or as HTML") from None
    text = "\n\n".join(paragraphs("\n".join(told.pages)))[:TEXT_LIMIT]
    if not text.strip():
        raise ArticleError(name, 0, "has no text in it, perhaps only pictures of pages; have its text recognized first")
    return page(name, told.title, text, "", meant)


def paragraphs(text: str) -> list[str]:
    """Lines joined to paragraphs: one ends at a blank line, and at a line that is short and ends a sentence."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    usual = sorted(map(len, lines))[len(lines) * 3 // 4] if lines else 0
    found: list[str] = []
    open_ = False
    for line in lines:
        if not line:
            open_ = False
            continue
        said = escaped(line)
        if open_ and found[-1].endswith("-") and line[:1].islower():
            found[-1] = found[-1][:-1] + said
        elif open_:
            found[-1] += f" {said}"
        else:
            found.append(begun(said))
        open_ = not (len(line) < usual * 0.7 and line[-1] in ".!?:")
    return found


def main() -> None:
    """In the other process: a PDF from standard input, what it says to standard output."""
    import io
    import logging
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    logging.disable()
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
    title = str((reader.metadata and reader.metadata.title) or "")[:500]
    pages, size = [], 0
    for sheet in reader.pages[:PAGES_LIMIT]:
        pages.append(sheet.extract_text().encode("utf-8", "replace").decode())
        size += len(pages[-1])
        if size > TEXT_LIMIT:
            break
    sys.stdout.buffer.write(msgspec.json.encode(Told(title, pages)))


if __name__ == "__main__":
    main()
