"""That an agent types is shown to the customer, where the medium can show it.

Told by web/live, over the bus, to whichever process sends for the channel: flood limits are kept in one place. Best
effort: what comes too often, or while many are shown already, is let go.
"""

import asyncio
from collections.abc import Callable

from contactcenter.channels.protocol import ShowsTyping

EVERY_SECONDS = 4.0  # a provider shows it for five or so
AT_ONCE = 20
REMEMBERED = 1_000  # conversations
WITHIN_SECONDS = 5.0


class Typing:
    """Shows it for one channel, not more often than every few seconds in a conversation."""

    def __init__(self, channel: ShowsTyping, may_send: Callable[[], bool]) -> None:
        self._channel = channel
        self._may_send = may_send
        self._shown: dict[str, float] = {}
        self._showing: set[asyncio.Task[None]] = set()

    def hear(self, topic: str, frame: bytes | None) -> None:
        """The key of a conversation in which an agent types."""
        if frame is None or len(self._showing) >= AT_ONCE or not self._may_send():
            return
        key, now = frame.decode(), asyncio.get_running_loop().time()
        if now - self._shown.get(key, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        if len(self._shown) >= REMEMBERED:
            self._shown.clear()
        self._shown[key] = now
        task = asyncio.create_task(self._show(key))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)

    async def close(self) -> None:
        """Let go of what is still being shown."""
        for task in tuple(self._showing):
            task.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)

    async def _show(self, key: str) -> None:
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                await self._channel.typing(key)
        except TimeoutError:
            return
