"""Who acts, and what they may do with a ticket that may be somebody else's.

Asked by everything that people do (flow/actions and the modules it names), and by the web, which makes a Caller of
whoever signed in.
"""

from dataclasses import dataclass
from typing import Any

from contactcenter.flow import queries
from contactcenter.model.values import Conflict, NotAllowed, NotFound
from contactcenter.ports import Tx

STEERS = ("supervisor", "admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts: a role, and the agent they are. A token without an agent may read and steer, not answer."""

    role: str
    agent: int | None
    name: str

    @property
    def actor(self) -> str:
        return f"agent:{self.agent}" if self.agent is not None else self.role

    def as_agent(self) -> int:
        """The agent's id; raises NotAllowed for a caller who is none."""
        if self.agent is None:
            raise NotAllowed("this token belongs to no agent; make one with contactcenter token create --agent EMAIL")
        return self.agent

    def must_steer(self) -> None:
        """Raises NotAllowed for a plain agent."""
        if self.role not in STEERS:
            raise NotAllowed("this needs the role supervisor or admin")


def the_agent(tx: Tx, agent: int) -> Any:
    """The agent's row; raises NotFound."""
    row = tx.one(queries.AGENT, id=agent)
    if row is None:
        raise NotFound(f"there is no agent {agent}")
    return row


def must_be_free_for(tx: Tx, caller: Caller, ticket: Any) -> None:
    """Nobody's ticket, or the caller's own, or a caller who steers. Raises Conflict."""
    if ticket.assignee_id not in (None, caller.agent) and caller.role not in STEERS:
        holder = the_agent(tx, ticket.assignee_id).name
        raise Conflict(f"{holder} has ticket {ticket.id}; ask for it, or write a note")


def must_be_live(tx: Tx, ticket: Any) -> None:
    """Raises Conflict for a ticket that is done."""
    if ticket.status in ("solved", "closed"):
        raise Conflict(why_over(tx, ticket))


def why_over(tx: Tx, ticket: Any) -> str:
    """What became of a ticket that is solved or closed, in words: whoever acts on it learns where it goes on."""
    into = tx.one(queries.TICKET, id=ticket.id).merged_into
    if into is not None:
        return f"ticket {ticket.id} was merged into ticket {into}: go on there"
    if ticket.status == "closed":
        return f"ticket {ticket.id} is closed; the customer's next message opens a new one"
    return f"ticket {ticket.id} is {ticket.status}"
