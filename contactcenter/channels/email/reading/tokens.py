"""What of ours a mail carries: the conversation it answers, the message it reports on. Proof, where everything else is
a claim.

Used by parse.py. A token is a plus-tag of our address, wherever the mail says it was sent to, or one of our own ids
among those it names; both carry a seal that only this desk can make (ids.py). What a report says of a message counts
only for one that is named so.
"""

from collections.abc import Iterator, Sequence

from contactcenter.channels.email.robots.automatic import has_no_return, is_away, is_daemon
from contactcenter.channels.email.robots.bounces import Bounce, read_bounce
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.ids import OwnIds
from contactcenter.channels.email.syntax.mailboxes import mailboxes
from contactcenter.channels.email.syntax.mime import Fields, Part
from contactcenter.model.values import DeliveryReport, RawEvent

DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
FIELDS_LIMIT = 10  # of one name
_BECAME = {"failed": "buried", "delayed": "delayed", "delivered": "delivered", "relayed": "delivered"}


def answered(raw: RawEvent, fields: Fields, named: Sequence[str], mailbox: OwnAddress, ids: OwnIds) -> int:
    """The conversation that a token vouches for, 0 where there is none; `named` are the ids it names, nearest first."""
    tagged = (ids.read_tag("r", tag) for tag in _tags(raw, fields, mailbox))
    return next(filter(None, (*tagged, *map(ids.conversation_of, named))), 0)


def reported(
    raw: RawEvent, mail: Part, mailbox: OwnAddress, ids: OwnIds
) -> tuple[Bounce | None, DeliveryReport | None]:
    """What the mail tells of a message's delivery, if it does; and that as a report, if the message is ours."""
    sent_from = raw.envelope.get("from")
    bounce = read_bounce(mail, sent_from)
    message = next(filter(None, (ids.read_tag("b", tag) for tag in _tags(raw, mail.fields, mailbox))), 0)
    if bounce is None and message and _comes_back(mail.fields, sent_from):
        bounce = Bounce("5.0.0", "", "failed", "", hard=False, reason=f"it came back: {_subject(mail.fields)}")
    if bounce is None or not (message or bounce.action == "complaint" or _is_machines(mail, sent_from)):
        return None, None
    external_id = bounce.original_message_id if ids.is_ours(bounce.original_message_id) else ""
    complaint = bounce.action == "complaint"
    delivery = "delivered" if complaint else _BECAME.get(bounce.action, "")
    if not delivery or not (message or external_id):
        return bounce, None
    return bounce, DeliveryReport(
        external_id=external_id,
        delivery=delivery,
        reason="" if delivery == "delivered" and not complaint else bounce.reason,
        message=message,
        address=bounce.recipient,
        suppress=complaint or (bounce.hard and delivery == "buried"),
    )


def _is_machines(mail: Part, sent_from: str | None) -> bool:
    """Does more than words say so? "My parcel could not be delivered, see your mail" is a customer's, not a report."""
    fields = mail.fields
    if mail.type == "multipart/report" or fields.first("x-failed-recipients") or has_no_return(fields, sent_from):
        return True
    return any(is_daemon(said) for said in (fields.text("from"), fields.text("return-path"), sent_from or ""))


def _comes_back(fields: Fields, sent_from: str | None) -> bool:
    """To the return path of a message of ours: from a mail system, in whatever words. People who are away write too."""
    daemon = has_no_return(fields, sent_from) or is_daemon(fields.text("from"))
    return daemon and not is_away(fields.text("subject"))


def _subject(fields: Fields) -> str:
    return fields.text("subject")[:200] or "without a word"


def _tags(raw: RawEvent, fields: Fields, mailbox: OwnAddress) -> Iterator[str]:
    """The plus-tags of our address: what the transport tells first, then what the mail says."""
    told = raw.envelope.get("to", "").split(",")
    for name in DELIVERED_TO:
        for value in fields.values.get(name, ())[:FIELDS_LIMIT]:
            if b"+" in value:
                told += [box.address for box in mailboxes(value)]
    for address in told:
        if tag := mailbox.tag_of(address):
            yield tag
