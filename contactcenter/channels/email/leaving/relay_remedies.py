"""What goes wrong on the way to the relay, in words for people, each with the setting to look at.

Made from the errors of deliver.py, which tells them; what is told is logged and shown, and holds no address.
"""

import socket
import ssl

from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPResponseException

from contactcenter.channels.email.syntax.addresses import without_addresses

REASON_LIMIT = 300  # characters of a relay's words that are kept


def remedy(error: BaseException, place: str, *, by_token: bool) -> str:
    """What went wrong, and what to do about it. `place` is host:port, as in smtp_relay."""
    host, cause = place.rpartition(":")[0], _first_cause(error)
    match cause:
        case socket.gaierror():
            return f"there is no host {host}, or no name server to ask; check smtp_relay"
        case ConnectionRefusedError():
            return f"nothing takes mail at {place} (connection refused); check smtp_relay, host and port"
        case TimeoutError():
            return f"{place} does not answer; check smtp_relay, host and port, and that no firewall is between"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {host} is not trusted: {cause.verify_message}; see smtp_ca"
        case ssl.SSLError():
            return (
                f"{place} speaks no TLS that we understand: {cause.reason}; check smtp_tls, and the port in smtp_relay"
            )
        case SMTPAuthenticationError():
            keys = "sign in again, and set oauth_refresh_token" if by_token else "check smtp_user and smtp_password"
            return f"{host} refuses the login: {said(cause)}; {keys}"
        case SMTPResponseException():
            return f"{place} turns us away: {said(cause)}; check smtp_relay"
        case SMTPException() if not isinstance(cause, OSError):
            return f"{place} does not offer what smtp_tls and smtp_user ask for: {said(cause)}"
    return f"the connection to {place} failed: {said(cause)}; check smtp_relay, host and port"


def said(error: BaseException) -> str:
    """The relay's own words, or the system's, for people."""
    match error:
        case SMTPResponseException(code=code, message=message):
            words = f"{code} {message}"
        case TimeoutError():
            words = "no answer in time"
        case OSError(strerror=str(strerror)):
            words = strerror
        case _:
            words = str(error) or type(error).__name__
    return without_addresses(" ".join(words.split()))[:REASON_LIMIT]


def _first_cause(error: BaseException) -> BaseException:
    """aiosmtplib tells what the system said in words of its own, and keeps it behind them."""
    while isinstance(error.__cause__, OSError):
        error = error.__cause__
    return error
