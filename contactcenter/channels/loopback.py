"""A channel without a provider: what is said to it comes in, what it sends is kept in memory.

For demos and tests of everything behind a channel. Addresses simulate a provider's answers: `temporary@…` is refused
for now, `permanent@…` for good, `unknown@…` leaves the outcome open.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept, Accepted, Capabilities
from contactcenter.model.values import (
    Deletion,
    Edit,
    Inbound,
    Outbound,
    Parsed,
    RawEvent,
    Receipt,
    RetryLater,
    Sender,
    Undeliverable,
    Unknown,
    Unparseable,
)
from contactcenter.settings import ChannelSettings

RETRY_AFTER = 7.0  # seconds, what the simulated provider asks for


class Settings(ChannelSettings):
    """Nothing of its own."""


class Loopback:
    """In-memory; `say` is the customer, `sent` is what they received."""

    kind = "loopback"
    capabilities = Capabilities(text_limit=4000, parses_at_once=True, edits=True)

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: list[Outbound] = []
        self._said: asyncio.Queue[tuple[RawEvent, asyncio.Future[Accepted]]] = asyncio.Queue()

    async def say(self, address: str, text: str, message_id: str, **more: str) -> Accepted:
        """A customer writes. Returns once it is stored, raises what intake raises."""
        answered: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        await self._said.put((said(self.name, address, text, message_id, **more), answered))
        return await answered

    async def run(self, accept: Accept) -> None:
        while True:
            raw, answered = await self._said.get()
            try:
                accepted = await accept(raw)
            except Exception as error:  # the one who said it is the provider here: tell them
                answered.set_exception(error)
            else:
                answered.set_result(accepted)

    def parse(self, raw: RawEvent) -> list[Parsed]:
        try:
            data = json.loads(raw.payload)
            return _parse(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unparseable(f"not a loopback message: {type(error).__name__}: {error}") from None

    async def send(self, message: Outbound) -> Receipt:
        match message.address.partition("@")[0]:
            case "temporary":
                raise RetryLater("the address asks to try later", RETRY_AFTER)
            case "permanent":
                raise Undeliverable("the address refuses for good")
            case "unknown":
                raise Unknown("the address does not say whether it arrived")
        self.sent.append(message)
        return Receipt(f"{self.name}-{message.message_id}", delivered=True)


def said(channel: str, address: str, text: str, message_id: str, **more: str) -> RawEvent:
    """The raw event of something said; `more` may hold name, subject, change (edited, deleted) and echo."""
    payload = json.dumps({"id": message_id, "from": address, "text": text, **more}).encode()
    change = more.get("change", "")
    return RawEvent(channel, f"{message_id}{'#' + change if change else ''}", f"{channel}:{address}", payload)


def build(name: str, settings: Settings, parts: Parts) -> tuple[Loopback, Sequence[Any]]:
    """A loopback channel."""
    return Loopback(name), ()


def _parse(data: dict[str, str]) -> list[Parsed]:
    if data.get("echo"):
        return []
    message_id, address, text = str(data["id"]), data["from"], data["text"]
    if not isinstance(address, str) or not isinstance(text, str):
        raise TypeError("from and text must be texts")
    match data.get("change"):
        case "edited":
            return [Edit(message_id, text)]
        case "deleted":
            return [Deletion(message_id)]
    sender = Sender("loopback", address, data.get("name", address))
    return [Inbound(message_id, address, sender, text, subject=data.get("subject", ""), proof="loopback")]
