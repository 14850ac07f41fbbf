"""The channel contract for Telegram: its updates fetched, its updates brought; and what is only its own."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest

from contactcenter.channels.protocol import Channel
from contactcenter.channels.telegram.listening import Hook
from contactcenter.model.values import Attached, Edit, Inbound, Outbound, RawEvent
from tests.contracts.channel import ChannelContract, Harness, Recording, Refused, Words, recordings, running
from tests.desk import eventually
from tests.providers import telegram as fake
from tests.providers.telegram import NOW, Contract, Fields, TelegramServer, bot, chat_of, serving
from tests.servers import left_out

REFUSALS = {
    "flood": fake.flood(7),
    "never": fake.refuse(400, "Bad Request: chat not found"),
    "silence": fake.SILENCE,
    "our key": fake.UNAUTHORIZED,
}
HOOK_SECRET = "only-telegram-and-we-know-it"


def _buttons(message: Fields) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


class TelegramHarness(Harness):
    """Updates are fetched."""

    excused: ClassVar = {
        "a_wrong_or_stale_signature_is_refused": "hook: it is we who ask Telegram",
        "attachments_keep_name_type_size_and_bytes": "attachments: a message of Telegram's carries one; tested below",
        "edits_and_deletions_are_told_as_such": "edits: Telegram tells a bot of no deletion; edits are tested below",
    }

    def __init__(self, server: TelegramServer, hook: Hook | None = None) -> None:
        self.server = server
        self.bot = bot(server, hook)
        self.channel: Channel = self.bot
        self._updates: dict[tuple[str, str], Fields] = {}
        self._chats: dict[str, int] = {"one": 100}
        self._served: set[int] = set()
        self._refused: set[int] = set()
        self._sent = 0
        self._asked = 0
        server.choose = self._choose

    async def listening(self) -> None:
        async def waited_for() -> bool:
            return self.server.waiting > 0

        await eventually(waited_for)

    async def say(self, words: Words) -> None:
        update = self._update(words)
        number = update["update_id"]
        self._served.discard(number)
        self._refused.discard(number)
        acknowledged = self.server.acknowledged.count(number)
        self.server.bring(update)

        async def settled() -> str:
            if self.server.acknowledged.count(number) > acknowledged:
                return "acknowledged"
            return "refused" if number in self._refused or not self.server.visited else ""

        if await eventually(settled) == "refused":
            self.server.pending = [one for one in self.server.pending if one["update_id"] != number]
            raise Refused("asked for again, or never asked for again")

    def _choose(self, pending: list[Fields]) -> list[Fields]:
        """Whoever asks again for what they got has not stored it: they get no more of it until it is said again."""
        for update in list(pending):
            if update["update_id"] in self._served:
                self._refused.add(update["update_id"])
                pending.remove(update)
        self._served |= {update["update_id"] for update in pending}
        return list(pending)

    async def shown(self, until: str) -> list[str]:
        texts = ["\n".join([message["text"], *_buttons(message)]) for message in self.server.shown]
        assert texts[-1] == until
        return texts

    def outbound(self, text: str) -> Outbound:
        self._sent += 1
        return Outbound(self._sent, "100", "100", "agent", "Grace", text, self._sent, 0)

    def refusal(self, answer: str) -> Outbound:
        self.server.answer("sendMessage", REFUSALS[answer])
        if answer == "our key":
            self.server.answer("getMe", REFUSALS[answer])
        return self.outbound("It is on its way.")

    async def called(self) -> str:
        last = self.server.shown[-1]
        return f"{last['chat']['id']}:{last['message_id']}"

    async def content(self, raw: RawEvent, attached: Attached) -> bytes:
        kind, _, ref = attached.ref.partition(":")
        assert kind == "remote"
        return b"".join([piece async for piece in self.bot.fetch(ref)])

    def _update(self, words: Words) -> Fields:
        """The same words are the same update."""
        key = words.thread, words.id
        if key not in self._updates:
            chat = self._chats.setdefault(words.thread, 100 + len(self._chats))
            content: Fields = {"text": words.text}
            for name, kind, data in words.files or (() if words.text else (("note.txt", "text/plain", b"-"),)):
                self.server.files[f"file-{len(self.server.files)}"] = data
                document = {"file_id": f"file-{len(self.server.files) - 1}", "file_unique_id": "u", "file_name": name}
                content = {"document": {**document, "mime_type": kind, "file_size": len(data)}}
                content |= {"caption": words.text} if words.text else {}
            self._updates[key] = self.server.update(message=said(chat, 10 + len(self._updates), **content))
        return self._updates[key]


class HookedHarness(TelegramHarness):
    """Updates are brought."""

    excused: ClassVar = {
        name: why for name, why in TelegramHarness.excused.items() if name != "a_wrong_or_stale_signature_is_refused"
    }

    async def listening(self) -> None:
        asked = self._asked
        await self.server.until(lambda: len(self.server.called("setWebhook")) > asked)
        self._asked = len(self.server.called("setWebhook"))

    async def say(self, words: Words) -> None:
        status = await self.server.post(self._update(words))
        if status != 200:
            raise Refused(str(status))

    async def forge(self) -> None:
        update = self._update(Words("I am Telegram"))
        for secret in ("", "guessed", HOOK_SECRET[:-1], HOOK_SECRET.upper(), "é"):
            assert await self.server.post(update, secret) == 403
        raise Refused("403")


def said(chat: int, number: int, **content: Any) -> Fields:
    """A message of Ada's."""
    ada = {"id": 100, "is_bot": False, "first_name": "Ada", "last_name": "Lovelace"}
    return {"message_id": number, "date": NOW, "chat": chat_of(chat), "from": ada, **content}


class TestTelegramFetched(ChannelContract):
    kind = "telegram"

    @pytest.fixture
    async def harness(self, telegram_contract: Contract) -> AsyncIterator[Harness]:
        async with TelegramServer(telegram_contract) as server:
            yield TelegramHarness(server)

    def test_edits_are_told_as_such(self, recorded: list[Recording], harness: Harness) -> None:
        read = [(one.name, item) for one in recorded for item in harness.channel.parse(one.raw)]
        known = {item.external_id for _, item in read if isinstance(item, Inbound)}
        edits = [item for name, item in read if name.startswith("edit-")]
        assert edits
        assert all(isinstance(edit, Edit) and edit.external_id in known for edit in edits)

    @pytest.mark.parametrize(
        "file",
        [
            ("receipt.pdf", "application/pdf", bytes(range(256)) * 900),
            ("Foto vom Päckchen 📦.png", "image/png", b"\x89PNG\r\n\x1a\n\x00"),
            ("empty.txt", "text/plain", b""),
        ],
        ids=["pdf", "picture", "empty"],
    )
    async def test_an_attachment_keeps_name_type_size_and_bytes(
        self, harness: TelegramHarness, file: tuple[str, str, bytes]
    ) -> None:
        async with running(harness) as at_work:
            raw, message = await at_work.hear(Words("See attached", files=(file,)))
        (attached,) = message.attachments
        assert (message.text, attached.name, attached.type, attached.size) == ("See attached", *file[:2], len(file[2]))
        assert await harness.content(raw, attached) == file[2]


class TestTelegramBrought(ChannelContract):
    kind = "telegram"

    @pytest.fixture
    async def harness(self, telegram_contract: Contract) -> AsyncIterator[Harness]:
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(TelegramServer(telegram_contract))
            made: list[HookedHarness] = []
            address = await stack.enter_async_context(
                serving(lambda request: made[0].bot.hook(request, made[0].bot.accept))
            )
            made.append(HookedHarness(server, Hook(address, HOOK_SECRET)))
            yield made[0]


def test_what_is_recorded_agrees_with_models_that_others_wrote(telegram_contract: Contract) -> None:
    if not telegram_contract.installed:
        left_out("aiogram is not installed beside the desk: make contracts")
    for recording in recordings("telegram", "bot"):
        assert telegram_contract.check("update", "", json.loads(recording.raw.payload)) == "", recording.name


def test_the_models_refuse_what_is_not_telegrams(telegram_contract: Contract) -> None:
    if not telegram_contract.installed:
        left_out("aiogram is not installed beside the desk: make contracts")
    callback = {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "Ada"}, "data": "0"}
    wrong: list[tuple[str, str, Any]] = [
        ("request", "sendMessage", {"chat_id": 1}),
        ("request", "sendMessage", {"chat_id": 1, "text": "hi", "colour": "red"}),
        ("request", "sendMassage", {}),
        ("reply", "sendMessage", {"message_id": 1}),
        ("update", "", {"update_id": 1, "callback_query": callback}),
        ("update", "", {"update_id": 1, "message": said(1, 1, text="hi", colour="red")}),
    ]
    assert all(telegram_contract.check(*one) for one in wrong)
    telegram_contract.faults.clear()
