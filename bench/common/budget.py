"""How fast a run may go on: what is to be said is released in bursts, so that it lasts as long as the faults do."""

import asyncio
import random

BURST = 15
BETWEEN = 0.25  # seconds


class Budget:
    """So many things to do, a burst at a time while somebody is there to take them, and the rest at the end."""

    def __init__(self, total: int) -> None:
        self.left = total
        self.burst = asyncio.Event()
        self._free = asyncio.Semaphore(0)

    async def take(self) -> None:
        """Wait for one."""
        await self._free.acquire()

    def release(self, count: int) -> None:
        """Let so many go."""
        if count <= 0:
            return
        self.left -= count
        for _ in range(count):
            self._free.release()
        self.burst.set()
        self.burst.clear()

    async def moment(self, chance: random.Random, longest: float) -> None:
        """A random moment: as often just after a burst, when all is under way, as at any time."""
        if chance.random() < 0.5 and self.left:
            try:
                await asyncio.wait_for(self.burst.wait(), longest)
            except TimeoutError:
                return
            await asyncio.sleep(chance.uniform(0, 0.02))
        else:
            await asyncio.sleep(chance.uniform(0, longest))
