"""What a subject is about, without the marks that mail programs put before it and the ticket number that we put behind.

Read by flow/threads, to tell a reply from a mail about something else, and by channels/email/leaving/compose.py. A
subject is never what finds a ticket: anybody can write the same one.
"""

import re

_REPLY = "re|aw|sv|vs|antw|odp|rif|ref|res|ynt|vá|回复|回覆|答复|答覆|返信|отв|отвєт|rép|resp|απ|תגובה|رد"
_FORWARD = "fwd?|wg|tr|rv|enc|i|vl|vb|vbs|doorst|pd|továbbítás|転送|转发|轉寄|пересл|ilt|trs|προωθ|הועבר"
_MARK = re.compile(
    rf"\s*(?:(?P<reply>{_REPLY})|(?P<forward>{_FORWARD}))\s*(?:\[\d+\]|\(\d+\)|\d+)?\s*[:：]", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*\[(?:ticket)?\s*#\d{1,18}\]", re.IGNORECASE)
MARKS_LIMIT = 20  # of one subject


def bare(subject: str) -> str:
    """Without marks and numbers, on one line."""
    text, _ = _split(" ".join(subject.split()))
    return " ".join(_NUMBER.sub("", text).split())


def is_reply(subject: str) -> bool:
    """Does its nearest mark say that it answers something?"""
    return _split(subject)[1] == "reply"


def is_forward(subject: str) -> bool:
    """Does its nearest mark say that it passes something on?"""
    return _split(subject)[1] == "forward"


def same(one: str, other: str) -> bool:
    """Are they about the same thing? Programs change case and white space, and cut long ones."""
    first, second = bare(one).casefold(), bare(other).casefold()
    shorter = min(len(first), len(second))
    return first == second or (shorter >= 40 and first[:shorter] == second[:shorter])


def _split(subject: str) -> tuple[str, str]:
    """The subject behind its marks, and the kind of the first one."""
    kind, at = "", 0
    for _ in range(MARKS_LIMIT):
        found = _MARK.match(subject, at)
        if found is None:
            numbered = _NUMBER.match(subject, at)
            if numbered is None or numbered.end() == at:
                break
            at = numbered.end()
            continue
        kind = kind or str(found.lastgroup)
        at = found.end()
    return subject[at:].strip(), kind
