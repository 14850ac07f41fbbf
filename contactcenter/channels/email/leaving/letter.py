"""The text of an answer in the two forms a mail carries: plain, and HTML made from it; below it what it answers.

Used by compose.py. The HTML says exactly what the text says: nothing in it is markup of anybody but us.
"""

import re
from datetime import UTC, datetime
from html import escape

from contactcenter.channels.email.syntax.charsets import clean
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Quoted

QUOTED_LIMIT = 4_000  # characters of the earlier message that are repeated

_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}")
_CLOSING = ".,;:!?)]}"


def as_text(text: str, quoted: Quoted | None) -> str:
    """The answer, and below it the message it answers, each line marked (RFC 3676 4.5)."""
    if quoted is None:
        return text
    marked = "\n".join(f"> {line}".rstrip() for line in _shortened(quoted).split("\n"))
    return f"{text}\n\n{_attribution(quoted)}\n{marked}"


def as_html(text: str, quoted: Quoted | None) -> str:
    """The same; the mark of the quotation is the one mail programs fold."""
    body = f'<div style="white-space:pre-wrap">{linked(text)}</div>'
    if quoted is not None:
        lines = linked(_shortened(quoted))
        body += f"\n<p>{escape(_attribution(quoted))}</p>"
        body += f'\n<blockquote type="cite" style="white-space:pre-wrap">{lines}</blockquote>'
    return f"<!DOCTYPE html>\n<html><body>\n{body}\n</body></html>\n"


def linked(text: str) -> str:
    """The text as HTML, its web addresses as links."""
    pieces, at = [], 0
    for found in _LINK.finditer(text):
        target = found[0].rstrip(_CLOSING)
        pieces += [escape(text[at : found.start()]), f'<a href="{escape(target)}">{escape(target)}</a>']
        at = found.start() + len(target)
    return "".join([*pieces, escape(text[at:])])


def _attribution(quoted: Quoted) -> str:
    when = datetime.fromtimestamp(quoted.at // SECOND, UTC)
    name = " ".join(clean(quoted.name).split()) or "you"
    return f"On {when:%a, %d %b %Y} at {when:%H:%M} UTC, {name} wrote:"


def _shortened(quoted: Quoted) -> str:
    text = clean(quoted.text)
    return text if len(text) <= QUOTED_LIMIT else f"{text[:QUOTED_LIMIT].rstrip()} …"
