"""What a mail says: from whom, in which thread, the text, the files. Pure and total.

Before it: listen.py stored the bytes. After it: flow/inbound. Nothing a sender writes is believed here: the address is
a claim, and the whole mail is kept beside what was read from it. The full text stays, quotes included: losing a
sentence is worse than keeping one twice.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from contactcenter.channels.email.addresses import OwnAddress
from contactcenter.channels.email.automatic import why_automatic
from contactcenter.channels.email.ids import OwnIds, digest_id, message_id, referenced
from contactcenter.channels.email.markup import text_of
from contactcenter.channels.email.mime import Fields, Part, leaves, read, with_crlf, words
from contactcenter.model.values import Attached, Inbound, RawEvent, Sender, Unparseable

SUBJECT_LIMIT = 500  # characters
REFERENCES_LIMIT = 20  # ids that are looked up; each costs a statement
NAME_LIMIT = 150
TEXT_LIMIT = 200_000  # characters that are read as the text; all of it is in the source, which is kept
CUT = "(The mail goes on; its source has all of it.)"

_FIELD_NAME = re.compile(r"[a-z][a-z0-9-]*")
_MAILBOX = re.compile(rb'"((?:[^"\\]|\\.)*)"|\(([^()]*)\)|<([^<>]*)>|([,;])|([^\s"(<,;]+)')
_ESCAPED = re.compile(rb"\\(.)")
_BARE = re.compile(r"[^\s@]+@[^\s@]+")
_PATH = re.compile(r"[/\\]")
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_ENDINGS = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
}


@dataclass(frozen=True, slots=True)
class Own:
    """What is ours: our mailbox and the ids we made."""

    mailbox: OwnAddress
    ids: OwnIds


def parse(raw: RawEvent, own: Own) -> list[Inbound]:
    """The message, or nothing for our own mail come back. Raises Unparseable for what has no mail header at all."""
    payload = with_crlf(raw.payload)
    mail = read(payload)
    if not any(map(_FIELD_NAME.fullmatch, mail.fields.values)):
        raise Unparseable("not a mail: it has no header")
    sender = _sender(mail.fields)
    stated = message_id(mail.fields)
    from_us = own.mailbox.is_ours(sender.address)
    if own.ids.is_ours(stated):
        if from_us:
            return []
        stated = ""  # somebody else uses an id of ours: theirs is another message
    return [_message(raw, mail, sender, stated or digest_id(payload), own)]


def part(raw: RawEvent, number: int) -> bytes:
    """The bytes of the attachment that `parse` called `part:<number>`. Raises Unparseable when there is none."""
    for found, leaf in enumerate(leaves(read(with_crlf(raw.payload)))):
        if found == number:
            return leaf.content()
    raise Unparseable(f"the mail has no part {number}")


def _message(raw: RawEvent, mail: Part, sender: Sender, external_id: str, own: Own) -> Inbound:
    in_reply_to, thread = referenced(mail.fields, "in-reply-to"), referenced(mail.fields, "references")
    automatic = why_automatic(mail.fields, mail.type, sender.address, raw.envelope.get("from"))
    if not automatic and own.mailbox.is_ours(sender.address):
        automatic = "sent from this mailbox"
    return Inbound(
        external_id=external_id,
        conversation=(thread + in_reply_to + [external_id])[0],
        sender=sender,
        text="\n\n".join(_texts(mail, Reading(), whole=True)),
        subject=mail.fields.text("subject")[:SUBJECT_LIMIT],
        automatic=automatic,
        attachments=tuple(_attached(mail)),
        references=_newest_first(in_reply_to, thread, own.ids),
    )


def _newest_first(in_reply_to: list[str], thread: list[str], ids: OwnIds) -> tuple[str, ...]:
    """What it answers, nearest first; of a long thread the newest, and further back those ids that are ours."""
    ordered = list(dict.fromkeys([*in_reply_to, *reversed(thread)]))
    older = [older for older in ordered[REFERENCES_LIMIT:] if ids.is_ours(older)]
    return tuple(ordered[:REFERENCES_LIMIT] + older[:REFERENCES_LIMIT])


def _sender(fields: Fields) -> Sender:
    """The first mailbox of From (RFC 5322 3.4). Encoded words are decoded last: they can hold no address."""
    name, comment, address, bare = b"", b"", "", b""
    for found in _MAILBOX.finditer(fields.first("from")[:1000]):
        quoted, note, angle, end, atom = found.groups()
        if angle is not None:
            address = _address(angle)
        elif end and (address or b"@" in bare):
            break
        elif note is not None:
            comment = note
        elif quoted is not None or atom:
            word = atom or _ESCAPED.sub(rb"\1", quoted)
            name, bare = name + b" " + word, bare or (word if b"@" in word else b"")
    if not address and (address := _address(bare)):
        name = comment
    return Sender("email", address, " ".join(_printable(words(name or comment)).split())[:NAME_LIMIT])


def _address(found: bytes) -> str:
    text = _printable(words(found)).strip()
    return text if _BARE.fullmatch(text) and len(text) <= 254 else ""


class Reading:
    """How much of one mail may still be read as its text."""

    def __init__(self) -> None:
        self.left = TEXT_LIMIT

    def take(self, text: str) -> str:
        """The text, or as much of it as there is room for, and a word that there is more."""
        if len(text) <= self.left:
            self.left -= len(text)
            return text
        taken, self.left = text[: self.left], 0
        return f"{taken}\n\n{CUT}" if taken else ""


def _texts(mail: Part, reading: Reading, *, whole: bool) -> list[str]:
    """What the mail says, in order; of alternatives the plainest that says something (RFC 2046 5.1.4)."""
    if not mail.parts:
        return [text] if _is_words(mail, whole=whole) and (text := _text(mail, reading)) else []
    if mail.type != "multipart/alternative":
        return [text for inner in mail.parts for text in _texts(inner, reading, whole=False)]
    plainest_first = sorted(mail.parts, key=lambda inner: any(leaf.type == "text/html" for leaf in leaves(inner)))
    return next((texts for inner in plainest_first if (texts := _texts(inner, reading, whole=False))), [])


def _text(leaf: Part, reading: Reading) -> str:
    text = reading.take(leaf.text())
    return (text_of(text) if leaf.type == "text/html" else text).strip()


def _is_words(leaf: Part, *, whole: bool) -> bool:
    """Is it text to be read in place, and no file? A name makes it one, unless the `whole` mail is this leaf."""
    if leaf.type not in ("text/plain", "text/html") and not leaf.type.startswith("multipart/"):
        return False
    kind, name = leaf.disposition()
    return kind != "attachment" and (whole or not name)


def _attached(mail: Part) -> Iterator[Attached]:
    """Every leaf that is no text of the mail, nor that text in another form."""
    taken: set[str] = set()
    for number, leaf in enumerate(leaves(mail)):
        if not _is_words(leaf, whole=leaf is mail):
            name = leaf.disposition()[1] or _given_name(leaf, number)
            yield Attached(_distinct(_file_name(name), taken), leaf.type, len(leaf.content()), f"part:{number}")


def _given_name(leaf: Part, number: int) -> str:
    ending = _ENDINGS.get(leaf.type, ".bin")
    if leaf.type == "message/rfc822":
        subject = read(leaf.content()).fields.text("subject")
        return f"{subject[:80] or 'message'}{ending}"
    return f"part-{number}{ending}"


def _file_name(name: str) -> str:
    """Only the last part of a path, nothing that cannot be seen, not too long, its ending kept."""
    name = _printable(_PATH.split(name.rstrip("/\\"))[-1]).strip().lstrip(".") or "file"
    stem, dot, ending = name.rpartition(".")
    if len(name) <= NAME_LIMIT or not dot:
        return name[:NAME_LIMIT]
    return f"{stem[: NAME_LIMIT - 20]}.{ending[:19]}"


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


def _printable(text: str) -> str:
    """Without control characters and without marks that turn the direction of reading ("fdp.exe" for "exe.pdf")."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if unicodedata.category(char) != "Cc" and char not in _TURNS)
