"""Canned replies: texts that agents need again and again, with the names of those concerned filled in.

`app` makes them of the settings; the console puts one into the composer, where the agent still changes it. Slack's
window sends the one that was chosen in it as it is. Nothing here is ever sent by itself.
"""

import re
from collections.abc import Mapping

from contactcenter.flow import queries
from contactcenter.flow.policies import CannedReply, Policies
from contactcenter.flow.rights import Caller
from contactcenter.model.values import NotFound
from contactcenter.ports import Tx

PLACEHOLDERS = ("customer", "agent", "ticket")

_PLACEHOLDER = re.compile(r"\{([^{}\n]{0,40})\}")


def unknown_placeholder(text: str) -> str:
    """The first placeholder of a text that means nothing; blank when all are known."""
    return next((f"{{{name}}}" for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS), "")


def render(tx: Tx, policies: Policies, caller: Caller, name: str, ticket: int) -> str:
    """The text of a canned reply, as the caller would say it in a ticket. Raises NotFound."""
    reply = policies.replies.get(name)
    if reply is None:
        raise NotFound(f"there is no canned reply {name!r}; there are {', '.join(policies.replies) or 'none'}")
    return _filled(reply, _names(tx, caller, ticket))


def render_all(tx: Tx, policies: Policies, caller: Caller, ticket: int) -> list[tuple[CannedReply, str]]:
    """All of them with their texts in a ticket, in the order of the settings. Raises NotFound."""
    names = _names(tx, caller, ticket)
    return [(reply, _filled(reply, names)) for reply in policies.replies.values()]


def _names(tx: Tx, caller: Caller, ticket: int) -> Mapping[str, str]:
    row = tx.one(queries.SHOWN_TICKET_BY_ID, id=ticket)
    if row is None:
        raise NotFound(f"there is no ticket {ticket}")
    return {"customer": row.customer_name, "agent": caller.name, "ticket": str(ticket)}


def _filled(reply: CannedReply, names: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), reply.text)
