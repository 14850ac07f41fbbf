"""Customers close the door to us (they block, leave, are gone), and open it again.

Told by a channel (`Reachability`) or found out when a message is refused (`Unreachable`); asked by flow/actions before
a reply. It is kept with the conversation, because it is true of one channel alone: who blocked one account of ours can
still be written to from another. Whoever writes to us has opened the door. Refuses to decide for a group: where
somebody else writes too, one person's door is not the conversation's.
"""

from typing import Any

from sqlalchemy import exists, select, update

from contactcenter.crm.history import record
from contactcenter.crm.identify import normalise
from contactcenter.crm.queries import FIND_IDENTITY
from contactcenter.figures import tallies
from contactcenter.flow import live, queries
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.columns import BLANK, bind, clean, table, word
from contactcenter.model.history import CustomerReachable, CustomerUnreachable
from contactcenter.model.tickets import Conversation, Message
from contactcenter.model.values import Conflict, Reachability
from contactcenter.ports import Tx

_conversation, _message = table(Conversation), table(Message)

SET_UNREACHABLE = (
    update(_conversation)
    .where(_conversation.c.id == bind("conversation"), _conversation.c.unreachable != bind("why"))
    .values(unreachable=bind("why"))
)
_of_others = _message.alias()
TALKS_WITH = (  # where somebody else writes too (a group), one person's door is not the conversation's
    select(_conversation.c.id, _conversation.c.customer_id, _conversation.c.ticket_id)
    .where(
        _conversation.c.identity_id == bind("identity"),
        _conversation.c.channel == bind("channel"),
        ~exists().where(
            _of_others.c.conversation_id == _conversation.c.id,
            _of_others.c.author == word("customer"),
            _of_others.c.author_id != _conversation.c.customer_id,
        ),
    )
    .order_by(_conversation.c.id)
)
DOORS_CLOSED = select(_conversation.c.channel, _conversation.c.unreachable).where(
    _conversation.c.identity_id == bind("identity"), _conversation.c.unreachable != BLANK
)

REASON_LIMIT = 300  # characters
UNSAID = "the customer closed the door to us"


def told(tx: Tx, policies: Policies, way: Way, inbox_id: int, said: Reachability) -> None:
    """The provider says so of a customer; of one we do not know there is nothing to remember."""
    address = normalise(said.sender.kind, said.sender.address)
    identity = tx.one(FIND_IDENTITY, kind=said.sender.kind, address=address) if address else None
    if identity is None:
        return
    tx.run(queries.NOTE_TOLD, row=inbox_id, what=0)  # a replay would tell it again, after it has changed
    for conversation in tx.all(TALKS_WITH, identity=identity.id, channel=way.channel.name):
        if said.reachable:
            open_again(tx, policies, conversation)
        else:
            close(tx, policies, conversation, said.reason)


def close(tx: Tx, policies: Policies, conversation: Any, reason: str) -> None:
    """Nothing of ours reaches a conversation any more."""
    why = clean(" ".join(reason.split()))[:REASON_LIMIT] or UNSAID
    if tx.run(SET_UNREACHABLE, conversation=conversation.id, why=why):
        record(tx, conversation.customer_id, "customer", CustomerUnreachable(why), conversation.ticket_id)
        if conversation.ticket_id is not None:
            tallies.left(tx, conversation.ticket_id)
        _show(tx, policies, conversation)


def open_again(tx: Tx, policies: Policies, conversation: Any) -> None:
    """It does again, as far as we know."""
    if tx.run(SET_UNREACHABLE, conversation=conversation.id, why=""):
        record(tx, conversation.customer_id, "customer", CustomerReachable(), conversation.ticket_id)
        _show(tx, policies, conversation)


def must_be_open(tx: Tx, ticket: Any) -> None:
    """Raises Conflict where a reply would reach nobody: an agent is to know before they write, not after."""
    conversation = tx.one(queries.CONVERSATION, id=ticket.conversation_id)
    if conversation.unreachable:
        raise Conflict(
            f"{conversation.sender_name or 'the customer'} cannot be reached on {ticket.channel}: "
            f"{conversation.unreachable}; they open the door by writing to us, and a message that was not delivered "
            "can be sent again to try it; to keep what you wrote for colleagues, make it a note"
        )


def _show(tx: Tx, policies: Policies, conversation: Any) -> None:
    if conversation.ticket_id is not None:
        live.ticket_changed(tx, policies, conversation.ticket_id, ())
