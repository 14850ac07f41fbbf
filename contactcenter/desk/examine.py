"""Can agents work in Slack as the settings say? For `contactcenter doctor`, which changes nothing."""

from collections.abc import AsyncIterator, Sequence

from contactcenter.desk.settings import Settings
from contactcenter.model.values import Undeliverable
from contactcenter.slack.api import Api
from contactcenter.slack.examine import TROUBLE, Finding
from contactcenter.slack.examine import examine as examine_app

NAME = "desk.slack"
NEEDED = (
    *("channels:history", "channels:read", "chat:write", "commands", "files:read", "files:write", "groups:history"),
    *("groups:read", "im:history", "im:write", "reactions:read", "reactions:write", "users:read", "users:read.email"),
)
ASKED = 40  # agents that are looked for: Slack allows fifty questions a minute


async def examine(settings: Settings, agents: Sequence[tuple[str, str]]) -> AsyncIterator[Finding]:
    """The app, its channels, and which of the agents (name, e-mail address) are in Slack."""
    async with Api(settings) as api:
        known = False
        async for finding in examine_app(NAME, api, NEEDED):
            known = known or finding[0]
            yield finding
        if not known:
            return
        named = {f"channels.{queue}": place for queue, place in settings.channels.items()}
        for setting, place in ({"channel": settings.channel, "supervisors": settings.supervisors} | named).items():
            if place:
                yield await _place(api, setting, place)
        async for finding in _people(api, agents[:ASKED]):
            yield finding


async def _place(api: Api, setting: str, place: str) -> Finding:
    try:
        told = (await api.call("conversations.info", channel=place)).get("channel") or {}
    except TROUBLE as error:
        return False, f"{NAME}.{setting} = {place}: {error}"
    name = f"{NAME}.{setting} = {place} (#{told.get('name')})"
    if not told.get("is_member"):
        return False, f"{name}: the app is not in it: write /invite @ and its name there"
    if told.get("is_archived"):
        return False, f"{name}: it is archived: bring it back, or name another one"
    if told.get("is_ext_shared"):
        return False, f"{name}: it is shared with another company, who would read it all: name a channel of your own"
    if not told.get("is_private"):
        return False, f"{name}: it is public: your whole workspace reads what customers write; make it private"
    return True, f"{name}: the app is in it"


async def _people(api: Api, agents: Sequence[tuple[str, str]]) -> AsyncIterator[Finding]:
    here, missing = [], []
    for name, email in agents:
        try:
            await api.call("users.lookupByEmail", email=email)
        except Undeliverable:
            missing.append(email)
        except TROUBLE as error:
            yield False, f"{NAME}: who of the agents is in Slack is not known: {error}"
            return
        else:
            here.append(name)
    if agents:
        yield bool(here), f"{NAME}: {', '.join(here) or 'no agent'} can work in Slack"
    if missing:
        yield (
            True,
            f"{NAME}: nobody in Slack has {', '.join(missing)}: they work in the console, or take the address that "
            "they have here into their Slack profile",
        )
