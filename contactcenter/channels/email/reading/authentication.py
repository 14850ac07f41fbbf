"""Did our own mail server vouch for the From address? Read from Authentication-Results (RFC 8601), and nothing else.

Used by parse.py. Anybody can write such a field; only the topmost one with the name of our server counts, because a
server puts its own above all that came with the mail. Without a configured name nothing is believed.
"""

import re

from contactcenter.channels.email.syntax.mime import Fields

LENGTH_LIMIT = 8 * 1024  # of one field
COUNT_LIMIT = 50  # of such fields

# A comment with a quotation mark in it is taken for none: servers put a sender's local part there, and one that is
# quoted, as in "x); dmarc=pass ("@evil.test, would end the comment and speak for the server.
_QUOTED_OR_COMMENT = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*+)(?:"|\\?\Z)|\((?:[^()"\\]|\\.|\((?:[^()"\\]|\\.)*+\))*+\)', re.DOTALL
)
_MARKS = re.compile(r"[;=()\s]")
_METHOD = re.compile(r"\s*dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_HEADER_FROM = re.compile(r"(?:^|\s)header\s*\.\s*from\s*=\s*(\S+)", re.IGNORECASE)


def proof_of(fields: Fields, authserv_id: str, from_domain: str) -> str:
    """`dmarc` when our server says that DMARC passed for the domain of From, else blank."""
    if not authserv_id or not from_domain:
        return ""
    for value in fields.values.get("authentication-results", ())[:COUNT_LIMIT]:
        server, results = _split(value)
        if server == authserv_id.casefold():
            return "dmarc" if _passed(results, from_domain.casefold().rstrip(".")) else ""
    return ""


def _split(value: bytes) -> tuple[str, list[str]]:
    """The server that speaks, without a version, and what it says of each method."""
    text = _QUOTED_OR_COMMENT.sub(_without_marks, value[:LENGTH_LIMIT].decode("utf-8", "replace"))
    server, *results = text.split(";")
    return (server.split() or [""])[0].casefold(), [] if "(" in text or ")" in text else results


def _without_marks(found: re.Match[str]) -> str:
    """What is quoted can neither end a result nor begin one."""
    return " " if found["quoted"] is None else _MARKS.sub("_", found["quoted"])


def _passed(results: list[str], domain: str) -> bool:
    """One result for DMARC, which passed, for this domain. Two of them: one was slipped in."""
    found = [(method[1].lower(), result) for result in results if (method := _METHOD.match(result))]
    if len(found) != 1 or found[0][0] != "pass":
        return False
    stated = _HEADER_FROM.search(found[0][1])
    return stated is not None and stated[1].rpartition("@")[2].casefold().rstrip(".") == domain
