"""The web chat protocol, at its real routes: each window sees every message once, in order, and only its own."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode

from contactcenter.channels.protocol import Accepted
from contactcenter.channels.webchat import reading
from contactcenter.flow.live import conversation_topic
from contactcenter.model.values import RawEvent, StoreUnavailable
from tests.contracts.engines import Sqlite
from tests.contracts.webchat import (
    FILE_LIMIT,
    TEXT_LIMIT,
    ChatServer,
    Visitor,
    acks,
    chat_server,
    said,
    told,
)
from tests.desk import Frames


@pytest.fixture
async def server(sqlite: Sqlite, tmp_path: Path) -> AsyncIterator[ChatServer]:
    """A web chat that takes messages in."""
    async with chat_server(sqlite, tmp_path) as server, server.running():
        yield server


@pytest.fixture
async def ada(server: ChatServer) -> Visitor:
    return await server.visitor(name="Ada")


def new_id() -> str:
    return str(uuid.uuid4())


async def write(window: Frames, text: str, number: str = "", **more: Any) -> int:
    """Say it and wait for the acknowledgement; its seq."""
    number, before = number or new_id(), len(window.all)
    await window.say(type="message", id=number, text=text, **more)
    return int((await window.first(told("ack", id=number), since=before))["seq"])


# --- once and in order ------------------------------------------------------------------------------------------------


async def test_a_message_is_acknowledged_with_its_seq_and_not_told_to_its_own_window(ada: Visitor) -> None:
    async with ada.window() as window, ada.window() as other:
        assert [await write(window, text) for text in ("one", "two")] == [1, 2]
        await other.first(told("message", seq=2))
        assert said(window) == []
        assert said(other) == [(1, "one"), (2, "two")]


async def test_a_repeated_id_is_stored_once_and_acknowledged_with_its_first_seq(
    server: ChatServer, ada: Visitor
) -> None:
    number = new_id()
    async with ada.window() as window, ada.window() as other:
        assert await write(window, "Where is my order?", number) == 1
        assert await write(window, "Anybody there?") == 2
        assert await write(window, "Where is my order?", number) == 1
        assert await write(other, "Where is my order?", number) == 1
        assert await write(window, "the end") == 3
        await other.first(told("message", seq=3))
        assert said(other) == [(1, "Where is my order?"), (2, "Anybody there?"), (3, "the end")]


async def test_one_id_of_two_visitors_is_two_messages(server: ChatServer, ada: Visitor) -> None:
    number, bob = new_id(), await server.visitor(name="Bob")
    async with ada.window() as hers, bob.window() as his:
        assert await write(hers, "From Ada", number) == 1
        assert await write(his, "From Bob", number) == 1
    async with ada.window() as again:
        assert said(again) == [(1, "From Ada")]


async def test_after_resumes_behind_the_last_message_shown(server: ChatServer, ada: Visitor) -> None:
    async with ada.window() as window:
        await write(window, "one")
        await server.answer(ada, "two")
        await write(window, "three")
    for after, wanted in ((0, [1, 2, 3]), (1, [2, 3]), (3, []), (999_999_999_999, [])):
        async with ada.window(after=after) as again:
            assert [seq for seq, _ in said(again)] == wanted
    async with ada.window(after=2) as again:
        await server.answer(ada, "four")
        await again.first(told("message", seq=4))
        assert said(again) == [(3, "three"), (4, "four")]


async def test_a_long_absence_is_made_up_for_in_pages(server: ChatServer, ada: Visitor) -> None:
    async with ada.window() as window:
        wanted = [(await write(window, f"message {number}"), f"message {number}") for number in range(reading.PAGE + 3)]
    async with ada.window() as again:
        assert said(again) == wanted


async def test_two_windows_that_write_at_once_each_see_everything_once_and_in_order(
    server: ChatServer, ada: Visitor
) -> None:
    async with ada.window() as one, ada.window() as other:
        for number in range(40):
            await (one, other)[number % 2].say(type="message", id=new_id(), text=f"message {number}")
        await write(one, "the end of one")
        await write(other, "the end of the other")
        await server.answer(ada, "the very end")
        for window in (one, other):
            last = await window.first(told("message", text="the very end"))
            told_ = [seq for seq, _ in said(window)]
            assert told_ == sorted(set(told_))
            assert {*told_, *acks(window).values()} == set(range(1, last["seq"] + 1))


async def test_an_answer_reaches_every_window_of_its_conversation_and_no_other(
    server: ChatServer, ada: Visitor
) -> None:
    bob = await server.visitor(name="Bob")
    async with ada.window() as one, ada.window() as other, bob.window() as his:
        await write(one, "Where is my order?")
        await write(his, "Where is mine?")
        await server.answer(ada, "It is on its way.")
        await server.answer(bob, "It is lost.")
        for window in (one, other):
            answer = await window.first(told("message", text="It is on its way."))
            assert answer["author"] == {"kind": "agent", "name": "Grace"}
        await his.first(told("message", text="It is lost."))
        assert [text for _, text in said(his)] == ["It is lost."]


async def test_what_the_bus_lost_is_read_from_the_table_with_the_next_message(server: ChatServer, ada: Visitor) -> None:
    async with ada.window() as window, ada.window() as other:
        await write(window, "one")
        await other.first(told("message", seq=1))
        server.bus.deaf = True
        await server.answer(ada, "two, which nobody heard of")
        server.bus.deaf = False
        await server.answer(ada, "three")
        for one in (window, other):
            await one.first(told("message", seq=3))
            assert said(one)[-2:] == [(2, "two, which nobody heard of"), (3, "three")]


async def test_when_the_bus_says_it_missed_something_the_table_is_read(server: ChatServer, ada: Visitor) -> None:
    async with ada.window() as window:
        await write(window, "one")
        server.bus.deaf = True
        await server.answer(ada, "two, which nobody heard of")
        server.bus.missed()
        await window.first(told("message", seq=2))
        assert said(window) == [(2, "two, which nobody heard of")]


async def test_an_id_that_is_an_everyday_word_hides_nothing(server: ChatServer, ada: Visitor) -> None:
    """A window passes over the live frame of its own message, and of no other that has the word in it."""
    async with ada.window() as window, ada.window() as other:
        assert await write(window, "one", "customer") == 1
        hold, go = asyncio.Event(), asyncio.Event()

        async def slowly(raw: RawEvent) -> Accepted:
            accepted = await server.take_in(raw)
            hold.set()
            await go.wait()
            return accepted

        async with server.running(slowly):
            await window.say(type="message", id="customer-2", text="two")
            await hold.wait()
            server.bus.publish(
                [conversation_topic("site", ada.id)],
                json.dumps({"type": "typing", "author": {"kind": "agent", "id": 1, "name": "customer-2"}}).encode(),
            )
            await window.first(told("typing"))
            go.set()
            await window.first(told("ack", id="customer-2"))
        await other.first(told("message", seq=2))


# --- what is refused --------------------------------------------------------------------------------------------------

JUNK = {
    "no JSON": "hello",
    "no object": "[]",
    "no type": "{}",
    "an unknown type": '{"type":"shout","text":"HELLO"}',
    "a server's frame": '{"type":"ack","id":"12345678","seq":1}',
    "no text": '{"type":"message","id":"12345678"}',
    "text of another type": '{"type":"message","id":"12345678","text":7}',
    "an id that is too short": '{"type":"message","id":"7","text":"hello"}',
    "an id that is no id": '{"type":"message","id":"../../../../","text":"hello"}',
    "half a character": '{"type":"message","id":"12345678","text":"\\ud83d"}',
    "a very deep thing": '{"type":"message","id":"12345678","text":"hello","x":' + "[" * 5_000,
    "a long type of wide characters": '{"type":"' + "é" * 200 + '"}',
    "a file of nobody": '{"type":"message","id":"12345678","text":"","files":["junk"]}',
}


@pytest.mark.parametrize("frame", JUNK.values(), ids=JUNK)
async def test_junk_closes_its_own_socket_and_no_other(ada: Visitor, frame: str) -> None:
    async with ada.window() as junk, ada.window() as other:
        await junk.socket.send_str(frame)
        assert await junk.closed() == WSCloseCode.INVALID_TEXT
        assert await write(other, "still here") == 1


async def test_bytes_close_the_socket_with_what_would_have_been_right(ada: Visitor) -> None:
    async with ada.window() as window:
        await window.socket.send_bytes(b'{"type":"message"}')
        assert await window.closed() == WSCloseCode.UNSUPPORTED_DATA


async def test_a_text_over_the_limit_is_refused_with_the_limit(ada: Visitor) -> None:
    async with ada.window() as window:
        number = new_id()
        await window.say(type="message", id=number, text="x" * (TEXT_LIMIT + 1))
        trouble = await window.first(told("error"))
        assert (trouble["id"], trouble["retry"]) == (number, False)
        assert f"{TEXT_LIMIT + 1} characters; the limit is {TEXT_LIMIT}" in trouble["detail"]
        assert await write(window, "x" * TEXT_LIMIT) == 1


async def test_the_longest_text_is_taken_however_json_writes_it(ada: Visitor) -> None:
    async with ada.window() as window:
        number = new_id()
        frame = json.dumps({"type": "message", "id": number, "text": "👋" * TEXT_LIMIT}, ensure_ascii=True)
        await window.socket.send_str(frame)
        assert (await window.first(told("ack", id=number)))["seq"] == 1
    async with ada.window() as again:
        assert said(again) == [(1, "👋" * TEXT_LIMIT)]


async def test_a_frame_beyond_any_message_closes_its_own_socket_only(ada: Visitor) -> None:
    async with ada.window() as window, ada.window() as other:
        await window.say(type="message", id=new_id(), text="x" * 200_000)
        assert await window.closed() == WSCloseCode.MESSAGE_TOO_BIG
        assert await write(other, "still here") == 1


@pytest.mark.parametrize("text", ["", " \n\t"])
async def test_nothing_at_all_is_not_said(ada: Visitor, text: str) -> None:
    async with ada.window() as window:
        await window.say(type="message", id=new_id(), text=text)
        assert (await window.first(told("error")))["retry"] is False
        assert await write(window, "something") == 1


@pytest.mark.parametrize("token", ["", "junk", "%00", "é"])
async def test_a_wrong_token_is_refused_before_the_upgrade(server: ChatServer, token: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await server.http.ws_connect(f"{server.url}/socket?token={token}")
    assert refused.value.status == 401
    for path, method in (("files", server.http.post), ("files/x", server.http.get)):
        async with method(f"{server.url}/{path}?token={token}") as answer:
            assert answer.status == 401
            assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 13])
async def test_an_after_that_is_no_seq_is_refused_before_the_upgrade(ada: Visitor, after: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await ada.server.http.ws_connect(f"{ada.server.url}/socket?token={ada.token}&after={after}")
    assert refused.value.status == 422


@pytest.mark.parametrize("body", [b"junk", b"[]", b'{"name":7}', b'{"role":"admin"}', b"\xff"])
async def test_a_session_is_not_opened_by_junk(server: ChatServer, body: bytes) -> None:
    async with server.http.post(f"{server.url}/sessions", data=body) as answer:
        assert answer.status in (400, 422)


# --- the store --------------------------------------------------------------------------------------------------------


async def test_what_was_not_stored_is_not_acknowledged_and_may_be_repeated(server: ChatServer, ada: Visitor) -> None:
    async def refuse(raw: RawEvent) -> Accepted:
        raise StoreUnavailable("the disk is full")

    number = new_id()
    async with ada.window() as window:
        async with server.running(refuse):
            await window.say(type="message", id=number, text="Where is my order?")
            await window.say(type="message", id=new_id(), text="in the line behind it, and must not overtake")
            trouble = await window.first(told("error"))
            assert (trouble["id"], trouble["retry"]) == (number, True)
            assert "disk" not in json.dumps(trouble)
            assert await window.closed() == 1013
        assert [frame["type"] for frame in window.all if frame["type"] in ("ack", "error")] == ["error"]
    async with server.running(), ada.window() as window:
        assert await write(window, "Where is my order?", number) == 1


async def test_a_full_disk_is_an_error_frame_too(server: ChatServer, ada: Visitor) -> None:
    async with ada.window() as window:
        await write(window, "before")
        writer = server.opened.writers[0]
        writer.inner.execute("PRAGMA query_only=ON")
        await window.say(type="message", id=new_id(), text="during")
        assert (await window.first(told("error")))["retry"] is True
    writer.inner.execute("PRAGMA query_only=OFF")
    async with ada.window() as window:
        assert await write(window, "after") == 2


async def test_a_channel_that_does_not_run_yet_asks_to_repeat(sqlite: Sqlite, tmp_path: Path) -> None:
    async with chat_server(sqlite, tmp_path) as server:
        ada = await server.visitor()
        async with ada.window() as window:
            await window.say(type="message", id=new_id(), text="early")
            assert (await window.first(told("error")))["retry"] is True


# --- files ------------------------------------------------------------------------------------------------------------

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def test_a_file_is_sent_with_a_message_and_read_by_every_window(ada: Visitor) -> None:
    async with ada.window() as window, ada.window() as other:
        ref = await ada.put("parcel.png", "image/png", PICTURE)
        assert await write(window, "", files=[ref]) == 1
        (file,) = (await other.first(told("message", seq=1)))["files"]
        assert (file["name"], file["type"], file["size"]) == ("parcel.png", "image/png", len(PICTURE))
        async with ada.server.http.get(
            f"{ada.server.url.removesuffix('/chat/site')}{file['url']}?token={ada.token}"
        ) as answer:
            assert await answer.read() == PICTURE
            assert answer.headers["Content-Type"] == "image/png"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_could_run_in_a_browser_is_only_ever_downloaded(ada: Visitor) -> None:
    ref = await ada.put("page.html", "text/html", b"<script>alert(1)</script>")
    async with await ada.download(ref) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_a_file_over_the_limit_is_refused_with_the_limit(ada: Visitor) -> None:
    async with await ada.upload("big.bin", "application/octet-stream", bytes(FILE_LIMIT + 1)) as answer:
        assert answer.status == 413
        assert f"{FILE_LIMIT} bytes" in (await answer.json())["detail"]
    async with await ada.upload("just.bin", "application/octet-stream", bytes(FILE_LIMIT)) as answer:
        assert answer.status == 201


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "text/plain"),
        (b"--x\r\nno header\r\n\r\n1\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
        (b"junk", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=other\r\n\r\n1\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n", "multipart/mixed; boundary=x"),
    ],
)
async def test_an_upload_of_another_shape_is_the_sender_s_mistake(ada: Visitor, body: bytes, kind: str) -> None:
    async with ada.server.http.post(
        f"{ada.server.url}/files?token={ada.token}", data=body, headers={"Content-Type": kind}
    ) as answer:
        assert answer.status == 422
        assert (await answer.json())["field"] == "file"


async def test_a_name_that_would_deceive_is_cleaned(ada: Visitor) -> None:
    for name, kept in (("../../etc/passwd", "passwd"), ("C:\\x\\y.txt", "y.txt"), ("exe\u202egnp.sh", "exegnp.sh")):
        async with await ada.upload(name, "text/plain", b"x") as answer:
            assert (await answer.json())["name"] == kept


async def test_a_file_of_one_visitor_is_neither_read_nor_named_by_another(server: ChatServer, ada: Visitor) -> None:
    bob = await server.visitor(name="Bob")
    ref = await ada.put("secret.txt", "text/plain", b"Ada's secret")
    async with await bob.download(ref) as answer:
        assert answer.status == 404
        assert b"secret" not in await answer.read()
    async with bob.window() as his:
        await his.say(type="message", id=new_id(), text="see this", files=[ref])
        assert await his.closed() == WSCloseCode.INVALID_TEXT
    async with await ada.download(ref) as answer:
        assert await answer.read() == b"Ada's secret"


async def test_a_file_that_was_swept_is_not_found(server: ChatServer, ada: Visitor, tmp_path: Path) -> None:
    ref = await ada.put("old.txt", "text/plain", b"old")
    for path in (tmp_path / "files").glob("*/*"):
        path.unlink()
    async with await ada.download(ref) as answer:
        assert answer.status == 404
