"""Pushing frames to sockets without a task of their own and without waiting.

Used by the agents' sockets (web/live) and the visitors' (channels/webchat), where one happening goes to many. A socket
that is not read is cut, not waited for: it comes back, and reads what it missed from the tables.
"""

import asyncio
from weakref import WeakSet

from aiohttp import WSCloseCode, web

BUFFER_LIMIT = 256 * 1024  # bytes that one socket may leave unread


class Pusher:
    """Frames for many sockets, in order; what one turn of the loop has for one socket leaves in one write."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Transport, list[bytes]] = {}
        self._open: WeakSet[web.WebSocketResponse] = WeakSet()
        self._frame = self._framed = b""

    def __call__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, frame: bytes) -> None:
        """Write one text frame, whole, behind what was written before."""
        if transport is None or socket.closed or transport.is_closing():
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        if frame is not self._frame:  # one happening is told to many: its head is made once
            self._frame, self._framed = frame, _head(len(frame)) + frame
        waiting = self._waiting.get(transport)
        if waiting is None:
            self._waiting[transport] = [self._framed]
        else:
            waiting.append(self._framed)

    def watch(self, socket: web.WebSocketResponse) -> None:
        """A socket that is to be told when we go."""
        self._open.add(socket)

    async def close_all(self) -> None:
        """Tell everybody that we go; they come back to whoever serves next."""
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._open)))

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for transport, pieces in waiting.items():
            if transport.get_write_buffer_size() > BUFFER_LIMIT:
                transport.abort()  # a close frame would have to wait in the same full buffer
            elif not transport.is_closing():
                transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))


def _head(length: int) -> bytes:
    """FIN and text, and the length in one, three or nine bytes; a server's frame is not masked (RFC 6455 5.2)."""
    if length < 126:
        return bytes((0x81, length))
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")
