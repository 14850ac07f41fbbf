"""What agents can do, and how well.

Changed by flow/staff, shown by flow/views, read by the router and by `contactcenter doctor`. Refuses a level that is
none, by the name of its skill.
"""

from collections.abc import Mapping

from sqlalchemy import delete, select

from contactcenter.model.columns import adding, bind, table
from contactcenter.model.people import AgentSkill, Membership
from contactcenter.model.values import Invalid
from contactcenter.ports import Tx
from contactcenter.routing.demands import fault_of
from contactcenter.routing.lacking import Able

MOST = 100  # skills of an agent

_skill, _membership = table(AgentSkill), table(Membership)

SKILLS_OF = select(_skill.c.skill, _skill.c.level).where(_skill.c.agent_id == bind("agent")).order_by(_skill.c.skill)
EVERYBODYS = select(_skill).order_by(_skill.c.agent_id, _skill.c.skill)
MEMBERS = select(_membership).order_by(_membership.c.agent_id)
ADD = adding(_skill)
UNLEARN = delete(_skill).where(_skill.c.agent_id == bind("agent"), _skill.c.skill == bind("which"))
UNLEARN_ALL = delete(_skill).where(_skill.c.agent_id == bind("agent"))


def skills_of(tx: Tx, agent: int) -> dict[str, int]:
    """Levels by skill, in the order of the names."""
    return {row.skill: row.level for row in tx.all(SKILLS_OF, agent=agent)}


def read(text: str) -> tuple[str, int]:
    """From a text such as german=4. Raises Invalid."""
    name, _, level = text.partition("=")
    if len(level) != 1 or not level.isdecimal():
        raise Invalid(f"{text!r} is no skill with its level, such as german=4", "$.skills")
    return name, int(level)


def learn(tx: Tx, agent: int, skill: str, level: int) -> None:
    """One skill of an agent; level 0 takes it away. Raises Invalid."""
    if level == 0:
        tx.run(UNLEARN, agent=agent, which=skill)
    else:
        replace(tx, agent, {**skills_of(tx, agent), skill: level})


def replace(tx: Tx, agent: int, skills: Mapping[str, int]) -> None:
    """All that an agent can do. Raises Invalid."""
    if fault := fault_of(skills):
        raise Invalid(fault, "$.skills")
    if len(skills) > MOST:
        raise Invalid(f"{len(skills)} skills are given; an agent has at most {MOST}", "$.skills")
    tx.run(UNLEARN_ALL, agent=agent)
    for skill, level in skills.items():
        tx.run(ADD, agent_id=agent, skill=skill, level=level)


def everybody(tx: Tx) -> list[Able]:
    """All who serve a queue."""
    queues: dict[int, set[str]] = {}
    for row in tx.all(MEMBERS):
        queues.setdefault(row.agent_id, set()).add(row.queue)
    skills: dict[int, dict[str, int]] = {agent: {} for agent in queues}
    for row in tx.all(EVERYBODYS):
        if row.agent_id in skills:
            skills[row.agent_id][row.skill] = row.level
    return [Able(frozenset(queues[agent]), known) for agent, known in skills.items()]
