"""The desk in Slack as `app` starts it: one connection, intake, posting, and the loops that keep them going."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from contactcenter.channels.protocol import Accept, HookReply, HookRequest
from contactcenter.desk import keeping
from contactcenter.desk.floor import Floor
from contactcenter.desk.intake import Intake
from contactcenter.desk.posting import Posting, lanes
from contactcenter.flow import health
from contactcenter.flow.policies import IN_SLACK, DeskPolicy, Policies
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import MINUTE
from contactcenter.ports import Clock, Files, Store
from contactcenter.slack.connection import Slack

LOOK_EVERY = 5 * MINUTE  # for spikes and falls


@dataclass
class Room:
    """Agents at work in one workspace."""

    slack: Slack
    store: Store
    files: Files
    policies: Callable[[], Policies]
    assistant: Assistant
    public_url: str
    clock: Clock
    figures_at: str
    timezone: str
    intake: Intake = field(init=False)
    posting: Posting = field(init=False)

    def __post_init__(self) -> None:
        self._last_card: int | None = 0  # ticket up to which cards were made up for; None: all are
        self._look_at = 0  # when to look for spikes and falls next (µs)
        self._told = ""  # the day whose figures were told
        self.intake = Intake(self._floor, self.store, self.files, self.slack.api, self.clock)
        sent = partial(tell, self.store, IN_SLACK, side="sending")
        self.posting = Posting(self._floor, self.store, self.files, self.slack.api, sent)
        self.slack.owners.append(self.intake)  # last: all that is no customers' is the desk's

    def loops(self, desk: DeskPolicy, owner: str) -> list[tuple[str, Callable[[], Awaitable[int]]]]:
        """The loops that one process runs at a time: name to be woken by, and its step."""
        posting = [("posts", partial(self.posting.step, lane, owner)) for lane in lanes(desk)]
        return [("keeping", self._keep), *posting]

    async def hook(self, request: HookRequest, accept: Accept) -> HookReply:
        """What Slack posts to us, where it does (mode = "http")."""
        return await self.slack.hook(request)

    async def _keep(self) -> int:
        """Asked once a second: what no press brings about."""
        if self._last_card is not None:
            last = await self.store.write(keeping.catch_up, self._floor(), self._last_card)
            self._last_card = last or None
            return last
        now = self.clock.now()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            await self.store.write(keeping.tell_spikes, self._floor())
            await self.store.write(keeping.tell_fall, self._floor())
        day = keeping.figures_due(now, self.figures_at, self.timezone)
        if day and day != self._told:
            await self.store.write(keeping.tell_figures, self._floor(), day)
            self._told = day
        return 0

    def _floor(self) -> Floor:
        team = self.slack.team
        return Floor(self.policies(), self.assistant, self.public_url, team, self.intake.ahead)


async def tell(store: Store, name: str, trouble: str, side: health.Side = "receiving") -> None:
    """How the connection is doing, where everybody looks."""
    if trouble:
        await store.write(health.failed, name, trouble, side)
    else:
        await store.write(health.succeeded, name, health.Counts(), side)
