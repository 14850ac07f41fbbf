"""The port of a sentence encoder: what turns a text into numbers that are alike where meanings are.

Implemented by minilm; used by fitting and finder, which work without one, worse. A language model served elsewhere
could stand behind it as well.
"""

from collections.abc import Sequence
from typing import Protocol

from contactcenter.knowledge.answering.numbers import Floats


class Encoder(Protocol):
    """Threads may share it: it never changes."""

    name: str
    width: int

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row of `width` numbers and length 1 for each tame text."""

    def knows(self, word: str) -> bool:
        """Whether a word in lower case is one it was trained on, and so no typing error."""
