"""How what happens in the fake Slack (slack.py) reaches our app: signed requests, or envelopes over Socket Mode.

Slack repeats an event that is not acknowledged within three seconds, three times; it repeats no press of a button. A
test may have acknowledgements get lost, everything delivered twice, or what happens held and let go in another order.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

WITHIN = 20.0  # seconds that a delivery waits for our app to come back


class NotAcknowledged(Exception):
    """Our app did not take it, however often it was delivered."""


@dataclass
class Envelope:
    """Something on its way to our app. `attempt` counts from 0."""

    kind: str  # events_api, interactive or slash_commands
    payload: dict[str, Any]
    id: str
    attempt: int = 0
    reason: str = ""


@dataclass
class Line:
    """One app's way in: `request_url` for HTTP, else whatever sockets are open."""

    signing_secret: str = "8f742231b10e8888abcd99yyyzzz85a5"
    request_url: str = ""
    retries: int = 3
    ack_within: float = 3.0  # seconds
    twice: bool = False  # deliver everything a second time
    loses: float = 0.0  # share of acknowledgements that get lost
    random: Random = field(default_factory=lambda: Random(7))
    delivered: list[Envelope] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._connected = asyncio.Event()
        self._held: list[Envelope] | None = None
        self.tasks: set[asyncio.Task[Any]] = set()

    @property
    def attached(self) -> bool:
        """Does anybody listen?"""
        return bool(self.request_url or self.sockets)

    async def deliver(self, kind: str, payload: dict[str, Any]) -> Any:
        """Until our app took it; its answer (None while things are held). Raises NotAcknowledged."""
        envelope = Envelope(kind, payload, f"envelope-{len(self.delivered)}-{self.random.getrandbits(40):x}")
        if self._held is not None:
            self._held.append(envelope)
            return None
        answer = await self._repeatedly(envelope)
        if self.twice:
            again = Envelope(kind, payload, envelope.id + "-again", 1, "http_timeout")
            await self._repeatedly(again)
        return answer

    def soon(self, kind: str, payload: dict[str, Any]) -> None:
        """Deliver it without anybody waiting; nobody minds if our app does not take it."""
        task = asyncio.create_task(self._quietly(kind, payload))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @asynccontextmanager
    async def held(self, duplicates: float = 0.0, at_once: int = 20) -> AsyncIterator[list[Envelope]]:
        """What happens in the block is delivered at its end, in random order, some of it twice."""
        held: list[Envelope] = []
        self._held = held
        try:
            yield held
        finally:
            self._held = None
        sent = held + [
            Envelope(one.kind, one.payload, one.id + "-again", 1, "timeout")
            for one in held
            if self.random.random() < duplicates
        ]
        self.random.shuffle(sent)
        room = asyncio.Semaphore(at_once)

        async def one(envelope: Envelope) -> None:
            async with room:
                await self._repeatedly(envelope)

        await asyncio.gather(*map(one, sent))

    async def quiet(self) -> None:
        """Until all that was to be delivered `soon` is."""
        while self.tasks:
            await asyncio.gather(*self.tasks)

    # --- by HTTP

    def signed(self, body: bytes, at: int | None = None, secret: str = "") -> dict[str, str]:
        """The headers of a request as Slack signs it, now or at another second."""
        second = str(int(time.time()) if at is None else at)
        signature = SignatureVerifier(secret or self.signing_secret).generate_signature(timestamp=second, body=body)
        return {"X-Slack-Request-Timestamp": second, "X-Slack-Signature": signature or ""}

    async def post(self, body: bytes, headers: Mapping[str, str], kind: str = "events_api") -> tuple[int, bytes]:
        """A request to our app, signed or forged; its status and body."""
        if self._http is None:
            self._http = aiohttp.ClientSession()
        form = "application/json" if kind == "events_api" else "application/x-www-form-urlencoded"
        within = aiohttp.ClientTimeout(total=self.ack_within)
        sent = {"Content-Type": form, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", **headers}
        async with self._http.post(self.request_url, data=body, headers=sent, timeout=within) as answer:
            return answer.status, await answer.read()

    async def verify_url(self) -> bool:
        """What Slack does when a URL is entered: it must give the challenge back."""
        body = json.dumps({"token": "old", "challenge": "3eZbrw1aB", "type": "url_verification"}).encode()
        status, answer = await self.post(body, self.signed(body))
        return status == 200 and b"3eZbrw1aB" in answer

    async def _by_http(self, envelope: Envelope) -> Any:
        body = _body(envelope)
        headers = self.signed(body)
        if envelope.attempt:
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": envelope.reason}
        try:
            status, answer = await self.post(body, headers, envelope.kind)
        except TimeoutError:
            raise NotAcknowledged("http_timeout") from None
        except aiohttp.ClientError:
            raise NotAcknowledged("connection_failed") from None
        if not 200 <= status < 300:
            raise NotAcknowledged("http_error")
        return _decoded(answer)

    # --- over Socket Mode

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """One connection of our app, until it ends."""
        self.sockets.append(socket)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.sockets),
                "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": "A1"},
            }
        )
        self._connected.set()
        try:
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._acknowledged(json.loads(frame.data))
        finally:
            self._gone(socket)

    async def connected(self) -> None:
        """Until our app has a socket open."""
        async with asyncio.timeout(WITHIN):
            await self._connected.wait()

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask our app to open another socket, and end these."""
        for socket in tuple(self.sockets):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})
            await socket.close()

    def cut(self) -> None:
        """The line breaks without a word."""
        for socket in tuple(self.sockets):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
            self._gone(socket)

    async def _by_socket(self, envelope: Envelope) -> Any:
        await self.connected()
        socket = self.random.choice(self.sockets)
        answered = self._answers[envelope.id] = asyncio.get_running_loop().create_future()
        answered.socket = socket  # type: ignore[attr-defined]
        frame = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.kind != "events_api",
        }
        if envelope.kind == "events_api":
            frame |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
        try:
            await socket.send_json(frame)
            async with asyncio.timeout(self.ack_within):
                return await answered
        except TimeoutError:
            raise NotAcknowledged("timeout") from None
        except ConnectionError:
            raise NotAcknowledged("connection_failed") from None
        finally:
            self._answers.pop(envelope.id, None)

    def _acknowledged(self, frame: dict[str, Any]) -> None:
        answered = self._answers.get(frame.get("envelope_id", ""))
        if answered is not None and not answered.done():
            answered.set_result(frame.get("payload"))

    def _gone(self, socket: web.WebSocketResponse) -> None:
        if socket in self.sockets:
            self.sockets.remove(socket)
        if not self.sockets:
            self._connected.clear()
        for answered in self._answers.values():
            if answered.socket is socket and not answered.done():  # type: ignore[attr-defined]
                answered.set_exception(ConnectionResetError("the socket ended"))

    # --- both

    async def close(self) -> None:
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for socket in tuple(self.sockets):
            await socket.close()
        if self._http is not None:
            await self._http.close()

    async def _quietly(self, kind: str, payload: dict[str, Any]) -> None:
        try:
            await self.deliver(kind, payload)
        except (NotAcknowledged, TimeoutError):
            return

    async def _repeatedly(self, envelope: Envelope) -> Any:
        """As often as Slack does it: an event again and again, what somebody is waiting for once."""
        while True:
            self.delivered.append(envelope)
            try:
                answer = await (self._by_http(envelope) if self.request_url else self._by_socket(envelope))
                if self.loses and self.random.random() < self.loses and envelope.kind == "events_api":
                    raise NotAcknowledged("timeout")
                return answer
            except NotAcknowledged as error:
                if envelope.kind != "events_api" or envelope.attempt >= self.retries:
                    raise
                envelope = Envelope(envelope.kind, envelope.payload, envelope.id, envelope.attempt + 1, str(error))


def _body(envelope: Envelope) -> bytes:
    match envelope.kind:
        case "events_api":
            return json.dumps(envelope.payload).encode()
        case "interactive":
            return urlencode({"payload": json.dumps(envelope.payload)}).encode()
        case _:
            return urlencode(envelope.payload).encode()


def _decoded(answer: bytes) -> Any:
    if not answer:
        return None
    try:
        return json.loads(answer)
    except ValueError:
        return {"text": answer.decode()}
