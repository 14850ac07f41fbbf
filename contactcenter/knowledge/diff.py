"""What is different between two texts, line by line, for people to read.

Bounded, whatever is compared: beyond CHANGED_LIMIT lines that differ, all of the one are shown as removed and all of
the other as added, and no more than SHOWN_LIMIT lines are told.
"""

from collections.abc import Iterator
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
    old, new = before.split("\n"), after.split("\n")
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    lines = [Line("same", text) for text in old[:start]]
    lines += _changed(old[start : len(old) - end], new[start : len(new) - end])
    lines += [Line("same", text) for text in old[len(old) - end :]]
    told = list(_shortened(lines))
    return told if len(told) <= SHOWN_LIMIT else [*told[:SHOWN_LIMIT], Line("gap", f"{len(told) - SHOWN_LIMIT} more")]


def _alike(old: list[str], new: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _changed(old: list[str], new: list[str]) -> Iterator[Line]:
    steps = [("replace", 0, len(old), 0, len(new))]
    if max(len(old), len(new)) <= CHANGED_LIMIT:
        steps = list(SequenceMatcher(None, old, new).get_opcodes())
    for what, old_from, old_to, new_from, new_to in steps:
        if what == "equal":
            yield from (Line("same", text) for text in old[old_from:old_to])
            continue
        yield from (Line("removed", text) for text in old[old_from:old_to])
        yield from (Line("added", text) for text in new[new_from:new_to])


def _shortened(lines: list[Line]) -> Iterator[Line]:
    """Without what is the same and far from all that is not."""
    near = {at + off for at, line in enumerate(lines) if line.kind != "same" for off in range(-AROUND, AROUND + 1)}
    left_out = 0
    for at, line in enumerate(lines):
        if at in near:
            if left_out:
                yield Line("gap", str(left_out))
            left_out = 0
            yield line
        else:
            left_out += 1
    if left_out and near:
        yield Line("gap", str(left_out))
