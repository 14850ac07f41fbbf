"""What is different between two texts, line by line, for people to read.

Bounded, whatever is compared: beyond CHANGED_LIMIT lines that differ, all of the one are shown as removed and all of
the other as added, and no more than SHOWN_LIMIT lines are told.
"""

from difflib import SequenceMatcher
from typing import Literal, NamedTuple

CHANGED_LIMIT = 1000
SHOWN_LIMIT = 4000
AROUND = 3  # lines that are the same, shown on either side of those that are not

Kind = Literal["same", "added", "removed", "gap"]


class Line(NamedTuple):
    """A line of either text. A gap stands for lines that are the same, and says how many."""

    kind: Kind
    text: str


def diff(before: str, after: str) -> list[Line]:
    """The lines that differ, with some around them; none where nothing does."""
    if before == after:
        return []
    old, new = before.split("\n"), after.split("\n")
    start = _alike(old, new)
    end = min(_alike(old[::-1], new[::-1]), min(len(old), len(new)) - start)
    near = max(0, start - AROUND)
    told = [*_gap(near), *(Line("same", text) for text in old[near:start])]
    told += _changed(old[start : len(old) - end], new[start : len(new) - end])
    rest = old[len(old) - end :]
    told += [Line("same", text) for text in rest[:AROUND]]
    told += _gap(len(rest) - AROUND)
    return told if len(told) <= SHOWN_LIMIT else [*told[:SHOWN_LIMIT], Line("gap", f"{len(told) - SHOWN_LIMIT} more")]


def _alike(old: list[str], new: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _changed(old: list[str], new: list[str]) -> list[Line]:
    """Lines of which the first and the last differ; what is the same and far from all that is not is left out."""
    steps = [("replace", 0, len(old), 0, len(new))]
    if max(len(old), len(new)) <= CHANGED_LIMIT:
        steps = list(SequenceMatcher(None, old, new).get_opcodes())
    told: list[Line] = []
    for what, old_from, old_to, new_from, new_to in steps:
        if what == "equal":
            told += _same(old[old_from:old_to])
        else:
            told += [Line("removed", text) for text in old[old_from:old_to]]
            told += [Line("added", text) for text in new[new_from:new_to]]
    return told


def _same(lines: list[str]) -> list[Line]:
    told = [Line("same", text) for text in lines]
    left_out = len(told) - 2 * AROUND
    return told if left_out <= 0 else [*told[:AROUND], *_gap(left_out), *told[-AROUND:]]


def _gap(lines: int) -> list[Line]:
    return [Line("gap", str(lines))] if lines > 0 else []
