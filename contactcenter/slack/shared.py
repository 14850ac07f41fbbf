"""The connections of a desk, one for each app of Slack's: whoever names the same token, or none, shares one.

Made by `app`. Slack hands an event to any one of an app's sockets, so that each app has one connection here, whose
owners know all that may come in by it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from contactcenter.settings import SettingsError
from contactcenter.slack.api import Api
from contactcenter.slack.connection import Slack
from contactcenter.slack.settings import Connection

Tell = Callable[[str, str], Awaitable[None]]
"""Called for each who uses a connection with what is wrong with it, "" when all is well."""


class Connections:
    """`of` each who uses Slack, while the settings are read; opened together."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._of: dict[str, Slack] = {}
        self._users: dict[str, list[str]] = {}

    @property
    def all(self) -> list[Slack]:
        return list(self._of.values())

    def of(self, name: str, wanted: Connection) -> Slack:
        """The connection of one who uses it. Raises SettingsError where there is none to share."""
        token = wanted.token.get_secret_value() or next(iter(self._of), "")
        if not token:
            raise SettingsError(
                f"setting {name}.token is missing, and there is no [desk.slack] whose app could be used"
            )
        users = self._users.setdefault(token, [])
        others = [one for one in users if one.startswith("channels.")]
        if others and name.startswith("channels."):
            raise SettingsError(f"setting {name}.token: {others[0]} has this app already: one app, one channel")
        users.append(name)
        if token not in self._of:

            async def tell(trouble: str) -> None:
                for user in users:
                    await self._tell(user.removeprefix("channels."), trouble)  # as the state of channels names them

            self._of[token] = Slack(name, wanted, Api(wanted), tell)
        return self._of[token]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """All of them can be used until the block ends."""
        async with AsyncExitStack() as stack:
            for slack in self._of.values():
                await stack.enter_async_context(slack.api)
            yield
