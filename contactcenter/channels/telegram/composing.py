"""How a message of ours looks in Telegram: pieces within its limits, buttons, what it answers.

Asked by sending.py, which sends them. Plain: text leaves without markup, so that nothing in it can be taken for some.
"""

from collections.abc import Iterator

import msgspec
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from contactcenter.channels.telegram.text import beginning, units
from contactcenter.channels.text import plain, sourced, split
from contactcenter.model.values import Attached, Outbound, Undeliverable

TEXT_LIMIT = 4096  # UTF-16 code units (Bot API: sendMessage)
CAPTION_LIMIT = 1024
FILE_LIMIT = 50 * 1024 * 1024  # bytes (Bot API: Sending files)
LABEL_LIMIT = 60  # characters; more is cut off by the apps anyway
TOO_LARGE = "is larger than the 50 MB that Telegram takes from a bot"


class Piece(msgspec.Struct, frozen=True):
    """One of Telegram's messages: a text, or a file with a text below it."""

    text: str
    file: Attached | None = None


def pieces_of(message: Outbound) -> Iterator[Piece]:
    """The text, the files; a single file carries a short text itself."""
    text, files = sourced(message), message.files
    for file in files:
        if file.size > FILE_LIMIT:
            raise Undeliverable(f"{file.name} {TOO_LARGE}")
    if len(files) == 1 and units(_with_choices(message, text)) <= CAPTION_LIMIT:
        yield Piece(_with_choices(message, text), files[0])
        return
    yield from map(Piece, texts_of(message))
    yield from (Piece("", file) for file in files)


def texts_of(message: Outbound) -> list[str]:
    text = _with_choices(message, sourced(message))
    return split(text, TEXT_LIMIT, beginning) if text.strip() or not message.files else []


def _with_choices(message: Outbound, text: str) -> str:
    """A message that is one text has buttons; below any other its choices are written."""
    if not message.choices or _has_buttons(message, text):
        return text
    return plain(message)


def _has_buttons(message: Outbound, text: str) -> bool:
    return units(text) <= TEXT_LIMIT and not message.files


def buttons_of(message: Outbound) -> InlineKeyboardMarkup | None:
    """A button for each choice, which carries its number."""
    if not message.choices or not _has_buttons(message, sourced(message)):
        return None
    rows = [
        [InlineKeyboardButton(label[:LABEL_LIMIT], callback_data=str(number))]
        for number, label in enumerate(message.choices)
        if label.strip()
    ]
    return InlineKeyboardMarkup(rows)


def answered_by(message: Outbound, chat: int) -> ReplyParameters | None:
    """In a group an answer shows what it answers: what was said last."""
    if chat >= 0 or not message.references:
        return None
    before, _, numbers = message.references[-1].rpartition(":")
    number = numbers.rpartition(",")[2]
    if before != str(chat) or not number.isdecimal():
        return None
    return ReplyParameters(int(number), allow_sending_without_reply=True)


def shown_as(message: Outbound) -> tuple[int, list[int]]:
    """Chat and numbers of a message that was delivered. Raises Undeliverable."""
    chat, _, numbers = message.external_id.rpartition(":")
    try:
        return int(chat), [int(number) for number in numbers.split(",")]
    except ValueError:
        raise Undeliverable("Telegram has no number for this message: it was never delivered") from None
