"""The `[channels.<name>]` table of a mailbox, checked.

Read by channels/registry.py; channel.py hands the values on. Refuses what could send a password in the clear.
"""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from contactcenter.channels.email.addresses import ascii_address
from contactcenter.settings import ChannelSettings

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


Place = Annotated[str, AfterValidator(_check_place)]


class Settings(ChannelSettings):
    """`smtp_listen` is our door, `smtp_relay` whoever sends for us; either may be blank. Sizes in bytes."""

    address: Annotated[str, AfterValidator(_check_address)]
    name: Annotated[str, AfterValidator(_check_name)] = ""
    smtp_listen: Place = ""
    smtp_relay: Place = ""
    smtp_tls: Literal["", "none", "starttls", "tls"] = ""  # blank: starttls, but none to a relay on this machine
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
    size_limit: int = Field(default=25 * 1024 * 1024, ge=64 * 1024)
    recipients_limit: int = Field(default=100, ge=1)
    sessions_limit: int = Field(default=100, ge=1)

    @property
    def tls(self) -> Literal["none", "starttls", "tls"]:
        """How the way to the relay is encrypted."""
        return self.smtp_tls or ("none" if self._relay_is_here() else "starttls")

    @model_validator(mode="after")
    def _signature_is_whole(self) -> Self:
        if bool(self.dkim_selector) != bool(self.dkim_key.get_secret_value()):
            raise ValueError("dkim_selector and dkim_key are given together or not at all")
        return self

    @model_validator(mode="after")
    def _password_is_kept(self) -> Self:
        if bool(self.smtp_user) != bool(self.smtp_password.get_secret_value()):
            raise ValueError("smtp_user and smtp_password are given together or not at all")
        if self.smtp_user and self.tls == "none" and not self._relay_is_here():
            raise ValueError('smtp_password would travel in the clear: set smtp_tls to "starttls" or "tls"')
        return self

    def _relay_is_here(self) -> bool:
        if not self.smtp_relay:
            return False
        host = split_place(self.smtp_relay)[0]
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"
