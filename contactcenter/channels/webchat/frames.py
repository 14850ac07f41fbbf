"""The frames of the web chat protocol, typed: what a visitor may send, and what they are told.

Nothing that is not named here reaches a visitor's window: no notes, no scores, no delivery reasons.
"""

from typing import Any

import msgspec

from contactcenter.flow.views import Author, SourceView


class Speak(msgspec.Struct, tag_field="type", tag="message", frozen=True):
    """The visitor says something; `id` is theirs and makes a repeat harmless."""

    id: str
    text: str
    files: list[str] = []


class Typing(msgspec.Struct, tag_field="type", tag="typing", frozen=True):
    """The visitor is typing."""


CHANGE = "change"


class Choose(msgspec.Struct, tag_field="type", tag="choice", frozen=True):
    """The visitor presses a button under the message at `seq`; `id` is theirs and makes a repeat harmless."""

    id: str
    seq: int
    choice: int


ClientFrame = Speak | Choose | Typing


class ToldAuthor(msgspec.Struct):
    """Who said it, by kind and name; never an id."""

    kind: str
    name: str


class ToldFile(msgspec.Struct):
    """A file, with the address this session reads it at."""

    name: str
    type: str
    size: int
    url: str


class ToldSource(msgspec.Struct):
    """The source of an answer, without its score."""

    title: str
    url: str
    checked: str


class Ack(msgspec.Struct, tag_field="type", tag="ack"):
    """The message is stored, at this place in the conversation."""

    id: str
    seq: int


class Told(msgspec.Struct, tag_field="type", tag="message"):
    """Something was said."""

    seq: int
    id: str
    author: ToldAuthor
    text: str
    at: str
    files: list[ToldFile]
    source: ToldSource | None
    client_id: str | None
    choices: list[str]
    chosen: int | None
    pressed: str | None
    edited: bool = False
    deleted: bool = False  # taken away: there is no text any more


class Changed(msgspec.Struct, tag_field="type", tag="change"):
    """Something that was said before says this now, or was taken away."""

    seq: int
    id: str
    text: str
    deleted: bool


class State(msgspec.Struct, tag_field="type", tag="state"):
    """How things stand: whose turn it is, who answers, how many are before; `wait`: for how many seconds, from, to."""

    ticket: int | None
    status: str
    agent: str | None
    place: int | None
    open_hours: bool
    wait: tuple[int, int] | None = None


class Trouble(msgspec.Struct, tag_field="type", tag="error"):
    """A frame was refused; `retry` says whether repeating it later may help."""

    id: str | None
    title: str
    detail: str
    retry: bool


class TypingTold(msgspec.Struct, tag_field="type", tag="typing"):
    """An agent is typing."""

    author: ToldAuthor


class Spoken(msgspec.Struct):
    """A message as the sockets hear of it over the bus: from flow (said by the customer) or from `send`."""

    seq: int
    id: str | int
    author: Author
    text: str
    at: str
    files: list[Any]
    source: SourceView | None
    client_id: str | None
    choices: list[str] = []
    chosen: int | None = None
    pressed: int | None = None


class HeardName(msgspec.Struct):
    """Somebody, by name."""

    name: str


class HeardTicket(msgspec.Struct):
    """As much of a ticket as a visitor is told."""

    id: int
    status: str
    queue: str
    assignee: HeardName | None


class Heard(msgspec.Struct):
    """Any live frame of a conversation, as far as a visitor's socket cares."""

    type: str
    message: Spoken | None = None
    deleted: bool = False
    author: Author | None = None
    ticket: HeardTicket | int | None = None  # a number in frames that are about something of it


encode = msgspec.json.Encoder().encode
decode_client = msgspec.json.Decoder(ClientFrame).decode
decode_heard = msgspec.json.Decoder(Heard).decode


def spoken(message: Spoken) -> bytes:
    """The bus frame of a message of ours, as `send` publishes it."""
    return encode(Heard("message", message))


def corrected(message: Spoken, *, deleted: bool = False) -> bytes:
    """The bus frame of a message of ours that was changed, as `edit` and `delete` publish it."""
    return encode(Heard(CHANGE, message, deleted))


def told(message: Spoken, files: list[ToldFile], *, edited: bool = False, deleted: bool = False) -> Told:
    """What a visitor is told of a message."""
    source = message.source
    return Told(
        seq=message.seq,
        id=str(message.id),
        author=ToldAuthor(message.author.kind, message.author.name),
        text=message.text,
        at=message.at,
        files=files,
        source=None if source is None else ToldSource(source.title, source.url, source.checked),
        client_id=message.client_id or None,
        choices=message.choices,
        chosen=message.chosen,
        pressed=None if message.pressed is None else str(message.pressed),
        edited=edited,
        deleted=deleted,
    )
