"""Agents are added, changed, put into queues, learn, and leave.

Called by the command line, and for skills by the API; sign-in and tokens are in web/auth. An agent's row stays for
good, because the history names it: whoever has left is offline and serves no queue.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from contactcenter.flow import actions, live, rechecks, skills, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import AgentView, shown_agent
from contactcenter.model.columns import adding, adding_new, bind, table, word
from contactcenter.model.people import Agent, Membership
from contactcenter.model.tickets import STATUSES, Ticket
from contactcenter.model.values import Conflict, Invalid, NotFound
from contactcenter.ports import Tx

ROLES = ("agent", "supervisor", "admin")

GIVEN_BACK = 100  # tickets in one use case

_agent, _membership, _ticket = table(Agent), table(Membership), table(Ticket)

ADD_AGENT = adding(_agent)
LIMIT = update(_agent).where(_agent.c.id == bind("row")).values(limits=bind("kept"))
BY_EMAIL = select(_agent).where(_agent.c.email == bind("email"))
ALL = select(_agent).order_by(_agent.c.id)
CHANGE = (
    update(_agent)
    .where(_agent.c.id == bind("row"))
    .values(name=bind("called"), role=bind("does"), capacity=bind("holds"))
)

JOIN = adding_new(_membership, "agent_id", "queue", agent_id=bind("agent"), queue=bind("queue"))
LEAVE = delete(_membership).where(_membership.c.agent_id == bind("agent"), _membership.c.queue == bind("queue"))
LEAVE_ALL = delete(_membership).where(_membership.c.agent_id == bind("agent"))
HELD = (  # a closed ticket keeps the name of whoever had it; a solved one may be reopened
    select(_ticket.c.id)
    .where(
        _ticket.c.assignee_id == bind("agent"),
        _ticket.c.status.in_([word(status) for status in STATUSES if status != "closed"]),
    )
    .order_by(_ticket.c.id)
    .limit(bind("limit"))
)


def add_agent(
    tx: Tx, policies: Policies, email: str, name: str, role: str, queues: Sequence[str], capacity: int = 5
) -> int:
    """A new agent, offline until they sign in; their id. Raises Conflict for a known address."""
    email = email.strip().casefold()
    if "@" not in email:
        raise Invalid(f"{email!r} is no e-mail address", "email")
    _check(name, role, capacity)
    if tx.one(BY_EMAIL, email=email) is not None:
        raise Conflict(f"there is an agent {email} already; contactcenter agent link {email} prints a sign-in link")
    for queue in queues:
        policies.queue(queue)
    values = {"email": email, "name": name, "role": role, "capacity": capacity}
    begins = {"presence": "offline", "presence_since": tx.now, "presence_reason": "", "away_for": "", "limits": ""}
    agent = tx.add(ADD_AGENT, **begins, assigned_at=0, **values)
    for queue in queues:
        tx.run(JOIN, agent=agent, queue=queue)
    rechecks.agent(tx, agent)
    return agent


def change_agent(tx: Tx, email: str, *, name: str | None, role: str | None, capacity: int | None) -> Any:
    """Another name, role or capacity, where given; the row as it was. Sessions follow the role, tokens keep theirs."""
    row = find_agent(tx, email)
    if name is None and role is None and capacity is None:
        raise Invalid("nothing to change: give --name, --role or --capacity")
    called = row.name if name is None else name
    does = row.role if role is None else role
    holds = row.capacity if capacity is None else capacity
    _check(called, does, holds)
    tx.run(CHANGE, row=row.id, called=called, does=does, holds=holds)
    rechecks.agent(tx, row.id)
    return row


def end_agent(tx: Tx, policies: Policies, email: str) -> Any:
    """They leave: offline, out of every queue, without skills; their row. What they hold goes back by `give_back`."""
    row = find_agent(tx, email)
    actions.set_presence(tx, policies, actions.Caller(row.role, row.id, row.name), "offline")
    tx.run(LEAVE_ALL, agent=row.id)
    rechecks.agent(tx, row.id)
    skills.replace(tx, row.id, {})
    return row


def give_back(tx: Tx, policies: Policies, agent: Any) -> int:
    """Some of the tickets that an agent who left holds go back to their queues; how many, 0 when none is left."""
    held = tx.all(HELD, agent=agent.id, limit=GIVEN_BACK)
    for row in held:
        tickets.release(tx, policies, tickets.lock(tx, row.id), "system", f"{agent.name} has left")
    return len(held)


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
    agent = find_agent(tx, email).id
    tx.run(JOIN, agent=agent, queue=queue)
    rechecks.agent(tx, agent)


def take_out_of_queue(tx: Tx, email: str, queue: str) -> None:
    """The agent no longer serves this queue; tickets they hold stay theirs."""
    agent = find_agent(tx, email).id
    tx.run(LEAVE, agent=agent, queue=queue)
    rechecks.agent(tx, agent)


def set_limit(tx: Tx, email: str, kind: str, most: int | None) -> dict[str, int]:
    """The most of a kind of channel that an agent has at once, 0 for none of it, None for as many as the desk says;
    all their limits. Raises Invalid.
    """
    if most is not None and most < 0:
        raise Invalid("a limit must be at least 0", "limit")
    row = find_agent(tx, email)
    limits: dict[str, int] = {**(json.loads(row.limits) if row.limits else {}), kind: most or 0}
    if most is None:
        del limits[kind]
    tx.run(LIMIT, row=row.id, kept=json.dumps(limits, sort_keys=True) if limits else "")
    _changed(tx, row.id)
    return limits


def set_skill(tx: Tx, email: str, skill: str, level: int) -> dict[str, int]:
    """How well an agent can do something, from 1 to 5; 0: they cannot. All they can do. Raises Invalid."""
    row = find_agent(tx, email)
    skills.learn(tx, row.id, skill, level)
    _changed(tx, row.id)
    return skills.skills_of(tx, row.id)


def set_skills(tx: Tx, caller: actions.Caller, agent: int, known: Mapping[str, int]) -> AgentView:
    """All that an agent can do, and how well; as they are then. Raises Invalid, NotFound."""
    caller.must_steer()
    shown_agent(tx, agent)
    skills.replace(tx, agent, known)
    _changed(tx, agent)
    return shown_agent(tx, agent)


def _changed(tx: Tx, agent: int) -> None:
    """Whoever routes and whoever looks at the team learns of it."""
    live.presence_changed(tx, agent)
    rechecks.agent(tx, agent)


def _check(name: str, role: str, capacity: int) -> None:
    if not name.strip():
        raise Invalid("the name is empty", "name")
    if role not in ROLES:
        raise Invalid(f"role {role!r} is unknown; it can be {', '.join(ROLES)}", "role")
    if capacity < 1:
        raise Invalid("capacity must be at least 1: it is how many open tickets an agent holds at once", "capacity")
