"""How often strangers may do a small thing that writes: so many in a while, each address, and all together.

Kept in the memory of each process, bounded whoever comes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW = 600.0  # seconds
KNOWN = 10_000  # addresses remembered at once


@dataclass
class Paced:
    """`each`: of one address in a window; `together`: of all."""

    each: int = 20
    together: int = 2_000
    clock: Callable[[], float] = time.monotonic
    _began: float = float("-inf")
    _counts: dict[str, int] = field(default_factory=dict)
    _all: int = 0

    def may(self, address: str) -> bool:
        """May it once more? Counts it when it may."""
        now = self.clock()
        if now - self._began > WINDOW:
            self._began, self._all = now, 0
            self._counts.clear()
        count = self._counts.get(address, 0)
        if count >= self.each or self._all >= self.together or (not count and len(self._counts) >= KNOWN):
            return False
        self._counts[address] = count + 1
        self._all += 1
        return True
