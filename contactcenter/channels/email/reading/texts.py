"""Text that is not meant to be shown as it stands: flowed lines (RFC 3676), text/enriched (RFC 1896).

Used by contents.py. Linear and total.
"""

import re

from contactcenter.channels.email.syntax.markup import unescaped

_QUOTES = re.compile(r">*")
_ENRICHED_PARAMETER = re.compile(r"<param>[^<]*+(?:<(?!/?param>)[^<]*+)*+</param>", re.IGNORECASE)
_ENRICHED_TAG = re.compile(r"</?[A-Za-z0-9-]{1,60}>")
_LINE_ENDS = re.compile(r"\n+")


def unflowed(text: str, *, delete_space: bool) -> str:
    """Lines that were broken for sending, put together again; quote marks and what is fixed stay."""
    lines: list[str] = []
    depth, begun = 0, False  # begun: the last line goes on
    for line in text.split("\n"):
        marks = _QUOTES.match(line)
        deep = marks.end() if marks else 0
        words = line[deep:].removeprefix(" ") if line[deep : deep + 1] == " " else line[deep:]
        signature = words == "-- "
        if begun and deep == depth and not signature:
            lines[-1] += words
        else:
            lines.append(line if deep else words)
        depth, begun = deep, words.endswith(" ") and not signature
        if begun and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def without_formatting(enriched: str) -> str:
    """The words of text/enriched or text/richtext: a single line end is a space there, of several one is taken."""
    enriched = _ENRICHED_PARAMETER.sub("", enriched).replace("<<", "&lt;")
    enriched = _LINE_ENDS.sub(lambda ends: ends[0][1:] or " ", enriched)
    enriched = re.sub(r"<(?:nl|np)>", "\n", enriched, flags=re.IGNORECASE)
    return unescaped(_ENRICHED_TAG.sub("", enriched))
