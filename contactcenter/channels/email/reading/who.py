"""Who wrote a mail, whom else it was written to, and where an answer is to go; and what looks made to deceive.

Used by parse.py. All of it is a claim. A name is only ever shown beside its address, and what a name pretends becomes
a remark. Where a mailing list put its own address into From (because of DMARC), the writer is looked for in the fields
lists use for that; nowhere else are these fields believed.
"""

import re
import unicodedata

import idna

from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.charsets import TURNS, printable
from contactcenter.channels.email.syntax.lists import lists_of
from contactcenter.channels.email.syntax.mailboxes import Mailbox, mailboxes
from contactcenter.channels.email.syntax.mime import Fields, words
from contactcenter.channels.text import language_of
from contactcenter.model.values import Sender

OTHERS_LIMIT = 50
FROM_LIMIT = 2000  # bytes of From that are read

_ORIGINAL = ("x-original-from", "x-original-sender", "reply-to")
_VIA = re.compile(r"^['\"]?(.*?)['\"]?\s+(?:via|über|через|par|por)\s+\S.*$", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]{1,64}@[^\s<>()\[\],;:\"'@]{1,255}\.[^\W\d_]{2,63}")
_LATIN_LOOKS = frozenset("авеёкмнорстухіјѕԁһոցӏԛԝαενορτυχικ")  # Cyrillic, Armenian and Greek that pass for Latin


def stated_sender(fields: Fields) -> Mailbox:
    """The first mailbox of From that has an address; of a second field only where the first has none."""
    first = None
    for value in fields.values.get("from", ())[:2]:
        for box in mailboxes(value[:FROM_LIMIT]):
            if box.address:
                return box
            first = first or box
    return first or Mailbox("")


def sender_of(fields: Fields, stated: Mailbox, own: OwnAddress) -> Sender:
    """Who From names, or who wrote through the list that stands there."""
    if stated.address and (own.is_ours(stated.address) or stated.address.casefold() in lists_of(fields)):
        stated = _written_through(fields, own, stated)
    return Sender("email", stated.address, stated.name, language_of(fields.text("content-language")))


def reply_to(fields: Fields, sender: Sender, own: OwnAddress) -> str:
    """Where an answer is to go, if that is neither to the sender nor to us."""
    for found in mailboxes(fields.first("reply-to")):
        if found.address and not own.is_ours(found.address):
            return found.address if found.address.casefold() != sender.address.casefold() else ""
    return ""


def others(fields: Fields, sender: Sender, own: OwnAddress) -> tuple[Sender, ...]:
    """To and Cc, each address once, without the sender and us."""
    seen = {sender.address.casefold()}
    found: list[Sender] = []
    for box in recipients(fields, "to") + recipients(fields, "cc"):
        key = box.address.casefold()
        if key not in seen and len(found) < OTHERS_LIMIT and not own.is_ours(box.address):
            seen.add(key)
            found.append(Sender("email", box.address, box.name))
    return tuple(found)


def recipients(fields: Fields, name: str) -> list[Mailbox]:
    """The addresses that all fields of a name list, in order."""
    return [box for value in fields.values.get(name, ()) for box in mailboxes(value) if box.address]


def deceptions(fields: Fields, sender: Sender) -> list[str]:
    """A sentence for each way in which the sender's name or address looks like somebody else's."""
    found = []
    shown = _ADDRESS.search(sender.name) if "@" in sender.name else None
    if shown and shown[0].casefold() != sender.address.casefold():
        found.append(f"The name shows {shown[0]}, but the mail says it is from {sender.address or 'nobody'}.")
    domain = sender.address.rpartition("@")[2]
    if (not domain.isascii() or "xn--" in domain) and (disguised := _disguised(domain)):
        found.append(f"The domain {disguised} is written with letters of another script: it is {_punycode(domain)}.")
    if any(not TURNS.isdisjoint(words(value)) for value in map(fields.first, ("from", "subject")) if not _plain(value)):
        found.append("The name or the subject held marks that turn the direction of reading; they were removed.")
    return found


def detours(stated: Mailbox, sender: Sender, answers: str) -> list[str]:
    """A sentence where From is not who wrote, and where `answers` go elsewhere: anybody can have a mail say so."""
    found = []
    if sender.address != stated.address:
        found.append(f"It came through {stated.address}, which says that {sender.address} wrote it.")
    if answers:
        found.append(f"Answers go to {answers}, as the mail asks, and not to {sender.address or 'its sender'}.")
    return found


def _plain(value: bytes) -> bool:
    return b"=?" not in value and value.isascii()


def _written_through(fields: Fields, own: OwnAddress, listed: Mailbox) -> Mailbox:
    """The writer as the list tells it; the list itself where it does not."""
    lists = lists_of(fields)
    for name in _ORIGINAL if lists else _ORIGINAL[:-1]:
        for found in mailboxes(fields.first(name)[:FROM_LIMIT]):
            address = found.address
            if address and not own.is_ours(address) and address.casefold() not in {*lists, listed.address.casefold()}:
                via = _VIA.fullmatch(listed.name)
                return Mailbox(address, found.name or (via[1] if via else ""))
    return listed


def _disguised(domain: str) -> str:
    """The domain as people read it, if it mixes scripts in a label or passes for Latin; else blank."""
    labels = [_shown(label) for label in domain.casefold().split(".")[:10]]
    for label in labels:
        letters = [char for char in label if char.isalpha()]
        foreign = [char for char in letters if char > "\x7f"]
        scripts = {unicodedata.name(char, "").partition(" ")[0] for char in letters}
        mixed = "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
        if mixed or (foreign and len(foreign) == len(letters) and _LATIN_LOOKS.issuperset(foreign)):
            return printable(".".join(labels))
    return ""


def _shown(label: str) -> str:
    try:
        return idna.decode(label) if label.startswith("xn--") else label
    except (idna.IDNAError, UnicodeError):
        return label


def _punycode(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode() if not domain.isascii() else domain
    except (idna.IDNAError, UnicodeError):
        return domain.encode("ascii", "backslashreplace").decode()
