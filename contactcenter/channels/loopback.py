"""A channel without a provider: what is said to it comes in, what it sends is kept in memory.

For demos and tests of everything behind a channel. Addresses simulate a provider's answers: `temporary@…` is refused
for now, `permanent@…` for good, `blocked@…` has closed the door, `unknown@…` leaves the outcome open, `silent@…` never
answers.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accept, Accepted, Capabilities
from contactcenter.channels.text import split
from contactcenter.model.values import (
    Chosen,
    Deletion,
    Edit,
    Inbound,
    Outbound,
    Parsed,
    RawEvent,
    Reachability,
    Receipt,
    RetryLater,
    Sender,
    StoreUnavailable,
    Undeliverable,
    Unknown,
    Unparseable,
    Unreachable,
    Unusable,
)
from contactcenter.settings import ChannelSettings

FILES_LIMIT = 10 * 1024 * 1024  # bytes of one message
RETRY_AFTER = 7.0  # seconds, what the simulated provider asks for


class Settings(ChannelSettings):
    """Nothing of its own."""


class Loopback:
    """In-memory; `say` is the customer, `sent` is what they received."""

    kind = "loopback"
    capabilities = Capabilities(text_limit=4000, parses_at_once=True, edits=True, files_limit=FILES_LIMIT, choices=True)

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
            except asyncio.CancelledError:
                _answer(answered, StoreUnavailable("the channel was stopped"))
                raise
            except Exception as error:  # the one who said it is the provider here: tell them
                _answer(answered, error)
            else:
                _answer(answered, accepted)

    def parse(self, raw: RawEvent) -> list[Parsed]:
        try:
            return _parse(json.loads(raw.payload))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Unparseable(f"not a loopback message: {type(error).__name__}: {error}") from None

    async def send(self, message: Outbound) -> Receipt:
        await _simulated(message.address)
        *pieces, last = split(message.text, self.capabilities.text_limit)
        self.sent += [replace(message, text=piece, source=None) for piece in pieces]
        self.sent.append(replace(message, text=last))
        return Receipt(f"{self.name}-{message.message_id}", delivered=True)

    async def edit(self, message: Outbound) -> Receipt:
        await _simulated(message.address)
        self.sent = [message if sent.message_id == message.message_id else sent for sent in self.sent]
        return Receipt(message.external_id)

    async def delete(self, message: Outbound) -> Receipt:
        await _simulated(message.address)
        self.sent = [sent for sent in self.sent if sent.message_id != message.message_id]
        return Receipt(message.external_id)


def said(channel: str, address: str, text: str, message_id: str, **more: str) -> RawEvent:
    """The raw event of something said. `more` may hold name, language, subject, automatic, echo, and change: edited,
    deleted, pressed, left or came back.

    Of a press, the text is the number of the button, and `of` the id of the message it is under.
    """
    payload = json.dumps({"id": message_id, "from": address, "text": text, **more}).encode()
    change = more.get("change", "")
    return RawEvent(channel, f"{message_id}{'#' + change if change else ''}", f"{channel}:{address}", payload)


def build(name: str, settings: Settings, parts: Parts) -> tuple[Loopback, Sequence[Any]]:
    """A loopback channel."""
    return Loopback(name), ()


async def _simulated(address: str) -> None:
    """What a provider would answer there."""
    match address.partition("@")[0]:
        case "temporary":
            raise RetryLater("the address asks to try later", RETRY_AFTER)
        case "unusable":
            raise Unusable("the provider refuses our key; set it anew")
        case "permanent":
            raise Undeliverable("the address refuses for good")
        case "blocked":
            raise Unreachable("the address blocked us")
        case "unknown":
            raise Unknown("the address does not say whether it arrived")
        case "silent":
            await asyncio.Event().wait()


def _answer(said: asyncio.Future[Accepted], answer: Accepted | Exception) -> None:
    if said.done():  # they gave up waiting
        return
    if isinstance(answer, Exception):
        said.set_exception(answer)
    else:
        said.set_result(answer)


def _parse(data: dict[str, Any]) -> list[Parsed]:
    if not all(isinstance(value, str) for value in data.values()):
        raise TypeError("only texts can be said")
    if data.get("echo"):
        return []
    message_id, address, text = data["id"], data["from"], data["text"]
    if not address:
        raise ValueError("whoever says it must have an address")
    match data.get("change"):
        case "edited":
            return [Edit(message_id, text)]
        case "deleted":
            return [Deletion(message_id)]
        case "left" | "came back" as change:
            return [Reachability(Sender("loopback", address), change == "came back", text)]
    sender = Sender("loopback", address, data.get("name", address), data.get("language", ""))
    if data.get("change") == "pressed":
        return [Chosen(data["of"], int(text), address, sender, proof="loopback")]
    more = {key: data[key] for key in ("subject", "automatic") if key in data}
    return [Inbound(message_id, address, sender, text, proof="loopback", **more)]
