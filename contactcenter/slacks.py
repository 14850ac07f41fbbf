"""All that uses Slack, put together by `app`: imported, and there at all, only where the settings ask for it.

Slack's libraries take longer to import than all the rest: a desk without Slack does not pay for them.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from contactcenter import workers
from contactcenter.channels.parts import Parts, not_given
from contactcenter.flow.policies import IN_SLACK, DeskPolicy
from contactcenter.knowledge.assistant import Assistant
from contactcenter.ports import Store
from contactcenter.settings import Settings, SettingsError, check
from contactcenter.web.hooks import Hooks

if TYPE_CHECKING:
    from contactcenter.desk.settings import Settings as DeskSettings
    from contactcenter.slack.connection import Slack
    from contactcenter.slack.settings import Connection
    from contactcenter.slack.shared import Connections


class Slacks:
    """The connections to Slack, and the desk that works over one of them."""

    policy: DeskPolicy | None = None
    _connections: "Connections | None" = None
    _desk: "Slack | None" = None
    _settings: "DeskSettings"

    def __init__(self, settings: Settings, store: Store) -> None:
        self.hooks: Hooks = {}
        if not settings.desk.slack and not any(keys.get("kind") == "slack" for keys in settings.channels.values()):
            return
        from contactcenter.desk import room
        from contactcenter.desk.settings import Settings as OfDesk
        from contactcenter.slack.shared import Connections

        self._connections = Connections(partial(room.tell, store))
        if settings.desk.slack:
            read = check(OfDesk, settings.desk.slack, "desk.slack")
            refuse_unknown_queues(settings, read.channels)
            self._settings = read
            self._desk = self._connections.of(IN_SLACK, read)
            self.policy = DeskPolicy(read.channel, read.channels, read.supervisors, read.thread)

    def of(self, channel: str, wanted: "Connection") -> "Slack":
        """The connection that a channel uses. Raises SettingsError."""
        if self._connections is None:
            raise SettingsError(f"setting channels.{channel}.kind: no connection to Slack is made for it")
        return self._connections.of(f"channels.{channel}", wanted)

    def guest(self, parts: Parts, assistant: Assistant, owner: str) -> workers.Guest:
        """What is to run for it."""
        if self._connections is None:
            return workers.Guest()
        runs = {slack.name: slack.run for slack in self._connections.all}
        if self._desk is None or self.policy is None:
            return workers.Guest(runs)
        from contactcenter.desk.room import Room

        room = Room(
            slack=self._desk,
            store=parts.store,
            files=parts.files,
            policies=parts.policies,
            assistant=assistant,
            public_url=parts.public_url,
            clock=parts.clock,
            figures_at=self._settings.figures_at,
            timezone=self._settings.timezone,
        )
        self.hooks = {IN_SLACK: (room, not_given)}
        posting = [(hint, f"send:{IN_SLACK}", step) for hint, step in room.loops(self.policy, owner)]
        return workers.Guest(runs, [("desk", "", room.intake.step), *posting])

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Requests can be made until the block ends."""
        if self._connections is None:
            yield
            return
        async with self._connections.opened():
            yield


def refuse_unknown_queues(settings: Settings, named: Mapping[str, str]) -> None:
    """Raises SettingsError for a channel of cards that is named for a queue that there is not."""
    for name in named:
        if name not in settings.queues:
            known = ", ".join(sorted(settings.queues)) or "none"
            raise SettingsError(f"setting desk.slack.channels.{name}: there is no [queues.{name}]; there are: {known}")
