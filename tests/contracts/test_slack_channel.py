"""The channel contract for customers in Slack, in both of Slack's transports; what else the channel keeps."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from contactcenter.channels.protocol import Channel
from contactcenter.model.values import Attached, Outbound, RawEvent
from contactcenter.slack.text import plain
from tests.contracts.channel import ChannelContract, Harness, Refused, Words
from tests.contracts.engines import Sqlite
from tests.contracts.slack import SlackDesk, slack_desk
from tests.providers.slack import Message, NotAcknowledged
from tests.providers.slack_world import Channel as Place

ANSWERS: dict[str, dict[str, Any]] = {
    "flood": {"status": 429, "retry_after": 7},
    "never": {"error": "is_archived"},
    "silence": {"cut": "after"},
}


class SlackHarness(Harness):
    excused: ClassVar[dict[str, str]] = {}

    def __init__(self, desk: SlackDesk) -> None:
        self.desk = desk
        self.slack = desk.slack
        self.slack.retries = 0
        self.channel: Channel = desk.channel
        self._said: dict[tuple[str, str], dict[str, Any]] = {}
        self._people = {name: self.slack.person(name, f"{name}@example.test") for name in ("one", "two")}

    @property
    def dm(self) -> Place:
        return self.slack.dm(self._people["one"])

    async def listening(self) -> None:
        if not self.slack.request_url:
            await self.slack.connected()

    async def say(self, words: Words) -> None:
        try:
            if (words.thread, words.id) in self._said:
                await self.slack.deliver("events_api", self._said[words.thread, words.id])
                return
            user = self._people[words.thread]
            files = words.files or (() if words.text else (("nothing.txt", "text/plain", b""),))
            before = len(self.slack.delivered)
            try:
                await self.slack.say(user, self.slack.dm(user), words.text, files=files)
            finally:
                self._said[words.thread, words.id] = self.slack.delivered[before].payload
        except (NotAcknowledged, TimeoutError) as error:
            raise Refused(str(error)) from None

    async def forge(self) -> None:
        """By another secret, a while ago, of another body, and without a signature."""
        body = json.dumps({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {}}).encode()
        stale = self.slack.signed(body, at=1_700_000_000)
        for headers in (self.slack.signed(body, secret="another"), stale, self.slack.signed(b"{}"), {}):
            status, _ = await self.slack.post(body, headers)
            assert status == 401
        raise Refused("all of them")

    async def shown(self, until: str) -> list[str]:
        shown = [_as_shown(one) for one in self.slack.messages(self.dm) if one.get("bot_id")]
        assert shown[-1] == until
        return shown

    def outbound(self, text: str) -> Outbound:
        return _outbound(self.dm, text, len(text))

    def refusal(self, answer: str) -> Outbound:
        self.slack.fault("chat.postMessage", **ANSWERS[answer])
        return self.outbound("It is on its way.")

    async def called(self) -> str:
        last = self.slack.messages(self.dm)[-1]
        return f"{self.slack.team.id}:{self.dm.id}:{last['ts']}"

    async def content(self, raw: RawEvent, attached: Attached) -> bytes:
        kind, _, ref = attached.ref.partition(":")
        assert kind == "remote"
        return b"".join([chunk async for chunk in self.desk.channel.fetch(ref)])


def _outbound(place: Place, text: str, number: int, **more: Any) -> Outbound:
    key = f"{place.team}:{place.id}"
    return Outbound(number, key, f"{place.team}:{place.user}", "agent", "Grace", text, 1, 0, **more)


def _as_shown(message: Message) -> str:
    """What stands in Slack; whoever sees no blocks (a notification) reads the same."""
    (section,) = [one for block in message["blocks"] if block["type"] == "rich_text" for one in block["elements"]]
    shown = "".join(one.get("text") or one["url"] for one in section["elements"])
    assert plain(message["text"]) == shown
    return shown


class TestSlackByHttp(ChannelContract):
    kind = "slack"

    @pytest.fixture
    async def harness(self, sqlite: Sqlite, tmp_path: Path) -> AsyncIterator[Harness]:
        async with slack_desk(sqlite, tmp_path, mode="http") as desk:
            yield SlackHarness(desk)


class TestSlackBySocket(ChannelContract):
    kind = "slack"

    class BySocket(SlackHarness):
        excused: ClassVar[dict[str, str]] = {
            "a_wrong_or_stale_signature_is_refused": "hook: only Slack is at the other end of a socket that we opened"
        }

    @pytest.fixture
    async def harness(self, sqlite: Sqlite, tmp_path: Path) -> AsyncIterator[Harness]:
        async with slack_desk(sqlite, tmp_path) as desk:
            yield self.BySocket(desk)
