"""A bounce that is told in words only: is it one, whom did it fail to reach, why, and which mail was it about?

Used by bounces.py for the half of all bounces that are no reports (qmail, Exim, Exchange, Domino, providers' own).
There is no rule per program: nearly all name the address on a line of its own or in a command, quote the answer of a
server or say one of the known words, and put what they return behind a line that says so. Beyond TEXT_LIMIT nothing is
read.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from contactcenter.channels.email.robots.bounce_words import (
    CHALLENGE,
    DELAYED,
    DELIVERED,
    FAILED,
    FAILED_SUBJECT,
    GIVEN_UP,
    meaning,
)
from contactcenter.channels.email.syntax.ids import message_id
from contactcenter.channels.email.syntax.mime import Fields

TEXT_LIMIT = 12_000  # characters of what a mail system says
RETURNED_LIMIT = 64_000  # characters of what it returns in the same text
OPENING = 800  # characters in which a sender that is no mail system must come to the point
LINES = 6  # that are told as the reason

_ADDRESS = r"(?>[^\s<>@\"'(),;:\[\]=|*]{1,64}@\w(?:[\w.-]{0,250}\w)?)"
_RETURNED = re.compile(
    r"^[ \t>]*+(?:[-=*_#|+]{2,}+.{0,60}?(?:original|returned|copy of|source|headers?\b|below this line|unsent"
    r"|undelivered|forwarded|begin message|enclosed|原信|元のメッセージ|原邮件|ursprünglich|d'origine|исходн).*"
    r"|(?:original|returned|unsent|undelivered) (?:message|mail)(?: headers?| details| follows| below).{0,20}"
    r"|(?:ursprüngliche nachricht|en-têtes de message|encabezados de mensajes|cabeçalhos d).*"
    r"|(?:your message reads|a copy of (?:the|your) (?:original )?(?:message|mail)|(?:here is|included is"
    r"|this is) a copy of).*"
    r"|(?:received|return-path|dkim-signature|message-id|mime-version|x-mailer|x-originating-ip):.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_RETURNED_ID = re.compile(r"^[ \t>|*]*+message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_RETURNED_TO = re.compile(r"^[ \t>|*]*+to:[ \t]*([^\n]{1,300})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.\w/])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(
    r"(?<![\w.,/+-])(4(?:21|32|5[0-5])|5(?:0[0-4]|21|3[0-5]|5[0-6]|71))(?![\d.,/%]|:\d| ?[kmg]?b(?:ytes)?\b)",
    re.IGNORECASE,
)
_NAMED = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        rf"rcpt to:\s*<?({_ADDRESS})",
        rf"(?:error-for|dda:smtp|final-recipient|original-recipient|failed recipients?|recipient address"
        rf"|intended recipient)\W{{0,4}}(?:rfc822;)?\s*<?({_ADDRESS})",
        rf"^[ \t>*-]*+<({_ADDRESS})>",
        rf"^[ \t>*\[\"'-]*+({_ADDRESS})[\]>\"']?(?:[ \t]*$|[ \t]*[:\[(.]| on | invalid)",
        rf"(?:addressed to|deliver\w* to|recipients?:?|mailbox|user|account|for|to|an|à|a|para)\W{{1,4}}({_ADDRESS})",
        rf"({_ADDRESS})",
    )
)
_STANDING = re.compile(
    r"[\W_]*+(?:this (?:is an? auto|(?:mail|message|e-?mail) was (?:created|generated) auto|report relates)"
    r"|unable to deliver|non-?delivery"
    r"|(?:your|the following|a) (?:e-?)?(?:mail|message)\b.{0,200}(?:not|unable|fail)|votre message n"
    r"|ihre nachricht .{0,99}nicht)",
    re.IGNORECASE | re.DOTALL,
)
_NOBODY = re.compile(r"mailer-?daemon|post-?master|abuse|.*bounces?[-+=].*|.*-(?:admin|owner|request)", re.IGNORECASE)


class Told(NamedTuple):
    """What the words say; blank or None what they do not. `status` is as found, `reply` the first SMTP reply code."""

    recipient: str
    status: str
    reply: str
    delayed: bool
    said: str
    original: str


class Notice(NamedTuple):
    """A mail that may be a bounce: what is known of it without reading its text."""

    subject: str
    certain: bool  # a header or part that no other mail has
    daemon: bool  # it says that a mail system wrote it
    nobody: bool  # it was sent without a return address
    answerable: bool  # it was sent from an address that is no mail system's: a postmaster is a person, too
    to: frozenset[str]  # addresses of ours, in lower case: whom it was returned to
    encloses: bool = False  # a mail, or the header of one


def read_text(text: str, notice: Notice) -> Told | None:
    """What a mail system says in `text`; None when it is no bounce."""
    head, returned = _split(text)
    recipient = _recipient(head, notice.to) or _only_recipient(returned)
    reply = _REPLY.search(head)
    status = _status(head)
    traces = bool(reply or status or returned)
    if not notice.certain and not _is_bounce(head, notice, named=bool(recipient), evidence=traces):
        return None
    whole = f"{notice.subject}\n{head}"
    delayed = bool(DELAYED.search(whole)) and not GIVEN_UP.search(whole)
    said = "\n".join(list(_telling(head))[:LINES]) or notice.subject
    return Told(recipient, status, reply[1] if reply else "", delayed, said, _returned_id(returned))


def addresses(text: str) -> list[str]:
    """The mail addresses in a text of bounded length, in order."""
    return re.findall(_ADDRESS, text[:TEXT_LIMIT], re.IGNORECASE)


def status_in(text: str) -> str:
    """The most telling status in a diagnostic, blank if there is none."""
    return _status(text[:TEXT_LIMIT])


def _split(text: str) -> tuple[str, str]:
    """What the mail system says, and what it returns."""
    text = text[: TEXT_LIMIT + RETURNED_LIMIT]
    found = _RETURNED.search(text)
    at = found.start() if found else len(text)
    return text[: min(at, TEXT_LIMIT)], text[at:]


def _is_bounce(head: str, notice: Notice, *, named: bool, evidence: bool) -> bool:
    """From a mail system, any two of: its subject, its words, and traces of a mail; the less it says so, the more."""
    failed = bool(FAILED.search(head) or DELAYED.search(head))
    if CHALLENGE.search(head) or (DELIVERED.search(head) and not (failed or evidence)):
        return False
    subject = bool(FAILED_SUBJECT.search(notice.subject))
    if notice.daemon:
        traces = named or evidence or notice.encloses
        return subject + bool(failed or meaning(head)) + traces >= (3 if notice.answerable else 2)
    if notice.nobody:  # also those who are away, and tell who is there instead
        return failed and (evidence or notice.encloses or (subject and named))
    spoken = FAILED.search(head[:OPENING]) and (evidence or notice.encloses or _STANDING.match(head))
    return subject and bool(spoken) and (named or notice.encloses)


def _recipient(head: str, ours: frozenset[str]) -> str:
    for pattern in _NAMED:
        for found in pattern.finditer(head):
            address = found[1].rstrip(".")
            if address.lower() not in ours and not _NOBODY.fullmatch(address.partition("@")[0]):
                return address
    return ""


def _only_recipient(returned: str) -> str:
    found = _RETURNED_TO.search(returned)
    named = addresses(found[1]) if found else []
    return named[0] if len(named) == 1 else ""


def _status(text: str) -> str:
    found = [match[0] for match in _STATUS.finditer(text) if match[1] != "2"]
    return next((status for status in found if not status.endswith(".0.0")), found[0] if found else "")


def _telling(head: str) -> Iterator[str]:
    """The lines that say why; of a text without such a line, those that say that it failed."""
    lines = [line.strip() for line in head.split("\n")[:300] if line.strip()]
    telling = [line for line in lines if _STATUS.search(line) or _REPLY.search(line) or meaning(line)]
    yield from telling or [line for line in lines if FAILED.search(line)]


def _returned_id(returned: str) -> str:
    found = _RETURNED_ID.search(returned)
    return message_id(Fields({"message-id": [found[1].encode()]})) if found else ""
