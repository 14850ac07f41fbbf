"""People mark tickets, to find and count them.

Called by flow/actions. Rules mark them, too (flow/sorting); what a rule has put there, a person may take away.
"""

from collections.abc import Sequence

from contactcenter.crm.history import record
from contactcenter.flow import tags, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.rights import Caller
from contactcenter.flow.views import TicketView, shown_ticket
from contactcenter.model.history import TicketTagged
from contactcenter.model.values import Invalid
from contactcenter.ports import Tx
from contactcenter.routing.rules import tag_of

MOST = 20  # tags of a ticket


def set_tags(
    tx: Tx, policies: Policies, caller: Caller, ticket_id: int, marks: Sequence[str], version: int | None = None
) -> TicketView:
    """Exactly these tags from now on. Raises Invalid for what is no tag, Conflict for a version that is old."""
    wanted = {_tag(text) for text in marks}
    if len(wanted) > MOST:
        raise Invalid(f"{len(wanted)} tags are given; a ticket has at most {MOST}", "$.tags")
    ticket = tickets.lock(tx, ticket_id, version)
    before = set(tags.tags_of(tx, ticket_id))
    added, removed = sorted(wanted - before), sorted(before - wanted)
    for tag in added:
        tags.put(tx, ticket_id, tag)
    for tag in removed:
        tx.run(tags.REMOVE, ticket=ticket_id, which=tag)
    if added or removed:
        record(tx, ticket.customer_id, caller.actor, TicketTagged(tuple(added), tuple(removed)), ticket_id)
        tickets.show(tx, policies, ticket)
    return shown_ticket(tx, ticket_id, policies.kinds)


def _tag(text: str) -> str:
    tag = tag_of(text)
    if not tag:
        raise Invalid(f"{text[:40]!r} is no tag; use up to 40 letters, digits, - and _", "$.tags")
    return tag
