"""The mailing list a mail came through, by the fields that lists put in (RFC 2369, RFC 2919).

Used by reading/who.py, to find who really wrote, and by robots/automatic.py: what came through a list of our own name
is no list mail.
"""

import re

from contactcenter.channels.email.syntax.mailboxes import address_in
from contactcenter.channels.email.syntax.mime import Fields

_BRACKETED = re.compile(rb"<([^<>]{1,255})>")


def lists_of(fields: Fields) -> set[str]:
    """The addresses of the list, in lower case."""
    if "list-id" not in fields.values and "list-post" not in fields.values:
        return set()
    found = {address_in(inner.partition(b"?")[0]).casefold() for inner in _BRACKETED.findall(fields.first("list-post"))}
    for inner in _BRACKETED.findall(fields.first("list-id"))[:1]:
        found.add(inner.decode("ascii", "replace").casefold().replace(".", "@", 1))
    return found - {""}
