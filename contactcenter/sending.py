"""What leaves by one channel: its outbox is drained, and how that goes is told (flow/health).

Before it: flow/deliver, which claims and settles. After it: the channel's `send`. Run by workers.py, on the process
that holds the channel's lease. A message that a provider refuses is that message's affair; a provider that is away or
lets us in no more (Unusable) is the channel's: it is told, one message at a time tries again until one gets through,
and a provider that can be asked without a message (Probes) is asked while nothing leaves.
"""

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic

from contactcenter.channels.protocol import Changes, Channel, Finds, Probes
from contactcenter.flow import deliver, health
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.values import Conflict, Receipt, RetryLater, StoreUnavailable, Undeliverable, Unknown, Unusable
from contactcenter.ports import Store

SEND_SECONDS = 150.0  # a send that takes longer has an unknown outcome
WELL_SECONDS = 60.0  # between two reports that all is well
AGAIN_SECONDS = 30.0  # and of the same trouble
PROBE_SECONDS = 60.0  # between two questions while it fails
IDLE_SECONDS = 600.0  # and while all was well when it was last used or asked
AT_ONCE = 50

log = logging.getLogger(__name__)


@dataclass
class Sending:
    """Of one channel."""

    owner: str  # this process, among those of the desk
    store: Store
    policies: Policies
    way: Way

    def __post_init__(self) -> None:
        self.name = self.way.channel.name
        self._told: str | None = None  # blank: that all is well
        self._told_at = 0.0
        self._fails = False

    async def work_off(self) -> int:
        """Send what is due; how many were tried."""
        if not await self.store.read(deliver.any_due, self.name):
            return 0
        at_once = 1 if self._fails else AT_ONCE
        lane = f"outbox:{self.name}"
        attempts = await self.store.write_in(lane, deliver.begin, self.owner, self.name, at_once)
        await asyncio.gather(*map(self._send, attempts))
        return len(attempts)

    async def watch(self) -> None:
        """See now and then whether messages could leave: nobody is to learn it from the first that cannot."""
        channel = self.way.channel
        if not (channel.capabilities.sends and isinstance(channel, Probes)):
            return
        wait = PROBE_SECONDS if self._fails else IDLE_SECONDS
        if self._told is not None and monotonic() - self._told_at < wait:
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await channel.probe()
        except Unusable as error:
            await self._tell(str(error))
        except TimeoutError:
            await self._tell(f"the provider does not answer within {SEND_SECONDS:.0f} s")
        else:
            await self._tell("")

    async def _send(self, attempt: deliver.Attempt) -> None:
        outcome = await self._outcome(attempt)
        lane = f"conversation:{attempt.message.conversation}"
        try:
            await self.store.write_in(lane, deliver.settle, self.policies, attempt, outcome)
        except Conflict:
            log.warning("delivery was settled by somebody else", extra={"message_id": attempt.message.message_id})
        match outcome:
            case Unusable():
                await self._tell(str(outcome))
            case Receipt():
                await self._tell("")

    async def _outcome(self, attempt: deliver.Attempt) -> deliver.Outcome:
        channel = self.way.channel
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await _delivered(channel, attempt)
        except (RetryLater, Undeliverable, Unknown) as error:
            return error
        except TimeoutError:
            return Unknown(f"no answer within {SEND_SECONDS:.0f} s")
        except Exception as error:
            extra = {"channel": self.name, "message_id": attempt.message.message_id}
            log.exception("channel failed to send", extra=extra)
            return error

    async def _tell(self, trouble: str) -> None:
        """How it goes, blank for well: when it changes, and now and then."""
        now = monotonic()
        if trouble == self._told and now - self._told_at < (AGAIN_SECONDS if trouble else WELL_SECONDS):
            return
        self._told, self._told_at, self._fails = trouble, now, bool(trouble)
        try:
            if trouble:
                await self.store.write(health.failed, self.name, trouble, "sending")
            else:
                await self.store.write(health.succeeded, self.name, health.Counts(), "sending")
        except StoreUnavailable:
            self._told = None  # the next one tells it


async def _delivered(channel: Channel, attempt: deliver.Attempt) -> Receipt:
    if attempt.verb != "send":
        if not isinstance(channel, Changes):
            raise Undeliverable("the channel cannot change what it sent any more")
        return await (channel.edit if attempt.verb == "edit" else channel.delete)(attempt.message)
    if attempt.uncertain and isinstance(channel, Finds):
        found = await channel.find(attempt.message)
        if found is not None:
            return found
    return await channel.send(attempt.message)
