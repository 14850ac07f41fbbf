"""Mail addresses: taking them apart, comparing them with ours, and their form on the wire.

Used by settings.py, listen.py, parse.py, compose.py and bounces.py. Knows nothing of people: an address is a claim
until proven.
"""

import re

import idna

from contactcenter.channels.email.syntax.charsets import clean

_SPLIT = re.compile(r"(?P<local>[^\s<>()\[\],;:\\\"@]+)@(?P<domain>[^\s<>()\[\],;:\\\"@]+)")
_IN_WORDS = re.compile(r"<?[^\s<>@,;:()]++@[^\s<>,;:()]+>?")


def split_address(address: str) -> tuple[str, str]:
    """Local part and domain. Raises ValueError for what is no plain address (quoted local parts are none)."""
    found = _SPLIT.fullmatch(address)
    if found is None or not address.isprintable():
        raise ValueError("not a mail address, such as support@example.test")
    return found["local"], found["domain"]


def ascii_address(address: str) -> str:
    """The address with its domain as DNS knows it (RFC 5891); the local part is left alone. Raises ValueError."""
    local, domain = split_address(address)
    try:  # IDNA 2008: the codec of the standard library is of 2003 and takes straße.de for strasse.de
        return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise ValueError(f"no such domain can exist: {error}") from None


def without_addresses(said: str) -> str:
    """A mail server's words on one line, addresses replaced: reasons are kept longer than customers are."""
    return _IN_WORDS.sub("(address)", clean(" ".join(said.split())))


class OwnAddress:
    """Our mailbox: the address itself and all its plus-tags, in any case (RFC 5321 2.4 lets us decide that)."""

    def __init__(self, address: str) -> None:
        self.address = ascii_address(address)
        self.local, self.domain = split_address(self.address.casefold())

    def is_ours(self, address: str) -> bool:
        """Is it ours, tagged or not?"""
        return self.tag_of(address) is not None

    def tagged(self, tag: str) -> str:
        """The address with a plus-tag, such as support+r7-0a1b2c@example.test (RFC 5233)."""
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{tag}@{domain}"

    def tag_of(self, address: str) -> str | None:
        """The plus-tag of an address of ours in lower case, blank if it has none; None for an address of others."""
        try:
            local, domain = split_address(ascii_address(address).casefold())
        except ValueError:
            return None
        if domain != self.domain or not f"{local}+".startswith(f"{self.local}+"):
            return None
        return local[len(self.local) + 1 :]
