"""The channel contract for web chat: the provider is the visitor's browser, at the real routes on a loopback port."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar

import aiohttp
import pytest

from contactcenter.channels.protocol import Channel
from contactcenter.channels.webchat.sessions import Session, sign
from contactcenter.model.values import Attached, Outbound, RawEvent
from tests.contracts.channel import ChannelContract, Harness, Refused, Words
from tests.contracts.engines import Sqlite
from tests.contracts.webchat import ChatServer, Visitor, chat_server, told
from tests.desk import Frames

NO_PROVIDER = "idempotent_sends: there is no provider that names, limits or refuses: a window shows it now or later"
NAMESPACE = uuid.UUID(int=0)


class WebChatHarness(Harness):
    excused: ClassVar = {
        "edits_and_deletions_are_told_as_such": "edits: visitors cannot change what they said",
        "our_own_echoes_and_other_bots_are_ignored": "runs_everywhere: only the visitors' own sockets bring events",
        "long_text_is_split_within_the_limit_and_in_order": "text_limit: visitors', a window shows any answer whole",
        "send_returns_the_provider_s_id": NO_PROVIDER,
        "a_flood_limit_becomes_retry_later_with_the_provider_s_delay": NO_PROVIDER,
        "a_permanent_refusal_becomes_undeliverable_with_its_reason": NO_PROVIDER,
        "a_key_that_is_refused_is_the_channel_s_failure_and_not_the_message_s": NO_PROVIDER,
        "a_time_out_is_unknown_and_not_success": NO_PROVIDER,
    }

    def __init__(self, server: ChatServer, stack: AsyncExitStack) -> None:
        self.server = server
        self.channel: Channel = server.channel
        self._stack = stack
        self._visitors: dict[str, Visitor] = {}
        self._windows: dict[str, Frames] = {}
        self._seq = 0

    async def listening(self) -> None:
        await self.server.until_running()
        await self._window("one")  # open before the first answer is sent

    async def say(self, words: Words) -> None:
        window = await self._window(words.thread)
        files = words.files or (() if words.text else (("nothing.txt", "text/plain", b""),))
        refs = [await self._visitors[words.thread].put(*file) for file in files]
        number, before = str(uuid.uuid5(NAMESPACE, words.id)), len(window.all)
        await window.say(type="message", id=number, text=words.text, files=refs)
        answer = await window.first(lambda frame: frame["type"] in ("ack", "error"), since=before)
        if answer["type"] == "error":
            assert (answer["id"], answer["retry"]) == (number, True)
            await window.closed()
            del self._windows[words.thread]  # it comes again, and opens another
            raise Refused(answer["detail"])
        assert answer["id"] == number

    async def forge(self) -> None:
        """A token of nobody, of another desk, of another channel, cut short, and none."""
        ours = Session("0" * 32, "site")
        other = sign(Session("0" * 32, "other-site"), bytes(range(32)))
        for token in ("", "junk", sign(ours, b"another secret"), sign(ours, bytes(range(32)))[:-2], other):
            with pytest.raises(aiohttp.WSServerHandshakeError) as told_:
                await self.server.http.ws_connect(f"{self.server.url}/socket", params={"token": token})
            assert told_.value.status == 401
        raise Refused("all of them")

    async def shown(self, until: str) -> list[str]:
        window = await self._window("one")
        await window.first(told("message", text=until))
        return [_as_shown(frame) for frame in window.all if frame["type"] == "message"]

    def outbound(self, text: str) -> Outbound:
        self._seq += 1
        session = self._visitors["one"].id
        return Outbound(self._seq, session, session, "agent", "Grace", text, self._seq, 0)

    async def content(self, raw: RawEvent, attached: Attached) -> bytes:
        kind, _, digest = attached.ref.partition(":")
        assert kind == "file"
        return b"".join([chunk async for chunk in self.server.files.open(digest)])

    async def _window(self, thread: str) -> Frames:
        if thread not in self._visitors:
            self._visitors[thread] = await self.server.visitor()
        if thread not in self._windows:
            self._windows[thread] = await self._stack.enter_async_context(self._visitors[thread].window())
        return self._windows[thread]


def _as_shown(frame: dict[str, object]) -> str:
    source = frame["source"]
    return f"{frame['text']} {source} {frame['choices']}" if source else str(frame["text"])


class TestWebChat(ChannelContract):
    kind = "webchat"

    @pytest.fixture
    async def harness(self, sqlite: Sqlite, tmp_path: Path) -> AsyncIterator[Harness]:
        before = asyncio.all_tasks() - {asyncio.current_task()}
        async with chat_server(sqlite, tmp_path) as server, AsyncExitStack() as stack:
            yield WebChatHarness(server, stack)
        assert asyncio.all_tasks() - before == {asyncio.current_task()}
