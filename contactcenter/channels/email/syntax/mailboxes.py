"""The mailboxes that an address field names, however it is written (RFC 5322 3.4, and what stands against it).

Used by who.py for From, To and their kin. Groups are opened, comments left out, old routes cut off, missing brackets
and commas in names forgiven. Encoded words are decoded last: they can hold no address of their own.
"""

import re
from collections.abc import Iterator

import msgspec

from contactcenter.channels.email.syntax.charsets import printable
from contactcenter.channels.email.syntax.mime import words

NAME_LIMIT = 150
ADDRESS_LIMIT = 254

_TOKEN = re.compile(
    rb"(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*+\?=)"
    rb'|(?P<local>"(?:[^"\\]|\\.){1,64}+"@[^\s<>(),;:"]++)'
    rb'|"(?P<quoted>(?:[^"\\]|\\.)*+)"?'
    rb"|\((?P<comment>(?:[^()\\]|\\.|\((?:[^()\\]|\\.){0,200}+\)){0,500}+)\)"
    rb"|<++(?P<angle>(?:[^<>\"]|\"[^\"<>]*+\")*+)>*+"
    rb"|(?P<end>[,;])"
    rb"|(?P<colon>:)"
    rb"|(?P<atom>[^\s\"(<,;:]++|[(:])"
)
_USUAL = re.compile(  # what nearly all fields are: one address, and a name before it that has no mark in it
    rb"""(?:(?:"([^"\\]*+)"|([^"<>(),:;@\\]*+)) ?<)?([\w.+=/-]{1,64}+@(?:[a-zA-Z0-9-]++\.)*+[a-zA-Z0-9-]++)"""
    rb"(?(1)>|(?(2)>))"
)
_ESCAPED = re.compile(rb"\\(.)")
_NOTE = re.compile(rb"\([^()]*\)")
_ROUTE = re.compile(rb"\s*+@[^:<>]*+:")
_AROUND_AT = re.compile(rb"\s*+@\s*+")
_AROUND_MARK = re.compile(r" *+([.@]) *+")
_BARE = re.compile(r'(?:[^\s@"]+|"[^"]+")@[^\s@]+')
_MAILTO = re.compile(rb"mailto:", re.IGNORECASE)


class Mailbox(msgspec.Struct, frozen=True):
    """An address, blank where none could be read, and the name beside it."""

    address: str
    name: str = ""


def mailboxes(value: bytes) -> list[Mailbox]:
    """All of them in order; what has neither address nor name is left out."""
    if (usual := _USUAL.fullmatch(value)) and usual.end() <= ADDRESS_LIMIT:
        return [Mailbox(usual[3].decode("ascii"), name_of(usual[1] or usual[2] or b""))]
    found = _read(value)
    if any(mailbox.address for mailbox in found):
        return [mailbox for mailbox in found if mailbox.address]
    for other in _other_readings(value):
        if again := [mailbox for mailbox in _read(other) if mailbox.address]:
            return again
    return found


def address_in(found: bytes) -> str:
    """The address that stands between brackets or bare; blank for what is none."""
    if b"@" not in found[1:-1] and b"=?" not in found:
        return ""
    if route := _ROUTE.match(found):
        found = found[route.end() :]
    found = _MAILTO.sub(b"", found) if b":" in found else found
    text = printable(words(_NOTE.sub(b"", found) if b"(" in found else found)).strip(" \t'.,;:<>")
    if " " in text and '"' not in text:
        text = _AROUND_MARK.sub(r"\1", text)
    return text if len(text) <= ADDRESS_LIMIT and _BARE.fullmatch(text) else ""


def name_of(found: bytes) -> str:
    """A display name on one line, nothing in it that cannot be seen."""
    return printable(" ".join(words(found).split()))[:NAME_LIMIT]


def _other_readings(value: bytes) -> Iterator[bytes]:
    """What a field without any address may have been meant to be."""
    if b"@" in value:
        yield _AROUND_AT.sub(b"@", value)
        yield value.replace(b'"', b"")  # a quote that never ends


class _Open:
    """The mailbox that is being read."""

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.bare: list[bytes] = []
        self.comment = b""
        self.angle: bytes | None = None

    def say(self, word: bytes, *, plain: bool) -> None:
        if plain and b"@" in word and self.angle is None:
            self.bare.append(word)
        self.names.append(word)

    def close(self) -> list[Mailbox]:
        """What it came to: one mailbox, or several that nothing parted."""
        if self.angle is not None and (address := address_in(self.angle)):
            return [Mailbox(address, name_of(b" ".join(self.names) or self.comment))]
        bare = [(word, address) for word in self.bare if (address := address_in(word))]
        if len(bare) == 1:
            beside = b" ".join(name for name in self.names if name != bare[0][0])
            return [Mailbox(bare[0][1], name_of(beside or self.comment))]
        if not bare and (quoted := next((name for name in self.names if address_in(name)), b"")):
            return [Mailbox(address_in(quoted), name_of(self.comment))]
        if bare:
            return [Mailbox(address) for _, address in bare]
        if any(b"=?" in name for name in self.names) and (inside := _encoded(b" ".join(self.names))):
            return inside
        return [Mailbox("", name)] if (name := name_of(b" ".join(self.names) or self.comment)) else []


def _encoded(value: bytes) -> list[Mailbox]:
    """Mailboxes that were encoded as a whole, which they must not be."""
    plain = words(value).encode("utf-8", "replace")
    return [] if b"=?" in plain or b"@" not in plain else [box for box in _read(plain) if box.address]


def _read(value: bytes) -> list[Mailbox]:
    boxes: list[Mailbox] = []
    box, before = _Open(), b""  # before: what stood before a comma and may belong to the name behind it
    for token in _TOKEN.finditer(value):
        kind, text = token.lastgroup, token[token.lastgroup or 0]
        if kind == "end":
            before = _part(boxes, box, before, text)
            box = _Open()
        elif kind == "angle":
            if box.angle is not None:
                _part(boxes, box, b"", b"")
                box, before = _Open(), b""
            if before and box.names:
                box.names.insert(0, before)
            box.angle = text
        elif kind == "comment":
            box.comment = box.comment or text
        elif kind == "colon":
            if any(b"@" in name for name in box.bare):
                box.say(text, plain=False)
            else:
                box = _Open()  # what stood before it was the name of a group
        else:
            box.say(_ESCAPED.sub(rb"\1", text) if kind == "quoted" else text, plain=kind in ("atom", "local"))
    _part(boxes, box, before, b"")
    return boxes


def _part(boxes: list[Mailbox], box: _Open, before: bytes, mark: bytes) -> bytes:
    """Close one; what it leaves for the next: a name alone before a comma, as in `Lovelace, Ada <ada@shop.test>`."""
    closed = box.close()
    if len(closed) == 1 and not closed[0].address and mark == b"," and box.angle is None:
        boxes.extend(closed)
        return b" ".join([*([before] if before else []), *box.names])[-4 * NAME_LIMIT :] + b","
    if before and box.angle is not None and box.names and box.names[0] == before:
        while boxes and not boxes[-1].address:
            boxes.pop()
    boxes.extend(closed)
    return b""
