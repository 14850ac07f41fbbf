"""Did our own mail server vouch for the From address? Read from Authentication-Results (RFC 8601), and nothing else.

Used by parse.py. Anybody can write such a field; only the topmost one with the name of our server counts, because a
server puts its own above all that came with the mail. Without a configured name nothing is believed.
"""

import re

from contactcenter.channels.email.syntax.mime import Fields

LENGTH_LIMIT = 8 * 1024  # of one field
COUNT_LIMIT = 50  # of such fields

_COMMENT = re.compile(r"\((?:[^()\\]|\\.){0,500}+\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"')
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
    text = value[:LENGTH_LIMIT].decode("utf-8", "replace")
    for _ in range(3):  # comments may stand in comments
        text = _COMMENT.sub(" ", text)
    text = _QUOTED.sub(_without_marks, text)
    server, *results = text.split(";")
    return (server.split() or [""])[0].casefold(), results


def _without_marks(quoted: re.Match[str]) -> str:
    """What is quoted can neither end a result nor begin one."""
    return re.sub(r"[;=\s]", "_", quoted[1])


def _passed(results: list[str], domain: str) -> bool:
    """One result for DMARC, which passed, for this domain. Two of them: one was slipped in."""
    found = [(method[1].lower(), result) for result in results if (method := _METHOD.match(result))]
    if len(found) != 1 or found[0][0] != "pass":
        return False
    stated = _HEADER_FROM.search(found[0][1])
    return stated is not None and stated[1].rpartition("@")[2].casefold().rstrip(".") == domain
