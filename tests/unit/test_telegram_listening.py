"""How updates come in: stored before they are acknowledged, and what does not work told in plain words."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from contactcenter.app import refuse_doubles
from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Accepted, HookRequest
from contactcenter.channels.telegram import Settings, build
from contactcenter.channels.telegram.examine import examine
from contactcenter.channels.telegram.listening import Hook
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.settings import SettingsError, check
from tests.contracts.test_telegram_channel import said
from tests.desk import eventually
from tests.providers import telegram as fake
from tests.providers.telegram import NOW, TOKEN, Bot, Contract, TelegramServer, bot

HOOK = Hook("https://desk.test/hooks/bot", "s3cret-of-the-desk")


class Inbox:
    """Keeps what it is handed, or cannot."""

    def __init__(self) -> None:
        self.kept: list[RawEvent] = []
        self.full = False

    async def accept(self, raw: RawEvent) -> Accepted:
        if self.full:
            raise StoreUnavailable("the disk is full")
        self.kept.append(raw)
        return Accepted(len(self.kept), new=True)

    async def until(self, count: int) -> None:
        async def there() -> bool:
            return len(self.kept) >= count

        await eventually(there)


@pytest.fixture
async def server(telegram_contract: Contract) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(telegram_contract) as opened:
        yield opened


@asynccontextmanager
async def running(channel: Bot, inbox: Inbox) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.run(inbox.accept))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def told(channel: Bot, words: str) -> str:
    """The first thing the channel says of itself that holds these words."""

    async def found() -> str:
        return next((line for line in channel.health.told if words in line), "")

    return await eventually(found)


# --- fetched


async def test_the_offset_moves_past_what_is_stored_and_no_further(server: TelegramServer) -> None:
    acme, inbox = bot(server), Inbox()
    updates = [server.update(message=said(100, number, text=f"{number}")) for number in range(3)]
    async with running(acme, inbox):
        await told(acme, "well")
        inbox.full = True
        server.bring(*updates)
        await told(acme, "cannot be stored, and wait with Telegram: the disk is full")
        assert server.acknowledged == []
        inbox.full = False
        await server.until_acknowledged(updates[-1]["update_id"])
    assert [raw.external_id for raw in inbox.kept] == [f"4711:{one['update_id']}" for one in updates]
    assert {raw.stream for raw in inbox.kept} == {"bot:100"}
    assert inbox.kept[0].envelope == {"bot": "4711", "username": "acme_bot"}


async def test_numbers_that_begin_anew_after_a_quiet_week_are_followed(server: TelegramServer) -> None:
    acme, inbox = bot(server), Inbox()
    async with running(acme, inbox):
        for number in (9_000_000, 12, 13):
            server.bring(server.update(number, message=said(100, number, text="hi")))
            await server.until_acknowledged(number)  # none waits with Telegram: only then do they begin anew
    assert [raw.external_id for raw in inbox.kept] == ["4711:9000000", "4711:12", "4711:13"]


async def test_what_cannot_be_read_is_stored_and_the_others_go_on(
    server: TelegramServer, telegram_contract: Contract
) -> None:
    acme, inbox = bot(server), Inbox()
    strange: list[Any] = [{"update_id": 7001, "message": "hello"}, {"update_id": 7002, "message": {"chat": 5}}, {}, "x"]
    async with running(acme, inbox):
        server.choose = lambda pending: [*strange, *pending] if not inbox.kept else pending
        server.bring(server.update(7003, message=said(100, 1, text="hi")))
        await inbox.until(5)
    assert len({raw.external_id for raw in inbox.kept[:5]}) == 5
    telegram_contract.faults.clear()  # the models would not have them either
    assert json.loads(inbox.kept[4].payload)["message"]["text"] == "hi"


async def test_a_button_is_answered_once_it_is_stored(server: TelegramServer) -> None:
    acme, inbox = bot(server), Inbox()
    pressed = {
        "id": "99",
        "from": said(100, 1)["from"],
        "chat_instance": "1",
        "data": "0",
        "message": {**said(100, 5, text="Which?"), "from": fake.BOT},
    }
    server.answer("answerCallbackQuery", fake.refuse(400, "Bad Request: query is too old"))
    async with running(acme, inbox):
        for _ in range(2):
            server.bring(server.update(callback_query=pressed))
            await inbox.until(len(inbox.kept) + 1)
        await server.until(lambda: len(server.called("answerCallbackQuery")) == 2)
    assert server.called("answerCallbackQuery")[0] == {"callback_query_id": "99"}
    assert [line for line in acme.health.told if line != "well"] == []


async def test_a_webhook_that_was_set_is_taken_away_to_fetch(server: TelegramServer) -> None:
    server.webhook = {"url": "https://old.test/hook"}
    acme = bot(server)
    async with running(acme, Inbox()):
        await told(acme, "well")
    assert server.webhook == {}


# --- health


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fake.UNAUTHORIZED, "Telegram does not know the token any more: take the new one from @BotFather"),
        (fake.TWO_FETCH, "another program fetches this bot's messages"),
        (fake.TROUBLE, "is in trouble (status 500); it is tried again by itself"),
        (fake.GATEWAY, "is in trouble (status 502)"),
        (fake.CUT, "cannot be reached"),
        (fake.Answer(200, b"<html>"), "is not to be understood"),
    ],
)
async def test_what_is_wrong_is_told_with_its_remedy_and_ends_by_itself(
    server: TelegramServer, answer: fake.Answer, words: str
) -> None:
    server.answer("getUpdates", answer)
    acme = bot(server)
    async with running(acme, Inbox()):
        failing = await told(acme, words)
        assert TOKEN not in failing
        await told(acme, "well")


async def test_a_provider_that_is_away_is_told(server: TelegramServer) -> None:
    acme = bot(server, api_url="http://127.0.0.1:1")
    async with running(acme, Inbox()):
        assert await told(acme, "ConnectError") == (
            "127.0.0.1:1 cannot be reached (ConnectError); check api_url; it is tried again by itself"
        )


async def test_a_wrong_token_is_told(server: TelegramServer) -> None:
    acme = bot(server, token="4711:another-token-of-twenty")
    async with running(acme, Inbox()):
        assert "@BotFather" in await told(acme, "token")


# --- brought


async def test_the_webhook_is_set_with_its_secret_and_set_again_when_somebody_took_it(server: TelegramServer) -> None:
    acme = bot(server, HOOK)
    async with running(acme, Inbox()):
        await told(acme, "well")
        assert server.webhook["secret_token"] == HOOK.secret
        assert set(server.webhook["allowed_updates"]) == {
            "message", "edited_message", "callback_query", "my_chat_member",
        }  # fmt: skip
        server.webhook = {"url": "https://old.test/hook"}
        await told(acme, "somebody set another webhook for this bot")
        await server.until(lambda: server.webhook["url"] == HOOK.url)


async def test_what_telegram_cannot_bring_is_told_with_telegrams_reason(server: TelegramServer) -> None:
    acme = bot(server, HOOK)
    async with running(acme, Inbox()):
        await told(acme, "well")
        server.bring(server.update(message=said(100, 1, text="hi")))
        server.webhook |= {"last_error_date": NOW, "last_error_message": "Connection refused"}
        await told(acme, "Telegram cannot bring messages to https://desk.test/hooks/bot: Connection refused; 1 wait")
        server.pending.clear()
        acme.health.told.clear()
        await told(acme, "well")


def posted(update: Any, secret: str = HOOK.secret, method: str = "POST") -> HookRequest:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return HookRequest(method, {"x-telegram-bot-api-secret-token": secret}, {}, body)


async def test_what_is_posted_is_stored_before_the_answer_and_a_button_answered_with_it(server: TelegramServer) -> None:
    acme, inbox = bot(server, HOOK), Inbox()
    pressed = {"id": "99", "from": said(100, 1)["from"], "chat_instance": "1", "data": "0"}
    reply = await acme.hook(posted({"update_id": 1, "callback_query": pressed}), inbox.accept)
    assert json.loads(reply.body) == {"method": "answerCallbackQuery", "callback_query_id": "99"}
    assert reply.type == "application/json"
    for junk in (b"", b"{", b"[" * 100_000, b"null", b'{"update_id": "x"}'):
        assert (await acme.hook(posted(junk), inbox.accept)).status == 200
    assert len({raw.external_id for raw in inbox.kept}) == 6
    inbox.full = True
    with pytest.raises(StoreUnavailable):
        await acme.hook(posted({"update_id": 2}), inbox.accept)


async def test_nobody_else_can_post(server: TelegramServer) -> None:
    inbox = Inbox()
    for acme, request in (
        (bot(server, HOOK), posted({"update_id": 1}, secret="")),
        (bot(server, HOOK), posted({"update_id": 1}, secret="guessed")),
        (bot(server, HOOK), posted({"update_id": 1}, secret="\udcff")),  # a byte that is no text, as aiohttp has it
        (bot(server, HOOK), posted({"update_id": 1}, method="GET")),
        (bot(server), posted({"update_id": 1})),
    ):
        assert (await acme.hook(request, inbox.accept)).status in (403, 404)
    assert inbox.kept == []


async def test_until_our_name_is_known_telegram_keeps_what_it_has(server: TelegramServer) -> None:
    acme, inbox = bot(server, HOOK), Inbox()
    server.answer("getMe", fake.GATEWAY)
    assert (await acme.hook(posted({"update_id": 1}), inbox.accept)).status == 503
    assert (await acme.hook(posted({"update_id": 1}), inbox.accept)).status == 200


# --- settings


GOOD = {"kind": "telegram", "token": TOKEN}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"token": "4711"}, "setting channels.bot.token: is no token of a bot"),
        ({"token": ""}, "as @BotFather gives it"),
        ({"token": "4711:geheimes-wört-das-keiner-kennt"}, "is no token"),
        ({"api_url": "http://example.test"}, "must begin with https://"),
        ({"mode": "push"}, "can be 'polling' or 'webhook'"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_remedy(keys: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as told:
        check(Settings, {**GOOD, **keys}, "channels.bot")
    assert "geheim" not in str(told.value)


def test_two_channels_cannot_be_one_bot() -> None:
    one, two = (check(Settings, {**GOOD, "token": f"4711:{word * 20}"}, "channels.bot") for word in "ab")
    with pytest.raises(SettingsError, match=r"setting channels\.two\.token: 4711 is that of channels\.one already"):
        refuse_doubles({"one": one, "two": two})
    refuse_doubles({"one": one, "other": check(Settings, {**GOOD, "token": f"4712:{'a' * 20}"}, "channels.other")})


def parts(public_url: str, tmp_path: Path) -> Parts:
    nothing: Any = None
    return Parts(nothing, nothing, nothing, nothing, b"secret of the desk", public_url, nothing, nothing)


def test_a_webhook_needs_an_address_that_telegram_can_reach(tmp_path: Path) -> None:
    settings = check(Settings, {**GOOD, "mode": "webhook"}, "channels.bot")
    with pytest.raises(SettingsError, match=r"https:// addresses only, and web.public_url is http://127.0.0.1:8080"):
        build("bot", settings, parts("http://127.0.0.1:8080", tmp_path))
    channel, _ = build("bot", settings, parts("https://desk.test", tmp_path))
    again, _ = build("bot", settings, parts("https://desk.test", tmp_path))
    hook = channel.listening.hook
    assert hook is not None
    assert hook.url == "https://desk.test/hooks/bot"
    assert hook == again.listening.hook
    assert len(hook.secret) == 64


async def test_the_doctor_tells_what_is_well_and_what_is_not(server: TelegramServer) -> None:
    settings = check(Settings, {**GOOD, "api_url": server.url}, "channels.bot")
    found = [finding async for finding in examine("bot", settings)]
    assert [good for good, _ in found] == [True, True, True]
    assert "@acme_bot" in found[0][1]
    assert "/setprivacy" in found[1][1]
    server.answer("getMe", fake.UNAUTHORIZED)
    assert [good async for good, _ in examine("bot", settings)] == [False]
    server.webhook = {"url": "https://desk.test/hooks/bot", "last_error_date": NOW, "last_error_message": "no route"}
    server.bring(server.update(message=said(100, 1, text="hi")))
    brought = check(Settings, {**GOOD, "api_url": server.url, "mode": "webhook"}, "channels.bot")
    assert [text async for good, text in examine("bot", brought) if not good] == [
        "bot: Telegram cannot bring messages to https://desk.test/hooks/bot: no route; 1 wait there; "
        "check web.public_url and its proxy"
    ]
