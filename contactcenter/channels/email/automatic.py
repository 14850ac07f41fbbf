"""Was it a machine that wrote? The reason in words, or blank for a person (RFC 3834).

Asked by parse.py. What is automatic is stored and shown like any mail; flow/inbound opens nothing again for it and
answers it with no automatic message. A header of ours that only we read would stop loops with ourselves alone.
"""

import re

from contactcenter.channels.email.mime import Fields

_NO_PERSON = re.compile(
    r"(?:mailer-daemon|postmaster|bounces?|no-?reply|no[._]reply|do[._-]?not[._-]?reply)(?:[-+_.=].*)?",
    re.IGNORECASE,
)
_BULK = {"bulk", "list", "junk", "auto_reply"}
_SUPPRESS = {"all", "oof", "autoreply"}
_PRESENT = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-autoresponder", "x-loop")


def why_automatic(fields: Fields, type_: str, sender: str, envelope_from: str | None) -> str:
    """The first sign of a machine. `envelope_from` is None where the transport did not tell it."""
    if envelope_from == "" or (envelope_from is None and fields.first("return-path") == b"<>"):
        return "sent without a return address"
    if type_ == "multipart/report":
        return "a delivery report"
    submitted = _value(fields, "auto-submitted").partition(";")[0].strip()
    if submitted not in ("", "no"):
        return f"Auto-Submitted: {submitted}"
    for name in ("precedence", "x-precedence"):
        if _value(fields, name) in _BULK:
            return f"Precedence: {_value(fields, name)}"
    if _SUPPRESS & set(_value(fields, "x-auto-response-suppress").replace(",", " ").split()):
        return "X-Auto-Response-Suppress"
    for name in _PRESENT:
        if _value(fields, name) not in ("", "no"):
            return name.title()
    return "sent by an address nobody reads" if _NO_PERSON.fullmatch(sender.partition("@")[0]) else ""


def _value(fields: Fields, name: str) -> str:
    return fields.text(name).lower()[:80]
