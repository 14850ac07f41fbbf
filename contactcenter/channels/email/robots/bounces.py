"""Is a mail the report of another mail's fate, and what does it report?

Asked by parse.py before anything else is read from a mail. Reports in the standard form (RFC 3464) and complaints (RFC
5965) are read here, those in words in bounce_text.py. What answers for people (RFC 3834), asks the sender to prove
something, or confirms that a mail was displayed (RFC 8098) is no bounce. Nothing here is proof: anybody can write a
bounce, so the caller believes it of a mail of ours only, by its id.
"""

import re
from collections.abc import Iterator

import msgspec

from contactcenter.channels.email.robots.automatic import has_no_return, is_away, is_daemon
from contactcenter.channels.email.robots.bounce_text import TEXT_LIMIT, Notice, Told, addresses, read_text, status_in
from contactcenter.channels.email.robots.bounce_words import CHALLENGE, FAILED_SUBJECT, meaning
from contactcenter.channels.email.syntax.addresses import without_addresses
from contactcenter.channels.email.syntax.ids import message_id, referenced
from contactcenter.channels.email.syntax.markup import text_of
from contactcenter.channels.email.syntax.mime import Fields, Part, leaves, read, read_fields, with_crlf, words

REASON_LIMIT = 300  # characters
RECIPIENTS_LIMIT = 50  # blocks of a report that are read

_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_MAILS = ("message/rfc822", "message/global")
_HEADERS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_COMPLAINTS = ("abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized")
_ORDER = ("failed", "delayed", "relayed", "delivered", "expanded")  # which of several recipients is told
_DEAD = ("1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1")  # RFC 3463 3.2 and 3.3: there is nobody at that address

_BLANK_LINE = re.compile(rb"\r\n(?:[ \t]*\r\n)+")
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![.\d])")
_COMMENT = re.compile(r"\(([^()]{3,300})\)")
_XTEXT = re.compile(r"\+(2B|3D|20|40)")
_ANSWERED = re.compile(r"\s*(?:re|aw|fwd?|wg|sv|antw|tr|rv|enc|回复|转发)\s*(?:\[\d+\])?[:：]", re.IGNORECASE)
_POSTMASTER = re.compile("post[-_]?master", re.IGNORECASE)
_REJECTED = re.compile(r"automatically rejected|rejected mail", re.IGNORECASE)


class Bounce(msgspec.Struct, frozen=True):
    """What a mail system, or a recipient's provider, says of a mail of ours."""

    status: str  # RFC 3463, such as 5.1.1: as told, or as derived from the words
    recipient: str  # whom it is about; blank when not told
    action: str  # failed, delayed, delivered, relayed, expanded; complaint: the recipient called it abuse
    original_message_id: str  # of the mail it is about, without <>; blank when not told
    hard: bool  # the address itself is dead, not only full, slow or suspicious of us
    reason: str  # for people: one line, at most REASON_LIMIT characters, without addresses


def read_bounce(mail: Part, envelope_from: str | None) -> Bounce | None:
    """What it reports, or None for a mail that is no bounce. `envelope_from` is None where nobody told it."""
    notice = _notice(mail, envelope_from)
    machine = notice.certain or notice.daemon or notice.nobody or mail.type == "multipart/report"
    if not (machine or FAILED_SUBJECT.search(notice.subject)):
        return None
    found = _opened(list(leaves(mail))) if machine else list(leaves(mail))
    notice = notice._replace(encloses=any(leaf.type in _MAILS + _HEADERS for leaf in found))
    reported = (_complaint(found) or _report(found) if machine else None) or _pressed(found)
    if reported is not None and _asks_for_proof(reported, notice, found):
        return None
    if reported is not None:
        return _identified(_completed(reported, found, notice), mail.fields, found)
    if _is_other(mail, notice, found):
        return None
    told = read_text(_text(found), notice)
    return _identified(_from_words(told, mail.fields), mail.fields, found) if told else None


def _notice(mail: Part, envelope_from: str | None) -> Notice:
    """What the header says, without a look at the parts."""
    kind = mail.parameters.get("report-type", "").lower()
    origin = mail.fields.text("from")[:1000]
    names = ("to", "delivered-to", "x-original-to", "envelope-to")
    return Notice(
        subject=mail.fields.text("subject")[:500],
        certain=(mail.type == "multipart/report" and kind in ("", "delivery-status"))
        or bool(mail.fields.first("x-failed-recipients")),
        daemon=is_daemon(origin) or is_daemon(mail.fields.text("return-path")) or "<>" in origin,
        nobody=has_no_return(mail.fields, envelope_from),
        answerable=bool(envelope_from) and not is_daemon(_POSTMASTER.sub("", f"{envelope_from} {origin}")),
        to=frozenset(addresses(" ".join(mail.fields.text(name)[:1000] for name in names).lower())),
    )


def _opened(found: list[Part]) -> list[Part]:
    """The parts; of a report that a gateway has put into a mail of its own, those of the report."""
    if not any(leaf.type in _REPORTS for leaf in found):
        for leaf in found:
            inner = read(with_crlf(leaf.content())) if leaf.type in _MAILS else leaf
            if inner.type == "multipart/report" and inner.parts:
                return list(leaves(inner))
    return found


def _is_other(mail: Part, notice: Notice, found: list[Part]) -> bool:
    """Is it an answer for somebody who is away, a receipt, list mail, or a person's answer?"""
    types = {leaf.type for leaf in found}
    if "message/feedback-report" in types:
        return True
    if "message/disposition-notification" in types:
        return not (notice.daemon and _REJECTED.search(notice.subject))
    if mail.fields.first("x-failed-recipients"):
        return False
    if is_away(notice.subject) or mail.fields.first("x-autoreply"):
        return True
    unsuspicious = mail.fields.first("list-unsubscribe") or _ANSWERED.match(notice.subject)
    return not (notice.daemon or notice.nobody) and bool(unsuspicious)


def _asks_for_proof(bounce: Bounce, notice: Notice, found: list[Part]) -> bool:
    """Is it a challenge dressed as a report? Reports say what they are in the subject."""
    if bounce.hard or bounce.action not in ("failed", "delayed"):
        return False
    return not FAILED_SUBJECT.search(notice.subject) and bool(CHALLENGE.search(_text(found)[:TEXT_LIMIT]))


def _report(found: list[Part]) -> Bounce | None:
    """The recipient of a delivery report that matters most: one that failed, if any did."""
    blocks = [block for leaf in found if leaf.type in _REPORTS for block in _blocks(leaf.content())]
    told = [_reported(block) for block in blocks if any(block.first(name) for name in ("final-recipient", "action"))]
    return min(told, key=lambda bounce: (_ORDER.index(bounce.action), not bounce.hard), default=None)


def _blocks(content: bytes) -> Iterator[Fields]:
    for block in _BLANK_LINE.split(with_crlf(content[: 4 * TEXT_LIMIT]).strip())[:RECIPIENTS_LIMIT]:
        yield read_fields(block.strip())[0]


def _reported(block: Fields) -> Bounce:
    """One block of per-recipient fields (RFC 3464 2.3)."""
    stated = _CODE.search(block.text("status")[:100])
    said = block.text("diagnostic-code").partition(";")[2].strip() or block.text("diagnostic-code")
    action = (block.text("action").lower().split() or [""])[0].strip(";.,()")
    if action not in _ORDER:
        action = {"2": "delivered", "4": "delayed"}.get(stated[1] if stated else "5", "failed")
    status = stated[0] if stated else ""
    said = said or (_COMMENT.findall(block.text("status")) or [""])[0]
    if action == "failed" and (not status or status.endswith(".0.0") or status.startswith("2")):
        status = status_in(said) or status.replace("2.", "5.", 1)
    status = _status(status, {"failed": "5", "delayed": "4"}.get(action, "2"), said)
    recipient = _address(block.text("original-recipient")) or _address(block.text("final-recipient"))
    return _bounce(status, recipient or _address(block.text("x-actual-recipient")), action, said)


def _completed(bounce: Bounce, found: list[Part], notice: Notice) -> Bounce:
    """With the words for people, where the report itself has none."""
    if bounce.reason or bounce.action not in ("failed", "delayed"):
        return bounce
    told = read_text(_text(found), notice._replace(certain=True))
    if told is None:
        return bounce
    status = _status(bounce.status, bounce.status[:1], told.said)
    recipient = bounce.recipient or told.recipient
    return _bounce(status, recipient, bounce.action, told.said)


def _complaint(found: list[Part]) -> Bounce | None:
    """What a provider forwards when a recipient presses the button for spam (RFC 5965)."""
    for leaf in found:
        if leaf.type == "message/feedback-report":
            fields = read_fields(with_crlf(leaf.content()))[0]
            kind = fields.text("feedback-type").lower()
            if kind in _COMPLAINTS or not kind:
                named = fields.text("original-rcpt-to") or fields.text("removal-recipient")
                return Bounce("5.7.1", _address(named), "complaint", "", False, f"reported as {kind or 'abuse'}")
    return None


def _pressed(found: list[Part]) -> Bounce | None:
    """A complaint in Microsoft's own form: nothing but the mail, marked."""
    recipient = _address(_enclosed(found).text("x-hmxmroriginalrecipient"))
    return Bounce("5.7.1", recipient, "complaint", "", False, "reported as abuse") if recipient else None


def _from_words(told: Told, fields: Fields) -> Bounce:
    """A bounce without a report; a status is derived from the words where none is told."""
    failed = addresses(fields.text("x-failed-recipients")[:1000])
    told_class = (told.status or told.reply)[:1]
    class_ = "4" if told.delayed else told_class or "5"
    status = told.status if told.status[:1] == class_ else ""
    recipient = failed[0] if failed else told.recipient
    action = "delayed" if told.delayed else "failed"
    return _bounce(_status(status, class_, told.said), recipient, action, told.said, told.original)


def _status(stated: str, class_: str, said: str) -> str:
    """As stated; where that says no more than a class, what the words mean."""
    if stated and not stated.endswith(".0.0"):
        return stated
    meant = meaning(said) if class_ != "2" else None
    return f"{stated[:1] or class_}.{meant.detail if meant else '0.0'}"


def _bounce(status: str, recipient: str, action: str, said: str, original: str = "") -> Bounce:
    meant = meaning(said)
    dead = meant.hard if meant else status[2:] in _DEAD
    hard = action == "failed" and status.startswith("5") and dead
    return Bounce(status, recipient, action, original, hard, without_addresses(said[:1000])[:REASON_LIMIT])


def _identified(bounce: Bounce, fields: Fields, found: list[Part]) -> Bounce:
    """With what the returned mail tells: its id, or else that of what the bounce says it answers, and its recipient."""
    enclosed = _enclosed(found)
    original = message_id(enclosed) or bounce.original_message_id
    if not original and (answered := referenced(fields, "in-reply-to") or referenced(fields, "references")):
        original = answered[-1]
    named = addresses(enclosed.text("to")[:1000])
    recipient = bounce.recipient or (named[0] if len(named) == 1 else "")
    return msgspec.structs.replace(bounce, original_message_id=original, recipient=recipient)


def _enclosed(found: list[Part]) -> Fields:
    """The header of the mail that is returned; also of one whose header was taken for that of a part."""
    for leaf in found:
        if leaf.type in _MAILS + _HEADERS:
            return read_fields(with_crlf(leaf.content()))[0]
    return next((leaf.fields for leaf in found if len(found) > 1 and leaf.fields.first("message-id")), Fields())


def _text(found: list[Part]) -> str:
    """What the mail system says for people."""
    texts: list[str] = []
    for leaf in found[:10]:
        if leaf.type in _MAILS + _HEADERS:
            break
        if leaf.type == "text/plain" or leaf.type.startswith("multipart/") or (leaf.type in _REPORTS and not texts):
            texts.append(leaf.text())
        elif leaf.type == "text/html" and not "".join(texts).strip():
            texts.append(text_of(leaf.text()[: 8 * TEXT_LIMIT]))
    return "\n".join(texts)


def _address(typed: str) -> str:
    """Of `rfc822; ada@example.test` the address; also where it was left encoded (RFC 3461 4)."""
    value = words(typed.encode()).rpartition(";")[2].strip(" \t<>\"'")
    value = _XTEXT.sub(lambda found: chr(int(found[1], 16)), value).replace(",", " ").partition(" ")[0].strip("<>")
    return value if value.count("@") == 1 and len(value) <= 254 and value.isprintable() else ""
