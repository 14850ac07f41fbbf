"""What a mail says: from whom, in which thread, the text, the files. Pure and total.

Before it: arriving/ had the bytes stored. After it: flow/inbound. Nothing a sender writes is believed here: the address
is a claim, and the whole mail is kept beside what was read from it. The full text stays, quotes included: losing a
sentence is worse than keeping one twice. The Date of a mail is not read at all: it is sorted by when it came.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from contactcenter.channels.email.quoting.reply import read_reply
from contactcenter.channels.email.reading import contents, files, safe_html, tokens, who
from contactcenter.channels.email.reading.authentication import proof_of
from contactcenter.channels.email.reading.display import display
from contactcenter.channels.email.reading.forwarded import original_sender
from contactcenter.channels.email.reading.remarks import ENCRYPTED, remarks_of
from contactcenter.channels.email.robots.automatic import why_automatic
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.charsets import printable
from contactcenter.channels.email.syntax.ids import OwnIds, digest_id, message_id, referenced
from contactcenter.channels.email.syntax.mime import Part, read
from contactcenter.flow.subjects import is_forward
from contactcenter.model.values import Fold, Inbound, RawEvent, Sender, Unparseable

SUBJECT_LIMIT = 500  # characters
REFERENCES_LIMIT = 20  # ids that are looked up; each costs a statement
TICKETS_LIMIT = 5

_FIELD_NAME = re.compile(r"[a-z][a-z0-9-]*")
_TICKET = re.compile(r"\[(?:ticket\s*)?#\s*(\d{1,12})\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Own:
    """What is ours: our mailbox, the ids we made, and the mail server whose word on senders counts."""

    mailbox: OwnAddress
    ids: OwnIds
    authserv_id: str = ""


def parse(raw: RawEvent, own: Own) -> list[Inbound]:
    """The message, or nothing for our own mail come back. Raises Unparseable for what has no mail header at all."""
    mail = read(raw.payload)
    if not any(map(_FIELD_NAME.fullmatch, mail.fields.values)):
        raise Unparseable("not a mail: it has no header")
    named = who.stated_sender(mail.fields)
    sender = who.sender_of(mail.fields, named, own.mailbox)
    stated = message_id(mail.fields)
    if own.ids.is_ours(stated):
        if own.mailbox.is_ours(sender.address):
            return []
        stated = ""  # somebody else uses an id of ours: theirs is another message
    said = _message(raw, mail, sender, stated or digest_id(raw.payload), own)
    said = replace(said, remarks=(*who.detours(named, sender, said.reply_to), *said.remarks))
    bounce, report = tokens.reported(raw, mail, own.mailbox, own.ids)
    if bounce is not None:
        said = replace(said, automatic=said.automatic or "a delivery report", report=report)
    if own.authserv_id and sender.address == named.address:  # proof is of From: who wrote through a list has none
        said = replace(said, proof=proof_of(mail.fields, own.authserv_id, sender.address.rpartition("@")[2]))
    return [said]


def chunks(raw: RawEvent, ref: str) -> Iterator[bytes]:
    """The file that `parse` called `part:<ref>`, in pieces of at most half a MiB where the mail has it as a part of
    its own. Raises Unparseable when there is none."""
    return files.chunks(contents.contents_of(read(raw.payload)), ref)


def shown(raw: RawEvent, urls: Mapping[str, str], *, remote: bool) -> tuple[str, int]:
    """The mail as its sender meant it, as harmless HTML, and how many pictures from outside were blocked.

    `urls` tells where the files are that `parse` called `part:<n>`. Blank for a mail that has no HTML.
    """
    told = display(raw.payload)
    return safe_html.shown(told.markup, {cid: urls[ref] for cid, ref in told.images.items() if ref in urls}, remote)


def tickets_in(subject: str) -> tuple[int, ...]:
    """The numbers it names as ours are written: `[#123]`, `[Ticket#123]`."""
    return tuple(dict.fromkeys(int(found) for found in _TICKET.findall(subject)))[:TICKETS_LIMIT]


def _message(raw: RawEvent, mail: Part, sender: Sender, external_id: str, own: Own) -> Inbound:
    fields, found = mail.fields, contents.contents_of(mail)
    in_reply_to, thread = referenced(fields, "in-reply-to"), referenced(fields, "references")
    subject = printable(fields.text("subject"))[:SUBJECT_LIMIT]
    markup = contents.markup_of(found)
    text, folds = _text(found, markup, subject)
    remarks = remarks_of(found, text)
    references = _newest_first(in_reply_to, thread, own.ids)
    return Inbound(
        external_id=external_id,
        conversation=(thread + in_reply_to + [external_id])[0],
        sender=sender,
        text=text,
        subject=subject,
        automatic=_automatic(raw, mail, sender, own),
        attachments=tuple(files.attached(found)),
        references=references,
        folds=folds,
        remarks=(*who.deceptions(fields, sender), *remarks),
        markup=bool(markup),
        unreadable="it is encrypted" if ENCRYPTED in remarks else "",
        others=who.others(fields, sender, own.mailbox),
        reply_to=who.reply_to(fields, sender, own.mailbox),
        tickets=tickets_in(subject),
        answers=tokens.answered(raw, fields, references, own.mailbox, own.ids),
        received_at=int(raw.envelope.get("received", "0")),
        forwarded=_forwarded(found, subject, text),
    )


def _text(found: contents.Contents, markup: str, subject: str) -> tuple[str, tuple[Fold, ...]]:
    """The text and what of it may be skipped; of a mail without plain words, as its HTML tells."""
    plain = contents.plain_of(found)
    if plain or 0 < len(markup) <= contents.TEXT_LIMIT:
        text, folds = read_reply(plain, markup, subject)
        if text:
            return text, folds
    return contents.text_in(found), ()


def _forwarded(found: contents.Contents, subject: str, text: str) -> Sender | None:
    """Who wrote what is passed on here: a mail that is attached, or quoted below a subject that says so."""
    attached = next((leaf for leaf in found.leaves if leaf.part.type == "message/rfc822"), None)
    if attached is None and not is_forward(subject):
        return None
    return original_sender(text, "", None if attached is None else attached.part.content())


def _automatic(raw: RawEvent, mail: Part, sender: Sender, own: Own) -> str:
    why = why_automatic(mail.fields, mail.type, sender.address, raw.envelope.get("from"), own.mailbox)
    return why or ("sent from this mailbox" if own.mailbox.is_ours(sender.address) else "")


def _newest_first(in_reply_to: list[str], thread: list[str], ids: OwnIds) -> tuple[str, ...]:
    """What it answers, nearest first; of a long thread the newest, and further back those ids that are ours."""
    ordered = list(dict.fromkeys([*in_reply_to, *reversed(thread)]))
    older = [older for older in ordered[REFERENCES_LIMIT:] if ids.is_ours(older)]
    return tuple(ordered[:REFERENCES_LIMIT] + older[:REFERENCES_LIMIT])
