"""Which lines of a mail are quoted from an earlier one.

Used by reply.py; phrases.py knows the words. A line is taken for a quote only where a program has marked it as one: by
`>`, by the line "On … wrote:", by the header of the mail before. What a customer writes below, above or between quotes
is never part of one, and where in doubt nothing is: who reads a quote twice loses less than who misses a sentence.
"""

import re
import string
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from contactcenter.channels.email.quoting import phrases

LINE_LIMIT = 500  # characters of a line that are looked at
WRAPPED = 4  # lines that "On … wrote:", or a header, is spread over beyond its own, at most
TAIL_WORDS = 3  # of "On … wrote:" behind a line end
LOOKS_LIMIT = 2_000  # lines that are looked at with their neighbours, which costs some microseconds each
QUOTE_LINES = 3  # that a quote has which nobody announces
MIDDLE_LINES = 12  # of a quote between two texts, which are left to be read with them
HEADER_LINES = 14
END = sys.maxsize  # of any text

_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"  # how to write, mostly
_BLANK = string.whitespace + "\u00a0" + _UNSEEN
_PROMPT = ">>> "  # of Python, in what people copy; no quote has that mark only
_RULE = re.compile(r"[-_=*‐‑–—]{3,}.{0,80}[-_=*‐‑–—]{3,}|[_\-=*‐‑–—]{3,}")
_WHO = re.compile(r"[^<>:@]{1,80}<[^<>\s]{1,100}@[^<>\s]{1,150}>,?")
_DRAWN = re.compile(r"_{10,}")
_ENDS = (":", "：", ">", ")", "-", "wrote", "schrieb", "écrit", "escribió", "scritto", "escreveu", "skrev", "napisał")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時시点]\s?\d\d(?!\d)")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}")
_FIELD = re.compile(r"\w[\w \t-]{1,25}:\s|\w[\w \t-]{1,25}:$")
_LINK = re.compile(r"[(<]https?://[^\s()<>]{1,400}[)>]\s?>?")
_LINK_OPEN = re.compile(r"[(<]https?://[^\s()<>]{0,400}$")
_RUN_ON = re.compile(r"([^<>]{1,120}<[^<>\s]{1,100}@[^<>\s]{1,150}> ?[^:<>]{0,30}:) {2,}(?=\S)")  # then what is quoted
_INLINE = re.compile(
    r"(?:(?<!-)-{2,}+\s?)?(?<!\w)On (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?(?:\d|[A-Z][a-z]{2,8}\.? \d)"
    r"[^?!]{5,200}wrote:$"
)


class Line(NamedTuple):
    """`text[start:end]`, and without the space around it."""

    start: int
    end: int
    text: str
    quoted: bool = False
    told: bool = False  # the markup says that it is quoted
    cut: bool = False  # the markup says: from here on it is the mail before


class Block(NamedTuple):
    """A quote: the lines from `first` to before `last`; `start` is where it begins in the text."""

    first: int
    last: int
    start: int
    announced: bool
    lines: int


class Found(NamedTuple):
    """The blocks, then where the mail before begins (a line, and its place in the text), or where content does."""

    blocks: list[Block]
    until: int
    rest: int  # the place in the text from which all is quoted; -1: nothing


class Quoted(NamedTuple):
    """Stretches of the text, the last may go on to the `END`; from `content` on it is what a customer forwards."""

    stretches: list[tuple[int, int]]
    content: int


def lines_of(text: str) -> list[Line]:
    lines, start = [], 0
    for piece in text.split("\n"):
        seen = piece[:LINE_LIMIT].lstrip()
        indent = min(len(piece), LINE_LIMIT) - len(seen)
        said = seen.rstrip()
        if said and (said[0] in _UNSEEN or said[-1] in _UNSEEN):
            said = said.strip(_BLANK)
        lines.append(Line(start + indent, start + len(piece), said, said[:1] == ">" and indent < 4))
        start += len(piece) + 1
    return lines


def quotes(lines: Sequence[Line], *, forwarded: bool = False) -> Quoted:
    """What is quoted, in order, and where something begins that was forwarded to us.

    `forwarded`: the subject says so; programs that have no other mark for it write the same header as in an answer.
    """
    found = _Walk(lines, forwarded=forwarded).find()
    said = list(_said(lines, found))
    stretches = [(block.start, lines[block.last - 1].end) for block in _hidden(found.blocks, said)]
    content = lines[found.until].start if found.until < len(lines) else END
    if found.rest >= 0 and (said or found.blocks):
        return Quoted([*stretches, (found.rest, END)], END)
    return Quoted(stretches, content)


def _said(lines: Sequence[Line], found: Found) -> Iterator[int]:
    """The lines that are in no quote, or begin outside of it."""
    at = 0
    for block in found.blocks:
        before = block.first + (lines[block.first].start < block.start)
        yield from (number for number in range(at, before) if lines[number].text)
        at = block.last
    before = found.until + (0 <= lines[min(found.until, len(lines) - 1)].start < found.rest)
    yield from (number for number in range(at, before) if lines[number].text)


def _hidden(blocks: list[Block], said: list[int]) -> list[Block]:
    """Those that a reader may skip: not what is answered point by point, and not a few lines that nobody announces."""
    apart = [number for number, (one, two) in enumerate(pairwise(blocks)) if _between(said, one.last, two.first)]
    if apart:
        last = blocks[apart[-1] + 1 :]
        whole = any(block.announced for block in blocks) or sum(block.lines for block in last) >= QUOTE_LINES
        return last if whole and not _between(said, last[-1].last, END) else []
    if not said:
        announced = any(block.announced for block in blocks)
        return [block for block in blocks if announced and (block.announced or block.lines >= QUOTE_LINES)]
    return [block for block in blocks if _is_long_enough(block, at_an_end=_at_an_end(block, said))]


def _is_long_enough(block: Block, *, at_an_end: bool) -> bool:
    """A few lines in the middle were left there to be read with the answer."""
    if not at_an_end:
        return block.announced and block.lines > MIDDLE_LINES
    return block.announced or block.lines >= QUOTE_LINES


def _between(said: list[int], first: int, last: int) -> bool:
    at = bisect_left(said, first)
    return at < len(said) and said[at] < last


def _at_an_end(block: Block, said: list[int]) -> bool:
    return not _between(said, 0, block.first) or not _between(said, block.last, END)


class _Walk:
    """Down the lines, to where the mail before begins, or a forwarded one, which is for us to read."""

    def __init__(self, lines: Sequence[Line], *, forwarded: bool) -> None:
        self.forwarded = forwarded
        self.lines = lines
        self.blocks: list[Block] = []
        self.at = 0
        self.floor = 0  # the line after the last quote
        self.looks = LOOKS_LIMIT

    def find(self) -> Found:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not (line.cut or line.quoted) and _says_nothing(line.text):
                self.at += 1
            elif self._is_forwarded(line.text.lstrip("> ")):
                break
            elif line.quoted:
                self._take(self.at, self.at, line.start, announced=False)
            elif line.cut or phrases.original(line.text) or phrases.divides(line.text) or self._is_header():
                first = self._rule_above(self.at, _RULE)
                return Found(self.blocks, first, -1 if self.forwarded else self.lines[first].start)
            elif (rest := self._announcement()) is not None:
                return rest
        return Found(self.blocks, self.at, -1)

    def _is_forwarded(self, text: str) -> bool:
        return phrases.forwarded(text) or (self.forwarded and phrases.original(text))

    def _take(self, first: int, quote: int, start: int, *, announced: bool) -> None:
        """A block: its lines, and blank ones between them. What a customer leads up to ("print this:") is theirs."""
        last = at = quote
        count = 0
        while at < len(self.lines) and (self.lines[at].quoted or not self.lines[at].text or self._is_broken_link(at)):
            if self.lines[at].quoted:
                last, count = at + 1, count + (not self.lines[at].text.startswith(_PROMPT))
                announced = announced or self.lines[at].told
            at += 1
        theirs = not announced and any(line.text.endswith(":") for line in self.lines[max(0, first - 2) : first])
        self.blocks.append(Block(first, last, start, announced, 0 if theirs else count))
        self.at = self.floor = last

    def _is_broken_link(self, at: int) -> bool:
        """Did a program break a link of the quote, so that a piece of it has no mark?"""
        if at + 1 >= len(self.lines) or not self.lines[at - 1].quoted or not self.lines[at + 1].quoted:
            return False
        text = self.lines[at].text
        above = _LINK_OPEN.search(self.lines[at - 1].text) is not None
        return _LINK.fullmatch(text) is not None or (above and text.endswith((")", ">")) and " " not in text)

    def _is_header(self) -> bool:
        """Do From, Sent, To and Subject follow one another here, in whatever language?

        A form on a web page sends such lines, too, but among others, and says not to whom.
        """
        first = phrases.field(self.lines[self.at].text)
        if first not in ("from", "date", "sent", "subject", "to") or not self.looks:
            return False
        self.looks -= 1
        kinds, strange, apart = phrases.fields(self.lines[self.at].text), 0, False
        block = self.lines[self.at : self.at + HEADER_LINES]
        for number, line in enumerate(block):
            if kind := phrases.field(line.text):
                kinds.add(kind)
            elif line.text and (apart or strange == WRAPPED):
                block = block[:number]
                break
            strange += bool(line.text and not kind)
            apart = not line.text
        kinds.discard("other")
        addressed = any("@" in line.text for line in block)
        if len(kinds) > 2:
            formed = "to" not in kinds and any(_is_other_field(line.text) for line in block)
            return "from" in kinds and not formed and bool(kinds & {"sent", "subject"} or addressed)
        return addressed and first != "to" and kinds in ({"from", "sent"}, {"from", "date"}, {"date", "to"})

    def _rule_above(self, line: int, rule: re.Pattern[str]) -> int:
        """The line at which a header begins, or that of the rule that is drawn above it."""
        first = line
        for above in range(line - 1, max(self.floor, line - 4) - 1, -1):
            if rule.fullmatch(self.lines[above].text) or phrases.heads(self.lines[above].text):
                first = above
            elif self.lines[above].text:
                break
        return first

    def _announcement(self) -> Found | None:
        """Step over a line; if it ends "On … wrote:", over the quote below, too; without marks it is all below."""
        at, text = self.at, self.lines[self.at].text
        self.at += 1
        if not self.looks or not (text.endswith(_ENDS) or ":  " in text):
            return None
        self.looks -= 1
        if text.endswith(_ENDS):
            return self._announced(at)
        run_on = _RUN_ON.match(text)
        return Found(self.blocks, at, self.lines[at].start) if run_on and _announces(run_on[1]) else None

    def _announced(self, at: int) -> Found | None:
        quote = next((n for n in range(at + 1, min(at + 4, len(self.lines))) if self.lines[n].text), at)
        marked = self.lines[quote].quoted
        begin = self._begin(at, _announces_marked if marked else _announces)
        if begin is None:
            return None
        first, start = begin
        if not marked:
            above = self._rule_above(first, _DRAWN)
            return Found(self.blocks, above, start if above == first else self.lines[above].start)
        self._take(first, quote, start, announced=True)
        return None

    def _begin(self, at: int, announces: Callable[[str], bool]) -> tuple[int, int] | None:
        """The line and the place where what ends in this line begins: it may be wrapped, or follow other words."""
        joined, found, wanting = "", None, False  # wanting: no date or time so far
        for first in range(at, max(self.floor, at - WRAPPED + 1) - 1, -1):
            line = self.lines[first]
            if not line.text or line.quoted or (first < at and line.text.endswith((".", "!", "?"))):
                break
            who = "@" not in joined and not joined[:1].isupper() and _WHO.fullmatch(line.text) is not None
            joined = f"{line.text} {joined}".rstrip()
            if (inline := _INLINE.search(joined)) and 0 < inline.start() < len(line.text):
                return first, line.start + inline.start()
            leads, counts = phrases.leads(line.text), any(map(str.isdigit, line.text))
            more = counts if leads else who or (wanting and "<" in line.text and _is_dated(line.text))
            if announces(joined) and (found is None or more):
                found = first, line.start
            wanting = not _is_dated(joined)
            if found and leads and not (_is_a_tail(line.text) or phrases.follows_who(joined)):
                break
        return found


def _says_nothing(text: str) -> bool:
    """Has it no mark of all those that are looked for? So it is with nearly every line."""
    return not text or (text[0].isalnum() and ":" not in text and "：" not in text and not text.endswith(_ENDS))


def _announces(joined: str) -> bool:
    """Surely: no mark `>` follows."""
    timed, dated, addressed = _TIME.search(joined), _DATE.search(joined), "@" in joined
    if phrases.person_wrote(joined):
        return False
    if not phrases.announces(joined):
        return bool(timed and dated and addressed) and joined.endswith((">:", "> :"))
    if addressed and "<" in joined and joined[-1] in ":：":
        return True
    return bool(timed or (dated and addressed)) and phrases.leads(joined)


def _announces_marked(joined: str) -> bool:
    """Maybe, as a quote follows: in any language, a verb or a date, and who."""
    dated = _DATE.search(joined) is not None
    if phrases.person_wrote(joined) and not dated:
        return False
    if phrases.announces(joined) or phrases.cites(joined) or (phrases.wrote(joined) and dated):
        return True
    who = "@" in joined or _TIME.search(joined) is not None
    return dated and who and (joined[-1] in ":：" or (joined[-1] == ">" and phrases.leads(joined)))


def _is_a_tail(text: str) -> bool:
    """Does a line that seems to lead rather go on from a wrapped one, as "a écrit :" and "15.12 Grace menulis:" do?"""
    if text[0].isdigit():
        return _DATE.search(text) is None
    return len(text.split()) <= TAIL_WORDS and not any(map(str.isdigit, text))


def _is_dated(text: str) -> bool:
    return _TIME.search(text) is not None or _DATE.search(text) is not None


def _is_other_field(text: str) -> bool:
    return not phrases.field(text) and _FIELD.match(text) is not None
