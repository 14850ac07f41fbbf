"""What somebody newly wrote in a mail: its text, and which stretches of it a reader may skip.

Before it: parse.py chose the plain text and the markup. After it: flow/inbound keeps the text and its folds. Nothing is
ever removed: a fold hides a quote or a signature until somebody wants to see it. quotes.py and signature.py read the
text; quoted_html.py reads what the markup tells beyond it.
"""

import re
from collections.abc import Iterator, Sequence

from contactcenter.channels.email.quoting import phrases
from contactcenter.channels.email.quoting.quoted_html import read_markup, tells_of_quotes
from contactcenter.channels.email.quoting.quotes import END, Line, Quoted, lines_of, quotes
from contactcenter.channels.email.quoting.signature import signature
from contactcenter.model.values import Fold

_ALNUM = re.compile(r"[^\W_]+")


def read_reply(plain: str, markup: str, subject: str = "") -> tuple[str, tuple[Fold, ...]]:
    """The text to show, and its folds in order; of `plain` (LF lines) if it says something, else of the `markup`.

    The `subject` tells apart ("Fwd:") what many programs write alike: the mail before, and one that is forwarded.
    """
    forwarded = phrases.forwards(subject)
    if text := plain.strip():
        lines = lines_of(text)
        folds = _folds(text, lines, forwarded=forwarded)
        if tells_of_quotes(markup) and not any(fold.kind == "quote" for fold in folds):
            folds = _folds(text, _cut_as_in(markup, text, lines), forwarded=forwarded)
        return text, folds
    told = read_markup(markup)
    return told.text, _folds(told.text, told.lines, told.signatures, forwarded=forwarded)


def _folds(
    text: str, lines: Sequence[Line], signatures: Sequence[tuple[int, int]] = (), *, forwarded: bool
) -> tuple[Fold, ...]:
    found = quotes(lines[: _foot(lines)], forwarded=forwarded)
    folds = [Fold(start, min(end, len(text)), "quote") for start, end in found.stretches]
    written = list(_written(text, lines, found))
    told = (_signature(stretch, signatures, alone=len(written) == 1) for stretch in written)
    folds += [fold for fold in told if fold is not None]
    return tuple(sorted(folds, key=lambda fold: fold.start))


def _foot(lines: Sequence[Line]) -> int:
    """Where a signature begins below the last quote, if nothing else is there: so the quote is not in the middle."""
    last = next((number for number in range(len(lines) - 1, -1, -1) if lines[number].quoted), len(lines))
    below = lines[last + 1 :]
    begin = signature(below, alone=False) if any(line.text for line in below) else 0
    return len(lines) if any(line.text for line in below[:begin]) or not below else last + 1


def _written(text: str, lines: Sequence[Line], found: Quoted) -> Iterator[Sequence[Line]]:
    """The lines between the quotes, stretch by stretch, up to where what is forwarded begins."""
    at = 0
    after = 0
    for start, end in [*found.stretches, (found.content, END)]:
        stretch = []
        while at < len(lines) and lines[at].start < min(start, found.content):
            line = lines[at]
            if line.start >= after:
                stretch.append(line if line.end <= start else Line(line.start, start, text[line.start : start].strip()))
            at += 1
        if any(line.text for line in stretch):
            yield stretch
        after = end


def _signature(lines: Sequence[Line], told: Sequence[tuple[int, int]], *, alone: bool) -> Fold | None:
    """Where the text, or the markup, says that one is: at the end of these lines."""
    end = max(line.end for line in lines if line.text)
    first = next((start for start, until in told if lines[0].start <= start and end <= until), end)
    before = [line for line in lines if line.start < first] if first < end else lines
    begin = signature(before, alone=alone and first == end) if any(line.text for line in before) else 0
    start = before[begin].start if begin < len(before) else first
    if start == end or (alone and first < end and not any(line.text for line in before[:begin])):
        return None
    return Fold(start, end, "signature")


def _cut_as_in(markup: str, text: str, lines: list[Line]) -> list[Line]:
    """The lines, cut where the markup says that a quote begins, if up to there both say the same."""
    told = read_markup(markup)
    quoted = quotes(told.lines).stretches
    if not quoted or _ALNUM.search(told.text[quoted[-1][1] :]):
        return lines
    said = "".join(_ALNUM.findall(told.text[: quoted[-1][0]]))
    place = _place_after(said, text)
    if len(quoted) > 1 or not said or place < 0:
        return lines
    below = next((number for number, line in enumerate(lines) if line.text and line.start >= place), len(lines))
    return [line._replace(cut=True) if number == below else line for number, line in enumerate(lines)]


def _place_after(said: str, text: str) -> int:
    """Where in the text these letters and digits, and no others, have been said; -1 if it says something else."""
    at = 0
    for word in _ALNUM.finditer(text):
        if not said.startswith(word[0], at):
            return -1
        at += len(word[0])
        if at == len(said):
            return word.end()
    return -1
