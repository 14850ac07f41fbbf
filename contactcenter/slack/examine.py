"""Is an app of Slack's as its settings say? For `contactcenter doctor`, which changes nothing: asked as the desk would.

Used by channels/slack and desk, which know what they need. Each finding is good or not, in words with a remedy.
"""

from collections.abc import AsyncIterator, Collection

from contactcenter.model.values import RetryLater, Undeliverable, Unknown
from contactcenter.slack.api import Api
from contactcenter.slack.settings import Connection

Finding = tuple[bool, str]
TROUBLE = (RetryLater, Undeliverable, Unknown)


async def examine(name: str, api: Api, needed: Collection[str]) -> AsyncIterator[Finding]:
    """The token, what it allows, and the way in. Ends after the first finding where Slack does not know the token."""
    try:
        me = await api.call("auth.test")
    except TROUBLE as error:
        yield False, f"{name}: {error}"
        return
    yield True, f"{name}: Slack knows the app as @{me.get('user')} in the workspace {me.get('team')}"
    missing = sorted(set(needed) - api.scopes)
    if missing:
        yield (
            False,
            f"{name}: the app lacks {', '.join(missing)}: add what is missing under OAuth & Permissions, or paste the "
            "manifest of docs/how-to/slack.md again; then Install App once more and set the token that it shows",
        )
    yield await _way_in(name, api)


async def _way_in(name: str, api: Api) -> Finding:
    connection: Connection = api.connection
    if connection.mode == "http":
        where = f"/hooks/{name} of web.public_url"
        return True, f"{name}: Slack posts to {where}; it tries that when you save the address there"
    try:
        await api.socket_url()
    except TROUBLE as error:
        return False, f"{name}: {error}"
    return True, f"{name}: Slack opens a socket for us"
