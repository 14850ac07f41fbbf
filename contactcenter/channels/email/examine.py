"""Is a mailbox as its settings say? For `contactcenter doctor`, which changes nothing: tried as the desk would.

Uses the very connections of arriving/ and leaving/, so that what is told here is what would happen there.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

from imapclient.exceptions import IMAPClientError

from contactcenter.channels.email.arriving.imap_connection import Connection
from contactcenter.channels.email.arriving.imap_remedies import FolderRefused, remedy
from contactcenter.channels.email.leaving.deliver import Relay, greet
from contactcenter.channels.email.leaving.sign import dns_record, signature
from contactcenter.channels.email.settings import Account, Settings, split_place
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.model.values import Unusable
from contactcenter.settings import SettingsError

BARE = (
    "the door checks no sender and turns away no flood; put a mail server in front, and name its address in listen_from"
)
WITHIN = 10.0  # seconds a server is given


async def examine(name: str, settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    """What is well and what is not, in words with a remedy."""
    account = settings.account
    if account is not None and settings.by_token:
        yield True, f"{name}: signs in at {account.host} by access tokens; `contactcenter channels` tells how that goes"
    elif account is not None:
        yield await asyncio.to_thread(_mailbox, name, account)
    if account is None and not settings.smtp_listen:
        yield False, f"{name}: no mail comes in: set imap_url, or smtp_listen"
    if settings.open_to_all:
        yield False, f"{name}: listen_from lets the whole Internet in: {BARE}"
    if not settings.smtp_relay:
        yield False, f"{name}: no answer can leave: set smtp_relay"
    elif not (settings.smtp_user and settings.by_token):
        yield await _relay(name, settings)
    for finding in _signing(name, settings):
        yield finding
    if not settings.authserv_id:
        yield True, f"{name}: every mail is shown as not verified, until authserv_id names your mail server"


def _signing(name: str, settings: Settings) -> Iterator[tuple[bool, str]]:
    domain, key = OwnAddress(settings.address).domain, settings.dkim_key.get_secret_value()
    try:
        signs = signature(settings.dkim_selector, key, domain)
        if signs is not None:
            record, text = dns_record(signs)
            yield True, f'{name}: answers are signed; who receives them looks for the DNS record {record} TXT "{text}"'
    except SettingsError as error:
        yield False, f"{name}: {error}"


def _mailbox(name: str, account: Account) -> tuple[bool, str]:
    connection = Connection(account, WITHIN)
    try:
        connection.open("")
        _, count = connection.select(account.folder, to_read=True)
    except (IMAPClientError, OSError, FolderRefused) as error:
        return False, f"{name}: {remedy(error, account)}"
    finally:
        connection.close()
    return True, f"{name}: {account.host} lets us in; {count} mails are in {account.folder}"


async def _relay(name: str, settings: Settings) -> tuple[bool, str]:
    own, password = OwnAddress(settings.address), settings.smtp_password.get_secret_value()
    place = split_place(settings.smtp_relay)
    relay = Relay(
        *place,
        settings.tls,
        helo=own.domain,
        bounces_to=own.address,
        user=settings.smtp_user,
        password=password,
        authority=settings.smtp_ca,
        hand_over_seconds=WITHIN,
    )
    try:
        await greet(relay)
    except Unusable as error:
        return False, f"{name}: {error}"
    return True, f"{name}: {settings.smtp_relay} takes mail from us"
