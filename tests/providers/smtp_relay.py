"""A mail server on loopback that sends for us, or refuses, cuts the line or falls silent; and one that writes to us."""

import asyncio
import shutil
import ssl
import subprocess
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, cast

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

from contactcenter.channels.email import Email, Settings
from contactcenter.storage.files import FolderFiles
from tests.servers import how_to_get, left_out

SECRET = b"a secret of thirty-two bytes or so"
ADDRESS = "support@example.test"
FILES = Path(tempfile.gettempdir(), "contactcenter-files")


@dataclass(frozen=True)
class Taken:
    """A mail the relay took."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class SmtpRelay:
    """Takes everything until told otherwise. An answer is an SMTP reply, or "cut" or "hang"."""

    at_hello: str = ""
    at_recipient: str = ""
    at_content: str = ""
    utf8: bool = True
    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    taken: list[Taken] = field(default_factory=list)
    sessions: int = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._open: list[SMTP] = []
        self._server = await loop.create_server(self._session, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        tasks = [task for session in self._open if (task := session._handler_coroutine) is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for session in self._open:
            if session.transport is not None:
                cast(asyncio.Transport, session.transport).abort()
        await self._server.wait_closed()

    @property
    def place(self) -> str:
        """What `smtp_relay` is set to."""
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if self.at_hello:
            return [await self._answer(server, self.at_hello)]
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_recipient:
            return await self._answer(server, self.at_recipient)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_content:
            return await self._answer(server, self.at_content)
        content = cast(bytes, envelope.content)
        self.taken.append(Taken(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 2.0.0 taken as 4711"

    async def _answer(self, server: SMTP, answer: str) -> str:
        if answer == "cut":
            cast(asyncio.Transport, server.transport).abort()
        if answer in ("cut", "hang"):
            await asyncio.Event().wait()
        return answer

    def _session(self) -> SMTP:
        self.sessions += 1
        loop = asyncio.get_running_loop()
        session = SMTP(self, enable_SMTPUTF8=self.utf8, hostname="relay.test", tls_context=self.starttls, loop=loop)
        self._open.append(session)
        return session


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """For 127.0.0.1, made now and signed by nobody; and the file that makes it believed."""
    program = shutil.which("openssl") or left_out(f"openssl is not installed: {how_to_get('openssl')}")
    key, public = folder / "key.pem", folder / "certificate.pem"
    command = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=relay.test"]
    files = ["-keyout", str(key), "-out", str(public), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *files], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, key)
    return context, public


def mailbox(files: Path = FILES, **settings: Any) -> Email:
    """A channel "support" on loopback, with little patience for a relay that is silent."""
    table = {"kind": "email", "address": ADDRESS, "name": "Example support", "smtp_listen": "127.0.0.1:0", **settings}
    channel = Email("support", Settings.model_validate(table), SECRET, FolderFiles(files))
    if channel.relay is not None:
        channel.relay = replace(channel.relay, hand_over_seconds=2.0, answer_seconds=0.2)
    return channel


async def write_to(channel: Email, mail: bytes, sender: str = "ada@example.test", to: str = ADDRESS) -> str:
    """Hand a mail to the channel's door as a mail server would; its answer. Raises what aiosmtplib raises."""
    host, port = await channel.listening()
    async with aiosmtplib.SMTP(hostname=host, port=port, local_hostname="sender.test", start_tls=False) as smtp:
        _, answer = await smtp.sendmail(sender, [to], mail)
        return answer
