"""Where Slack's events for agents come in: stored and acknowledged, done, and what has to be shown at once shown.

The connection calls `take`; the desk's loop calls `step`. Windows are opened outside any transaction, by whoever did
the press, because Slack lets a press open one for three seconds only.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from contactcenter.channels.spooling import spool
from contactcenter.channels.text import file_name
from contactcenter.desk import people, presses, work
from contactcenter.desk.floor import Floor, Outcome
from contactcenter.desk.received import Commands, Ordered, Said, SlackFile, Submitted, read
from contactcenter.flow import ledger
from contactcenter.model.values import (
    Attached,
    RetryLater,
    StoreUnavailable,
    Undeliverable,
    Unknown,
    Unparseable,
)
from contactcenter.ports import Clock, Files, Store
from contactcenter.slack.api import Api

ASK_SECONDS = 1.5  # of the three that Slack waits for an acknowledgement
FILE_LIMIT = 100 * 1024 * 1024  # bytes of one file that an agent puts into a thread

log = logging.getLogger(__name__)


class Intake:
    """Of the desk's events; an Owner of the connection."""

    def __init__(self, floor: Callable[[], Floor], store: Store, files: Files, api: Api, clock: Clock) -> None:
        self._floor, self._store, self._files, self._api, self._clock = floor, store, files, api, clock
        self.ahead = 0  # µs that Slack's clock was seen to be ahead of ours
        self._opening: set[asyncio.Future[None]] = set()

    def owns(self, body: Mapping[str, Any]) -> bool:
        """All that people do with our cards, and messages in the desk's channels."""
        if body.get("type") == "block_actions":
            return any(presses.is_ours(str(action.get("action_id"))) for action in body.get("actions") or ())
        if body.get("type") != "event_callback":
            return True
        event = body.get("event") or {}
        if event.get("type") == "app_home_opened":
            return True
        desk = self._floor().policies.desk
        return desk is not None and event.get("type") == "message" and event.get("channel") in desk.everywhere

    async def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Returns once it is stored, with Slack's answer. Raises StoreUnavailable."""
        try:
            command = read(body)
        except Unparseable as error:
            log.warning("an event of Slack's was not understood", extra={"reason": str(error)})
            return {}
        if command is None:
            return {}
        self.ahead = max(self.ahead, getattr(command, "at", 0) - self._clock.now())
        await self._introduce_at_once(command)
        outcome = await self._receive(command)
        self._open_soon(outcome)
        return outcome.answer

    async def step(self) -> int:
        """The loop: what needs Slack to be asked first, and what failed before."""
        heads = await self._store.read(ledger.acts.due_heads)
        for row in heads:
            await self._work_off(row)
        return len(heads)

    async def _receive(self, command: Commands) -> Outcome:
        floor = self._floor()
        try:
            return await self._store.write_in(command.stream, work.receive, floor, command)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("a command of Slack's is kept and not done", extra={"stream": command.stream})
            return await self._store.write_in(command.stream, work.keep, command, error)

    async def _work_off(self, row: Any) -> None:
        command = work.command_of(row)
        files: tuple[Attached, ...] = ()
        trouble: Exception | None = None
        try:
            await self._introduce(command)
            if await self._store.read(work.needs_files, command) and isinstance(command, Said):
                files = tuple([await self._fetched(file) for file in command.files])
        except (RetryLater, Undeliverable, Unknown) as error:
            trouble = error if not isinstance(error, Unknown) else RetryLater(str(error))
        outcome = await self._store.write_in(row.stream, work.work_off, self._floor(), row, files, trouble)
        await self._open(outcome)

    async def _introduce(self, command: Commands) -> None:
        """Ask Slack who did it, where we do not know yet. Raises RetryLater, Undeliverable, Unknown."""
        if await self._store.read(work.is_unknown, command):
            email = await people.email_of(self._api, command.who, self._floor().team)
            await self._store.write(people.link, command.who, email)

    async def _introduce_at_once(self, command: Commands) -> None:
        """The same for what is answered in the acknowledgement or never: as long as Slack waits for that."""
        if not isinstance(command, Ordered | Submitted):
            return
        try:
            async with asyncio.timeout(ASK_SECONDS):
                await self._introduce(command)
        except (RetryLater, Undeliverable, Unknown, TimeoutError) as error:
            log.info("somebody is not known yet", extra={"reason": type(error).__name__})

    async def _fetched(self, file: SlackFile) -> Attached:
        """A file that an agent put into a thread, in our store. Raises Undeliverable, RetryLater."""
        if file.size > FILE_LIMIT:
            raise Undeliverable(f"{file.name} is larger than {FILE_LIMIT >> 20} MB")
        with tempfile.TemporaryFile() as spooled:
            size = await spool(self._api.download(file.url), spooled, FILE_LIMIT)
            if size > FILE_LIMIT:
                raise Undeliverable(f"{file.name} is larger than Slack said")
            digest = await self._files.put(spooled)
        return Attached(file_name(file.name), file.type, size, f"file:{digest}")

    def _open_soon(self, outcome: Outcome) -> None:
        """After the acknowledgement, which does not wait for it."""
        if outcome.opens:
            task = asyncio.ensure_future(self._open(outcome))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self, outcome: Outcome) -> None:
        for method, arguments in outcome.opens:
            try:
                await self._api.call(method, **arguments)
            except (RetryLater, Undeliverable, Unknown) as error:
                log.warning("a window was not opened", extra={"reason": str(error)})
