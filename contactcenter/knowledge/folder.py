"""The knowledge folder: what lies in it, and writing to it.

Read by whoever keeps it in step with the store (contactcenter/instep) and by `contactcenter doctor`. A file that cannot
be used is found with its fault, and the others are found all the same. Writes are whole or not at all, and never over
something that was not looked at: whoever writes says what is there.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

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


Entry = tuple[str, int, int, int]
"""A file from outside: path, size, time and number. Another one when it was written, moved or made anew."""

Signature = tuple[Entry, ...]


class Changed(Exception):
    """The file is not what it was when it was looked at."""


def signature(folder: Path) -> Signature:
    """What the folder looks like from outside: cheap, and another one whenever a file changes. Raises ArticleError."""
    if not folder.is_dir():
        raise ArticleError(f"knowledge.folder {folder}", 0, "is not a folder; create it or correct the setting")
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]  # hidden: somebody's work in progress
        inside = os.path.relpath(place, folder).replace(os.sep, "/")
        paths = (
            name if inside == "." else f"{inside}/{name}" for name in names if name[:1] != "." and name[-3:] == ".md"
        )
        found += [_entry(folder, path) for path in paths]
    if len(found) > FILES_LIMIT:
        raise ArticleError(f"knowledge.folder {folder}", 0, f"has more than {FILES_LIMIT} articles; split the desk")
    return tuple(sorted(found))


def look(folder: Path, before: Mapping[Entry, Found] = MappingProxyType({})) -> dict[Entry, Found]:
    """Every file of the folder and of the folders in it, by path; what is as it was `before` is not read again.

    Raises ArticleError for a folder that is none.
    """
    found: dict[Entry, Found] = {}
    first: dict[str, str] = {}
    for entry in signature(folder):
        path = entry[0]
        file = before.get(entry) or _found(folder, path)
        if (other := first.setdefault(_slug(path), path)) != path:
            reason = f"there is another article named {_slug(path)}, {other}; rename one of the files"
            file = Found(path, "", file.digest, None, ArticleError(path, 0, reason))
        elif not file.slug:  # the other is gone
            file = _found(folder, path)
        found[entry] = file
    return found


def _entry(folder: Path, path: str) -> Entry:
    try:
        state = os.stat(f"{folder}/{path}")  # a Path costs five times as much, and there may be thousands
    except OSError:
        return path, -1, 0, 0
    return path, state.st_size, state.st_mtime_ns, state.st_ino


def _slug(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def _found(folder: Path, path: str) -> Found:
    slug, digest = _slug(path), ""
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
