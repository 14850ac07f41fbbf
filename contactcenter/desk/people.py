"""Who somebody in Slack is: an agent, when Slack has verified the e-mail address that the agent has here.

Asked of Slack (users.info) outside any transaction, kept for a day. Guests and people of other workspaces are never
agents: whoever can invite a guest would hire an agent.
"""

from typing import Any

from contactcenter.desk import queries
from contactcenter.desk.received import Person
from contactcenter.flow import staff
from contactcenter.model.values import RetryLater, Undeliverable
from contactcenter.ports import Tx
from contactcenter.slack.api import Api


async def email_of(api: Api, person: Person, team: str) -> str:
    """Their verified address; blank for whoever cannot be an agent. Raises RetryLater, Unknown.

    Where a channel is shared, Slack tells of people of other workspaces too, with addresses that those vouch for.
    """
    if not team:
        raise RetryLater("we do not know yet which workspace is ours", 1.0)
    if person.team != team:
        return ""
    try:
        user = (await api.call("users.info", user=person.user))["user"]
    except Undeliverable:
        return ""
    outside = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_app_user")
    if str(user.get("team_id") or team) != team or any(user.get(mark) for mark in outside):
        return ""
    if user.get("is_email_confirmed") is False:
        return ""
    return str(user.get("profile", {}).get("email") or "").strip().casefold()


def link(tx: Tx, person: Person, email: str) -> None:
    """Write down who they are."""
    agent: Any = tx.one(staff.BY_EMAIL, email=email) if email else None
    number = None if agent is None else agent.id
    if tx.run(queries.SET_PERSON, in_team=person.team, who=person.user, is_agent=number, at=tx.now) == 0:
        tx.run(queries.ADD_PERSON, team=person.team, user=person.user, agent_id=number, checked_at=tx.now)
