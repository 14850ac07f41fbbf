"""What the knowledge base lacks: questions that people answered again and again, and what they said alike.

Fed by contactcenter/learn with past tickets (flow/pasts); what comes out is proposed to people by flow/proposals.
Counts and quotes, and invents nothing: title, samples and text are sentences of the tickets themselves. Bounded by the
number of groups it looks into, whatever there is.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from msgspec import structs

from contactcenter.knowledge import groups
from contactcenter.knowledge.extract import ENOUGH, Reply, common, gist, usual
from contactcenter.knowledge.found import Gap
from contactcenter.knowledge.likeness import Likeness, Vectors, Wording
from contactcenter.knowledge.lines import folded
from contactcenter.knowledge.past import Past
from contactcenter.knowledge.private import GONE

LOOKED_INTO = 300  # groups, the largest
LENGTH = 500  # characters of a question by which it is grouped
REPLY = 2_000  # and of a reply
SAMPLES = 5
TWICE = 0.8  # two samples that are so alike are one
SAME = 0.6  # two replies that are so alike say the same
REPLIES = 500  # of a group that are compared
FEW_REPLIES = 20  # and before it is known which groups are one
WEIGHT = 0.5  # of what people answered, beside what was asked

Makes = Callable[[Iterable[str]], Likeness]


def unanswered(past: Past) -> bool:
    """Did people have to answer it, with no article?"""
    return not past.right and (past.handed or bool(past.replies))


def remembered(past: Past) -> Past:
    """What is kept in mind of a ticket, of thousands: its question, and the longest of the replies to it."""
    longest = max(past.replies, key=len, default="")
    return structs.replace(past, question=past.question[:LENGTH], replies=(longest[:REPLY],) if longest else ())


class Gaps:
    """All groups of tickets that were `unanswered`. `makes` is given the texts that its likeness will compare."""

    def __init__(self, pasts: Sequence[Past], makes: Makes = Wording) -> None:
        self._pasts = pasts
        self.likeness = makes(past.question for past in pasts)
        self._replies = makes(reply for past in pasts for reply in past.replies)
        self._rows = groups.rows_of(self.likeness, [past.question for past in pasts])
        found = [some for some in self._joined() if len({pasts[n].customer for n in some}) >= ENOUGH][:LOOKED_INTO]
        self._groups = [groups.by_centrality(self._rows, some) for some in found]
        self._polite = usual([self._told(some) for some in self._groups])

    def __len__(self) -> int:
        return len(self._groups)

    def central(self, number: int, count: int) -> list[str]:
        """The questions in the middle of a group."""
        return [self._pasts[n].question for n in self._groups[number][:count]]

    def nearness(self, number: int, rows: Vectors) -> Vectors:
        """How near some texts, as `likeness` has them, are to a group; they ask the same from `likeness.near` on."""
        near: Vectors = rows @ groups.middle(self._rows, self._groups[number])
        return near

    def gap(self, number: int) -> Gap | None:
        """A group, told; None where nothing in it can be shown."""
        some = self._groups[number]
        pasts = [self._pasts[n] for n in some]
        answers = [Reply(one.ticket, one.customer, one.replies[0], one.names) for one in pasts if one.replies]
        same, alike = self._alike(answers)
        text = common(same, self._polite)
        reply = same[0].ticket if text else 0
        answered = {one.ticket for one in same} if text else {one.ticket for one in pasts}
        samples = self._samples([n for n in some if self._pasts[n].ticket in answered])
        if not samples:
            return None
        return Gap(samples[0][1], samples, tuple(one.ticket for one in pasts), len(answers), alike, text, reply)

    def _joined(self) -> list[list[int]]:
        """What asks the same; where people answered the same, questions need not be as alike."""
        found = groups.gathered(self._rows, self.likeness.near)
        asked = groups.means_of(self._rows, found)
        told = np.zeros_like(asked)
        for number, some in enumerate(found):
            replies = self._told(some)
            told[number] = WEIGHT * self._replies.vectors(replies).sum(axis=0) / max(1, len(replies))
        return groups.joined(found, np.hstack([asked, told]), self.likeness.together)

    def _told(self, some: Sequence[int]) -> list[str]:
        """A few of the replies to a group."""
        return [reply for n in some for reply in self._pasts[n].replies][:FEW_REPLIES]

    def _samples(self, some: Sequence[int]) -> tuple[tuple[int, str], ...]:
        """Questions that stand for these: central ones that are not alike, those with nothing left out first."""
        told = [
            (n, text) for n in some[: 20 * SAMPLES] if (text := gist(self._pasts[n].question, self._pasts[n].names))
        ]
        chosen: list[tuple[int, str]] = []
        for n, text in sorted(told, key=lambda one: GONE in one[1]):
            row = self._rows[n].astype(np.float32)
            again = any(folded(text) == folded(other) or row @ self._rows[m] > TWICE for m, other in chosen)
            if not again and len(chosen) < SAMPLES:
                chosen.append((n, text))
        return tuple((self._pasts[n].ticket, text) for n, text in chosen)

    def _alike(self, answers: Sequence[Reply]) -> tuple[list[Reply], int]:
        """The replies that say what most say, the most central first; and how many they are of all."""
        compared = answers[:REPLIES]
        if not compared:
            return [], 0
        rows = self._replies.vectors([reply.text for reply in compared])
        close = rows @ rows.T
        middle = int((close >= SAME).sum(axis=1).argmax())
        order = [n for n in np.argsort(-close[middle], kind="stable") if close[middle, n] >= SAME]
        found = [compared[n] for n in order]
        return found, round(len(found) * len(answers) / len(compared))
