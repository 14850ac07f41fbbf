"""The server of the fake Slack (slack.py): its Web API over HTTP, events, files, and what a test may ask."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar, cast

from aiohttp import web

from tests.providers.slack_api import Refusal, WebApi, check_names
from tests.providers.slack_line import WITHIN, Line
from tests.providers.slack_oauth import OAuth
from tests.providers.slack_schema import NotSlack, check_event, check_message
from tests.providers.slack_world import Call, Channel, Fault, File, Message, User, Workspace, World

T = TypeVar("T")

PACED = {"chat.postMessage", "chat.postEphemeral", "chat.update"}
OPEN = {"oauth.v2.access", "oauth.v2.exchange"}
RESPONSES = 5  # uses of one response_url


class Server(Line):
    """The world, the log of calls, and the routes on one port of loopback."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.api = WebApi(self)
        self.oauth = OAuth(self)
        self.app_token = "xapp-1-A1"
        self.team = self.world.workspace("Example", "T0000000001")
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.violations: list[NotSlack] = []
        self.paced = False  # more than one message a second and channel is answered with 429
        self.echoes = True  # our app is told of its own messages, too
        self.shared_files_hidden = False  # events of shared channels name files by id only (Slack Connect)
        self.triggers: dict[str, tuple[User, float]] = {}
        self.used: set[str] = set()
        self.responses: dict[str, tuple[User, Channel | None, Message | None, int]] = {}
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link", self._link)
        app.router.add_post("/upload/v1/{id}", self._upload)
        app.router.add_get("/files/{id}/{name}", self._download)
        app.router.add_get("/login", _login)
        app.router.add_post("/response/{id}", self._response)
        app.router.add_get("/oauth/v2/authorize", self.oauth.page)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, kind: object, error: object, where: object) -> None:
        for fault in self.faults:
            if fault.gate is not None:
                fault.gate.set()
        await self.close()
        await self._runner.cleanup()
        if self.violations and error is None:
            raise self.violations[0]

    # --- what a test asks

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def token(self) -> str:
        """Of our app in the first workspace."""
        return self.team.token

    def messages(self, channel: Channel | str) -> list[Message]:
        """All in a channel, oldest first."""
        found = self.world.channels[channel] if isinstance(channel, str) else channel
        return [*found.messages.values()]

    def replies(self, said: Message) -> list[Message]:
        """What stands below a message in its thread."""
        thread = self.world.channels[said["channel"]].thread(said["ts"])
        return [one for one in thread if one["ts"] != said["ts"]]

    def called(self, method: str, **arguments: Any) -> list[Call]:
        """The calls of a method that had (at least) these arguments."""
        return [
            one
            for one in self.calls
            if one.method == method and all(one.arguments.get(key) == value for key, value in arguments.items())
        ]

    async def until(self, condition: Callable[[], T], within: float = WITHIN) -> T:
        """The first true answer of the condition, asked again whenever something has happened."""
        async with asyncio.timeout(within), self._news:
            while not (found := condition()):
                await self._news.wait()
            return found

    def fault(self, method: str, **how: Any) -> Fault:
        """Have calls of a method (or "upload", "download", "response", "*" for all) answered otherwise; see Fault."""
        fault = Fault(method, **how)
        self.faults.append(fault)
        return fault

    # --- what our app does; for slack_api.py

    def file(self, file: File) -> Message:
        return file.shown(self.url)

    def posted(self, channel: Channel, message: Message) -> Message:
        message["ts"] = self.world.ts()
        channel.messages[message["ts"]] = message
        self._echo(channel, event_of(channel, message))
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def changed(self, channel: Channel, before: Message, after: Message) -> None:
        channel.messages[before["ts"]] = after
        self._echo(channel, changed_of(channel, before, after, self.world.ts()))

    def removed(self, channel: Channel, message: Message) -> None:
        del channel.messages[message["ts"]]
        self._echo(channel, deleted_of(channel, message, self.world.ts()))

    def whispered(self, user: User, message: Message) -> None:
        user.whispers.append(message)

    def reacted(self, channel: Channel, user: User, ts: str, name: str) -> bool:
        reactions = self._reactions(channel, ts)
        found = next((one for one in reactions if one["name"] == name), None)
        if found is not None and user.id in found["users"]:
            return False
        if found is None:
            reactions.append({"name": name, "count": 1, "users": [user.id]})
        else:
            found["users"].append(user.id)
            found["count"] += 1
        return True

    def unreacted(self, channel: Channel, user: User, ts: str, name: str) -> bool:
        reactions = self._reactions(channel, ts)
        for found in reactions:
            if found["name"] == name and user.id in found["users"]:
                found["users"].remove(user.id)
                found["count"] -= 1
                if not found["users"]:
                    reactions.remove(found)
                return True
        return False

    def _reactions(self, channel: Channel, ts: str) -> list[Message]:
        if ts not in channel.messages:
            raise Refusal("message_not_found")
        return cast(list[Message], channel.messages[ts].setdefault("reactions", []))

    def _echo(self, channel: Channel, event: Message) -> None:
        if self.echoes and self.attached:
            for envelope in self._events(channel, event):
                check_event(envelope["event"])
                self.soon("events_api", envelope)

    async def told(self) -> None:
        async with self._news:
            self._news.notify_all()

    # --- events

    async def event(self, event: Message, team: Workspace | None = None) -> None:
        """Our app is told of something else."""
        check_event(event)
        await self.deliver("events_api", self.enveloped(event, team or self.team))

    async def tell_of(self, channel: Channel, event: Message) -> None:
        """Our app is told; of a mention a second time, as such."""
        for envelope in self._events(channel, event):
            check_event(envelope["event"])
            await self.deliver("events_api", envelope)
        await self.told()

    def _events(self, channel: Channel, event: Message) -> list[Message]:
        found: list[Message] = []
        for id_ in (channel.team, *sorted(channel.shared_with)):
            team = self.world.workspaces.get(id_)
            if team is None or team.revoked:
                continue
            if not self.world.sees(team, channel):
                continue
            found.append(self.enveloped(event, team, shared=bool(channel.shared_with)))
            if _mentions(event, team) and channel.kind != "im":
                mention = {key: value for key, value in event.items() if key not in MESSAGE_ONLY}
                found.append(self.enveloped({**mention, "type": "app_mention"}, team))
            return found  # once, however many of the workspaces that share it have our app
        return found

    def enveloped(self, event: Message, team: Workspace, *, shared: bool = False) -> Message:
        return {
            "token": "old-verification-token",
            "team_id": team.id,
            "api_app_id": "A1",
            "event": event,
            "type": "event_callback",
            "event_id": self.world.name("Ev"),
            "event_time": int(float(event.get("event_ts", "1795262400"))),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team.id,
                    "user_id": team.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": shared,
            "event_context": self.world.name("4-"),
        }

    # --- the server

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            arguments = await _arguments(request)
        except NotSlack as violation:
            self.violations.append(violation)
            return web.json_response({"ok": False, "error": "invalid_arguments"})
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            client, _, secret = base64.b64decode(bearer).decode().partition(":")
            arguments |= {"client_id": client, "client_secret": secret}
        bearer = bearer or str(arguments.pop("token", ""))
        fault = next((one for one in self.faults if one.applies(method, arguments)), None)
        if fault is not None:
            return await self._faulty(fault, request, lambda: self._answer(method, arguments, bearer))
        return await self._answer(method, arguments, bearer)

    async def _answer(self, method: str, arguments: Message, bearer: str) -> web.Response:
        loop, team = asyncio.get_running_loop(), self._by_token(bearer)
        channel = self.world.channels.get(arguments.get("channel", ""))
        if self.paced and method in PACED and channel is not None:
            wait = channel.posted_at + 1.0 - loop.time()
            if wait > 0:
                return self._limited(1)
            channel.posted_at = loop.time()
        try:
            answer = {"ok": True, **self._done(method, arguments, bearer, team)}
        except Refusal as refusal:
            answer = refusal.answer
        except NotSlack as violation:
            self.violations.append(violation)
            answer = {"ok": False, "error": "invalid_arguments", "detail": str(violation)}
        except (KeyError, TypeError, ValueError) as error:
            self.violations.append(NotSlack(f"{method} with {sorted(arguments)}: {error!r}"))
            answer = {"ok": False, "error": "invalid_arguments"}
        self.calls.append(Call(method, arguments, loop.time(), team.id if team else "", answer))
        await self.told()
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(self.api.scopes))})

    def _done(self, method: str, arguments: Message, bearer: str, team: Workspace | None) -> Message:
        check_names(method, arguments)
        if method in OPEN:
            return self.oauth.access(arguments)
        if method == "apps.connections.open":
            if bearer != self.app_token:
                raise Refusal("not_allowed_token_type" if bearer.startswith("xoxb-") else "invalid_auth")
            return {"url": f"{self.url.replace('http', 'ws', 1)}/link?ticket={self.world.number()}&app_id=A1"}
        if team is None:
            raise Refusal("invalid_auth" if bearer else "not_authed")
        if team.revoked:
            raise Refusal(team.revoked)
        if team.until is not None and asyncio.get_running_loop().time() >= team.until:
            raise Refusal("token_expired")
        function = self.api.method(method)
        self.api.allowed(method)
        return function(team, arguments)

    def _by_token(self, bearer: str) -> Workspace | None:
        return next((one for one in self.world.workspaces.values() if one.token == bearer), None)

    async def _faulty(self, fault: Fault, request: web.Request, do: Callable[[], Any]) -> web.StreamResponse:
        fault.met += 1
        await self.told()
        if fault.gate is not None:
            await fault.gate.wait()
        if fault.error:
            return web.json_response({"ok": False, "error": fault.error})
        if fault.status == 429:
            return self._limited(fault.retry_after)
        if fault.status:
            return web.Response(status=fault.status, text="<html>Server Error</html>", content_type="text/html")
        answer: web.StreamResponse | None = None if fault.cut == "before" else await do()
        if answer is None or fault.cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return answer

    def _limited(self, seconds: int) -> web.Response:
        answer = {"ok": False, "error": "ratelimited"}
        return web.json_response(answer, status=429, headers={"Retry-After": str(seconds)})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self.serve(socket)
        return socket

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self.world.files[request.match_info["id"]]

        async def keep() -> web.Response:
            if request.content_type.startswith("multipart/"):
                parts = await request.multipart()
                part = await parts.next()
                content = bytes(await part.read()) if part is not None and hasattr(part, "read") else b""
            else:
                content = await request.read()
            if len(content) != file.length:
                self.violations.append(
                    NotSlack(f"{len(content)} bytes of a file that was announced with {file.length}")
                )
            file.content, file.uploaded = content, True
            return web.Response(text=f"OK - {len(content)}")

        fault = next((one for one in self.faults if one.applies("upload", {})), None)
        return await (keep() if fault is None else self._faulty(fault, request, keep))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """With a token of a workspace that sees it; anybody else is shown the way to sign in, as Slack does."""
        _, _, id_ = request.match_info["id"].partition("-")
        bearer = self._by_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
        file = self.world.files.get(id_)

        async def give() -> web.Response:
            if bearer is None or bearer.revoked or file is None:
                return web.Response(status=302, headers={"Location": "/login"})
            return web.Response(body=file.content, content_type=file.type)

        fault = next((one for one in self.faults if one.applies("download", {})), None)
        return await (give() if fault is None else self._faulty(fault, request, give))

    async def _response(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        fault = next((one for one in self.faults if one.applies("response", {})), None)

        async def take() -> web.Response:
            return await self._respond(request.match_info["id"], given)

        return await (take() if fault is None else self._faulty(fault, request, take))

    async def _respond(self, id_: str, given: Message) -> web.Response:
        user, channel, message, uses = self.responses.get(id_, (None, None, None, RESPONSES))
        if user is None or uses >= RESPONSES:
            return web.Response(status=404, text="used_url")
        self.responses[id_] = (user, channel, message, uses + 1)
        known = {"text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts"}
        try:
            if unknown := set(given) - known - {"metadata", "unfurl_links", "unfurl_media"}:
                raise NotSlack(f"a response with {', '.join(sorted(unknown))}")
            check_message(given)
        except NotSlack as violation:
            self.violations.append(violation)
            return web.Response(status=400, text="invalid_payload")
        kept: Message = {key: given[key] for key in ("text", "blocks", "attachments") if key in given}
        bot = self.team.bot
        if (
            message is not None
            and channel is not None
            and (given.get("replace_original") or given.get("delete_original"))
        ):
            if given.get("delete_original"):
                channel.messages.pop(message["ts"], None)
            elif message["ts"] in channel.messages:
                channel.messages[message["ts"]] |= kept
        elif given.get("response_type") == "in_channel" and channel is not None:
            self.posted(channel, {"type": "message", "text": "", "user": bot.id, "bot_id": bot.bot, **kept})
        else:
            user.whispers.append(
                {"type": "message", "ts": self.world.ts(), "channel": channel.id if channel else "", **kept}
            )
        self.calls.append(Call("response", given, asyncio.get_running_loop().time(), "", {}))
        await self.told()
        return web.Response(text="ok")


MESSAGE_ONLY = {"subtype", "channel_type", "parent_user_id", "upload"}


def event_of(channel: Channel, message: Message) -> Message:
    shown = {key: value for key, value in message.items() if key not in ("metadata", "reactions")}
    if message.get("subtype") in WITHOUT_TEAM:
        shown.pop("team", None)
    return {**shown, "channel": channel.id, "channel_type": channel.kind, "event_ts": message["ts"]}


WITHOUT_TEAM = {"file_share", "me_message", "bot_message"}


def _inside(message: Message) -> Message:
    hidden = {"metadata"} | ({"team"} if message.get("subtype") in WITHOUT_TEAM else set())
    return {key: value for key, value in message.items() if key not in hidden}


def changed_of(channel: Channel, before: Message, after: Message, ts: str) -> Message:
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
        "message": _inside(after),
        "previous_message": _inside(before),
    }


def deleted_of(channel: Channel, message: Message, ts: str) -> Message:
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
        "deleted_ts": message["ts"],
        "previous_message": _inside(message),
    }


def _mentions(event: Mapping[str, Any], team: Workspace) -> bool:
    ours = event.get("bot_id") == team.bot.bot or event.get("subtype") in ("message_changed", "message_deleted")
    return not ours and event["type"] == "message" and f"<@{team.bot.id}" in event.get("text", "")


async def _arguments(request: web.Request) -> Message:
    """JSON, or a form in which lists and tables are JSON. Methods that only read take no JSON."""
    if request.content_type == "application/json":
        if request.match_info["method"] in FORM_ONLY:
            raise NotSlack(f"{request.match_info['method']} takes no JSON: send a form")
        return cast(Message, await request.json())
    form = {**request.query, **(await request.post())}
    return {key: _of_form(key, value) for key, value in form.items()}


def _of_form(key: str, value: Any) -> Any:
    if key in JSON_IN_FORMS:
        return json.loads(value)
    if key in FLAGS and value not in ("0", "1", "false", "true"):
        raise NotSlack(f"{key} is {value!r}, which is neither true nor false")
    return value in ("1", "true") if key in FLAGS else value


FLAGS = {"include_all_metadata", "reply_broadcast", "unfurl_links", "unfurl_media", "mrkdwn", "inclusive"}
JSON_IN_FORMS = {"blocks", "attachments", "metadata", "view", "files"}
FORM_ONLY = {
    *("conversations.history", "conversations.info", "conversations.list", "conversations.members"),
    *("conversations.replies", "files.getUploadURLExternal", "files.info", "oauth.v2.access", "users.info"),
    "users.lookupByEmail",
}


async def _login(request: web.Request) -> web.Response:
    return web.Response(text="<html><title>Sign in</title></html>", content_type="text/html")
