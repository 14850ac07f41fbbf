"""Many agents who press Claim on the same tickets at once: the presses as Slack delivers them, and what came of them.

For tests/stories/test_claims_race.py and bench/desk.py. Presses go to the desk's intake itself: a claim asks nothing of
Slack.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import func, select

from contactcenter.app import SystemClock
from contactcenter.channels.loopback import Loopback, said
from contactcenter.desk import people
from contactcenter.desk.floor import Floor
from contactcenter.desk.intake import Intake
from contactcenter.desk.received import Person
from contactcenter.flow import intake, posts, staff
from contactcenter.flow.policies import DeskPolicy, Policies, QueuePolicy, Way
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import table
from contactcenter.model.history import Event
from contactcenter.model.tickets import Ticket
from contactcenter.ports import Files, Store, Tx
from contactcenter.slack.api import Api

TEAM, PLACE = "T1", "C1"
AT_ONCE = 200  # presses under way: Slack does not wait for one before it delivers the next
POLICIES = Policies(
    {"people": Way(Loopback("people"), "support", assistant=False)},
    {"support": QueuePolicy("support", "Support", offer_time=0)},
    desk=DeskPolicy(PLACE),
)


@dataclass(frozen=True)
class Race:
    """What came of it. `told`: who were told by whom a ticket was taken. `slowest`: seconds to an acknowledgement."""

    owners: dict[int, int]
    assigned: int  # facts of the history
    told: int
    told_of_the_wrong_one: int
    seconds: float
    slowest: float


async def race(store: Store, agents: int, tickets: int, times: int = 2) -> Race:
    """Every agent presses Claim on every ticket; each press is delivered so many times."""
    names = await store.write(_agents, agents)
    for number in range(tickets):
        event = said("people", f"c{number}@example.test", "Where is my order?", f"m{number}")
        await store.write(intake.receive, POLICIES, event)
    floor = Floor(POLICIES, Assistant([], 0.7, "http://desk.test"), "http://desk.test", TEAM)
    desk = Intake(lambda: floor, store, cast(Files, None), cast(Api, None), SystemClock())
    presses = [_press(agent, ticket) for ticket in range(1, tickets + 1) for agent in range(agents)]
    room = asyncio.Semaphore(AT_ONCE)
    took: list[float] = []

    async def deliver(press: dict[str, Any]) -> None:
        async with room:
            began = time.monotonic()
            await desk.take(press)
            took.append(time.monotonic() - began)

    began = time.monotonic()
    await asyncio.gather(*(deliver(press) for press in presses for _ in range(times)))
    seconds = time.monotonic() - began
    return await store.read(_outcome, names, seconds, max(took))


def _agents(tx: Tx, count: int) -> list[str]:
    names = [f"Agent{number}" for number in range(count)]
    for number, name in enumerate(names):
        email = f"{name.lower()}@example.test"
        staff.add_agent(tx, POLICIES, email, name, "agent", ("support",), 1_000)
        people.link(tx, Person(TEAM, f"U{number}"), email)
    return names


def _press(agent: int, ticket: int) -> dict[str, Any]:
    """As Slack describes it."""
    at = f"{1_795_262_400 + ticket}.{agent:06d}"
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": f"U{agent}", "team_id": TEAM},
        "container": {"type": "message", "channel_id": PLACE, "message_ts": f"{1_795_262_300 + ticket}.000100"},
        "trigger_id": f"{agent}.{ticket}",
        "actions": [{"type": "button", "action_id": "claim", "value": str(ticket), "action_ts": at}],
    }


def _outcome(tx: Tx, names: Sequence[str], seconds: float, slowest: float) -> Race:
    rows = tx.all(select(table(Ticket).c.id, table(Ticket).c.assignee_id).order_by(table(Ticket).c.id))
    owners = {row.id: row.assignee_id for row in rows if row.assignee_id is not None}
    assigned = tx.one(select(func.count().label("many")).where(table(Event).c.kind == "TicketAssigned")).many
    whispers = tx.all(select(posts.post.c.words).where(posts.post.c.kind == "whisper"))
    right = {f"{names[owner - 1]} took ticket {ticket} first" for ticket, owner in owners.items()}
    return Race(owners, assigned, len(whispers), sum(row.words not in right for row in whispers), seconds, slowest)
