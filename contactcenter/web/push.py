"""Pushing frames to many sockets from one task, so that an idle socket costs no task of its own.

A socket that reads too slowly is closed, not waited for: it comes back, and reads what it missed from the tables.
"""

import asyncio
from collections import deque

from aiohttp import WSMsgType, web

BUFFER_LIMIT = 48 * 1024  # bytes; below asyncio's high-water mark of 64 KiB, so that a send never waits


class Pusher:
    """Frames in order, per process."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[web.WebSocketResponse, asyncio.Transport | None, bytes]] = deque()
        self._some = asyncio.Event()

    def __call__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, frame: bytes) -> None:
        self._waiting.append((socket, transport, frame))
        self._some.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                await self._push(*self._waiting.popleft())

    async def _push(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, frame: bytes) -> None:
        if socket.closed or transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > BUFFER_LIMIT:
            transport.abort()  # a close frame would have to wait for the same full buffer
            return
        try:
            await socket.send_frame(frame, WSMsgType.TEXT)
        except (ConnectionError, RuntimeError):  # it went while we pushed: it reads the table when it is back
            return
