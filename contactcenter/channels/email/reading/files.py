"""The files of a mail: their names made harmless and distinct, and where their bytes are found again.

Used by parse.py. A file is named by the number of its leaf, one inside another file by that number and its own:
`part:3`, `part:3/0`. Names keep every script; what a name cannot do is lead out of a folder or hide its ending.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from contactcenter.channels.email.reading.contents import Contents, Leaf
from contactcenter.channels.email.syntax.charsets import printable
from contactcenter.channels.email.syntax.mime import read
from contactcenter.model.values import Attached, Unparseable

NAME_LIMIT = 240  # characters; no file system takes many more

Item = TypeVar("Item")

_PATH = re.compile(r"[/\\]")
_ENDINGS = {
    "application/json": ".json",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/rtf": ".rtf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tiff",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "video/mp4": ".mp4",
}
_MUST_END = {"text/calendar": ".ics", "application/ics": ".ics", "message/rfc822": ".eml", "message/global": ".eml"}


def attached(contents: Contents) -> Iterator[Attached]:
    """Every file, in the order of the mail; those inside another stand before it."""
    taken: set[str] = set()
    for leaf in contents.leaves:
        for number, inner in enumerate(leaf.inside.files if leaf.inside else ()):
            ref = f"{leaf.number}/{number}"
            name = _distinct(_ended(stated_name(contents, ref) or "file", inner.type), taken)
            yield Attached(name, inner.type, len(inner.data), f"part:{ref}")
        if not leaf.is_words:
            ref = f"{leaf.number}"
            name = stated_name(contents, ref) or _harmless(_given_name(leaf))
            yield Attached(
                _distinct(_ended(name, leaf.part.type), taken), leaf.part.type, leaf.part.size(), f"part:{ref}"
            )


def chunks(contents: Contents, ref: str) -> Iterator[bytes]:
    """The bytes of the file `part:<ref>`, in pieces. Raises Unparseable when there is none."""
    number, _, inner = ref.partition("/")
    leaf = _at(contents.leaves, number, ref)
    if not inner:
        return leaf.part.chunks()
    return iter((_at(leaf.inside.files if leaf.inside else (), inner, ref).data,))


def stated_name(contents: Contents, ref: str) -> str:
    """What the mail itself calls the file `part:<ref>`, made harmless; blank if it does not. Not always distinct.

    Raises Unparseable when there is none.
    """
    number, _, inner = ref.partition("/")
    leaf = _at(contents.leaves, number, ref)
    name = _at(leaf.inside.files if leaf.inside else (), inner, ref).name if inner else leaf.name
    return _harmless(name) if name else ""


def _at(items: Sequence[Item], number: str, ref: str) -> Item:
    if number.isascii() and number.isdecimal() and len(number) < 7 and int(number) < len(items):
        return items[int(number)]
    raise Unparseable(f"the mail has no part {ref[:20]}")


def _given_name(leaf: Leaf) -> str:
    ending = _ENDINGS.get(leaf.part.type, ".bin")
    if leaf.part.type == "message/rfc822":
        subject = read(next(leaf.part.chunks(), b"")).fields.text("subject")
        return f"{subject[:80] or 'message'}{ending}"
    return f"part-{leaf.number}{ending}"


def _harmless(name: str) -> str:
    """Only the last part of a path, nothing that cannot be seen, not too long, its ending kept."""
    name = printable(_PATH.split(name.rstrip("/\\"))[-1]).strip().lstrip(".") or "file"
    stem, dot, ending = name.rpartition(".")
    if len(name) <= NAME_LIMIT or not dot:
        return name[:NAME_LIMIT]
    return f"{stem[: NAME_LIMIT - 20]}.{ending[:19]}"


def _ended(name: str, type_: str) -> str:
    """With the ending that its type must have to be opened."""
    ending = _MUST_END.get(type_, "")
    return name if name.casefold().endswith(ending) else f"{name[: NAME_LIMIT - len(ending)]}{ending}"


def _distinct(name: str, taken: set[str]) -> str:
    """The name, numbered if there is one like it already."""
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    number = 1
    distinct = name
    while distinct.casefold() in taken:
        number += 1
        distinct = f"{stem} ({number}){dot}{ending}"
    taken.add(distinct.casefold())
    return distinct
