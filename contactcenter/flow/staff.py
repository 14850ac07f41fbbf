"""Agents are added and put into queues. Called by the command line; sign-in and tokens are in web/auth."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from contactcenter.flow.policies import Policies
from contactcenter.model.columns import adding, adding_new, bind, table
from contactcenter.model.people import Agent, Membership
from contactcenter.model.values import Conflict, Invalid, NotFound
from contactcenter.ports import Tx

ROLES = ("agent", "supervisor", "admin")

_agent, _membership = table(Agent), table(Membership)

ADD_AGENT = adding(_agent)
BY_EMAIL = select(_agent).where(_agent.c.email == bind("email"))
ALL = select(_agent).order_by(_agent.c.id)

JOIN = adding_new(_membership, "agent_id", "queue", agent_id=bind("agent"), queue=bind("queue"))
LEAVE = delete(_membership).where(_membership.c.agent_id == bind("agent"), _membership.c.queue == bind("queue"))


def add_agent(
    tx: Tx, policies: Policies, email: str, name: str, role: str, queues: Sequence[str], capacity: int = 5
) -> int:
    """A new agent, offline until they sign in; their id. Raises Conflict for a known address."""
    email = email.strip().casefold()
    if "@" not in email:
        raise Invalid(f"{email!r} is no e-mail address", "email")
    if role not in ROLES:
        raise Invalid(f"role {role!r} is unknown; it can be {', '.join(ROLES)}", "role")
    if tx.one(BY_EMAIL, email=email) is not None:
        raise Conflict(f"there is an agent {email} already; contactcenter agent link {email} prints a sign-in link")
    for queue in queues:
        policies.queue(queue)
    values = {"email": email, "name": name, "role": role, "capacity": capacity}
    agent = tx.add(ADD_AGENT, presence="offline", presence_since=tx.now, assigned_at=0, **values)
    for queue in queues:
        tx.run(JOIN, agent=agent, queue=queue)
    return agent


def find_agent(tx: Tx, email: str) -> Any:
    """The agent of that address; raises NotFound."""
    row = tx.one(BY_EMAIL, email=email.strip().casefold())
    if row is None:
        raise NotFound(f"there is no agent {email}; add one with contactcenter agent add {email} --name NAME")
    return row


def list_agents(tx: Tx) -> list[Any]:
    """All agents, oldest first."""
    return tx.all(ALL)


def put_into_queue(tx: Tx, policies: Policies, email: str, queue: str) -> None:
    """The agent serves this queue too."""
    policies.queue(queue)
    tx.run(JOIN, agent=find_agent(tx, email).id, queue=queue)


def take_out_of_queue(tx: Tx, email: str, queue: str) -> None:
    """The agent no longer serves this queue; tickets they hold stay theirs."""
    tx.run(LEAVE, agent=find_agent(tx, email).id, queue=queue)
