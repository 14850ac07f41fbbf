"""Mail addresses: taking them apart, comparing them with ours, and their form on the wire.

Used by settings.py, listen.py, parse.py and compose.py. Knows nothing of people: an address is a claim until proven.
"""

import re

import idna

_ADDRESS = re.compile(r"<?[^\s<>@,;:()]+@[^\s<>,;:()]+>?")
_SPLIT = re.compile(r"(?P<local>[^\s<>()\[\],;:\\\"@]+)@(?P<domain>[^\s<>()\[\],;:\\\"@]+)")


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


def without_addresses(words: str) -> str:
    """What a server says, for people and logs: reasons are kept longer than customers are."""
    return _ADDRESS.sub("(address)", words)


class OwnAddress:
    """Our mailbox: the address itself and all its plus-tags, in any case (RFC 5321 2.4 lets us decide that)."""

    def __init__(self, address: str) -> None:
        self.address = ascii_address(address)
        self.local, self.domain = split_address(self.address.casefold())

    def is_ours(self, address: str) -> bool:
        """Is it ours, tagged or not?"""
        try:
            local, domain = split_address(ascii_address(address).casefold())
        except ValueError:
            return False
        return domain == self.domain and (local == self.local or local.startswith(f"{self.local}+"))
