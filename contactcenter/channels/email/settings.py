"""The `[channels.<name>]` table of a mailbox, checked.

Read by channels/registry.py; channel.py hands the values on. Refuses what could send a password in the clear.
"""

import re
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, IPvAnyNetwork, SecretStr, model_validator

from contactcenter.channels.email.syntax.addresses import ascii_address
from contactcenter.settings import ChannelSettings, is_here

Tls = Literal["none", "starttls", "tls"]
Begin = Literal["all", "new"]

_PLACE = re.compile(r"\[(?P<ip6>[0-9a-fA-F:.]+)\]:(?P<port6>\d{1,5})|(?P<host>[^\s:\[\]/@]+):(?P<port>\d{1,5})")


def split_place(text: str) -> tuple[str, int]:
    """Host and port of "host:port" or "[::1]:port". Raises ValueError."""
    found = _PLACE.fullmatch(text)
    if found is None or int(found["port"] or found["port6"]) > 65535:
        raise ValueError(f"{text!r} is not of the form host:port, such as 127.0.0.1:2525")
    return found["host"] or found["ip6"], int(found["port"] or found["port6"])


def _check_place(text: str) -> str:
    if text:
        split_place(text)
    return text


def _check_address(text: str) -> str:
    if not ascii_address(text).isascii():
        raise ValueError("what stands before the @ has to be ASCII: most mail servers could not answer it")
    return text


def _check_name(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a name is one line of printable characters")
    return text


def _check_after(text: str) -> str:
    if text not in ("", "seen") and not text.removeprefix("move:").strip():
        raise ValueError("name the folder, such as move:Done")
    if text not in ("", "seen") and not text.startswith("move:"):
        raise ValueError("can be seen, move:<folder>, or blank")
    return text


def _check_authority(text: str) -> str:
    if text and "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError('is no certificate in PEM form; give its file as { file = "authority.pem" }')
    return text


def _check_token_url(text: str) -> str:
    if text:
        url = urlsplit(text)
        if not url.hostname or (url.scheme != "https" and not (url.scheme == "http" and is_here(url.hostname))):
            raise ValueError("must begin with https://")
    return text


def _is_wide(network: IPv4Network | IPv6Network) -> bool:
    """More of the Internet than a few servers of one's own?"""
    return network.is_global and network.prefixlen < (24 if network.version == 4 else 48)


Place = Annotated[str, AfterValidator(_check_place)]


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox at a provider and how we get in. No password: by an access token."""

    host: str
    port: int
    tls: Tls
    user: str
    password: str = field(repr=False)
    folder: str
    authority: str  # the authority that vouches for the server (PEM); blank: any the system trusts

    @property
    def shown(self) -> str:
        """Which folder it is, whatever the port: for people, and to be compared. INBOX has no case (RFC 9051 5.1)."""
        folder = "INBOX" if self.folder.upper() == "INBOX" else self.folder
        return f"the folder {folder} of {self.user.casefold()} at {self.host.casefold()}"


def read_imap_url(url: str) -> Account:
    """The account of imaps://user:password@host:port/folder. Raises ValueError, which never holds the URL."""
    try:
        read = urlsplit(url)
        host, port = read.hostname, read.port
    except ValueError:
        raise ValueError("is no URL, such as imaps://support%40example.test@imap.example.test/INBOX") from None
    if read.scheme not in ("imaps", "imap") or not host or read.query or read.fragment:
        raise ValueError("must be of the form imaps://user@host:port/folder, with %40 for an @ in the user's name")
    tls: Tls = "tls" if read.scheme == "imaps" else "none" if is_here(host) else "starttls"
    user, password = unquote(read.username or ""), unquote(read.password or "")
    if not (user + password).isprintable():
        raise ValueError("holds characters that no name and no password has")
    port = port or (993 if tls == "tls" else 143)
    return Account(host, port, tls, user, password, unquote(read.path.strip("/")) or "INBOX", "")


def _check_imap_url(url: SecretStr) -> SecretStr:
    if url.get_secret_value():
        read_imap_url(url.get_secret_value())
    return url


class Settings(ChannelSettings):
    """`smtp_listen` is our door, `imap_url` a mailbox we fetch from, `smtp_relay` whoever sends for us.

    Any may be blank. Sizes in bytes.
    """

    RECEIVES_BY = ("imap_url", "smtp_listen")
    SENDS_BY = ("smtp_relay",)

    address: Annotated[str, AfterValidator(_check_address)]
    name: Annotated[str, AfterValidator(_check_name)] = ""
    smtp_listen: Place = ""
    smtp_relay: Place = ""
    smtp_tls: Literal["", "none", "starttls", "tls"] = ""  # blank: starttls, but none to a relay on this machine
    smtp_ca: Annotated[str, AfterValidator(_check_authority)] = ""
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    plus_addresses: bool = False
    subject_number: bool = True
    quote: bool = True
    undo_seconds: float = Field(default=5.0, ge=0, le=600)
    files_limit: int = Field(default=18 * 1024 * 1024, ge=0)  # base64 makes a third more of it
    dkim_selector: str = ""
    dkim_key: SecretStr = SecretStr("")
    authserv_id: str = ""
    listen_certificate: str = ""
    listen_key: SecretStr = SecretStr("")
    listen_tls: Literal["offered", "required"] = "offered"
    listen_from: tuple[IPvAnyNetwork, ...] = ()  # who may connect; empty: private addresses alone
    size_limit: int = Field(default=25 * 1024 * 1024, ge=64 * 1024)
    recipients_limit: int = Field(default=100, ge=1)
    sessions_limit: int = Field(default=100, ge=1)
    imap_url: Annotated[SecretStr, AfterValidator(_check_imap_url)] = SecretStr("")  # may hold the password
    imap_password: SecretStr = SecretStr("")
    imap_ca: Annotated[str, AfterValidator(_check_authority)] = ""
    imap_begin: Begin = "all"
    imap_after: Annotated[str, AfterValidator(_check_after)] = ""
    imap_poll_seconds: float = Field(default=60, ge=1, le=60)  # where the server cannot tell of new mail by itself
    oauth_token_url: Annotated[str, AfterValidator(_check_token_url)] = ""
    oauth_client_id: str = ""
    oauth_client_secret: SecretStr = SecretStr("")
    oauth_refresh_token: SecretStr = SecretStr("")
    oauth_scope: str = ""

    @property
    def alone(self) -> dict[str, str]:
        door, account = self.smtp_listen.casefold(), self.account
        return {
            "smtp_listen": "" if door.endswith(":0") else door,  # :0 is whichever is free
            "address": self.address.casefold(),
            "imap_url": "" if account is None else account.shown,
        }

    @property
    def open_to_all(self) -> bool:
        """May strangers of the Internet knock at our door?"""
        return bool(self.smtp_listen) and any(map(_is_wide, self.listen_from))

    @property
    def tls(self) -> Tls:
        """How the way to the relay is encrypted."""
        return self.smtp_tls or ("none" if self._relay_is_here() else "starttls")

    @property
    def account(self) -> Account | None:
        """Where mail is fetched, if anywhere."""
        url = self.imap_url.get_secret_value()
        if not url:
            return None
        read = read_imap_url(url)
        password = self.imap_password.get_secret_value() or read.password
        return replace(read, user=read.user or self.address, password=password, authority=self.imap_ca)

    @property
    def by_token(self) -> bool:
        """Do we get in by access tokens (OAuth 2)?"""
        return bool(self.oauth_refresh_token.get_secret_value())

    @model_validator(mode="after")
    def _signature_is_whole(self) -> Self:
        if bool(self.dkim_selector) != bool(self.dkim_key.get_secret_value()):
            raise ValueError("dkim_selector and dkim_key are given together or not at all")
        return self

    @model_validator(mode="after")
    def _door_can_prove_itself(self) -> Self:
        if bool(self.listen_certificate) != bool(self.listen_key.get_secret_value()):
            raise ValueError("listen_certificate and listen_key are given together or not at all")
        if self.listen_tls == "required" and not self.listen_certificate:
            raise ValueError('listen_tls = "required" needs listen_certificate and listen_key')
        return self

    @model_validator(mode="after")
    def _results_can_be_believed(self) -> Self:
        if self.open_to_all and self.authserv_id:
            raise ValueError(
                "authserv_id believes what a mail server wrote into a mail, and listen_from lets everybody write it: "
                "name your mail server's own address in listen_from"
            )
        return self

    @model_validator(mode="after")
    def _password_is_kept(self) -> Self:
        password = self.smtp_password.get_secret_value()
        if bool(self.smtp_user) != bool(password) and (password or not self.by_token):
            raise ValueError("smtp_user and smtp_password are given together or not at all")
        if self.smtp_user and self.tls == "none" and not self._relay_is_here():
            raise ValueError('smtp_password would travel in the clear: set smtp_tls to "starttls" or "tls"')
        return self

    @model_validator(mode="after")
    def _mailbox_can_be_entered(self) -> Self:
        account = self.account
        if account is None:
            return self
        if self.imap_password.get_secret_value() and read_imap_url(self.imap_url.get_secret_value()).password:
            raise ValueError("the password is in imap_url and in imap_password: keep it in one of them")
        if not account.password.isprintable():
            raise ValueError("imap_password holds characters that no password has; does a line end with it?")
        if not account.password and not self.by_token:
            raise ValueError("imap_password is missing: set it, or oauth_refresh_token where the provider wants that")
        if account.password and self.by_token:
            raise ValueError("imap_password and oauth_refresh_token are both set: keep the one the provider wants")
        return self

    @model_validator(mode="after")
    def _tokens_can_be_had(self) -> Self:
        given = self.oauth_token_url, self.oauth_client_id, self.oauth_refresh_token.get_secret_value()
        if any(given) and not all(given):
            raise ValueError(
                "oauth_token_url, oauth_client_id and oauth_refresh_token are given together or not at all"
            )
        return self

    def _relay_is_here(self) -> bool:
        return bool(self.smtp_relay) and is_here(split_place(self.smtp_relay)[0])
