"""A Bot API on loopback: what Telegram does for a bot, and what it does to one.

Every request, every reply and every update is checked against aiogram's models, where these are installed (`make
contracts`); what does not agree with them fails the test. Modes: an answer can be told for the next request of a method
(flood, refusal, another status, silence, a cut line); updates come again, out of order, or with their acknowledgement
lost. It keeps Telegram's limits on text, captions, buttons and files.
"""

import asyncio
import json
import subprocess
import tempfile
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self, cast

import aiohttp
import pytest
from aiohttp import web

from contactcenter.channels.protocol import Accept, HookReply, HookRequest
from contactcenter.channels.telegram import Settings, Telegram
from contactcenter.channels.telegram.channel import Inside
from contactcenter.channels.telegram.limits import Limits
from contactcenter.channels.telegram.line import Patience
from contactcenter.channels.telegram.listening import Hook
from contactcenter.flow import health
from contactcenter.model.values import StoreUnavailable
from contactcenter.ports import Store
from contactcenter.storage.files import FolderFiles

ROOT = Path(__file__).parents[2]
AIOGRAM = ROOT / "build" / "telegram" / "bin" / "python"
TOKEN = "4711:a-token-that-nobody-must-see-in-any-log"
BOT = {"id": 4711, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}
ABLE = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
FILES = Path(tempfile.gettempdir(), "contactcenter-files")
NOW = 1_795_262_400
JSON_FIELDS = ("reply_markup", "reply_parameters", "allowed_updates", "entities", "link_preview_options", "media")
SECRET = "X-Telegram-Bot-Api-Secret-Token"

Fields = dict[str, Any]


class Contract:
    """The program that knows aiogram's models. Answers nothing is wrong, always, where it is not installed."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._program: subprocess.Popen[str] | None = None
        if AIOGRAM.exists():
            script = Path(__file__).with_name("telegram_contract.py")
            self._program = subprocess.Popen(
                [AIOGRAM, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )

    @property
    def installed(self) -> bool:
        return self._program is not None

    def check(self, what: str, name: str, value: Any) -> str:
        """What is wrong with it, which is kept as well."""
        if self._program is None or self._program.stdin is None or self._program.stdout is None:
            return ""
        self._program.stdin.write(json.dumps([what, name, value]) + "\n")
        self._program.stdin.flush()
        fault = str(json.loads(self._program.stdout.readline()))
        self.faults += [fault] if fault else []
        return fault

    def close(self) -> None:
        if self._program is not None and self._program.stdin is not None and self._program.stdout is not None:
            self._program.stdin.close()
            self._program.stdout.close()
            self._program.wait(10)


@pytest.fixture(scope="session")
def telegram_contract() -> Iterator[Contract]:
    """aiogram's models, for all the tests of a run."""
    contract = Contract()
    yield contract
    contract.close()


@dataclass(frozen=True)
class Answer:
    """What a request is answered instead of what it asked for. `done`: it was done all the same."""

    status: int = 200
    body: Fields | bytes = b""
    how: str = ""  # "hang", "cut" (no reply), "half" (half of it)
    done: bool = False


def _refusal(status: int, description: str, parameters: dict[str, int]) -> Fields:
    more = {"parameters": parameters} if parameters else {}
    return {"ok": False, "error_code": status, "description": description, **more}


def flood(after: int = 7) -> Answer:
    return Answer(429, _refusal(429, f"Too Many Requests: retry after {after}", {"retry_after": after}))


def refuse(status: int, description: str, **parameters: int) -> Answer:
    return Answer(status, _refusal(status, description, parameters))


BLOCKED = refuse(403, "Forbidden: bot was blocked by the user")
UNAUTHORIZED = refuse(401, "Unauthorized")
TWO_FETCH = refuse(409, "Conflict: terminated by other getUpdates request; make sure that only one bot is running")
GATEWAY = Answer(502, b"<html>502 Bad Gateway</html>")
TROUBLE = refuse(500, "Internal Server Error: restart")
SERVED = Answer(how="served")
SILENCE = Answer(how="hang", done=True)
CUT = Answer(how="cut", done=True)
HALF = Answer(how="half", done=True)


@dataclass
class TelegramServer:
    """One bot, its chats and its webhook."""

    contract: Contract | None = None
    token: str = TOKEN
    me: Fields = field(default_factory=lambda: {**BOT, **ABLE})
    answers: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    requests: list[tuple[str, Fields]] = field(default_factory=list)
    messages: dict[tuple[int, int], Fields] = field(default_factory=dict)  # those of the bot that are shown
    uploads: dict[int, bytes] = field(default_factory=dict)  # by number of message
    files: dict[str, bytes] = field(default_factory=dict)  # of customers, by file_id
    sizes: dict[str, int] = field(default_factory=dict)  # that getFile states, where it is not the truth
    pending: list[Fields] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    webhook: Fields = field(default_factory=dict)
    disordered: bool = False  # updates are given in any order
    waiting: int = 0  # questions for news that are held open
    choose: Callable[[list[Fields]], list[Fields]] = field(default=lambda pending: pending[:100])
    forgetful: Callable[[], bool] = field(default=lambda: False)  # loses this acknowledgement

    async def __aenter__(self) -> Self:
        self._numbers, self._updates = count(1001), count(5001)
        self._given: list[Fields] = []
        self._news, self._released = asyncio.Event(), asyncio.Event()
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self._called)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await self._site.start()
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._released.set()
        self._news.set()
        await self._http.close()
        await self._runner.cleanup()
        if self.contract is not None and error[0] is None:
            faults, self.contract.faults = self.contract.faults, []
            assert faults == []

    @property
    def url(self) -> str:
        """What `api_url` is set to."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    # --- what a test has happen

    def answer(self, method: str, *answers: Answer) -> None:
        """The next requests of this method are answered so."""
        self.answers[method].extend(answers)

    def after(self, method: str, times: int, answer: Answer) -> None:
        """So many requests are served, and the next is answered so."""
        self.answers[method].extend([*[SERVED] * times, answer])

    def update(self, number: int | None = None, **what: Any) -> Fields:
        """A new update, as yet with nobody."""
        update = {"update_id": next(self._updates) if number is None else number, **what}
        if self.contract is not None:
            self.contract.check("update", "", update)
        return update

    def bring(self, *updates: Fields) -> None:
        """They wait for whoever fetches."""
        self.pending += updates
        self._news.set()

    async def post(self, update: Fields, secret: str | None = None) -> int:
        """Bring it to the webhook; the status of the answer. What the answer asks for is done."""
        sent = {SECRET: self.webhook.get("secret_token", "") if secret is None else secret}
        async with self._http.post(self.webhook["url"], json=update, headers=sent) as reply:
            body = await reply.read()
            if reply.status == 200 and body:
                asked = json.loads(body)
                self._take(asked.pop("method"), asked)
            return reply.status

    async def until_acknowledged(self, number: int) -> None:
        await self.until(lambda: number in self.acknowledged)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Until it holds; looks again after every request."""
        async with asyncio.timeout(20.0):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def called(self, method: str) -> list[Fields]:
        """The parameters of all requests of a method."""
        return [fields for name, fields in self.requests if name == method]

    @property
    def visited(self) -> bool:
        """Is anybody connected?"""
        return bool(self._runner.server is not None and self._runner.server.connections)

    @property
    def shown(self) -> list[Fields]:
        """The bot's messages as they are shown, in order."""
        return [self.messages[key] for key in sorted(self.messages, key=lambda key: key[1])]

    # --- what a bot sees

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _reply(Answer(401, _refusal(401, "Unauthorized", {})))
        fields, files = await _read(request)
        told = self.answers[method].popleft() if self.answers[method] else None
        told = None if told is SERVED else told
        if told is not None and not told.done:
            self.requests.append((method, fields))
            self._news.set()
            return await self._misbehave(request, told)
        if method == "getUpdates":
            await self._wait(int(fields.get("offset", 0)), int(fields.get("timeout", 0)))
        answer = self._do(method, fields, files)
        self._news.set()
        return _reply(answer) if told is None else await self._misbehave(request, told, answer)

    def _do(self, method: str, fields: Fields, files: dict[str, bytes]) -> Answer:
        if self._take(method, fields):
            return refuse(400, f"Bad Request: {self._take(method, fields)}")
        refusal = _refused(fields, files)
        if refusal:
            return refuse(400, f"Bad Request: {refusal}")
        result = getattr(self, f"_{_snake(method)}")(fields, files)
        if isinstance(result, Answer):
            return result
        if self.contract is not None:
            self.contract.check("reply", method, result)
        return Answer(200, {"ok": True, "result": result})

    def _take(self, method: str, fields: Fields) -> str:
        """Note what was asked, and what is wrong with it."""
        self.requests.append((method, fields))
        return self.contract.check("request", method, fields) if self.contract is not None else ""

    async def _misbehave(self, request: web.Request, told: Answer, answer: Answer | None = None) -> web.StreamResponse:
        transport = request.transport
        if told.how == "hang":
            await self._released.wait()
        if told.how == "half" and answer is not None and transport is not None:
            body = json.dumps(answer.body).encode() if isinstance(answer.body, dict) else answer.body
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            cast(asyncio.WriteTransport, transport).write(head + body[: len(body) // 2])
        if told.how and transport is not None:
            transport.close()
            return web.Response()
        return _reply(told)

    async def _wait(self, offset: int, timeout: int) -> None:
        """Take the acknowledgement, and hold on until there is something."""
        self.waiting += 1
        try:
            await self._hold(offset, timeout)
        finally:
            self.waiting -= 1

    async def _hold(self, offset: int, timeout: int) -> None:
        if not self.forgetful():
            for update in self._acknowledged(offset):
                self.pending.remove(update)
                self.acknowledged.append(update["update_id"])
        self._news.set()
        if timeout:
            until = asyncio.get_running_loop().time() + timeout
            while not self.pending and not self._released.is_set():
                left = until - asyncio.get_running_loop().time()
                if left <= 0:
                    return
                self._news.clear()
                try:
                    async with asyncio.timeout(left):
                        await self._news.wait()
                except TimeoutError:
                    return

    def _acknowledged(self, offset: int) -> list[Fields]:
        """All before the offset; where order is no matter, what was given last, if the offset is past it."""
        if not self.disordered:
            return [update for update in self.pending if update["update_id"] < offset]
        given, self._given = self._given, []
        return given if given and given[-1]["update_id"] + 1 == offset else []

    def _get_updates(self, fields: Fields, files: Fields) -> Any:
        if self.webhook.get("url"):
            return refuse(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook")
        self._given = self.choose(self.pending)
        return self._given

    def _get_me(self, fields: Fields, files: Fields) -> Fields:
        return self.me

    def _set_webhook(self, fields: Fields, files: Fields) -> bool:
        self.webhook = fields
        return True

    def _delete_webhook(self, fields: Fields, files: Fields) -> bool:
        self.webhook = {}
        return True

    def _get_webhook_info(self, fields: Fields, files: Fields) -> Fields:
        errors = ("last_error_date", "last_error_message")
        info = {name: self.webhook[name] for name in ("url", *errors) if name in self.webhook}
        return {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.pending), **info}

    def _send_message(self, fields: Fields, files: dict[str, bytes]) -> Fields:
        return self._show(fields, {"text": fields["text"]})

    def _send_photo(self, fields: Fields, files: dict[str, bytes]) -> Any:
        if not files["photo"].startswith((b"\x89PNG", b"\xff\xd8")):
            return refuse(400, "Bad Request: IMAGE_PROCESS_FAILED")
        size = {"file_id": "p1", "file_unique_id": "p", "width": 90, "height": 90}
        return self._show(fields, {"photo": [size]}, files["photo"])

    def _send_document(self, fields: Fields, files: dict[str, bytes]) -> Fields:
        name = {"file_id": "d1", "file_unique_id": "d", "file_name": fields["document"]}
        return self._show(fields, {"document": name}, files["document"])

    def _show(self, fields: Fields, content: Fields, upload: bytes | None = None) -> Fields:
        chat, number = int(fields["chat_id"]), next(self._numbers)
        message = {"message_id": number, "date": NOW, "chat": chat_of(chat), "from": BOT, **content}
        message |= {name: fields[name] for name in ("caption",) if name in fields}
        if "message_thread_id" in fields:
            message |= {"message_thread_id": int(fields["message_thread_id"]), "is_topic_message": True}
        if "reply_markup" in fields:
            message["reply_markup"] = fields["reply_markup"]
        if upload is not None:
            self.uploads[number] = upload
        self.messages[chat, number] = message
        return message

    def _edit_message_text(self, fields: Fields, files: Fields) -> Any:
        return self._change(fields, "text")

    def _edit_message_caption(self, fields: Fields, files: Fields) -> Any:
        return self._change(fields, "caption")

    def _change(self, fields: Fields, what: str) -> Any:
        message = self.messages.get((int(fields["chat_id"]), int(fields["message_id"])))
        if message is None:
            return refuse(400, "Bad Request: message to edit not found")
        if what == "text" and "text" not in message:
            return refuse(400, "Bad Request: there is no text in the message to edit")
        if message.get(what) == fields[what]:
            return refuse(400, "Bad Request: message is not modified: it says that already")
        message[what] = fields[what]
        return message

    def _delete_message(self, fields: Fields, files: Fields) -> Any:
        if self.messages.pop((int(fields["chat_id"]), int(fields["message_id"])), None) is None:
            return refuse(400, "Bad Request: message to delete not found")
        return True

    def _send_chat_action(self, fields: Fields, files: Fields) -> bool:
        return True

    def _answer_callback_query(self, fields: Fields, files: Fields) -> bool:
        return True

    def _get_file(self, fields: Fields, files: Fields) -> Any:
        content = self.files.get(fields["file_id"])
        if content is None:
            return refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = self.sizes.get(fields["file_id"], len(content))
        if size > 20 * 1024 * 1024:
            return refuse(400, "Bad Request: file is too big")
        path = f"documents/{fields['file_id']} 1.bin"
        return {"file_id": fields["file_id"], "file_unique_id": "u", "file_size": size, "file_path": path}

    async def _download(self, request: web.Request) -> web.StreamResponse:
        told = self.answers["file"].popleft() if self.answers["file"] else None
        if told is not None:
            return await self._misbehave(request, told)
        name = request.match_info["path"].removeprefix("documents/").removesuffix(" 1.bin")
        return web.Response(body=self.files[name])


def chat_of(number: int) -> Fields:
    """Ada's own chat, or for a negative number a group."""
    if number > 0:
        return {"id": number, "type": "private", "first_name": "Ada"}
    return {"id": number, "type": "supergroup", "title": "Friends of Acme"}


def _refused(fields: Fields, files: dict[str, bytes]) -> str:
    """What Telegram itself looks at, and no model does."""
    if "text" in fields and not fields["text"].strip():
        return "message text is empty"
    if _units(fields.get("text", "")) > 4096:
        return "message is too long"
    if _units(fields.get("caption", "")) > 1024:
        return "message caption is too long"
    for row in fields.get("reply_markup", {}).get("inline_keyboard", []):
        if any(not 1 <= len(button["callback_data"].encode()) <= 64 for button in row):
            return "BUTTON_DATA_INVALID"
    if any(not content for content in files.values()):
        return "file must be non-empty"
    return ""


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


async def _read(request: web.Request) -> tuple[Fields, dict[str, bytes]]:
    """Parameters as JSON would have them, and the bytes of uploaded files."""
    fields: Fields = dict(request.query)
    files: dict[str, bytes] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            fields[name], files[name] = value.filename, value.file.read()
        else:
            fields[name] = value
    return {name: json.loads(value) if name in JSON_FIELDS else value for name, value in fields.items()}, files


def _reply(answer: Answer) -> web.Response:
    if isinstance(answer.body, dict):
        return web.json_response(answer.body, status=answer.status)
    return web.Response(body=answer.body, status=answer.status, content_type="text/html")


def _snake(method: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in method)


class Health:
    """A store that keeps only what a channel tells of itself."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def write(self, tell: Callable[..., Any], channel: str, *about: Any) -> None:
        self.told.append("well" if tell is health.succeeded else str(about[0]))


class Bot(Telegram):
    """Knows who it hands its updates to, so that a webhook can be served beside it."""

    health: Health
    accept: Accept

    async def run(self, accept: Accept) -> None:
        self.accept = accept
        await super().run(accept)


QUICK = Patience(answer=1.0, poll=20, soonest=0.01, latest=0.02, look=0.02, told=0.0)


def bot(server: TelegramServer, hook: Hook | None = None, limits: Limits | None = None, **settings: str) -> Bot:
    """A channel of this server's bot, which never has to wait for its own limits unless it is given some."""
    read = Settings.model_validate({"kind": "telegram", "token": TOKEN, "api_url": server.url, **settings})
    health_ = Health()
    inside = Inside(hook, QUICK, limits or Limits(count(0, 100).__next__))
    made = Bot("bot", read, cast(Store, health_), FolderFiles(FILES), inside)
    made.health = health_
    return made


@asynccontextmanager
async def serving(hook: Callable[[HookRequest], Awaitable[HookReply]]) -> AsyncIterator[str]:
    """A web server with that hook, as the desk's own serves it; its address."""

    async def answer(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            reply = await hook(HookRequest(request.method, headers, dict(request.query), await request.read()))
        except StoreUnavailable:
            return web.Response(status=503)
        return web.Response(status=reply.status, body=reply.body, content_type=reply.type)

    application = web.Application()
    application.router.add_route("*", "/hooks/bot", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/hooks/bot"
    finally:
        await runner.cleanup()
