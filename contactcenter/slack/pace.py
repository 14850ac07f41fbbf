"""How fast we may ask: a bucket for each thing that Slack limits by itself, and a pause where it asked for one.

Slack: "Rate limits": one message a second and channel with short bursts, and a limit per method. One process at a time
posts for a desk (it holds the lease), so the buckets are local.
"""

import asyncio
from dataclasses import dataclass, field

FORGET = 10_000  # buckets; whoever has more than these channels starts anew with some


@dataclass
class Pace:
    """Turns, `every` so many seconds, of which `burst` may be taken at once; by key, such as a channel."""

    every: float
    burst: int = 1
    _free_at: dict[str, float] = field(default_factory=dict)  # when the bucket is full again

    async def turn(self, key: str) -> None:
        """Returns when it is our turn, which is taken by that."""
        now = asyncio.get_running_loop().time()
        full = max(self._free_at.get(key, 0.0), now)
        if len(self._free_at) > FORGET:
            self._free_at.clear()
        self._free_at[key] = full + self.every
        await asyncio.sleep(max(0.0, full - now - (self.burst - 1) * self.every))

    def pause(self, key: str, seconds: float) -> None:
        """Nobody's turn for so long: the provider asked for it."""
        now = asyncio.get_running_loop().time()
        self._free_at[key] = max(self._free_at.get(key, 0.0), now + seconds + (self.burst - 1) * self.every)
