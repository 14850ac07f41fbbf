"""The post of the demo: takes the mails that the desk sends, shows them, and lets a customer answer.

It stands in for the relay and the whole world behind it, on loopback. Mails leave this process for nowhere.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session


class Post:
    """An SMTP server that takes everything. `show` is told who received what."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body(("plain",))
        first = body.get_content().strip().splitlines()[0] if body is not None else ""
        self._show(f"{', '.join(envelope.rcpt_tos)} receives “{mail['Subject']}”: {first}")
        return "250 2.0.0 delivered"


@asynccontextmanager
async def post_office(show: Callable[[str], None], port: int) -> AsyncIterator[None]:
    """The post, open on a port of loopback."""
    loop = asyncio.get_running_loop()
    post = Post(show)
    server = await loop.create_server(lambda: SMTP(post, hostname="post.test", loop=loop), "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def write_mail(port: int, sender: str, name: str, subject: str, text: str) -> None:
    """A customer writes to the desk's door for mail."""
    mail = EmailMessage()
    mail["From"] = f"{name} <{sender}>"
    mail["To"] = "support@example.test"
    mail["Subject"] = subject
    mail["Message-ID"] = make_msgid(domain="example.test")
    mail.set_content(text)
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, sender=sender, recipients=["support@example.test"])
