"""The fake Slack works with clients that nobody here wrote, and tells a test of what Slack would refuse."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.providers.slack import NotAcknowledged, NotSlack, Slack

BUTTON = {
    "type": "actions",
    "block_id": "what",
    "elements": [
        {"type": "button", "action_id": "claim", "value": "7", "text": {"type": "plain_text", "text": "Claim"}},
    ],
}
MODAL = {
    "type": "modal",
    "callback_id": "note",
    "title": {"type": "plain_text", "text": "A note"},
    "submit": {"type": "plain_text", "text": "Keep"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Note"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


class App:
    """One that takes what it is sent by HTTP; `answer` says with what."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.taken: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.answer: Callable[[dict[str, Any]], web.Response] = lambda payload: web.Response()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        verifier = SignatureVerifier(self.slack.signing_secret)
        assert verifier.is_valid_request(body, {key.lower(): value for key, value in request.headers.items()})
        form = dict(await request.post())
        payload = json.loads(str(form["payload"])) if "payload" in form else form or json.loads(body)
        self.taken.append((dict(request.headers), payload))
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": payload["challenge"]})
        return self.answer(payload)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as slack:
        yield slack


@pytest.fixture
async def app(slack: Slack) -> AsyncIterator[App]:
    app = App(slack)
    server = web.Application()
    server.router.add_post("/", app.take)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield app
    await runner.cleanup()


@pytest.fixture
def client(slack: Slack) -> AsyncWebClient:
    return AsyncWebClient(slack.token, base_url=slack.api_url, retry_handlers=[])


async def test_what_is_posted_stands_in_the_thread(slack: Slack, client: AsyncWebClient) -> None:
    ada = slack.person("Ada", "ada@example.test")
    channel = slack.channel("help", ada)
    root = await client.chat_postMessage(channel=channel.id, text="One", blocks=[BUTTON])
    await client.chat_postMessage(channel=channel.id, text="Two", thread_ts=root["ts"], metadata=_metadata("7"))
    await client.chat_update(channel=channel.id, ts=root["ts"], text="One, changed")
    told = await client.conversations_replies(channel=channel.id, ts=root["ts"], include_all_metadata=True)
    assert [one["text"] for one in told["messages"]] == ["One, changed", "Two"]
    assert told["messages"][1]["metadata"]["event_payload"] == {"token": "7"}
    await client.reactions_add(channel=channel.id, timestamp=root["ts"], name="eyes")
    await client.chat_delete(channel=channel.id, ts=root["ts"])
    assert [one["text"] for one in slack.messages(channel)] == ["Two"]
    assert [len(slack.called(name)) for name in ("chat.postMessage", "chat.delete")] == [2, 1]


def _metadata(token: str) -> dict[str, Any]:
    return {"event_type": "message", "event_payload": {"token": token}}


async def test_people_are_known_with_their_addresses(slack: Slack, client: AsyncWebClient) -> None:
    grace = slack.person("Grace", "grace@example.test")
    assert (await client.users_info(user=grace.id))["user"]["profile"]["email"] == "grace@example.test"
    assert (await client.users_lookupByEmail(email="Grace@example.test"))["user"]["id"] == grace.id
    slack.api.scopes.discard("users:read.email")
    assert "email" not in (await client.users_info(user=grace.id))["user"]["profile"]


async def test_files_are_uploaded_in_three_steps_and_had_with_the_token(slack: Slack, client: AsyncWebClient) -> None:
    ada = slack.person("Ada")
    dm = slack.dm(ada)
    await client.files_upload_v2(filename="receipt.pdf", content=b"%PDF", channel=dm.id, initial_comment="Here")
    (message,) = slack.messages(dm)
    url = message["files"][0]["url_private"]
    async with aiohttp.ClientSession() as http:
        async with http.get(url, headers={"Authorization": f"Bearer {slack.token}"}) as answer:
            assert await answer.read() == b"%PDF"
        async with http.get(url) as answer:
            assert "Sign in" in await answer.text()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0"}, "channel_not_found"),
        ({"channel": "archived"}, "is_archived"),
        ({"channel": "foreign"}, "not_in_channel"),
        ({"channel": "help", "thread_ts": "1.1"}, "thread_not_found"),
    ],
)
async def test_slack_refuses_in_its_own_words(
    slack: Slack, client: AsyncWebClient, arguments: dict[str, Any], error: str
) -> None:
    channels = {name: slack.channel(name, ours=name != "foreign") for name in ("help", "archived", "foreign")}
    channels["archived"].archived = True
    found = channels.get(arguments["channel"])
    with pytest.raises(SlackApiError, match=error):
        await client.chat_postMessage(
            **{"text": "Hi", **arguments, "channel": found.id if found else arguments["channel"]}
        )


async def test_faults_are_met_as_often_as_told(slack: Slack, client: AsyncWebClient) -> None:
    channel = slack.channel("help")
    slack.fault("chat.postMessage", status=429, retry_after=3)
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=channel.id, text="Hi")
    assert limited.value.response.headers["Retry-After"] == "3"
    slack.fault("chat.postMessage", cut="before")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=channel.id, text="Hi")
    assert slack.messages(channel) == []
    slack.fault("chat.postMessage", cut="after")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=channel.id, text="Hi")
    assert len(slack.messages(channel)) == 1
    slack.paced = True
    await client.chat_postMessage(channel=channel.id, text="Hi")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.chat_postMessage(channel=channel.id, text="Hi")


@pytest.mark.parametrize(
    "arguments",
    [
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "colour": "red"}]},
        {"blocks": [BUTTON | {"block_id": str(number)} for number in range(51)]},
        {"text": "x" * 40_001},
        {"txet": "misspelled"},
    ],
    ids=["too long", "unknown name", "too many blocks", "too long a text", "unknown argument"],
)
async def test_what_slack_would_never_be_sent_fails_the_test(arguments: dict[str, Any]) -> None:
    async def post() -> None:
        async with Slack() as slack, aiohttp.ClientSession() as http:
            given = {"channel": slack.channel("help").id, "text": "Hi", **arguments}
            bearer = {"Authorization": f"Bearer {slack.token}"}
            async with http.post(f"{slack.api_url}chat.postMessage", json=given, headers=bearer) as answer:
                assert (await answer.json())["ok"] is False

    with pytest.raises(NotSlack):
        await post()


# --- by HTTP


async def test_what_people_say_is_posted_signed_and_repeated_until_it_is_taken(slack: Slack, app: App) -> None:
    assert await slack.verify_url()
    ada = slack.person("Ada")
    answers = iter((500, 200))
    app.answer = lambda payload: web.Response(status=next(answers))
    await slack.say(ada, slack.dm(ada), "2 < 3 & more")
    (_, first), (headers, second) = app.taken[1:]
    assert first == second
    assert first["event"]["text"] == "2 &lt; 3 &amp; more"
    assert (headers["X-Slack-Retry-Num"], headers["X-Slack-Retry-Reason"]) == ("1", "http_error")
    app.answer = lambda payload: web.Response(status=500)
    with pytest.raises(NotAcknowledged):
        await slack.say(ada, slack.dm(ada), "Hello?")
    assert len(app.taken) == 3 + 4


async def test_a_mention_is_told_twice_and_edits_with_what_was_before(slack: Slack, app: App) -> None:
    ada = slack.person("Ada")
    channel = slack.channel("help", ada)
    said = await slack.say(ada, channel, f"{slack.mention()} hello")
    await slack.edit(said, "hello")
    await slack.delete(said)
    told = [payload["event"] for _, payload in app.taken]
    assert [(one["type"], one.get("subtype")) for one in told] == [
        ("message", None),
        ("app_mention", None),
        ("message", "message_changed"),
        ("message", "message_deleted"),
    ]
    assert told[2]["previous_message"]["text"].endswith("hello")
    assert len({payload["event_id"] for _, payload in app.taken}) == 4


async def test_a_button_opens_a_modal_once_and_what_is_filled_in_is_told(
    slack: Slack, app: App, client: AsyncWebClient
) -> None:
    grace = slack.person("Grace")
    channel = slack.channel("desk", grace)
    card = (await client.chat_postMessage(channel=channel.id, text="Card", blocks=[BUTTON])).data
    assert isinstance(card, dict)
    await slack.press(grace, card, "claim", "7")
    pressed = app.taken[-1][1]
    assert pressed["actions"][0]["value"] == "7"
    await client.views_open(trigger_id=pressed["trigger_id"], view=MODAL)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=pressed["trigger_id"], view=MODAL)
    with pytest.raises(AssertionError, match="must be filled in"):
        await slack.submit_view(grace)
    app.answer = lambda payload: web.json_response({"response_action": "errors", "errors": {"words": "Too short"}})
    await slack.submit_view(grace, {"text": "a"})
    assert grace.modals
    app.answer = lambda payload: web.Response()
    await slack.submit_view(grace, {"text": "A note"})
    assert app.taken[-1][1]["view"]["state"]["values"]["words"]["text"]["value"] == "A note"
    assert grace.modals == []
    with pytest.raises(AssertionError, match="nobody was shown"):
        await slack.press(grace, card, "solve")


async def test_commands_shortcuts_the_home_and_emoji_reach_the_app(
    slack: Slack, app: App, client: AsyncWebClient
) -> None:
    grace = slack.person("Grace")
    channel = slack.channel("desk", grace)
    app.answer = lambda payload: web.json_response({"text": "Two wait."})
    await slack.slash(grace, "/desk", "queue", channel)
    assert grace.whispers[-1]["text"] == "Two wait."
    app.answer = lambda payload: web.Response()
    said = await slack.say(grace, channel, "Hello")
    await slack.shortcut(grace, "find")
    await slack.message_shortcut(grace, "send", said)
    statuses = []
    async with aiohttp.ClientSession() as http:
        for _ in range(6):
            async with http.post(app.taken[-1][1]["response_url"], json={"text": "Done"}) as answer:
                statuses.append(answer.status)
    assert (statuses, len(grace.whispers)) == ([200] * 5 + [404], 6)
    await client.views_publish(user_id=grace.id, view={"type": "home", "blocks": [BUTTON]})
    await slack.open_home(grace)
    assert grace.home
    await slack.press(grace, grace.home, "claim")
    await slack.react(grace, said, "eyes")
    kinds = [payload.get("event", payload).get("type", payload.get("command")) for _, payload in app.taken]
    assert kinds == [
        *("/desk", "message", "shortcut", "message_action", "app_home_opened", "block_actions", "reaction_added")
    ]


async def test_things_are_held_and_come_in_another_order_some_twice_some_answers_lost(slack: Slack, app: App) -> None:
    ada = slack.person("Ada")
    slack.random = Random(3)
    slack.loses = 0.1
    async with slack.held(duplicates=0.2):
        for number in range(50):
            await slack.say(ada, slack.dm(ada), str(number))
    texts = [payload["event"]["text"] for _, payload in app.taken]
    assert texts != sorted(texts, key=int)
    assert set(texts) == set(map(str, range(50)))
    assert len(texts) > 55


# --- Socket Mode


async def test_socket_mode_repeats_what_was_not_acknowledged_and_survives_a_cut(slack: Slack) -> None:
    ada = slack.person("Ada")
    seen: list[tuple[str, int]] = []

    async def take(client: Any, request: SocketModeRequest) -> None:
        seen.append((request.payload["event"]["text"], request.retry_attempt or 0))
        if len(seen) == 1:
            slack.cut()
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    async with _socket_client(slack, take):
        await slack.say(ada, slack.dm(ada), "Hello")
        await slack.disconnect()
        await slack.say(ada, slack.dm(ada), "Still there?")
    assert seen == [("Hello", 0), ("Hello", 1), ("Still there?", 0)]


class _socket_client:  # noqa: N801
    """slack_sdk's own client, until the block ends."""

    def __init__(self, slack: Slack, take: Callable[[Any, SocketModeRequest], Awaitable[None]]) -> None:
        web_client = AsyncWebClient(slack.token, base_url=slack.api_url)
        self.client = SocketModeClient(slack.app_token, web_client=web_client, ping_interval=0.2)
        self.client.socket_mode_request_listeners.append(take)

    async def __aenter__(self) -> None:
        await self.client.connect()  # type: ignore[no-untyped-call]

    async def __aexit__(self, *error: object) -> None:
        await self.client.close()  # type: ignore[no-untyped-call]


# --- tokens


async def test_tokens_are_exchanged_before_they_end_and_a_refresh_token_is_good_once(slack: Slack) -> None:
    slack.oauth.rotate(slack.team)
    old = slack.token
    given = {"grant_type": "refresh_token", "refresh_token": slack.team.refresh_token}
    basic = aiohttp.encode_basic_auth(slack.oauth.client_id, slack.oauth.client_secret)
    async with aiohttp.ClientSession(headers={"Authorization": basic}) as http:
        answers = []
        for _ in range(2):
            async with http.post(f"{slack.api_url}oauth.v2.access", data=given) as answer:
                answers.append(await answer.json())
    assert answers[0]["access_token"] == slack.token != old
    assert answers[1] == {"ok": False, "error": "invalid_refresh_token"}
    slack.oauth.expire(slack.team)
    with pytest.raises(SlackApiError, match="token_expired"):
        await AsyncWebClient(slack.token, base_url=slack.api_url).auth_test()


async def test_consent_gives_a_code_and_that_a_token_of_the_workspace(slack: Slack) -> None:
    other = slack.world.workspace("Partner")
    asked = {"client_id": slack.oauth.client_id, "scope": "chat:write", "state": "7", "team": other.id}
    async with aiohttp.ClientSession() as http:
        asked["redirect_uri"] = f"{slack.url}/login"
        async with http.get(f"{slack.url}/oauth/v2/authorize", params=asked) as answer:
            code = answer.url.query["code"]
        given = {"client_id": slack.oauth.client_id, "client_secret": slack.oauth.client_secret, "code": code}
        async with http.post(f"{slack.api_url}oauth.v2.access", data=given) as answer:
            told = await answer.json()
    assert (told["team"]["id"], told["access_token"]) == (other.id, other.token)
    assert told["expires_in"] == 43_200


async def test_a_revoked_token_is_told_and_refused(slack: Slack, app: App, client: AsyncWebClient) -> None:
    await slack.revoke()
    assert app.taken[-1][1]["event"]["type"] == "tokens_revoked"
    with pytest.raises(SlackApiError, match="token_revoked"):
        await client.auth_test()
