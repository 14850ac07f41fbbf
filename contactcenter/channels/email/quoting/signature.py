"""Where a signature begins at the end of what somebody wrote.

Used by reply.py for each stretch that is no quote. A signature is what a mark announces ("-- "), what a phone appends,
or a closing with a name and little else under it. A longer line, a question, a postscript below it: then it is text.
"""

import re
from collections.abc import Sequence

from contactcenter.channels.email.quoting import phrases
from contactcenter.channels.email.quoting.quotes import Line

MARKED_LINES = 30  # that a signature has at most below "-- "
LINES = 12  # and below any other sign
FEW = 4  # that may be sentences
LINE_LIMIT = 80  # characters
WORDS = 8

_MARK = re.compile(r"[-–—_=~*+]{2,40}|—|- -")
_LIST_RULE = re.compile(r"[_=-]{10,}")
_LIST = re.compile(r"mailing ?list|listinfo|unsubscribe|google groups", re.IGNORECASE)
_NAMED = re.compile(r"[-–—~]{1,2}(?:\s?[A-Z]|[a-z])[\w.'-]{1,20}(?: (?:[A-Z][\w.'-]{0,20}|de|van|von|der)){0,3}")
_CONTACT = re.compile(r"https?://|www\.|@|\d{3}|\+\d|\b(?:tel|phone|fax|mobile|mob|cell)\b", re.IGNORECASE)
_POSTSCRIPT = re.compile(r"(?:P\.?\s?P?\.?S\.?|NB|N\.B\.)(?=[\s:.,])", re.IGNORECASE)


def signature(lines: Sequence[Line], *, alone: bool) -> int:
    """The number of the line at which it begins; as many as there are lines if there is none.

    `alone`: there is no other text, so that the whole of it is a signature only if a mark says so.
    """
    said = [line for line in lines if line.text]
    begin = _trailer(said, len(said))
    begin = _disclaimer(said, begin)
    begin = _marked(said, begin)
    begin = _trailer(said, begin)
    begin = min(_closing(said, begin, int(alone)), _contact(said, begin))
    if begin == len(said) or (alone and begin == 0 and not _sure(said[0])):
        return len(lines)
    return lines.index(said[begin])


def _sure(line: Line) -> bool:
    return line.text == "--" or phrases.sent_from(line.text)


def _trailer(said: Sequence[Line], end: int) -> int:
    """What a phone or a program appends."""
    floor = max(0, end - MARKED_LINES)
    while end > floor and phrases.sent_from(said[end - 1].text):
        end -= 1
    return end


def _disclaimer(said: Sequence[Line], end: int) -> int:
    return next((n for n in range(max(1, end - MARKED_LINES), end) if phrases.disclaimer(said[n].text)), end)


def _marked(said: Sequence[Line], end: int) -> int:
    """The first mark that has nothing but a signature below it."""
    for number in range(max(0, end - MARKED_LINES), end):
        line, below = said[number], said[number + 1 : end]
        if line.text == "--" and line.end - line.start > len("--"):
            return number  # RFC 3676 4.3: the mark that only programs make
        marks = len(below) <= LINES and _MARK.fullmatch(line.text) and all(map(_terse, below))
        if marks and not _underlines(said, number):
            return number
        if line.text == "--" and len(below) <= FEW and not any(line.text.endswith("?") for line in below):
            return number
        if _LIST_RULE.fullmatch(line.text) and 0 < len(below) <= LINES and _is_list_footer(below):
            return number
    return end


def _underlines(said: Sequence[Line], number: int) -> bool:
    """Is the rule as long as the line right above it, which makes that a heading?"""
    above = said[number - 1] if number else said[number]
    return said[number].start - above.end == 1 and abs(len(above.text) - len(said[number].text)) < 4


def _is_list_footer(below: Sequence[Line]) -> bool:
    return all(map(_short, below)) and any(_LIST.search(line.text) for line in below)


def _closing(said: Sequence[Line], end: int, first: int) -> int:
    """The first closing that has nothing but a name and how to reach it below, or a name behind a dash."""
    for number in range(max(first, _short_from(said, end) - 1), end):
        text, below = said[number].text, said[number + 1 : end]
        named = bool(below) and _is_name(below[0].text)
        if below and not named:
            continue
        if phrases.closing(text) or (named and phrases.thanks(text)) or _is_name(phrases.after_closing(text)):
            return number
        if not below and number and _NAMED.fullmatch(text.rstrip(".")) and said[number - 1].text[0] not in "-–—*•":
            return number
    return end


def _contact(said: Sequence[Line], end: int) -> int:
    """A last paragraph of a name and how to reach it, below a finished sentence."""
    first = end
    while first and first > end - LINES and not (first < end and said[first].start - said[first - 1].end > 1):
        first -= 1
    below = said[first:end]
    if first == 0 or len(below) < 2 or not said[first - 1].text.endswith((".", "!", "?", ",", ")")):
        return end
    named = 1 < len(below[0].text.split()) < 5 and _is_name(below[0].text) and not _CONTACT.search(below[0].text)
    reached = any(_CONTACT.search(line.text) for line in below[1:])
    return first if named and reached and all(map(_short, below)) else end


def _short_from(said: Sequence[Line], end: int) -> int:
    """From where on all lines could stand in a signature; of the last LINES."""
    floor, begin = max(0, end - LINES + 1), end
    while begin > floor and _short(said[begin - 1]):
        begin -= 1
    return begin


def _short(line: Line) -> bool:
    """Could this line stand in a signature?"""
    text = line.text
    if len(text) > LINE_LIMIT or text.endswith("?") or _POSTSCRIPT.match(text):
        return False
    return not (text.endswith((".", "!", ":")) and len(text.split()) > 5) or phrases.sent_from(text)


def _terse(line: Line) -> bool:
    """And does it, below a rule that people draw in a text, too, say next to nothing?"""
    return _short(line) and len(line.text.split()) <= WORDS


def _is_name(text: str) -> bool:
    """A name, or a way to reach somebody: no sentence."""
    words = text.strip(" *_-–—.,").split()
    if not words or len(words) > 6 or len(text) > 60 or text.endswith(("?", "!", ":")):
        return False
    if len(words) == 1 or _CONTACT.search(text):
        return True
    return len(words) <= 5 and all(not word[0].islower() or word in phrases.PARTICLES for word in words)
