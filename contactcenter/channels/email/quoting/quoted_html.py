"""What the markup of a mail tells beyond its words: which of them a mail program has quoted, and which are a signature.

Used by reply.py for mails without a plain text, and as a second witness for those with one. markup.py gives the text;
here the names are known that programs give to the elements they put around a quote.
"""

import re
from bisect import bisect_left
from typing import NamedTuple

from contactcenter.channels.email.quoting import phrases
from contactcenter.channels.email.quoting.quotes import Line, lines_of
from contactcenter.channels.email.syntax.markup import Stretch, text_and_stretches

SIGNATURE_LIMIT = 1_500  # characters
ABOVE = 10  # characters, and space, between a line over a quote and the quote

_ATTRIBUTE = re.compile(r"""\b(class|id|name|type|style)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]++)""", re.IGNORECASE)
_QUOTE = re.compile(
    r"\b(?:protonmail_quote|tutanota_quote|front-blockquote|email_quote|clean_bq|mail-app-auto-quote)\b|"
    r"type=cite\b|id=qt\b"
)
_CONTAINER = re.compile(
    r"\b(?:gmail_quote|gmail_quote_container|yahoo_quoted|yahoo_quoted_\w+|zmail_extra|protonmail_quote|tutanota_quote|"
    r"olk_src_body_section|history_container|sh-quoted-content|bloop_original_html)\b|name=(?:quote|messagereplysection)\b"
)
_INTRODUCTION = re.compile(r"\b(?:gmail_attr|moz-cite-prefix)\b")
_REST = re.compile(r"id=(?:x_)?(?:appendonsend|divrplyfwdmsg|stopspelling|zwchr|replysplit)\b|data-marker=__divider__")
_HEADED = re.compile(r"style=.*border:none;border-top:solid")
_SIGNATURE = re.compile(
    r"(?:[= ])(?:gmail_signature|moz-signature|protonmail_signature_block|ms-outlook-mobile-signature|signature|"
    r"applemailsignature|zmail_signature\w*|ymail_signature|linebreakatbeginningofsignature|sh-signature|"
    r"tutanota_signature|messagesignature|mobile_signature|mail_android_signature)(?![\w-])"
)
_KINDS = {
    "rest": _REST,
    "introduction": _INTRODUCTION,
    "container": _CONTAINER,
    "signature": _SIGNATURE,
    "headed": _HEADED,
}
_QUOTATION_MARKS = "\"'"
_FIELD = re.compile(r"[^\s:：][^:：\n]{0,25}\s?[:：]")
_SIGNS = ("quote", "border-top", "border-left", "appendonsend", "divrplyfwdmsg", "zmail_extra", "olk_src")


class Told(NamedTuple):
    """The text of a markup, its lines, marked as far as the markup tells, and where signatures lie."""

    text: str
    lines: list[Line]
    signatures: list[tuple[int, int]]


def tells_of_quotes(markup: str) -> bool:
    """Might it? Cheap."""
    markup = markup.lower()
    return any(sign in markup for sign in _SIGNS)


def read_markup(markup: str) -> Told:
    """All that it tells."""
    text, stretches = text_and_stretches(markup, _kind_of)
    rests = [stretch.start for stretch in stretches if stretch.kind == "rest" or _is_header(stretch, text)]
    lines = _marked(lines_of(text), _quoted(text, stretches), min(rests, default=len(text)))
    signatures = [
        (stretch.start, stretch.end)
        for stretch in stretches
        if stretch.kind == "signature" and stretch.end - stretch.start < SIGNATURE_LIMIT
    ]
    return Told(text, lines, signatures)


def _kind_of(name: str, attributes: str) -> str:
    """quote, indent, introduction, container, headed, rest, signature, or nothing of note."""
    said = " ".join(f"{key}={_value(key, value)}" for key, value in _ATTRIBUTE.findall(attributes)).lower()
    if name == "blockquote":
        return "quote" if _QUOTE.search(said) else "indent"
    return next((kind for kind, known in _KINDS.items() if known.search(said)), "") if said else ""


def _value(key: str, value: str) -> str:
    value = value.strip(_QUOTATION_MARKS)
    return "".join(value.split()) if key.lower() == "style" else value


def _quoted(text: str, stretches: list[Stretch]) -> list[tuple[int, int]]:
    """What is quoted, joined. A container around a quote is none itself: in it, too, a customer may answer."""
    marks = [stretch.start for stretch in stretches if stretch.kind in ("quote", "indent")]
    quoted: list[tuple[int, int]] = []
    contained = 0
    for start, end, kind in stretches:
        if kind == "container":
            contained = max(contained, end)
        holds = bisect_left(marks, end) > bisect_left(marks, start)
        if (
            kind in ("quote", "introduction")
            or (kind == "container" and not holds)
            or (kind == "indent" and start < contained)
        ):
            quoted.append((start, end))
        elif kind == "indent" and (
            text.startswith(">", start) or text[max(0, start - ABOVE) : start].rstrip().endswith((":", "："))
        ):
            quoted.append((start, end))  # without such a line above it may be a customer's own
    return quoted


def _is_header(stretch: Stretch, text: str) -> bool:
    """Outlook draws a line above the header of the mail before."""
    if stretch.kind != "headed":
        return False
    first = [line.strip() for line in text[stretch.start : stretch.start + 1_000].split("\n") if line.strip()][:4]
    return phrases.field(first[0]) == "from" or sum(_FIELD.match(line) is not None for line in first) > 2


def _marked(lines: list[Line], quoted: list[tuple[int, int]], rest: int) -> list[Line]:
    """The lines that begin in a quote, and the one at which the `rest` begins."""
    marked, at, until, cut = [], 0, 0, False
    for line in lines:
        while at < len(quoted) and quoted[at][0] <= line.start:
            until = max(until, quoted[at][1])
            at += 1
        told = bool(line.text) and line.start < until
        first = bool(line.text) and line.start >= rest and not told and not cut
        marked.append(line._replace(quoted=line.quoted or told, told=told, cut=first))
        cut = cut or first
    return marked
