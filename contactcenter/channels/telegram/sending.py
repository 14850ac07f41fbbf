"""A message becomes Telegram's: text in pieces, files, buttons; and what is shown is changed or taken away.

Before it: flow/deliver, in the one process that sends for the channel. After it: the Bot API (line.py), at the pace
that limits.py allows. Telegram knows no repeats: what has left is remembered by its number, so that a message whose
second piece failed goes on with the second when it is tried again. Remembered here, not stored: who takes over from a
process that died in between says the first piece twice. What may have arrived is never repeated by itself.
"""

import asyncio
import logging
import math
import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from telegram import Bot, InputFile, Message
from telegram.error import BadRequest, ChatMigrated, TelegramError

from contactcenter.channels.payload import of_ours
from contactcenter.channels.spooling import spool
from contactcenter.channels.telegram.composing import (
    FILE_LIMIT,
    TOO_LARGE,
    Piece,
    answered_by,
    buttons_of,
    pieces_of,
    shown_as,
    texts_of,
)
from contactcenter.channels.telegram.limits import Limits
from contactcenter.channels.telegram.line import Flooded, Line
from contactcenter.channels.telegram.parsing import message_key, place_of
from contactcenter.channels.text import file_name
from contactcenter.model.values import (
    Attached,
    Outbound,
    Receipt,
    RetryLater,
    StoreUnavailable,
    Undeliverable,
    Unusable,
)
from contactcenter.ports import Files

PHOTO_LIMIT = 10 * 1024 * 1024
PHOTOS = ("image/jpeg", "image/png")
PATIENCE = 10.0  # seconds that a piece waits here for its place; longer, and it waits in the outbox
PATIENCE_IN_ALL = 60.0  # of a message
REMEMBERED = 1_000  # messages that have begun to leave

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Begun:
    """A message on its way: Telegram's numbers of the pieces that have left, and in which chat."""

    chat: int
    topic: int
    left: list[int]
    until: float = 0.0  # when we lose patience


class Sending:
    """What leaves for one bot."""

    def __init__(self, line: Line, files: Files, limits: Limits) -> None:
        self.line = line
        self.files = files
        self.limits = limits
        self._begun: OrderedDict[int, Begun] = OrderedDict()
        self._moved: dict[int, int] = {}  # groups that became supergroups

    async def probe(self) -> None:
        """Raises Unusable when Telegram does not know us, or cannot be reached."""
        async with self.line.used() as bot:
            try:
                await bot.get_me()
            except Exception as error:
                raise Unusable(self.line.remedy(error)) from None

    async def send(self, message: Outbound) -> Receipt:
        """All of it that has not left yet. Raises as channels/protocol.py says."""
        pieces = list(pieces_of(message))
        begun = self._begin(message)
        async with self.line.used() as bot:
            while (number := len(begun.left)) < len(pieces):
                with self._told(begun.chat, f"part {number + 1} of {len(pieces)}: " if len(pieces) > 1 else ""):
                    begun.left.append(await self._send(bot, message, begun, pieces, number))
        self._begun.pop(message.message_id, None)
        return Receipt(message_key(begun.chat, *begun.left))

    async def edit(self, message: Outbound) -> Receipt:
        """Have its pieces say the new text; those too many are taken away. Raises Undeliverable for a text too long."""
        chat, shown = shown_as(message)
        texts = texts_of(message)
        captioned = bool(message.files) and len(shown) == len(message.files)
        room = shown if not message.files else shown[:1] if captioned else shown[: -len(message.files)]
        if len(texts) > len(room):
            raise Undeliverable("the new text is too long to take the place of the old one; send it as another message")
        async with self.line.used() as bot:
            for text, number in zip(texts, room, strict=False):
                await self._paced(chat)
                with self._told(chat, ""), _unchanged():
                    if captioned:
                        await bot.edit_message_caption(chat, number, caption=text)
                    else:
                        await bot.edit_message_text(text, chat, number, reply_markup=buttons_of(message))
        if not captioned:
            await self._take_away(chat, room[len(texts) :])
        return Receipt(message.external_id)

    async def delete(self, message: Outbound) -> Receipt:
        """Take all of its pieces away. Telegram lets a bot do that for 48 hours."""
        await self._take_away(*shown_as(message))
        return Receipt(message.external_id)

    async def typing(self, conversation: str) -> None:
        """Show that somebody writes, where that takes no message's place. How often is for channels/typing to say."""
        try:
            chat, topic = place_of(conversation)
        except ValueError:
            return
        if not self.limits.free(chat):
            return
        try:
            async with self.line.used() as bot:
                await bot.send_chat_action(chat, "typing", message_thread_id=topic or None)
        except Flooded as flooded:
            self.limits.pause(chat, flooded.after)
        except TelegramError as error:
            log.debug("typing not shown", extra={"reason": type(error).__name__})

    def _begin(self, message: Outbound) -> Begun:
        """Where it was left off, if it has begun to leave."""
        begun = self._begun.get(message.message_id)
        if begun is None:
            try:
                chat, topic = place_of(message.conversation)
            except ValueError:
                raise Undeliverable("this conversation is none of Telegram's") from None
            begun = Begun(self._moved.get(chat, chat), topic, [])
            self._begun[message.message_id] = begun
            if len(self._begun) > REMEMBERED:
                self._begun.popitem(last=False)
        begun.until = self.limits.clock() + PATIENCE_IN_ALL
        return begun

    async def _send(self, bot: Bot, message: Outbound, begun: Begun, pieces: Sequence[Piece], number: int) -> int:
        await self._paced(begun.chat, begun.until)
        options: dict[str, Any] = {"message_thread_id": begun.topic or None}
        if number == 0:
            options["reply_parameters"] = answered_by(message, begun.chat)
            options["reply_markup"] = buttons_of(message)
        try:
            sent = await self._show(bot, begun.chat, pieces[number], options)
        except ChatMigrated as moved:  # the group became a supergroup, and nothing was said
            self._moved[begun.chat] = begun.chat = moved.new_chat_id
            return await self._send(bot, message, begun, pieces, number)
        return sent.message_id

    async def _show(self, bot: Bot, chat: int, piece: Piece, options: dict[str, Any]) -> Message:
        if piece.file is None:
            return await bot.send_message(chat, piece.text, **options)
        options["caption"] = piece.text or None
        with tempfile.TemporaryFile() as copy:
            size = await self._copy(piece.file, copy)
            name = file_name(piece.file.name)
            if piece.file.type in PHOTOS and size <= PHOTO_LIMIT:
                try:
                    return await bot.send_photo(chat, InputFile(copy, name, read_file_handle=False), **options)
                except BadRequest as error:
                    if not _is_no_photo(error):
                        raise
                copy.seek(0)
            document = InputFile(copy, name, read_file_handle=False)
            return await bot.send_document(chat, document, disable_content_type_detection=True, **options)

    async def _copy(self, file: Attached, copy: IO[bytes]) -> int:
        """Its bytes into a file, and how many; the client reads them from there. Raises Undeliverable, RetryLater."""
        try:
            size = await spool(of_ours(self.files, file), copy, FILE_LIMIT)
        except StoreUnavailable as error:
            raise RetryLater(str(error)) from None
        if size > FILE_LIMIT:
            raise Undeliverable(f"{file.name} {TOO_LARGE}")
        if not size:
            raise Undeliverable(f"the file {file.name} is empty, and Telegram takes no empty files")
        copy.seek(0)
        return size

    async def _take_away(self, chat: int, messages: Sequence[int]) -> None:
        async with self.line.used() as bot:
            for number in messages:
                await self._paced(chat)
                with self._told(chat, ""), _gone():
                    await bot.delete_message(chat, number)

    async def _paced(self, chat: int, until: float = math.inf) -> None:
        for reserve in (partial(self.limits.reserve, chat), self.limits.reserve_overall):
            if wait := reserve(min(PATIENCE, until - self.limits.clock())):
                await asyncio.sleep(wait)

    @contextmanager
    def _told(self, chat: int, what: str) -> Iterator[None]:
        """What the Bot API refuses, as the desk understands it."""
        try:
            yield
        except Exception as error:
            if isinstance(error, Flooded):
                self.limits.pause(chat, error.after)
            told = self.line.outcome(error, what)
            if told is error:
                raise
            raise told from None


@contextmanager
def _unchanged() -> Iterator[None]:
    """It says so already: that is what was wanted."""
    try:
        yield
    except BadRequest as error:
        if "not modified" not in str(error):
            raise


@contextmanager
def _gone() -> Iterator[None]:
    """It is not there any more: that is what was wanted."""
    try:
        yield
    except BadRequest as error:
        if "to delete not found" not in str(error):
            raise


def _is_no_photo(error: BadRequest) -> bool:
    """A picture with dimensions that Telegram shows none of, or no picture at all: it can go as a file."""
    return any(mark in str(error).casefold() for mark in ("photo_", "image_process", "dimensions", "photo should"))
