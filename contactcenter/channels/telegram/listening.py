"""Updates come in: fetched by long polling, or posted to our webhook; stored first, acknowledged after.

Before it: Telegram, which keeps an update for a day until it is acknowledged. After it: flow/intake through `accept`.
Polling: the offset moves past an update once it is stored. Webhook: 200 once it is stored. An update that comes again
has the same number, and the inbox knows it as one of a set, never by a highest number: after a quiet week Telegram
begins anywhere (Bot API: Update). Nothing here reads what an update says.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from telegram import User
from telegram.error import Conflict, TelegramError

from contactcenter.channels.protocol import Accept, HookReply, HookRequest
from contactcenter.channels.telegram.line import Flooded, Line
from contactcenter.channels.telegram.wire import KINDS
from contactcenter.flow import health
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.ports import Store

SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 (the header's name)
ALLOWED = {"allowed_updates": json.dumps(KINDS)}
BUTTON_SECONDS = 5.0  # for Telegram to take that a button was pressed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram is to bring updates, and the word by which it shows that it is Telegram."""

    url: str
    secret: str


class Listening:
    """Listens for one channel until cancelled. Without a hook it polls."""

    def __init__(self, channel: str, line: Line, store: Store, hook: Hook | None) -> None:
        self.channel = channel
        self.line = line
        self.store = store
        self.hook = hook
        self.patience = line.patience
        self._me: User | None = None
        self._offset = 0
        self._told = -math.inf  # when we last said that all is well
        self._fought = -math.inf  # when another program last fetched as we did
        self._complaint = ""
        self._failures = 0

    async def run(self, accept: Accept) -> None:
        """Never returns, and raises nothing: what fails is told (flow/health), and tried again by itself."""
        async with self.line.used():
            while True:
                try:
                    await (self._poll(accept) if self.hook is None else self._watch(self.hook))
                except Exception as error:
                    await self._failed(error)
                    wait = min(self.patience.latest, self.patience.soonest * 2**self._failures)
                    self._failures = min(self._failures + 1, 10)
                    asked = error.after if isinstance(error, Flooded) else 0.0
                    await asyncio.sleep(max(asked, wait * random.uniform(0.5, 1)))  # noqa: S311 (not all at once)

    async def posted(self, request: HookRequest, accept: Accept) -> HookReply:
        """What Telegram posted; 200 once it is stored. Raises what `accept` raises."""
        if self.hook is None or request.method != "POST":
            return HookReply(404, b"this bot fetches its messages")
        shown = request.headers.get(SECRET, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, self.hook.secret.encode()):
            return HookReply(403, b"who are you?")
        try:
            async with self.line.used():
                me = await self._who()
        except TelegramError as error:
            log.warning("update refused", extra={"channel": self.channel, "reason": self.line.remedy(error)})
            return HookReply(503, b"the bot's name is not known yet")
        await accept(self._event(request.body, me))
        button = _button(request.body)
        if not button:
            return HookReply()
        answer = {"method": "answerCallbackQuery", "callback_query_id": button}
        return HookReply(body=msgspec.json.encode(answer), type="application/json")

    async def _poll(self, accept: Accept) -> None:
        """Fetch and store until something fails."""
        me = await self._who()
        if (await self.line.bot.get_webhook_info()).url:
            await self.line.bot.delete_webhook()
            log.info("webhook taken away, to fetch instead", extra={"channel": self.channel})
        wait = 0  # the first answer comes at once, and tells that all is well
        while True:
            updates = await self.line.updates(self._offset, wait, ALLOWED)
            events = [self._event(json.dumps(update).encode(), me) for update in updates]
            await _store(events, accept)
            numbers = [number for update in updates if (number := _number(update)) is not None]
            self._offset = numbers[-1] + 1 if numbers else self._offset
            await asyncio.gather(*(self._answer(button) for event in events if (button := _button(event.payload))))
            await self._well(0)
            wait = self.patience.poll

    async def _watch(self, hook: Hook) -> None:
        """Have Telegram bring updates, and look from time to time whether it does."""
        await self._who()
        await self._set(hook)
        failing = ""
        known = None
        while True:
            found = await self.line.bot.get_webhook_info()
            if found.url != hook.url:
                await self._set(hook)
                raise NotBrought("somebody set another webhook for this bot; ours is set again: end the other program")
            fresh = found.last_error_date != known
            known = found.last_error_date
            failing = (found.last_error_message or "") if found.pending_update_count and (fresh or failing) else ""
            if failing:
                words = (
                    f"Telegram cannot bring messages to {hook.url}: {failing}; {found.pending_update_count} wait there"
                )
                await self._failed(NotBrought(words))
            else:
                await self._well(found.pending_update_count)
            await asyncio.sleep(self.patience.look)

    async def _set(self, hook: Hook) -> None:
        await self.line.bot.set_webhook(hook.url, allowed_updates=KINDS, secret_token=hook.secret)

    async def _who(self) -> User:
        """Ourselves: our name is what people in groups call us by."""
        if self._me is None:
            self._me = await self.line.bot.get_me()
        return self._me

    def _event(self, payload: bytes, me: User) -> RawEvent:
        fields = _fields(payload)
        number = _number(fields)
        name = hashlib.sha256(payload).hexdigest() if number is None else str(number)
        chat = _chat(fields)
        return RawEvent(
            self.channel,
            external_id=f"{me.id}:{name}",  # another bot has numbers of its own
            stream=f"{self.channel}:{me.id if chat is None else chat}",
            payload=payload,
            envelope={"bot": str(me.id), "username": me.username or ""},
        )

    async def _answer(self, button: str) -> None:
        """Until it is answered the customer's button shows that it waits. Best effort."""
        try:
            async with asyncio.timeout(BUTTON_SECONDS):
                await self.line.bot.answer_callback_query(button)
        except (TelegramError, TimeoutError) as error:
            log.debug("button not answered", extra={"channel": self.channel, "reason": type(error).__name__})

    async def _well(self, waiting: int) -> None:
        """Say so, when there is news or it is time."""
        now = asyncio.get_running_loop().time()
        self._failures = 0
        if now < self._told + self.patience.told or now < self._fought + self.patience.told:
            return
        await self.store.write(health.succeeded, self.channel, health.Counts(found=waiting))
        self._told, self._complaint = now, ""

    async def _failed(self, error: Exception) -> None:
        """Tell people what is wrong and what to do."""
        self._told = -math.inf  # the first success is news
        match error:
            case Conflict():  # both succeed now and then, and all is well only when one has ended
                self._fought = asyncio.get_running_loop().time()
                words = self.line.remedy(error)
            case StoreUnavailable():
                words = f"messages cannot be stored, and wait with Telegram: {error}"
            case NotBrought():
                words = str(error)
            case TelegramError():
                words = self.line.remedy(error)
            case _:
                log.error("listening failed", exc_info=error, extra={"channel": self.channel})
                words = f"listening failed ({type(error).__name__}); the log has more; it is tried again by itself"
        if words != self._complaint:
            log.warning("channel is failing", extra={"channel": self.channel, "reason": words})
        self._complaint = words
        try:
            await self.store.write(health.failed, self.channel, words)
        except StoreUnavailable:
            pass  # who cannot store cannot note it either: the next try will


class NotBrought(Exception):
    """Telegram does not bring messages; the text says why."""


async def _store(events: Sequence[RawEvent], accept: Accept) -> None:
    """All of them, those of one stream in their order. Raises what `accept` raises, once nothing is under way."""
    streams: dict[str, list[RawEvent]] = {}
    for event in events:
        streams.setdefault(event.stream, []).append(event)

    async def store(stream: list[RawEvent]) -> None:
        for event in stream:
            await accept(event)

    done = await asyncio.gather(*map(store, streams.values()), return_exceptions=True)
    for error in done:
        if error is not None:
            raise error


def _fields(payload: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _number(update: Any) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int else None


def _chat(fields: dict[str, Any]) -> int | None:
    """Where it happened: the unit of order."""
    for kind in KINDS:
        place: Any = fields.get(kind)
        for step in ("message", "chat", "id"):
            place = place.get(step, place if step == "message" else None) if isinstance(place, dict) else place
        if type(place) is int:
            return place
    return None


def _button(payload: bytes) -> str:
    """What Telegram calls the pressing of a button, if that is what happened."""
    pressed = _fields(payload).get("callback_query")
    number = pressed.get("id") if isinstance(pressed, dict) else None
    return number if isinstance(number, str) else ""
