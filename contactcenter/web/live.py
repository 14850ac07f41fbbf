"""The agents' socket: what happens on the tickets, queues and offers that concern them, as it happens.

Frames are encoded once by flow/live and passed on as they are. Whoever reads too slowly is closed, comes back and
refetches; so does everybody when the bus says that something may have been missed.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from contactcenter.flow import queries
from contactcenter.flow.actions import STEERS, Caller
from contactcenter.flow.live import SUPERVISORS, conversation_topic, typing_topic
from contactcenter.flow.views import AgentView, Author, shown_agent
from contactcenter.model.values import StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.web.api.bodies import Id
from contactcenter.web.api.operations import Desk
from contactcenter.web.auth import authenticate, same_origin, signed_out_topic
from contactcenter.web.problems import Handler
from contactcenter.web.push import Pusher

FRAME_LIMIT = 4_096
WATCH_LIMIT = 200
HEARTBEAT_SECONDS = 25
CHECK_SECONDS = 15.0  # between two looks at who is signed in
SIGNED_OUT = 4401  # a close code of our own (RFC 6455 7.4.2)
RESYNC = b'{"type":"resync"}'


class Watch(msgspec.Struct, tag_field="type", tag="watch"):
    """Tell me what happens on this ticket."""

    ticket: Id


class Unwatch(msgspec.Struct, tag_field="type", tag="unwatch"):
    """No longer."""

    ticket: Id


class Typing(msgspec.Struct, tag_field="type", tag="typing"):
    """The agent is typing a reply."""

    ticket: Id


class Hello(msgspec.Struct, tag_field="type", tag="hello"):
    """The first frame."""

    agent: AgentView


class TypingTold(msgspec.Struct, tag_field="type", tag="typing"):
    """Somebody is typing."""

    ticket: int
    author: Author


_decode = msgspec.json.Decoder(Watch | Unwatch | Typing).decode
_encode = msgspec.json.encode


class AgentSocket:
    """One window of one agent."""

    def __init__(self, desk: Desk, push: Pusher, caller: Caller) -> None:
        self._desk = desk
        self._push = push
        self._caller = caller
        self._agent = caller.as_agent()
        self._watched: dict[int, Callable[[], None]] = {}
        self._socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, compress=False, max_msg_size=FRAME_LIMIT, timeout=2.0
        )
        self._transport: asyncio.Transport | None = None
        self._doubt = asyncio.Event()  # whether they are still signed in

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Until the agent goes."""
        agent = await self._desk.store.read(shown_agent, self._agent)
        await self._socket.prepare(request)
        self._push.watch(self._socket)
        self._transport = request.transport
        forget = [self._desk.bus.subscribe(topic, self._hear) for topic in self._topics(agent)]
        forget.append(self._desk.bus.subscribe(signed_out_topic(self._agent), lambda topic, frame: self._doubt.set()))
        staying = asyncio.create_task(self._stay(request, agent))
        try:
            self._tell(_encode(Hello(agent)))
            await self._listen()
        finally:
            staying.cancel()
            for unsubscribe in (*forget, *self._watched.values()):
                unsubscribe()
        return self._socket

    async def _stay(self, request: web.Request, agent: AgentView) -> None:
        """Who was signed out, or serves other queues now, is closed: at once by a hint, and else within a while."""
        while True:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._doubt.wait()
            except TimeoutError:
                pass
            self._doubt.clear()
            try:
                caller = await authenticate(request, self._desk.store)
                now = await self._desk.store.read(shown_agent, self._agent)
            except StoreUnavailable:
                continue
            except web.HTTPUnauthorized:
                await self._socket.close(code=SIGNED_OUT, message=b"signed out")
                return
            if caller != self._caller or now.queues != agent.queues:
                await self._socket.close(code=WSCloseCode.SERVICE_RESTART, message=b"your rights have changed")
                return

    def _topics(self, agent: AgentView) -> list[str]:
        queues = self._desk.policies.queues if self._caller.role in STEERS else agent.queues
        steering = [SUPERVISORS] if self._caller.role in STEERS else []
        return [f"agent:{self._agent}", "team", *steering, *(f"queue:{queue}" for queue in queues)]

    async def _listen(self) -> None:
        async for frame in self._socket:
            if frame.type is not WSMsgType.TEXT:
                await self._socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"text frames only")
                return
            try:
                await self._take(_decode(frame.data))
            except (msgspec.MsgspecError, UnicodeError) as error:
                await self._socket.close(code=WSCloseCode.INVALID_TEXT, message=str(error).encode()[:120])
                return

    async def _take(self, frame: Watch | Unwatch | Typing) -> None:
        match frame:
            case Watch(ticket=ticket):
                if ticket not in self._watched and len(self._watched) < WATCH_LIMIT:
                    self._watched[ticket] = self._desk.bus.subscribe(f"ticket:{ticket}", self._hear)
            case Unwatch(ticket=ticket):
                self._watched.pop(ticket, _nothing)()
            case Typing(ticket=ticket):
                conversation = await self._desk.store.read(_conversation, ticket)
                if conversation is not None:
                    author = Author("agent", self._agent, self._caller.name)
                    topic = conversation_topic(conversation.channel, conversation.key)
                    self._desk.bus.publish([topic], _encode(TypingTold(ticket, author)))
                    self._desk.bus.publish([typing_topic(conversation.channel)], conversation.key.encode())

    def _hear(self, topic: str, frame: bytes | None) -> None:
        self._tell(RESYNC if frame is None else frame)

    def _tell(self, frame: bytes) -> None:
        self._push(self._socket, self._transport, frame)


def live(desk: Desk, push: Pusher) -> Handler:
    """The handler of GET /api/v1/live."""

    async def handle(request: web.Request) -> web.StreamResponse:
        same_origin(request, desk.public_url)
        caller = await authenticate(request, desk.store)
        return await AgentSocket(desk, push, caller).serve(request)

    return handle


def _conversation(tx: Tx, ticket: int) -> Any | None:
    row = tx.one(queries.TICKET, id=ticket)
    return None if row is None else tx.one(queries.CONVERSATION, id=row.conversation_id)


def _nothing() -> None:
    """Nobody watched it."""
