"""The seam between what is said and how it is found: an answerer ranks articles for a text and says how sure it is.

Beside knowledge/assistant, which decides what to do with a rank. Knows nothing of tickets, customers or conversations.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Ranked(NamedTuple):
    """An article for a text, and the probability, 0 to 1, that it is the right one."""

    slug: str
    probability: float


class Answerer(Protocol):
    """Knows some articles. Threads may share it: it never changes."""

    def rank(self, text: str, limit: int = 3) -> Sequence[Ranked]:
        """The articles nearest to a text, best first, at most `limit`; none where nothing is near. Never raises."""

    def enough(self, precision: float) -> float:
        """The least probability at which the share `precision` of the answers given is right."""
