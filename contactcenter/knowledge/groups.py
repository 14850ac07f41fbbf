"""Texts that ask the same are gathered: a pass finds the groups, groups alike become one, a pass fills them.

Used by knowledge/gaps. Deterministic, and bounded whatever is written: the time is the number of texts times that of
the groups that are open at once. A text that is near to nobody is in no group.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contactcenter.knowledge.likeness import Likeness, Vectors, of_length_one

CHUNK = 500  # rows at a time
OPEN = 2_000  # groups at once; the smallest make room
GONE = -9.0  # less than any two are alike: the group is part of another one

Rows = NDArray[np.float16]
Sizes = NDArray[np.int64]


def rows_of(likeness: Likeness, texts: Sequence[str]) -> Rows:
    """The vectors of many texts, a chunk at a time, in half the room."""
    chunks = [
        likeness.vectors(texts[begin : begin + CHUNK]).astype(np.float16) for begin in range(0, len(texts), CHUNK)
    ]
    return np.concatenate(chunks) if chunks else np.zeros((0, 1), dtype=np.float16)


def gathered(rows: Rows, near: float) -> list[list[int]]:
    """Numbers of rows by group, of two and more."""
    return [some for some in _filled(rows, of_length_one(_found(rows, near)), near) if len(some) > 1]


def joined(groups: Sequence[Sequence[int]], means: Vectors, together: float) -> list[list[int]]:
    """The two groups whose means are most alike become one, as long as any are alike enough (average linkage).

    The largest group comes first.
    """
    if not groups:
        return []
    found, alike = [list(some) for some in groups], means @ means.T
    np.fill_diagonal(alike, GONE)
    best = alike.max(axis=1)
    while best.max() >= together:
        one = int(best.argmax())
        other = int(alike[one].argmax())
        share = len(found[one]) / (len(found[one]) + len(found[other]))
        found[one] += found[other]
        found[other] = []
        mixed = np.where(alike[other] == GONE, GONE, share * alike[one] + (1 - share) * alike[other])
        mixed[[one, other]] = GONE
        alike[one], alike[:, one] = mixed, mixed
        alike[other], alike[:, other] = GONE, GONE
        best = alike.max(axis=1)
    return sorted((sorted(some) for some in found if some), key=lambda some: (-len(some), some[0]))


def means_of(rows: Rows, groups: Sequence[Sequence[int]]) -> Vectors:
    """The mean of each group: the product of two is how alike their rows are on average."""
    means = [_wide(rows[list(some)]).mean(axis=0) for some in groups]
    return np.stack(means) if means else np.zeros((0, rows.shape[1]), dtype=np.float32)


def by_centrality(rows: Rows, some: Sequence[int]) -> list[int]:
    """A group, the row nearest to all others first."""
    inside = _wide(rows[list(some)])
    order = np.argsort(-(inside @ inside.sum(axis=0)), kind="stable")
    return [some[number] for number in order]


def middle(rows: Rows, some: Sequence[int]) -> Vectors:
    """The middle of some rows, of length 1 or 0."""
    centre: Vectors = of_length_one(_wide(rows[list(some)]).sum(axis=0, keepdims=True))[0]
    return centre


def _found(rows: Rows, near: float) -> Vectors:
    """Sums of the rows of each group, found in the order of the rows."""
    sums = np.zeros((0, rows.shape[1]), dtype=np.float32)
    sizes = np.zeros(0, dtype=np.int64)
    for begin in range(0, len(rows), CHUNK):
        chunk = _wide(rows[begin : begin + CHUNK])
        left = chunk[np.any(chunk, axis=1)]
        if len(sums):
            best, fits = _best(left, of_length_one(sums), near)
            np.add.at(sums, best[fits], left[fits])
            np.add.at(sizes, best[fits], 1)
            left = left[~fits]
        more, counts = _among(left, near)
        sums, sizes = _kept(np.concatenate([sums, more]), np.concatenate([sizes, counts]))
    return sums[sizes > 1]


def _among(rows: Vectors, near: float) -> tuple[Vectors, Sizes]:
    """Groups of one chunk: whoever has most around it takes them, then the next."""
    close = rows @ rows.T >= near
    np.fill_diagonal(close, val=True)
    free = np.ones(len(rows), dtype=np.bool_)
    sums, sizes = [], []
    for number in np.argsort(-close.sum(axis=1), kind="stable"):
        if free[number]:
            some = close[number] & free
            free &= ~some
            sums.append(rows[some].sum(axis=0))
            sizes.append(some.sum())
    return np.array(sums, dtype=np.float32).reshape(-1, rows.shape[1]), np.array(sizes, dtype=np.int64)


def _kept(sums: Vectors, sizes: Sizes) -> tuple[Vectors, Sizes]:
    if len(sums) <= OPEN:
        return sums, sizes
    kept = np.sort(np.argsort(-sizes, kind="stable")[: OPEN // 2])
    return sums[kept], sizes[kept]


def _filled(rows: Rows, centres: Vectors, near: float) -> list[list[int]]:
    members: list[list[int]] = [[] for _ in centres]
    for begin in range(0, len(rows) if members else 0, CHUNK):
        best, fits = _best(_wide(rows[begin : begin + CHUNK]), centres, near)
        for number in np.flatnonzero(fits):
            members[best[number]].append(begin + int(number))
    return members


def _best(rows: Vectors, centres: Vectors, near: float) -> tuple[Sizes, NDArray[np.bool_]]:
    """The nearest centre of each row, and whether it is near."""
    alike = rows @ centres.T
    best = alike.argmax(axis=1)
    return best, alike[np.arange(len(rows)), best] >= near


def _wide(rows: Rows) -> Vectors:
    return rows.astype(np.float32)
