"""Words that mark a ticket: the statements, and putting one there.

Put there by rules (flow/sorting) and by people (flow/tagging); shown by flow/views. A tag is for finding and counting:
nothing is ever decided by one.
"""

from typing import Any

from sqlalchemy import delete, func, literal_column, select

from contactcenter.model.columns import adding_new, bind, table
from contactcenter.model.tickets import Ticket, TicketTag
from contactcenter.ports import Tx

tickettag, _ticket = table(TicketTag), table(Ticket)

TAGS_OF = select(tickettag.c.tag).where(tickettag.c.ticket_id == bind("ticket")).order_by(tickettag.c.tag)
ADD = adding_new(tickettag, "ticket_id", "tag")
REMOVE = delete(tickettag).where(tickettag.c.ticket_id == bind("ticket"), tickettag.c.tag == bind("which"))
COMMA: Any = literal_column("','")  # written into the SQL: a bound one would have to be known when it is compiled
JOINED = (  # of the ticket of an outer statement; no tag has a comma
    select(func.aggregate_strings(tickettag.c.tag, COMMA))
    .where(tickettag.c.ticket_id == _ticket.c.id)
    .scalar_subquery()
)


def put(tx: Tx, ticket: int, tag: str) -> None:
    """Mark a ticket; doing it again changes nothing."""
    tx.run(ADD, ticket_id=ticket, tag=tag)


def tags_of(tx: Tx, ticket: int) -> list[str]:
    """In the order of the alphabet."""
    return [row.tag for row in tx.all(TAGS_OF, ticket=ticket)]
