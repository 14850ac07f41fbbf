"""One mail to the relay, and what became of it.

Before it: compose.py. The one question that matters here is whether the relay may have taken the mail. It may from the
moment we write the content (RFC 5321 4.1.1.4 ends in the relay's answer to it), so DATA is spoken here, command and
content apart: aiosmtplib's own `data` and `sendmail` raise the same errors for both. Nothing is tried twice.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from aiosmtplib.protocol import SMTPProtocol

from contactcenter.channels.email.leaving.compose import Composed
from contactcenter.channels.email.leaving.relay_remedies import remedy, said
from contactcenter.channels.email.oauth import Tokens
from contactcenter.model.values import RetryLater, Undeliverable, Unknown, Unusable

START_INPUT, COMPLETED = 354, 250
NOT_US = (421, 530, 534, 535, 538)  # it goes down, or wants another login (RFC 5321 3.8, RFC 4954 6)
STUCK = 64 * 1024  # bytes nobody reads any more

_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Relay:
    """Whoever sends for us; its certificate is always checked.

    The time-outs together are shorter than the workers' patience with a send.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    helo: str  # the name we give
    bounces_to: str  # the mailbox itself, for a relay that takes no mail without a return address
    user: str = ""
    password: str = field(default="", repr=False)
    tokens: Tokens | None = field(default=None, repr=False)  # access tokens instead of the password
    authority: str = ""  # who vouches for its certificate (PEM); blank: any the system trusts
    hand_over_seconds: float = 30.0  # connecting, and every command before the content
    answer_seconds: float = 80.0  # the content and its answer

    @property
    def place(self) -> str:
        """As smtp_relay says it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


async def deliver(relay: Relay, mail: Composed) -> str:
    """Returns once the relay has taken it for the first recipient: what it says of others it refused, or blank.

    Raises RetryLater, Undeliverable or Unknown.
    """
    async with _connected(relay) as smtp:
        try:
            async with asyncio.timeout(relay.hand_over_seconds):
                protocol, refused = await _hand_over(smtp, mail, relay.bounces_to)
        except (SMTPSenderRefused, SMTPRecipientRefused, SMTPDataError) as error:
            raise _refusal(error) from None
        except (SMTPException, OSError) as error:  # TimeoutError is an OSError
            raise Unusable(f"the mail server broke off before it had the mail: {said(error)}") from None
        await _content(protocol, mail.content, relay.answer_seconds)
        return f"not taken for somebody in copy: {said(refused)}" if refused else ""


async def greet(relay: Relay) -> None:
    """Only say hello, as far as the relay lets us in. Raises Unusable."""
    async with _connected(relay):
        return


@asynccontextmanager
async def _connected(relay: Relay) -> AsyncIterator[SMTP]:
    """Connected, encrypted and logged in. What is refused here is refused to us, not to the mail: never for good."""
    smtp = SMTP(
        hostname=relay.host,
        port=relay.port,
        use_tls=relay.tls == "tls",
        start_tls=relay.tls == "starttls",
        tls_context=ssl.create_default_context(cadata=relay.authority) if relay.authority else None,
        username=None if relay.tokens else relay.user or None,
        password=relay.password or None,
        local_hostname=relay.helo,
        timeout=relay.hand_over_seconds,
    )
    try:
        try:
            async with asyncio.timeout(relay.hand_over_seconds):
                await smtp.connect()
                if smtp.is_ehlo_or_helo_needed:
                    await smtp.ehlo()
                if relay.tokens:
                    await smtp.auth_xoauth2(relay.user, await relay.tokens.access())
        except (SMTPException, OSError) as error:
            if relay.tokens and isinstance(error, SMTPAuthenticationError):
                relay.tokens.forget()
            why = remedy(error, relay.place, by_token=relay.tokens is not None)
            raise Unusable(f"the mail server cannot be used: {why}") from None
        yield smtp
    finally:
        _hang_up(smtp)


async def _hand_over(smtp: SMTP, mail: Composed, bounces_to: str) -> tuple[SMTPProtocol, SMTPRecipientRefused | None]:
    """Everything up to the relay's word that it waits for the content; until then it cannot have taken anything.

    A refusal of somebody in copy does not keep the mail from the customer; the last one is told.
    """
    options = [f"SIZE={len(mail.content)}"] if smtp.supports_extension("size") else []
    encoding = "ascii"
    if mail.needs_utf8:
        if not smtp.supports_extension("smtputf8"):
            raise Undeliverable("the address has letters that the mail server cannot carry (it offers no SMTPUTF8)")
        options += ["SMTPUTF8", "BODY=8BITMIME"]
        encoding = "utf-8"
    try:
        await smtp.mail(mail.sender, options=options, encoding=encoding)
    except SMTPSenderRefused as refused:
        if mail.sender or refused.code // 100 != 5:
            raise
        await smtp.mail(bounces_to, options=options, encoding=encoding)  # a relay that lets nobody send without a name
    first, *others = mail.recipients
    await smtp.rcpt(first, encoding=encoding)
    not_taken = None
    for other in others:
        try:
            await smtp.rcpt(other, encoding=encoding)
        except SMTPRecipientRefused as refused:
            not_taken = refused
    answer = await smtp.execute_command(b"DATA")
    if answer.code != START_INPUT:
        raise SMTPDataError(answer.code, answer.message)
    protocol = smtp.protocol
    if protocol is None or not protocol.is_connected:
        raise ConnectionResetError("connection lost")
    return protocol, not_taken


async def _content(protocol: SMTPProtocol, content: bytes, seconds: float) -> None:
    """From the first line here the mail may have been taken, whatever is heard or not heard of it."""
    protocol.write(_DOT.sub(b"..", content) + b".\r\n")
    try:
        answer = await protocol.read_response(timeout=seconds)
    except (SMTPException, OSError) as error:
        raise Unknown(f"the mail was handed over, and its receipt is missing: {said(error)}") from None
    if answer.code != COMPLETED:
        raise _refusal(SMTPDataError(answer.code, answer.message))


def _refusal(refused: SMTPResponseException) -> Exception:
    """4xx is for now and 5xx for good (RFC 5321 4.2.1); a code of another kind says nothing of the mail's fate."""
    words = f"the mail server refused it: {said(refused)}"
    if refused.code in NOT_US:
        return Unusable(f"the mail server takes nothing from us: {said(refused)}; check smtp_user and smtp_password")
    match refused.code // 100:
        case 5:
            return Undeliverable(words)
        case 4:
            return RetryLater(words)
    return Unknown(f"the mail server's answer makes no sense: {said(refused)}")


def _hang_up(smtp: SMTP) -> None:
    """Say QUIT and wait for nothing: the mail's fate is known, and a relay that hangs must not hold its receipt."""
    if smtp.protocol is not None and smtp.protocol.is_connected:
        smtp.protocol.write(b"QUIT\r\n")
        transport = cast(asyncio.Transport, smtp.protocol.transport)
        if transport.get_write_buffer_size() > STUCK:
            transport.abort()
    smtp.close()
