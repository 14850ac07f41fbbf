"""How agents spent their time: in each presence, and with tickets in their hands while they were available.

Asked by the API for supervisors. Presences come from the changes that flow/actions writes, tickets in hand from the
tallies named `held`. *Handling* is time available with at least one open ticket: a chat that waits for its customer is
not open. How much somebody does at once, or how well, is not told by it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import func, or_, select

from contactcenter.figures.tallies import KINDS, STILL, tally
from contactcenter.model.columns import DAY, bind, table, word
from contactcenter.model.people import Agent, PresenceChange
from contactcenter.ports import Tx

LONGEST_HELD = 35 * DAY  # a ticket that lay open for longer is looked for no further back

_agent, _change = table(Agent), table(PresenceChange)

AGENTS = select(_agent.c.id, _agent.c.name, _agent.c.presence, _agent.c.presence_since).order_by(_agent.c.id)
BEFORE = (
    select(_change.c.presence, _change.c.reason, _change.c.away_for)
    .where(_change.c.agent_id == bind("agent"), _change.c.at <= bind("begin"))
    .order_by(_change.c.at.desc(), _change.c.id.desc())
    .limit(1)
)
WITHIN = (
    select(_change.c.at, _change.c.presence, _change.c.reason, _change.c.away_for)
    .where(_change.c.agent_id == bind("agent"), _change.c.at > bind("begin"), _change.c.at < bind("end"))
    .order_by(_change.c.at, _change.c.id)
)
FIRST = select(_change.c.at).where(_change.c.agent_id == bind("agent")).order_by(_change.c.at).limit(1)
HELD = (
    select(tally.c.agent_id, tally.c.at, tally.c.value)
    .where(
        tally.c.figure == word("held"),
        tally.c.at >= bind("since"),
        tally.c.at < bind("end"),
        or_(tally.c.value == STILL, tally.c.at + tally.c.value > bind("begin")),
    )
    .order_by(tally.c.at)
)
DID = (
    select(tally.c.agent_id, tally.c.figure, func.count().label("number"))
    .where(
        tally.c.figure.in_([word(kind) for kind in KINDS]),
        tally.c.at >= bind("begin"),
        tally.c.at < bind("end"),
        tally.c.agent_id.is_not(None),
    )
    .group_by(tally.c.agent_id, tally.c.figure)
)

Stretch = tuple[int, int]
"""Beginning and end (µs)."""


class Stay(msgspec.Struct, frozen=True):
    """An agent was in one presence without a break. `reason`: why the desk set it; `away_for`: their own."""

    begin: int
    end: int
    presence: str
    reason: str
    away_for: str = ""


class Shift(msgspec.Struct, frozen=True):
    """What one agent did in a stretch of time; durations in µs. `reasons`: of their own, for being away or offline."""

    agent: int
    name: str
    presence: dict[str, int]
    handling: int
    figures: dict[str, int]
    reasons: dict[str, int] = {}

    @property
    def occupancy(self) -> float | None:
        """Handling, of the time available; None for who was not."""
        available = self.presence.get("available", 0)
        return self.handling / available if available else None


def shifts(tx: Tx, begin: int, end: int) -> list[Shift]:
    """All agents who were there, or did anything; until now at most."""
    end, held = min(end, tx.now), _held(tx, begin, min(end, tx.now))
    did: dict[int, dict[str, int]] = defaultdict(dict)
    for row in tx.all(DID, begin=begin, end=end):
        did[row.agent_id][row.figure] = int(row.number)
    found = [_shift(agent, stays(tx, agent, begin, end), held[agent.id], did[agent.id]) for agent in tx.all(AGENTS)]
    return [shift for shift in found if shift.figures or set(shift.presence) - {"offline"}]


def handling(tx: Tx, begin: int, end: int) -> dict[int, int]:
    """Of each agent, by number; until now at most."""
    end = min(end, tx.now)
    held = _held(tx, begin, end)
    agents = [agent for agent in tx.all(AGENTS) if agent.id in held]
    return {agent.id: common(_available(stays(tx, agent, begin, end)), merged(held[agent.id])) for agent in agents}


def stays(tx: Tx, agent: Any, begin: int, end: int) -> list[Stay]:
    """The presences of an agent (a row of AGENTS), one after the other, until now at most."""
    end = min(end, tx.now)
    if end <= begin:
        return []
    first = tx.one(BEFORE, agent=agent.id, begin=begin)
    then = (first.presence, first.reason, first.away_for) if first else (_unwritten(tx, agent, begin), "", "")
    points = [(begin, *then)]
    rows = tx.all(WITHIN, agent=agent.id, begin=begin, end=end)
    points += [(row.at, row.presence, row.reason, row.away_for) for row in rows]
    ends = [*(at for at, *_ in points[1:]), end]
    return [Stay(at, until, *how) for (at, *how), until in zip(points, ends, strict=True)]


def _unwritten(tx: Tx, agent: Any, begin: int) -> str:
    """Before an agent's first change they were offline; who came before changes were written is as they are."""
    written = tx.one(FIRST, agent=agent.id) is not None
    return "offline" if written or agent.presence_since > begin else str(agent.presence)


def _shift(agent: Any, stays: Sequence[Stay], held: Sequence[Stretch], figures: dict[str, int]) -> Shift:
    presence: dict[str, int] = defaultdict(int)
    reasons: dict[str, int] = defaultdict(int)
    for stay in stays:
        presence[stay.presence] += stay.end - stay.begin
        if stay.away_for:
            reasons[stay.away_for] += stay.end - stay.begin
    handled = common(_available(stays), merged(held))
    return Shift(agent.id, agent.name, dict(presence), handled, figures, dict(reasons))


def _held(tx: Tx, begin: int, end: int) -> dict[int, list[Stretch]]:
    """By agent, in order of their beginnings."""
    held: dict[int, list[Stretch]] = defaultdict(list)
    for row in tx.all(HELD, since=begin - LONGEST_HELD, begin=begin, end=end):
        held[row.agent_id].append((row.at, end if row.value == STILL else row.at + row.value))
    return held


def _available(stays: Sequence[Stay]) -> list[Stretch]:
    return [(stay.begin, stay.end) for stay in stays if stay.presence == "available"]


def merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """In order of their beginnings, those that touch made one."""
    made: list[Stretch] = []
    for begin, end in stretches:
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return made


def common(left: Sequence[Stretch], right: Sequence[Stretch]) -> int:
    """How long both, each in order and without overlaps."""
    total = one = other = 0
    while one < len(left) and other < len(right):
        total += max(0, min(left[one][1], right[other][1]) - max(left[one][0], right[other][0]))
        if left[one][1] <= right[other][1]:
            one += 1
        else:
            other += 1
    return total
