"""A messenger without a network: groups, albums, edits, files that lie elsewhere, doors that close.

For tests of the flow. What is said to it are the values themselves, so that a test shows what a channel would parse.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from contactcenter.channels.protocol import Accept, Accepted, Capabilities, HookReply, HookRequest
from contactcenter.flow import intake
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.model.columns import table
from contactcenter.model.history import Event
from contactcenter.model.tickets import Attachment, Conversation, Message
from contactcenter.model.values import (
    Attached,
    Deletion,
    Edit,
    Inbound,
    Outbound,
    Parsed,
    RawEvent,
    Reachability,
    Receipt,
    Sender,
)
from tests.desk import QuietDesk, opened_quiet_desk

MESSAGES = select(table(Message)).order_by(table(Message).c.id)
ATTACHMENTS = select(table(Attachment)).order_by(table(Attachment).c.id)
CONVERSATIONS = select(table(Conversation)).order_by(table(Conversation).c.id)
EVENTS = select(table(Event)).order_by(table(Event).c.id)
SAID: dict[str, Any] = {kind.__name__: kind for kind in (Inbound, Edit, Deletion, Reachability)}


class Messenger:
    """Parses what it is given as it is; keeps what it sends, and raises once what it is told to."""

    kind = "messenger"

    def __init__(self, name: str) -> None:
        self.name = name
        self.capabilities = Capabilities(text_limit=4_000, parses_at_once=True, several_write=True, attachments=True)
        self.calls: list[tuple[str, Outbound]] = []
        self.raises: list[Exception] = []
        self.typed: list[str] = []
        self.files: dict[str, bytes | Exception] = {}

    async def run(self, accept: Accept) -> None:
        raise NotImplementedError

    def parse(self, raw: RawEvent) -> list[Parsed]:
        kind, _, payload = raw.payload.partition(b" ")
        return [msgspec.json.decode(payload, type=SAID[kind.decode()])]

    async def send(self, message: Outbound) -> Receipt:
        self._call("send", message)
        return Receipt(f"{self.name}-{message.message_id}")

    async def edit(self, message: Outbound) -> Receipt:
        self._call("edit", message)
        return Receipt(message.external_id)

    async def delete(self, message: Outbound) -> Receipt:
        self._call("delete", message)
        return Receipt(message.external_id)

    async def typing(self, conversation: str) -> None:
        self.typed.append(conversation)

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        found = self.files[ref]
        if isinstance(found, Exception):
            raise found
        for start in range(0, len(found), 1000):
            yield found[start : start + 1000]

    async def hook(self, request: HookRequest, accept: Accept) -> HookReply:
        if request.headers.get("x-secret") != "swordfish":
            return HookReply(status=401)
        stored = await accept(raw_of(self.name, request.body, request.query.get("id", "1")))
        return HookReply(body=b"new" if stored.new else b"again")

    def told(self) -> list[tuple[str, str]]:
        """What was asked of the provider: the verb and the text."""
        return [(verb, message.text) for verb, message in self.calls]

    def _call(self, verb: str, message: Outbound) -> None:
        self.calls.append((verb, message))
        if self.raises:
            raise self.raises.pop(0)


def raw_of(channel: str, payload: bytes, number: object) -> RawEvent:
    return RawEvent(channel, f"event-{number}", f"{channel}:chat", payload)


def written(said: Parsed) -> bytes:
    return type(said).__name__.encode() + b" " + msgspec.json.encode(said)


class Carrier:
    """Brings to a quiet desk what customers do in a messenger."""

    def __init__(self, desk: QuietDesk) -> None:
        self.desk = desk
        self._numbers = count(1)

    def bring(self, said: Parsed, channel: str = "chat") -> Accepted:
        raw = raw_of(channel, written(said), next(self._numbers))
        return self.desk.do(intake.receive, self.desk.policies, raw)

    def say(self, text: str, who: str = "ada", *, id: str = "1", channel: str = "chat", **more: Any) -> Accepted:
        """A message of somebody, in their own chat or in the `conversation` given."""
        sender = Sender("messenger", who, who.title())
        values = {"conversation": who, "proof": "provider", **more}
        return self.bring(Inbound(external_id=id, sender=sender, text=text, **values), channel)

    @property
    def channel(self) -> Messenger:
        return messenger(self.desk, "chat")

    def messages(self) -> list[Any]:
        return self.desk.rows(MESSAGES)

    def attachments(self) -> list[Any]:
        return self.desk.rows(ATTACHMENTS)

    def happened(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of the events of a kind, of those that are not forgotten."""
        return [msgspec.json.decode(row.payload) for row in self.desk.rows(EVENTS) if row.kind == kind and row.payload]

    def frames(self, kind: str) -> list[dict[str, Any]]:
        """The live frames of a type, in order."""
        told = [msgspec.json.decode(frame) for _, frame in self.desk.told if frame[:1] == b"{"]
        return [frame for frame in told if frame["type"] == kind]


def messenger(desk: QuietDesk, name: str) -> Messenger:
    channel = desk.policies.way(name).channel
    assert isinstance(channel, Messenger)
    return channel


def photo(ref: str, size: int = 5) -> Attached:
    return Attached(f"{ref}.jpg", "image/jpeg", size, f"remote:{ref}")


def messenger_policies() -> Policies:
    """`chat` with people, `robot` with the assistant first."""
    ways = {
        "chat": Way(Messenger("chat"), "support", assistant=False),
        "robot": Way(Messenger("robot"), "support", assistant=True),
    }
    return Policies(ways, {"support": QueuePolicy("support", "Support")})


@pytest.fixture
def quiet_chat(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    """A quiet desk on a messenger."""
    with opened_quiet_desk(empty_store, tmp_path, messenger_policies()) as desk:
        yield desk


@pytest.fixture
def carrier(quiet_chat: QuietDesk) -> Carrier:
    return Carrier(quiet_chat)
