"""What goes wrong with a mailbox, in words for people, each with what to do about it.

Made from the errors of imap_connection.py, told by imap.py. Holds no password and no address: what is told is logged.
"""

import socket
import ssl

from imapclient.exceptions import IMAPClientAbortError, LoginError

from contactcenter.channels.email.settings import Account
from contactcenter.channels.email.syntax.addresses import without_addresses

WORDS_LIMIT = 200  # characters of a server's words that are shown


class FolderRefused(Exception):
    """The server does not open the folder, or not move mail into another; the text names it."""


def remedy(error: BaseException, account: Account) -> str:
    """What went wrong, and what to do about it, for people. Without the password, which servers do not repeat."""
    host, place = account.host, f"{account.host}:{account.port}"
    match error:
        case FolderRefused():
            return f"{error}; check the folder's name in imap_url and imap_after"
        case LoginError():
            return f"{host} refuses the login: {said(error)}; {_key_of(account)}"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {host} is not trusted: {error.verify_message}; see imap_ca"
        case ssl.SSLError():
            return f"{host} speaks no TLS that we understand: {error.reason}; check the port in imap_url"
        case socket.gaierror():
            return f"there is no host {host}, or no name server to ask; check imap_url"
        case TimeoutError():
            return f"{place} does not answer; check imap_url, host and port; it is tried again by itself"
        case ConnectionRefusedError():
            return f"nothing serves mail at {place} (connection refused); check imap_url, host and port"
        case IMAPClientAbortError() | OSError():
            return f"the connection to {place} failed: {said(error)}; it is tried again by itself; see imap_url"
    return f"{host} refuses what we ask: {said(error)}"


def _key_of(account: Account) -> str:
    if account.password:
        return "check imap_password; some providers want one made for programs (an app password)"
    return "sign in again, and set oauth_refresh_token"


def said(error: BaseException) -> str:
    """A server's own words, for people."""
    strerror = error.strerror if isinstance(error, OSError) else None
    words = " ".join((strerror or str(error) or type(error).__name__).split())
    words = words[2:-1] if words.startswith(("b'", 'b"')) else words  # imaplib's errors are bytes put into words
    return without_addresses(words)[:WORDS_LIMIT]
