"""Both ends of SMTP: a client that costs little, and the relay that takes what the desk sends.

The relay is slow on purpose: whoever is killed between the content and its 250 cannot know whether the mail is taken.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.parser import BytesHeaderParser

from aiosmtpd.smtp import SMTP, Envelope, Session

ANSWER_SECONDS = 30.0


class Mailer:
    """One SMTP session. Raises OSError when it breaks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, host: str, port: int) -> "Mailer":
        """Greeted, and having greeted."""
        mailer = cls(*await asyncio.open_connection(host, port))
        greeting = await mailer._answer()
        if greeting != 220:
            raise ConnectionError(f"greeted by {greeting}")
        await mailer._command(b"EHLO bench.example.test\r\n")
        return mailer

    async def send(self, sender: str, recipient: str, content: bytes) -> int:
        """The code of the answer that decides; `content` has CRLF line ends and no line that begins with a dot."""
        for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"):
            code = await self._command(command.encode() + b"\r\n")
            if code >= 400:
                return code
        return await self._command(content + b"\r\n.\r\n")

    def close(self) -> None:
        """Go, without a word."""
        self._writer.transport.abort()

    async def _command(self, line: bytes) -> int:
        self._writer.write(line)
        return await self._answer()

    async def _answer(self) -> int:
        while True:
            line = await asyncio.wait_for(self._reader.readline(), ANSWER_SECONDS)
            if not line.endswith(b"\n"):
                raise ConnectionError("the server went")
            if line[3:4] != b"-":
                return int(line[:3])


class Relay:
    """Takes every mail, and counts them by Message-ID."""

    def __init__(self, slowest: float, seed: int) -> None:
        self.taken: Counter[str] = Counter()
        self.port = 0
        self._slowest = slowest
        self._random = random.Random(seed)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Taken is what has come in whole, whether or not anybody waits for the answer."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken[str(BytesHeaderParser().parsebytes(content)["Message-ID"])] += 1
        await asyncio.sleep(self._random.uniform(0, self._slowest))
        return "250 2.0.0 Taken"


@asynccontextmanager
async def relaying(slowest: float, seed: int) -> AsyncIterator[Relay]:
    """A relay on a free port of loopback."""
    relay = Relay(slowest, seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(relay, hostname="relay.example.test", loop=loop), "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
