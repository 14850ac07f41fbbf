"""What leaves for Telegram, over a real socket: how it is cut up, what is known of it then, what is never told."""

import logging
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from contactcenter.channels.telegram.limits import Bucket, Limits
from contactcenter.model.values import (
    Attached,
    Outbound,
    RetryLater,
    Undeliverable,
    Unknown,
    Unreachable,
    Unusable,
)
from tests.providers import telegram as fake
from tests.providers.telegram import TOKEN, Answer, Bot, Contract, TelegramServer, bot

PNG = b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture
async def server(telegram_contract: Contract) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(telegram_contract) as opened:
        yield opened


@pytest.fixture
def acme(server: TelegramServer) -> Bot:
    return bot(server)


_numbers = count(1)


def reply(text: str, conversation: str = "100", **more: Any) -> Outbound:
    number = next(_numbers)
    return Outbound(number, conversation, conversation, "agent", "Grace", text, number, 0, **more)


async def attached(channel: Bot, name: str, kind: str, content: bytes) -> Attached:
    digest = await channel.sending.files.put(content)
    return Attached(name, kind, len(content), f"file:{digest}")


def pieces_of(length: int) -> str:
    return "\n".join(["x" * 4000] * length)


# --- what becomes of what was sent


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (fake.BLOCKED, Unreachable, "the customer blocked the bot"),
        (fake.refuse(403, "Forbidden: user is deactivated"), Unreachable, "deleted"),
        (fake.refuse(403, "Forbidden: bot was kicked from the supergroup chat"), Unreachable, "removed from the group"),
        (fake.refuse(403, "Forbidden: something new"), Unreachable, "something new"),
        (fake.refuse(400, "Bad Request: message thread not found"), Undeliverable, "Message thread not found"),
        (fake.UNAUTHORIZED, Unusable, "@BotFather"),
        (fake.refuse(404, "Not Found"), Unusable, "@BotFather"),
        (fake.TROUBLE, Unusable, "in trouble"),
        (Answer(503, b"<html>"), Unusable, "in trouble"),
        (Answer(302, b"sign in to this hotel's network"), Unusable, "from something on the way there"),
        (Answer(403, b"<html>Blocked by your company"), Unusable, "status 403, from something on the way there"),
        (Answer(401, b"<html>Proxy login"), Unusable, "status 401, from something on the way there"),
        (Answer(413, b"<html>"), Undeliverable, "too large"),
        (fake.GATEWAY, Unknown, "no receipt for it: something on the way there failed .status 502."),
        (fake.SILENCE, Unknown, "no receipt for it: it did not answer in time"),
        (fake.CUT, Unknown, "no receipt for it: the connection broke"),
        (fake.HALF, Unknown, "no receipt"),
        (Answer(200, b"<html>"), Unknown, "not to be understood"),
        (Answer(200, {"ok": True, "result": {}}), Unknown, "no receipt"),
        (Answer(200, {"ok": True}), Unknown, "no receipt"),
        (Answer(429, b"slow down"), RetryLater, "pause"),
    ],
)
async def test_an_answer_is_told_by_its_remedy(
    server: TelegramServer, acme: Bot, answer: Answer, error: type[Exception], words: str
) -> None:
    server.answer("sendMessage", answer)
    with pytest.raises(error, match=words) as told:
        await acme.send(reply("It is on its way."))
    assert type(told.value) is error
    assert len(server.called("sendMessage")) == 1, "it was repeated"


async def test_who_cannot_be_reached_has_not_got_it(server: TelegramServer) -> None:
    away = bot(server, api_url="http://127.0.0.1:1")
    with pytest.raises(RetryLater, match=r"127.0.0.1:1 cannot be reached \(ConnectError\)"):
        await away.send(reply("hi"))


async def test_the_token_is_in_no_error_and_no_log(server: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = TOKEN.partition(":")[2]
    for answer in (fake.refuse(400, f"Bad Request: {TOKEN}?"), fake.UNAUTHORIZED, fake.CUT, fake.GATEWAY):
        server.answer("sendMessage", answer)
        with pytest.raises((RetryLater, Undeliverable, Unknown)) as told:
            await bot(server).send(reply("Ada's secret text"))
        assert secret not in str(told.value)
    assert secret not in caplog.text
    assert "Ada's secret text" not in caplog.text


# --- pieces


async def test_what_has_left_is_not_said_again_after_a_flood(server: TelegramServer, acme: Bot) -> None:
    message = reply(pieces_of(3))
    server.after("sendMessage", 1, fake.flood(3))
    with pytest.raises(RetryLater) as told:
        await acme.send(message)
    assert told.value.after == 3
    receipt = await acme.send(message)
    assert len(server.shown) == 3
    assert receipt.external_id == "100:" + ",".join(str(one["message_id"]) for one in server.shown)


@pytest.mark.parametrize("at", [1, 2], ids=["the second", "the third"])
async def test_a_piece_in_doubt_is_named_and_only_it_can_come_twice(server: TelegramServer, acme: Bot, at: int) -> None:
    message = reply(pieces_of(3))
    server.after("sendMessage", at, fake.CUT)
    with pytest.raises(Unknown, match=f"part {at + 1} of 3"):
        await acme.send(message)
    assert len(server.shown) == at + 1
    await acme.send(message)  # an agent decided so
    assert len(server.shown) == 4


async def test_pieces_that_would_have_to_wait_long_leave_later_and_the_rest_from_there(
    server: TelegramServer,
) -> None:
    limits = Limits(lambda: 1000.0, groups={-1001: Bucket(interval=100.0, burst=2)})
    acme, message = bot(server, limits=limits), reply(pieces_of(3), "-1001")
    with pytest.raises(RetryLater) as told:
        await acme.send(message)
    assert (told.value.after, len(server.shown)) == (100.0, 2)
    limits.groups.clear()
    await acme.send(message)
    assert len(server.shown) == 3


async def test_a_group_that_became_another_is_followed(server: TelegramServer, acme: Bot) -> None:
    moved = fake.refuse(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1002)
    server.answer("sendMessage", moved)
    receipt = await acme.send(reply("hello", "-55"))
    assert receipt.external_id.startswith("-1002:")
    await acme.send(reply("again", "-55"))
    assert [message["chat"]["id"] for message in server.shown] == [-1002, -1002]


# --- how it looks


async def test_choices_are_buttons_that_carry_their_number(server: TelegramServer, acme: Bot) -> None:
    choices = ("Where is it?", "Ein sehr langer Vorschlag, " * 9, "")
    await acme.send(reply("Which?", choices=choices))
    rows = server.shown[-1]["reply_markup"]["inline_keyboard"]
    assert [button["callback_data"] for (button,) in rows] == ["0", "1"]


async def test_choices_of_a_message_in_pieces_are_written_below_it(server: TelegramServer, acme: Bot) -> None:
    await acme.send(reply(pieces_of(2), choices=("yes", "no")))
    assert server.shown[-1]["text"].endswith("\n\nYou can answer with a number:\n1  yes\n2  no")
    assert not any("reply_markup" in message for message in server.shown)


async def test_in_a_group_an_answer_shows_what_it_answers_and_stays_in_its_topic(
    server: TelegramServer, acme: Bot
) -> None:
    await acme.send(reply("Under Orders.", "-1001:9", references=("-1001:3", "-1001:31")))
    (asked,) = server.called("sendMessage")
    assert asked["message_thread_id"] == "9"
    assert asked["reply_parameters"] == {"message_id": 31, "allow_sending_without_reply": True}
    await acme.send(reply("Under Orders.", references=("100:3",)))
    assert "reply_parameters" not in server.called("sendMessage")[-1]


@pytest.mark.parametrize(
    ("name", "kind", "content", "method"),
    [
        ("screen.png", "image/png", PNG, "sendPhoto"),
        ("receipt.pdf", "application/pdf", b"%PDF", "sendDocument"),
        ("no-picture.png", "image/png", b"text", "sendDocument"),
        ("Füße 🦶.txt", "text/plain", b"text", "sendDocument"),
    ],
)
async def test_a_file_leaves_with_its_text_as_what_it_is(
    server: TelegramServer, acme: Bot, name: str, kind: str, content: bytes, method: str
) -> None:
    file = await attached(acme, name, kind, content)
    await acme.send(reply("See here", files=(file,)))
    (shown,) = server.shown
    assert (shown["caption"], server.uploads[shown["message_id"]]) == ("See here", content)
    assert server.called(method)


async def test_a_long_text_and_several_files_are_messages_of_their_own(server: TelegramServer, acme: Bot) -> None:
    files = [await attached(acme, f"{number}.txt", "text/plain", b"%d" % number) for number in range(2)]
    await acme.send(reply("x" * 1025, files=(files[0],)))
    await acme.send(reply("two", files=tuple(files)))
    assert [message.get("text", "file")[:3] for message in server.shown] == ["xxx", "fil", "two", "fil", "fil"]
    assert not any("caption" in message for message in server.shown)


async def test_files_that_telegram_does_not_take_are_told_in_words(server: TelegramServer, acme: Bot) -> None:
    large = Attached("film.mp4", "video/mp4", 51 * 1024 * 1024, "file:" + "0" * 64)
    gone = Attached("gone.txt", "text/plain", 5, "file:" + "0" * 64)
    empty = await attached(acme, "empty.txt", "text/plain", b"")
    for file, words in ((large, "50 MB"), (gone, "attach it again"), (empty, "empty")):
        with pytest.raises(Undeliverable, match=words):
            await acme.send(reply("See here", files=(file,)))
    assert server.shown == []


async def test_a_conversation_of_another_medium_is_undeliverable(acme: Bot) -> None:
    with pytest.raises(Undeliverable, match="none of Telegram's"):
        await acme.send(reply("hi", "ada@example.test"))


# --- changes


async def test_a_message_is_changed_and_changing_it_again_is_no_error(server: TelegramServer, acme: Bot) -> None:
    message = reply("Tomorow", choices=("yes",))
    sent = replace(message, external_id=(await acme.send(message)).external_id, text="Tomorrow")
    for _ in range(2):
        assert (await acme.edit(sent)).external_id == sent.external_id
    (shown,) = server.shown
    assert shown["text"] == "Tomorrow"


async def test_a_message_in_pieces_becomes_shorter_and_not_longer(server: TelegramServer, acme: Bot) -> None:
    message = reply(pieces_of(3))
    sent = replace(message, external_id=(await acme.send(message)).external_id)
    await acme.edit(replace(sent, text="short"))
    assert [shown["text"] for shown in server.shown] == ["short"]
    with pytest.raises(Undeliverable, match="too long"):
        await acme.edit(replace(sent, text=pieces_of(4)))


async def test_the_text_below_a_file_is_changed_there(server: TelegramServer, acme: Bot) -> None:
    message = reply("Se here", files=(await attached(acme, "a.txt", "text/plain", b"a"),))
    sent = replace(message, external_id=(await acme.send(message)).external_id, text="See here")
    await acme.edit(sent)
    assert server.shown[0]["caption"] == "See here"


async def test_a_message_is_taken_away_with_all_its_pieces_and_once_more(server: TelegramServer, acme: Bot) -> None:
    message = reply(pieces_of(2))
    sent = replace(message, external_id=(await acme.send(message)).external_id)
    for _ in range(2):
        await acme.delete(sent)
    assert server.shown == []


async def test_what_was_never_delivered_cannot_be_changed(acme: Bot) -> None:
    with pytest.raises(Undeliverable, match="never delivered"):
        await acme.edit(reply("hi"))


# --- typing


async def test_typing_is_shown_and_never_fails(server: TelegramServer) -> None:
    now = [1000.0]
    acme = bot(server, limits=Limits(lambda: now[0]))
    await acme.typing("-1001:9")
    assert len(server.called("sendChatAction")) == 1
    now[0] += 5
    server.answer("sendChatAction", fake.flood(30))
    await acme.typing("-1001:9")
    now[0] += 5
    await acme.typing("-1001:9")  # not while Telegram wants a pause
    await acme.typing("no chat at all")
    assert len(server.called("sendChatAction")) == 2
    server.answer("sendChatAction", fake.BLOCKED, fake.CUT)
    await acme.typing("100")
    await acme.typing("101")


# --- files of customers


async def fetched(channel: Bot, ref: str) -> bytes:
    return b"".join([piece async for piece in channel.fetch(ref)])


async def test_a_file_of_a_customer_comes_whole_or_not_at_all(server: TelegramServer, acme: Bot) -> None:
    server.files["f"] = bytes(range(256)) * 1000
    assert await fetched(acme, "f") == server.files["f"]
    server.sizes["f"] = 5
    with pytest.raises(RetryLater, match="cut"):
        await fetched(acme, "f")


@pytest.mark.parametrize("size", [21 * 1024 * 1024, 5], ids=["as stated", "as found"])
async def test_a_file_that_is_too_large_is_told_in_words(server: TelegramServer, acme: Bot, size: int) -> None:
    server.files["f"], server.sizes["f"] = bytes(21 * 1024 * 1024), size
    with pytest.raises(Undeliverable, match="20 MB"):
        await fetched(acme, "f")


@pytest.mark.parametrize("answer", [fake.CUT, Answer(404, b""), Answer(500, b"")])
async def test_a_file_that_does_not_come_is_tried_later_and_its_address_not_told(
    server: TelegramServer, acme: Bot, answer: Answer
) -> None:
    server.files["f"] = b"content"
    server.answer("file", answer, answer)  # the HTTP client asks again for what was cut
    with pytest.raises(RetryLater) as told:
        await fetched(acme, "f")
    assert TOKEN not in str(told.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fake.flood(7), RetryLater),
        (fake.CUT, RetryLater),
        (fake.UNAUTHORIZED, RetryLater),
        (fake.refuse(400, "Bad Request: file is too big"), Undeliverable),
        (fake.refuse(400, "Bad Request: invalid file_id"), Undeliverable),
        (fake.refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable"), RetryLater),
    ],
)
async def test_what_telegram_says_of_a_file_is_told_by_its_remedy(
    server: TelegramServer, acme: Bot, answer: Answer, error: type[Exception]
) -> None:
    server.answer("getFile", answer)
    with pytest.raises(error):
        await fetched(acme, "f")
