"""Is the app that customers write to as its settings say? For `contactcenter doctor`, which changes nothing."""

from collections.abc import AsyncIterator

from contactcenter.channels.slack.installing import SCOPES
from contactcenter.channels.slack.settings import Settings
from contactcenter.slack.api import Api
from contactcenter.slack.examine import Finding
from contactcenter.slack.examine import examine as examine_app


async def examine(name: str, settings: Settings) -> AsyncIterator[Finding]:
    """What is well and what is not, in words with a remedy."""
    if not settings.token.get_secret_value():
        yield True, f"{name}: customers write to the app of [desk.slack]"
    elif settings.refresh_token.get_secret_value():
        yield True, f"{name}: its tokens are exchanged as they end; `contactcenter channels` tells how that goes"
    else:
        async with Api(settings) as api:
            async for finding in examine_app(name, api, SCOPES):
                yield finding
