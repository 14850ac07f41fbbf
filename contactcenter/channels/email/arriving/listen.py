"""Our door for mail: SMTP, 250 only after the mail is stored.

Before it: the mail server in front of us, or any sender on a private network. After it: flow/intake through `accept`.
aiosmtpd speaks the protocol; what it leaves open is decided here: who may be written to, how much, how many at once,
and that no bare LF gets in (it ends data at CRLF.CRLF alone since 1.4.5, CVE-2024-27305). Runs in the loop that calls
it, without aiosmtpd's threads. It is not made to face the Internet alone: strangers are sent away, unless the settings
name them.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, syntax
from aiosmtpd.smtp import Session as Greeted

from contactcenter.channels.email.arriving.received import LARGE, raw_event
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.charsets import clean
from contactcenter.channels.email.syntax.mime import with_crlf
from contactcenter.channels.protocol import Accept
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.ports import Files
from contactcenter.settings import SettingsError

IDLE_SECONDS = 300.0  # between two commands, and for the whole of a mail's data (RFC 5321 4.5.3.2.7)
LINE_LIMIT = 256 * 1024  # bytes; RFC 5321 allows senders 1,000, and not all keep to it
DOT = b".\r\n"  # the line that ends a mail, if nothing else is on it
TOO_LONG = "500 5.5.2 Line too long"
TOO_MUCH = "552 5.3.4 Too much mail data"
STRANGER = "554 5.7.1 Not from here: mail for us goes to our mail server"
FULL = b"421 4.3.2 Too many sessions, try again later\r\n"
CLOSING = b"421 4.3.2 Closing, try again later\r\n"

_USUAL = re.compile(
    r"<([\w+=-]++(?:\.[\w+=-]++)*+@[a-z\d-]++(?:\.[a-z\d-]++)*+)>(?: ([\w= -]*+))?", re.ASCII | re.IGNORECASE
)

Spooled = SpooledTemporaryFile[bytes]  # a mail as it comes: in memory while it is small

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs every line it reads: addresses and texts


@dataclass(frozen=True)  # no slots: aiosmtpd looks at all members, and Python before 3.11.4 raises at one of theirs
class Door:
    """One mailbox and what it lets in."""

    channel: str
    mailbox: OwnAddress
    accept: Accept
    files: Files
    size_limit: int
    recipients_limit: int
    sessions_limit: int
    tls: ssl.SSLContext | None = None  # offered by STARTTLS
    tls_required: bool = False
    listen_from: Sequence[IPv4Network | IPv6Network] = ()  # none: private addresses alone
    idle_seconds: float = IDLE_SECONDS

    async def handle_RCPT(  # noqa: N802 (aiosmtpd finds its hooks by these names)
        self, server: SMTP, session: Greeted, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self.recipients_limit:
            return "452 4.5.3 Too many recipients"
        if not self.mailbox.is_ours(address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    def lets_in(self, session: Greeted) -> bool:
        """May this peer talk to us at all?"""
        if not session.peer:
            return False
        peer = ip_address(str(session.peer[0]).partition("%")[0])
        peer = getattr(peer, "ipv4_mapped", None) or peer
        if not self.listen_from:
            return not peer.is_global
        return any(peer in network for network in self.listen_from)

    async def take(self, session: Greeted, envelope: Envelope, mail: Spooled) -> str:
        """Store a mail that is complete; what is answered."""
        try:
            await self.accept(await self._event(session, envelope, mail))
        except StoreUnavailable:
            return "451 4.3.0 Cannot store it now, try again later"
        return "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        log.error("mail session failed", exc_info=error, extra={"channel": self.channel})
        return "451 4.3.0 Something is wrong here, try again later"

    async def _event(self, session: Greeted, envelope: Envelope, mail: Spooled) -> RawEvent:
        sender = clean(envelope.mail_from or "").removeprefix("<>")  # the null sender of RFC 5321 4.5.5
        peer = str(session.peer[0]) if session.peer else ""
        known = {"from": sender, "to": clean(",".join(envelope.rcpt_tos)), "peer": peer}
        size = mail.tell()
        mail.seek(0)
        if size <= LARGE:
            return raw_event(self.channel, mail.read(), known)
        file = cast(BinaryIO, mail)
        digest = await self.files.put(file)
        return await asyncio.to_thread(raw_event, self.channel, file, known, digest)


class Session(SMTP):
    """One connection. It tells its task's end, so that closing the door can wait for it."""

    line_length_limit = LINE_LIMIT

    def __init__(self, door: Door, sessions: "WeakSet[Session]", loop: asyncio.AbstractEventLoop) -> None:
        self.sessions = sessions
        self.door = door
        super().__init__(
            door,
            data_size_limit=door.size_limit,
            enable_SMTPUTF8=True,
            hostname=door.mailbox.domain,
            ident="ESMTP",
            timeout=door.idle_seconds,
            tls_context=door.tls,
            require_starttls=door.tls_required,
            loop=loop,
        )

    async def _handle_client(self) -> None:
        if self.session is not None and not self.door.lets_in(self.session):
            await self.push(STRANGER)
            cast(asyncio.Transport, self.transport).close()
            return
        await super()._handle_client()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """aiosmtpd's own holds the whole mail; here what is large goes to a file as it comes (RFC 5321 4.1.1.4)."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if self.session is None or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        with SpooledTemporaryFile(LARGE) as mail:
            try:
                status = await self._received(mail) or await self.door.take(self.session, self.envelope, mail)
            except Exception as error:  # a fault of ours: the sender keeps the mail
                status = await self.door.handle_exception(error)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address of MAIL or RCPT, and its parameters; the usual ones without the grammar of whole header fields,
        which aiosmtpd asks, and which takes longer than all else that it does with the command."""
        usual = _USUAL.fullmatch(arg)
        if usual is None:
            return super()._getaddr(arg)
        return usual[1], usual[2] or ""

    async def _received(self, mail: Spooled) -> str:
        """Read up to the end of the data and keep it; what is answered to a mail that cannot be taken, else blank.

        The end is CRLF.CRLF alone, and what is refused is read to its end all the same: the answer comes after it.
        """
        size, refused = 0, ""
        while True:
            lines = await self._lines()
            ended = lines == DOT or lines.endswith(b"\r\n" + DOT)
            lines = lines.removesuffix(DOT) if ended else lines
            size += len(lines)
            if size > self.door.size_limit:
                refused = refused or TOO_MUCH
            refused = refused or _kept(mail, lines)
            if ended:
                return refused

    async def _lines(self) -> bytes:
        """Whole lines, up to the next that ends in a dot, as the data does; of one that is too long only the beginning.

        To read each line by itself would cost as much as the rest of a session: a picture has hundreds of them.
        """
        some = b""
        for end in DOT, b"\r\n":
            try:
                return some + await self._reader.readuntil(end)
            except asyncio.LimitOverrunError as error:
                some += await self._reader.read(error.consumed)
        while True:  # the last of them is longer than LINE_LIMIT by now
            try:
                return some + (await self._reader.readuntil(b"\r\n"))[-2:]
            except asyncio.LimitOverrunError as error:
                await self._reader.read(error.consumed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._handler_coroutine is not None:
            self._handler_coroutine.add_done_callback(_look_at)

    def connection_lost(self, error: Exception | None) -> None:
        self.sessions.discard(self)
        super().connection_lost(error)

    async def end(self) -> None:
        """Say goodbye and close, whatever the session was about."""
        if self.transport is None or self._handler_coroutine is None:
            return
        transport = cast(asyncio.Transport, self.transport)
        transport.write(CLOSING)
        transport.close()
        self._handler_coroutine.cancel()
        await asyncio.wait([self._handler_coroutine])
        transport.abort()  # for a peer that reads no more, not even this


class Full(asyncio.Protocol):
    """What answers a connection beyond the limit."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writer = cast(asyncio.Transport, transport)  # uvloop's is one without being registered as one
        writer.write(FULL)
        writer.close()


def context_of(certificate: str, key: str) -> ssl.SSLContext | None:
    """To prove that we are who we say, from PEM texts; None without any. Raises SettingsError for no such pair."""
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with NamedTemporaryFile("w", encoding="ascii", suffix=".pem") as both:  # the library reads files only
        both.write(f"{key}\n{certificate}\n")
        both.flush()
        try:
            context.load_cert_chain(both.name)
        except ssl.SSLError as error:
            raise SettingsError(f"listen_certificate and listen_key do not belong together: {error.reason}") from None
    return context


async def open_door(door: Door, host: str, port: int) -> "Open":
    """Listen there. Raises OSError."""
    loop = asyncio.get_running_loop()
    sessions: WeakSet[Session] = WeakSet()  # a session whose connection never came about is forgotten

    def admit() -> asyncio.Protocol:
        if len(sessions) >= door.sessions_limit:
            return Full()
        session = Session(door, sessions, loop)
        sessions.add(session)
        return session

    return Open(await loop.create_server(admit, host, port), sessions)


@dataclass(frozen=True, slots=True)
class Open:
    """A door that is open."""

    server: asyncio.Server
    sessions: WeakSet[Session]

    @property
    def place(self) -> tuple[str, int]:
        """Host and port it listens on."""
        name: Any = self.server.sockets[0].getsockname()
        return name[0], name[1]

    async def close(self) -> None:
        """No new sessions, and an end to those there are: who has no 250 yet keeps the mail and tries again."""
        self.server.close()
        await asyncio.gather(*(session.end() for session in list(self.sessions)))
        await self.server.wait_closed()


def _kept(mail: Spooled, lines: bytes) -> str:
    """Write them down, without the dots that senders double and without a bare LF: blank, or why that cannot be."""
    if len(lines) > LINE_LIMIT and max(map(len, lines.split(b"\r\n"))) > LINE_LIMIT:
        return TOO_LONG
    try:
        mail.write(with_crlf(lines.removeprefix(b".").replace(b"\r\n.", b"\r\n")))
    except OSError:
        return "451 4.3.1 No room for it now, try again later"
    return ""


def _look_at(task: asyncio.Task[None]) -> None:
    """A connection that breaks ends its task with an error that is nobody's fault."""
    if not task.cancelled():
        task.exception()
