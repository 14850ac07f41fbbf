"""An outgoing message as mail: the header that keeps the thread together, the text in two forms, files.

Before it: flow/deliver. After it: sign.py where a key is configured, then deliver.py. Values come from people and from
their mails, so every one is made one line of a header by the library or refused; none is pasted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from contactcenter.channels.email.leaving.letter import as_html, as_text
from contactcenter.channels.email.syntax.addresses import OwnAddress, ascii_address, split_address
from contactcenter.channels.email.syntax.charsets import clean, printable
from contactcenter.channels.email.syntax.ids import OwnIds
from contactcenter.channels.text import plain
from contactcenter.flow import subjects
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Outbound, Sender, Undeliverable

REFERENCES_LIMIT = 2_000  # bytes; relays refuse mails with more than about 4 kB (RFC 5322 3.6.4 lets the middle go)
SUBJECT_LIMIT = 250  # characters

_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_FILE_TYPES = {"application", "audio", "font", "image", "text", "video"}
_BYTES = ("application", "octet-stream")
_IDS = {"message-id", "in-reply-to", "references"}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all mails of one mailbox have in common."""

    mailbox: OwnAddress
    ids: OwnIds
    name: str = ""
    plus_addresses: bool = False  # our mail server delivers support+anything@ to us: replies and bounces carry a token
    subject_number: bool = False
    quote: bool = False  # repeat below the answer what it answers


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to leave. `recipients`: the customer, then whoever else takes part."""

    sender: str  # where bounces go; blank for automatic mail, which none may answer (RFC 3834 3.3)
    recipients: tuple[str, ...]
    content: bytes
    needs_utf8: bool  # the local part of an address is not ASCII: only SMTPUTF8 can carry it (RFC 6531)


class _Policy(EmailPolicy):
    """The library's, but ids are folded between and never inside: it would encode long ones, and no thread is found."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _IDS:
            return f"{name}: {self.linesep.join([' ' + word for word in value.split()])[1:]}{self.linesep}".encode()
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def compose(message: Outbound, message_id: str, head: Letterhead, files: Iterable[bytes] = ()) -> Composed:
    """The mail; `files` are the bytes of message.files. Raises Undeliverable where the recipient's address is none."""
    recipient = _recipient(message.address)
    copies = [(copy, address) for copy in message.copies if (address := _usable(copy, head, recipient))]
    needs_utf8 = not all(address.isascii() for address in (recipient, *(address for _, address in copies)))
    mail = EmailMessage(_POLICY.clone(utf8=needs_utf8))
    mail["From"] = _mailbox(head.mailbox.address, head.name)
    mail["To"] = _addressed(recipient, message.name)
    if copies:
        mail["Cc"] = tuple(_mailbox(address, copy.name) for copy, address in copies)
    if head.plus_addresses and message.thread:
        mail["Reply-To"] = _mailbox(head.mailbox.tagged(head.ids.tag("r", message.thread)), head.name)
    mail["Subject"] = reply_subject(message.subject, message.ticket if head.subject_number else 0)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.created_at // SECOND, UTC))
    mail["Message-ID"] = f"<{message_id}>"
    _thread(mail, message, head.ids)
    if message.author == "assistant":
        mail["Auto-Submitted"] = "auto-replied"  # RFC 3834 5
        mail["X-Auto-Response-Suppress"] = "All"
    # Nobody may have us carry their words, and their links, to whoever they pretend to be.
    quoted = message.quoted if head.quote and message.author != "assistant" else None
    text = clean(plain(message))
    mail.set_content(as_text(text, quoted))
    mail.add_alternative(as_html(text, quoted), subtype="html")
    for file, content in zip(message.files, files, strict=True):
        main, sub = _file_type(file.type)
        charset = {"charset": "utf-8"} if main == "text" and _is_utf8(content) else None
        mail.add_attachment(content, maintype=main, subtype=sub, filename=_literal(file.name), params=charset)
    recipients = (recipient, *(address for _, address in copies))
    return Composed(_return_path(message, head), recipients, mail.as_bytes(), needs_utf8)


def reply_subject(subject: str, ticket: int = 0) -> str:
    """One "Re:", whatever stood before it in whatever language, and the ticket's number where it is not 0.

    In brackets and in front, where programs that group mails by subject overlook it (RFC 5256 2.1, subj-blob).
    """
    bare = subjects.bare(clean(subject))[:SUBJECT_LIMIT]
    return _literal(f"Re: {f'[#{ticket}] ' if ticket else ''}{bare or 'your message'}")


def kept_references(references: tuple[str, ...]) -> list[str]:
    """Oldest first: the root, and of the rest as many of the newest as there is room for."""
    known = [reference for reference in references if _ID.fullmatch(reference) and not reference.endswith("@missing")]
    if not known:
        return []
    root, *rest = known
    room = REFERENCES_LIMIT - len(root) - 3
    newest: list[str] = []
    for reference in reversed(rest):
        room -= len(reference) + 3
        if room < 0:
            break
        newest.append(reference)
    return [root, *reversed(newest)]


def _literal(text: str) -> str:
    """On one line, and nothing in it that the library reads as an encoded word: one can hold the end of a line, and
    behind it a field that is not ours."""
    return printable(clean(" ".join(text.split()))).replace("=?", "= ?")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _file_type(told: str) -> tuple[str, str]:
    """As the agent's browser called it; what is no type, or would be taken for a mail, is just bytes."""
    main, _, sub = told.partition("/")
    return (main, sub) if main in _FILE_TYPES and sub.replace("-", "").replace(".", "").isalnum() else _BYTES


def _thread(mail: EmailMessage, message: Outbound, ids: OwnIds) -> None:
    """In-Reply-To and References; among these the conversation's own id, before the one that is answered."""
    answered = [id_ for id_ in message.references if _ID.fullmatch(id_) and not id_.endswith("@missing")]
    anchored = (*answered[:-1], ids.anchor(message.thread), *answered[-1:]) if message.thread else tuple(answered)
    references = kept_references(anchored)
    if answered:
        mail["In-Reply-To"] = f"<{answered[-1]}>"
    if references:
        mail["References"] = " ".join(f"<{reference}>" for reference in references)


def _return_path(message: Outbound, head: Letterhead) -> str:
    """With plus-addresses every bounce names its message (VERP), whatever its form."""
    if head.plus_addresses:
        return head.mailbox.tagged(head.ids.tag("b", message.message_id))
    return "" if message.author == "assistant" else head.mailbox.address


def _usable(copy: Sender, head: Letterhead, recipient: str) -> str:
    """An address in copy as it can be written to; blank for ours, the recipient's own, and what is no address."""
    try:
        address = ascii_address(copy.address)
        _mailbox(address, copy.name)
    except (ValueError, Undeliverable):
        return ""
    return "" if head.mailbox.is_ours(address) or address.casefold() == recipient.casefold() else address


def _recipient(address: str) -> str:
    try:
        return ascii_address(address)
    except ValueError as error:
        raise Undeliverable(f"the customer's address cannot be written to: {error}") from None


def _addressed(address: str, name: str) -> Address:
    """With their name, if it can stand there: what a customer calls themselves must not keep an answer from them."""
    try:
        return _mailbox(address, name)
    except Undeliverable:
        return _mailbox(address, "")


def _mailbox(address: str, name: str) -> Address:
    local, domain = split_address(address)
    try:
        return Address(_literal(name), local, domain)
    except (MessageError, ValueError) as error:
        raise Undeliverable(f"the customer's address cannot be written to: {error}") from None
