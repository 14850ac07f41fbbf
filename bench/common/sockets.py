"""WebSocket clients that cost next to nothing, so that one process can be a thousand visitors beside the server.

Text frames only, as RFC 6455 has them; no extensions. The masking key is zero: masking guards proxies, and there are
none between two processes of one machine.
"""

import asyncio
import base64
import os
from collections.abc import Callable, Sequence
from typing import cast

from bench.common.program import Wrong

Hear = Callable[["Socket", bytes], None]

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
LAST_FRAME = 0x80
MASKED = 0x80
CONNECTING = 50  # handshakes at a time


class Socket(asyncio.Protocol):
    """One client. `hear` is called with each text frame; `closed` is the close code once it has gone."""

    def __init__(self, request: bytes, hear: Hear) -> None:
        self.hear = hear
        self.closed: int | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none by its class
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if not self.opened.done():
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            self._open(head)
        self._rest = self._frames(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = self.closed or 1006
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed during the handshake"))

    def send(self, payload: bytes) -> None:
        """A text frame."""
        self._write(TEXT, payload)

    def close(self) -> None:
        """Go, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _open(self, head: bytes) -> None:
        if head.startswith(b"HTTP/1.1 101"):
            self.opened.set_result(None)
        else:
            self.opened.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))

    def _frames(self, data: bytes) -> bytes:
        """Hear all whole frames; what remains."""
        at, end = 0, len(data)
        while end - at >= 2:
            length, begin = data[at + 1], at + 2
            if length == 126:
                begin = at + 4
                length = int.from_bytes(data[at + 2 : begin], "big")
            elif length == 127:
                begin = at + 10
                length = int.from_bytes(data[at + 2 : begin], "big")
            if begin + length > end or begin > end:
                break
            self._frame(data[at] & 0xF, data[begin : begin + length])
            at = begin + length
        return data[at:]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self.hear(self, payload)
        elif kind == PING:
            self._write(PONG, payload)
        elif kind == CLOSE:
            self.closed = int.from_bytes(payload[:2], "big") or 1005
            self._write(CLOSE, payload[:2])  # a server waits for the answer (RFC 6455 5.5.1)

    def _write(self, kind: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        length = bytes((MASKED | size,)) if size < 126 else bytes((MASKED | 126,)) + size.to_bytes(2, "big")
        self._transport.write(bytes((LAST_FRAME | kind,)) + length + b"\0\0\0\0" + payload)


async def connect(host: str, port: int, path: str, hear: Hear, token: str = "") -> Socket:
    """An open socket. Raises OSError."""
    key = base64.b64encode(os.urandom(16)).decode()
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{bearer}\r\n"
    )
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(request.encode(), hear), host, port)
    await asyncio.wait_for(socket.opened, 30)
    return socket


async def connect_all(host: str, port: int, paths: Sequence[str], hear: Hear) -> list[Socket]:
    """Many, some at a time."""
    sockets: list[Socket] = []
    for first in range(0, len(paths), CONNECTING):
        some = paths[first : first + CONNECTING]
        sockets += await asyncio.gather(*(connect(host, port, path, hear) for path in some))
    if any(socket.closed for socket in sockets):
        raise Wrong("sockets were closed as soon as they were opened")
    return sockets
