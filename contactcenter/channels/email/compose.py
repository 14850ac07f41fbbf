"""An outgoing message as mail: the header that keeps the thread together, the text, nothing else.

Before it: flow/deliver. After it: deliver.py. Values come from people and from their mails, so every one is made one
line of a header by the library or refused; none is pasted.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from contactcenter.channels.email.addresses import ascii_address, split_address
from contactcenter.channels.email.charsets import clean
from contactcenter.channels.text import plain
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Outbound, Undeliverable

REFERENCES_LIMIT = 2_000  # bytes; relays refuse mails with more than about 4 kB (RFC 5322 3.6.4 lets the middle go)
SUBJECT_LIMIT = 250  # characters

_REPLY_MARK = re.compile(r"^(?:(?:re|aw|sv|vs|antw|odp|rif|ref|回复|答复)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)
_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_IDS = {"message-id", "in-reply-to", "references"}


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to leave."""

    sender: str
    recipient: str
    content: bytes
    needs_utf8: bool  # the recipient's local part is not ASCII: only SMTPUTF8 can carry it (RFC 6531)


class _Policy(EmailPolicy):
    """The library's, but ids are folded between and never inside: it would encode long ones, and no thread is found."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _IDS:
            return f"{name}: {self.linesep.join([' ' + word for word in value.split()])[1:]}{self.linesep}".encode()
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def compose(message: Outbound, message_id: str, address: str, name: str) -> Composed:
    """The mail from `name <address>`. Raises Undeliverable where the recipient's address is none."""
    recipient = _recipient(message.address)
    needs_utf8 = not recipient.isascii()
    mail = EmailMessage(_POLICY.clone(utf8=needs_utf8))
    mail["From"] = _mailbox(address, name)
    mail["To"] = _mailbox(recipient, "")
    mail["Subject"] = reply_subject(message.subject)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.created_at // SECOND, UTC))
    mail["Message-ID"] = f"<{message_id}>"
    references = kept_references(message.references)
    if references:
        mail["In-Reply-To"] = f"<{references[-1]}>"
        mail["References"] = " ".join(f"<{reference}>" for reference in references)
    if message.author == "assistant":
        mail["Auto-Submitted"] = "auto-replied"  # RFC 3834 5
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(clean(plain(message)))
    return Composed(address, recipient, mail.as_bytes(), needs_utf8)


def reply_subject(subject: str) -> str:
    """One "Re:", whatever stood before it in whatever language."""
    bare = _REPLY_MARK.sub("", " ".join(clean(subject).split()))[:SUBJECT_LIMIT]
    return f"Re: {bare or 'your message'}"


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


def _recipient(address: str) -> str:
    try:
        return ascii_address(address)
    except ValueError as error:
        raise Undeliverable(f"the customer's address cannot be written to: {error}") from None


def _mailbox(address: str, name: str) -> Address:
    local, domain = split_address(address)
    try:
        return Address(name, local, domain)
    except (MessageError, ValueError) as error:
        raise Undeliverable(f"the customer's address cannot be written to: {error}") from None
