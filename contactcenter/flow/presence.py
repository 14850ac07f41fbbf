"""Agents come and go, with a reason of their own if they like; what becomes of the tickets of who stays away.

Found by people through flow/actions; sent away by flow/upkeep who answers no offer. Whoever goes gives their open
offers back at once; what they have and have not answered goes back to its queue after a while, if the desk is set to
that, as old as it is.
"""

from typing import Any

from sqlalchemy import exists, select

from contactcenter.flow import live, queries, rechecks, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.rights import Caller, the_agent
from contactcenter.flow.views import AgentView, shown_agent
from contactcenter.model.columns import SECOND, bind, clean, word
from contactcenter.model.values import Invalid
from contactcenter.ports import Tx

PRESENCES = ("available", "away", "offline")
REASON_LIMIT = 60  # characters
KIND = "absence"  # of timer
AT_ONCE = 100  # tickets looked at in one use case

HELD = (
    select(queries.ticket.c.id, queries.ticket.c.channel)
    .where(queries.ticket.c.assignee_id == bind("agent"), queries.ticket.c.status == word("open"))
    .order_by(queries.ticket.c.id)
    .limit(bind("limit"))
)
TALKED = select(
    exists()
    .where(
        queries.message.c.ticket_id == bind("ticket"),
        queries.message.c.author == word("agent"),
        queries.message.c.author_id == bind("agent"),
    )
    .label("so")
)


def set_presence(tx: Tx, policies: Policies, caller: Caller, presence: str, why: str = "") -> AgentView:
    """Come or go. `why`: a reason of one's own for not being there. Whoever was sent away says that they know."""
    if presence not in PRESENCES:
        raise Invalid(f"presence {presence!r} is unknown; it can be {', '.join(PRESENCES)}", "$.presence")
    why = " ".join(clean(why).split())
    if len(why) > REASON_LIMIT:
        raise Invalid(f"the reason has {len(why)} characters; the limit is {REASON_LIMIT}", "$.reason")
    if why and presence == "available":
        raise Invalid("who is available needs no reason", "$.reason")
    agent = the_agent(tx, caller.as_agent())
    if (agent.presence, agent.away_for, agent.presence_reason) != (presence, why, ""):
        _become(tx, policies, agent, presence, caller.actor, away_for=why)
    return shown_agent(tx, agent.id)


def send_away(tx: Tx, policies: Policies, agent_id: int, reason: str) -> None:
    """An agent who is available and answers no offer is not there: no customer is to wait for them."""
    agent = the_agent(tx, agent_id)
    if agent.presence == "available":
        _become(tx, policies, agent, "away", "system", reason)


def give_back(tx: Tx, policies: Policies, agent_id: int) -> None:
    """The timer of somebody who stays away: what they have not answered waits in its queue again."""
    agent = the_agent(tx, agent_id)
    if agent.presence == "available":
        return
    why = f" ({agent.away_for})" if agent.away_for else ""
    told = f"{agent.name} is {agent.presence}{why}"
    held = tx.all(HELD, agent=agent_id, limit=AT_ONCE)
    given = [row for row in held if not _talks(tx, policies, row, agent_id)]
    for row in given:
        tickets.release(tx, policies, tickets.lock(tx, row.id), "system", told)
    if given and len(held) == AT_ONCE:
        tickets.set_timer(tx, KIND, agent_id, tx.now + SECOND)


def _talks(tx: Tx, policies: Policies, row: Any, agent: int) -> bool:
    """Are they in a chat with its customer, which is left to them?"""
    kind = policies.kinds.get(row.channel, row.channel)
    in_chat = kind in policies.routing.chats and not policies.routing.give_back_chats
    return in_chat and bool(tx.one(TALKED, ticket=row.id, agent=agent).so)


def _become(
    tx: Tx, policies: Policies, agent: Any, presence: str, actor: str, reason: str = "", away_for: str = ""
) -> None:
    tx.run(queries.SET_PRESENCE, row=agent.id, becomes=presence, at=tx.now, why=reason, own=away_for)
    change = {"presence": presence, "reason": reason, "away_for": away_for}
    tx.add(queries.ADD_PRESENCE_CHANGE, agent_id=agent.id, at=tx.now, **change)
    if presence != "available":
        _give_offers_back(tx, policies, agent.id, actor)
    after = policies.routing.give_back_after
    if presence == "available":
        tx.run(queries.DROP_TIMER, what=KIND, whom=agent.id)
    elif after is not None and agent.presence == "available":  # who was gone already is gone since then
        tickets.set_timer(tx, KIND, agent.id, tx.now + after)
    live.presence_changed(tx, agent.id)
    rechecks.agent(tx, agent.id)


def _give_offers_back(tx: Tx, policies: Policies, agent: int, actor: str) -> None:
    for offer in tx.all(queries.OFFERS_OF, agent=agent):
        ticket = tickets.lock(tx, offer.ticket_id)
        tickets.close_offer(tx, policies, ticket, offer, "withdrawn", actor)
