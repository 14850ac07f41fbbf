"""What the markup of a mail tells beyond its words: which of them a mail program has quoted, and which are a signature.

Used by reply.py for mails without a plain text, and as a second witness for those with one. markup.py gives the text;
here the names are known that programs give to the elements they put around a quote.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

from contactcenter.channels.email.markup import Stretch, text_and_stretches
from contactcenter.channels.email.quotes import Line, lines_of

SIGNATURE_LIMIT = 1_500  # characters
INTRODUCTION_LIMIT = 400

_ATTRIBUTE = re.compile(r"""\b(class|id|name|type|style)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]++)""", re.IGNORECASE)
_QUOTE = re.compile(
    r"(?:class|id)=(?:\S* )*(?:x_)?(?:gmail_quote|protonmail_quote|tutanota_quote|front-blockquote|email_quote|clean_bq)\b|"
    r"type=cite\b|id=(?:mail-app-auto-quote|qt)\b|style=.*border-left"
)
_CONTAINER = re.compile(
    r"(?:class|id)=(?:\S* )*(?:gmail_quote|gmail_quote_container|yahoo_quoted\w*|zmail_extra|protonmail_quote|"
    r"tutanota_quote|OLK_SRC_BODY_SECTION|history_container|sh-quoted-content|bloop_original_html|"
    r"olk_src_body_section|mail_quote|hmmessage_quote)\b|name=(?:quote|messagereplysection)\b",
)
_REST = re.compile(r"id=(?:x_)?(?:appendonsend|divrplyfwdmsg|stopspelling|zwchr|replysplit)\b|data-marker=__divider__")
_HEADED = re.compile(r"style=.*border:\s?none;\s?border-top:\s?solid")
_SIGNATURE = re.compile(
    r"(?:class|id)=(?:\S* )*(?:gmail_signature|moz-signature|protonmail_signature_block|ms-outlook-mobile-signature|"
    r"signature|applemailsignature|zmail_signature\w*|ymail_signature|lineBreakAtBeginningOfSignature|"
    r"sh-signature|tutanota_signature|messagesignature|mobile_signature|mail_android_signature)(?![\w-])",
    re.IGNORECASE,
)
_FIELD = re.compile(r"[^\s:：][^:：\n]{0,25}\s?[:：]")
_SIGNS = re.compile(
    r"<blockquote|quote|border-top|border-left|appendonsend|divrplyfwdmsg|zmail_extra|OLK_SRC", re.IGNORECASE
)


class Told(NamedTuple):
    """The text of a markup, its lines, marked as far as the markup tells, and where signatures lie."""

    text: str
    lines: list[Line]
    signatures: list[tuple[int, int]]


def tells_of_quotes(markup: str) -> bool:
    """Might it? Cheap."""
    return _SIGNS.search(markup) is not None


def read_markup(markup: str) -> Told:
    """All that it tells."""
    text, stretches = text_and_stretches(markup, _kind_of)
    quoted = _joined([stretch for stretch in stretches if _is_quote(stretch, stretches, text)])
    rests = [stretch.start for stretch in stretches if stretch.kind == "rest" or _is_header(stretch, text)]
    lines = _marked(lines_of(text), quoted, rests)
    signatures = [
        (stretch.start, stretch.end)
        for stretch in stretches
        if stretch.kind == "signature" and stretch.end - stretch.start < SIGNATURE_LIMIT
    ]
    return Told(text, lines, signatures)


def _kind_of(name: str, attributes: str) -> str:
    if not attributes.strip(" /"):
        return "indent" if name == "blockquote" else ""
    said = " ".join(f"{key}={value.strip(chr(34) + chr(39))}" for key, value in _ATTRIBUTE.findall(attributes)).lower()
    if name == "blockquote":
        return "quote" if _QUOTE.search(said) else "indent"
    for kind, known in (("rest", _REST), ("container", _CONTAINER), ("signature", _SIGNATURE), ("headed", _HEADED)):
        if known.search(said):
            return kind
    return ""


def _is_quote(stretch: Stretch, stretches: list[Stretch], text: str) -> bool:
    """A container around a quote is none itself: in it, too, a customer may answer."""
    if stretch.kind == "container":
        return not any(
            inner.kind in ("quote", "indent") and stretch.start <= inner.start and inner.end <= stretch.end
            for inner in stretches
        )
    if stretch.kind == "indent":
        return text[max(0, stretch.start - INTRODUCTION_LIMIT) : stretch.start].rstrip().endswith((":", "："))
    return stretch.kind == "quote"


def _is_header(stretch: Stretch, text: str) -> bool:
    """Outlook draws a line above the header of the mail before."""
    if stretch.kind != "headed":
        return False
    first = [line.strip() for line in text[stretch.start : stretch.start + 1_000].split("\n") if line.strip()][:4]
    return sum(_FIELD.match(line) is not None for line in first) > 2


def _joined(stretches: list[Stretch]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for stretch in sorted(stretches):
        if joined and stretch.start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], stretch.end)
        else:
            joined.append((stretch.start, stretch.end))
    return joined


def _marked(lines: list[Line], quoted: list[tuple[int, int]], rests: list[int]) -> list[Line]:
    starts = [start for start, _ in quoted]
    rest = min(rests, default=-1)
    marked = []
    for line in lines:
        at = bisect_right(starts, line.start) - 1
        inside = bool(line.text) and at >= 0 and line.start < quoted[at][1]
        cut = rest >= 0 and line.start >= rest and bool(line.text)
        marked.append(line._replace(quoted=line.quoted or inside, cut=cut and not inside))
        rest = -1 if cut else rest
    return marked
