"""The knowledge folder: what lies in it, and writing to it.

Read by whoever keeps it in step with the store (contactcenter/instep) and by `contactcenter doctor`. A file that cannot
be used is found with its fault, and the others are found all the same. Writes are whole or not at all, and never over
something that was not looked at: whoever writes says what is there.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contactcenter.knowledge.articles import Article, ArticleError
from contactcenter.knowledge.front import LIMIT, decoded, read_article

FILES_LIMIT = 20_000  # of one folder
SLUG_LIMIT = 100  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the folder: the article in it, or why there is none. `digest`: SHA-256 of its bytes."""

    path: str  # from the folder on, with /
    slug: str
    digest: str
    article: Article | None
    fault: ArticleError | None = None


Signature = tuple[tuple[str, int, int, int], ...]
"""What the folder looks like from outside: path, size, time and number of every file."""


class Changed(Exception):
    """The file is not what it was when it was looked at."""


def signature(folder: Path) -> Signature:
    """Cheap, and another one whenever a file was written, moved or deleted. Raises ArticleError."""
    told = []
    for path in _files(folder):
        try:
            state = (folder / path).stat()
        except OSError:
            told.append((path, -1, 0, 0))
        else:
            told.append((path, state.st_size, state.st_mtime_ns, state.st_ino))
    return tuple(told)


def look(folder: Path) -> list[Found]:
    """Every file of the folder and of the folders in it, by path. Raises ArticleError for a folder that is none."""
    found: list[Found] = []
    first: dict[str, str] = {}
    for path in _files(folder):
        file = _found(folder, path)
        if (other := first.setdefault(file.slug, path)) != path:
            reason = f"there is another article named {file.slug}, {other}; rename one of the files"
            file = Found(path, "", file.digest, None, ArticleError(path, 0, reason))
        found.append(file)
    return found


def _files(folder: Path) -> Iterator[str]:
    """Paths, from the folder on; hidden ones are somebody's work in progress."""
    if not folder.is_dir():
        raise ArticleError(f"knowledge.folder {folder}", 0, "is not a folder; create it or correct the setting")
    paths = (path.relative_to(folder) for path in sorted(folder.rglob("*.md")))
    seen = [path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts)]
    if len(seen) > FILES_LIMIT:
        raise ArticleError(f"knowledge.folder {folder}", 0, f"has more than {FILES_LIMIT} articles; split the desk")
    yield from seen


def _found(folder: Path, path: str) -> Found:
    slug, digest = path.rpartition("/")[2].removesuffix(".md"), ""
    try:
        raw = _bytes(folder / path, path)
        digest = hashlib.sha256(raw).hexdigest()
        if not slug.isprintable() or len(slug) > SLUG_LIMIT or "\\" in slug:
            raise ArticleError(ascii(path), 0, "cannot be an article's name; use letters, digits and hyphens")
        return Found(path, slug, digest, read_article(slug, decoded(raw, path), path))
    except ArticleError as fault:
        shown = path.encode("utf-8", "replace").decode().replace("\0", "")
        return Found(shown, slug, digest, None, fault)


def _bytes(file: Path, path: str) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LIMIT + 1)
    except OSError as error:
        raise ArticleError(path, 0, f"cannot be read: {error.strerror}; make it readable") from None


def digest_of(file: Path) -> str:
    """SHA-256 of a file's bytes; blank for one that is not there."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def write(folder: Path, path: str, text: str, there: str) -> str:
    """Put the text in that file, where what is there now has the digest `there` (blank: nothing); the new digest.

    Raises Changed, or OSError.
    """
    file = folder / path
    raw = text.encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.new")
    with beside.open("wb") as opened:
        opened.write(raw)
        opened.flush()
        os.fsync(opened.fileno())
    try:
        if digest_of(file) != there:
            raise Changed(path)
        if there:
            beside.chmod(file.stat().st_mode & 0o777)
        beside.rename(file)
    finally:
        beside.unlink(missing_ok=True)
    _settle(file.parent)
    return hashlib.sha256(raw).hexdigest()


def remove(folder: Path, path: str, there: str) -> None:
    """Delete that file, where what is there now has that digest. Raises Changed, or OSError."""
    file = folder / path
    found = digest_of(file)
    if found and found != there:
        raise Changed(path)
    file.unlink(missing_ok=True)
    if file.parent.is_dir():
        _settle(file.parent)


def _settle(folder: Path) -> None:
    """A renamed or deleted name is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
