"""What a stranger or a crowd must not be able to do, each as somebody would try it."""

import asyncio
import logging
import time
import uuid
from types import SimpleNamespace
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import WSCloseCode
from aiohttp.test_utils import TestServer

from contactcenter.app import SystemClock, location_of, opened_store
from contactcenter.channels import webchat
from contactcenter.channels.parts import Parts
from contactcenter.channels.webchat.sessions import FileRef, new_session, sign
from contactcenter.flow import actions, assist, queries
from contactcenter.flow.actions import Caller
from contactcenter.flow.assist import QUESTION_LIMIT, question_text
from contactcenter.flow.calls import REOFFER_AFTER
from contactcenter.flow.views import shown_agent, shown_ticket
from contactcenter.knowledge.assistant import Question
from contactcenter.knowledge.shelf import Shelf
from contactcenter.logs import JsonFormatter, TextFormatter
from contactcenter.model.columns import SECOND
from contactcenter.settings import Settings
from contactcenter.storage.files import RowFiles
from contactcenter.web import auth
from contactcenter.web.api.operations import Desk
from contactcenter.web.push import Pusher
from contactcenter.web.server import make_application
from tests.desk import Api, Chat, Frames, QuietDesk, RunningDesk, running_desk
from tests.stories.test_api import ticket_from
from tests.stories.test_presence_offers_and_hours import answer_offer, ask_for_a_person

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada\N{RIGHT-TO-LEFT OVERRIDE}knab", "Adaknab"),
        ("Ada\r\nSam", "Ada Sam"),
        ("\N{LEFT-TO-RIGHT ISOLATE}Ada\N{POP DIRECTIONAL ISOLATE}", "Ada"),
        ("Ada\x1b[31m\x07", "Ada[31m"),
        ("Ada\N{NO-BREAK SPACE}Lovelace", "Ada Lovelace"),
    ],
)
def test_a_name_is_shown_on_one_line_and_without_what_cannot_be_seen(quiet: QuietDesk, name: str, shown: str) -> None:
    quiet.hear("ada@example.test", "Hello", name=name)
    ticket = quiet.row(queries.CONVERSATION_BY_KEY, way="try", key="ada@example.test").ticket_id
    view = quiet.do(shown_ticket, ticket, quiet.policies.kinds)
    assert view.customer.name == shown


# --- what costs much --------------------------------------------------------------------------------------------------


def cost(quiet: QuietDesk, question: str) -> float:
    """CPU seconds that the assistant takes to read what was said and answer it, the best of three runs."""

    def once() -> float:
        began = time.process_time()
        quiet.assistant.answer(Question(1, 1, question_text([SimpleNamespace(text=question, folds="")]), frozenset()))
        return time.process_time() - began

    return min(once() for _ in range(3))


def test_a_question_without_end_costs_no_more_than_a_long_one(quiet: QuietDesk) -> None:
    words = "is my teapot a saucer "
    endless = words * (1_000_000 // len(words))
    assert cost(quiet, endless) <= 3 * cost(quiet, endless[:QUESTION_LIMIT])


def test_many_long_messages_are_one_question_of_the_newest_words(quiet: QuietDesk) -> None:
    for _ in range(3):
        quiet.hear("ada@example.test", "teapot " * 50_000)
    quiet.hear("ada@example.test", "Where is my order?")
    (asked,) = quiet.do(assist.begin, quiet.policies, "quiet")
    assert len(asked.question.text) == QUESTION_LIMIT
    assert asked.question.text.endswith("\nWhere is my order?")


# --- visitors ---------------------------------------------------------------------------------------------------------


async def uploaded(desk: RunningDesk, chat: Chat) -> str:
    """The reference of a file this visitor has put there."""
    form = aiohttp.FormData()
    form.add_field("file", b"hello", filename="hello.txt", content_type="text/plain")
    async with desk.http.post(f"{chat.url}/files?token={chat.token}", data=form) as answer:
        return str((await answer.json())["file"])


async def send_files(chat: Chat, refs: list[str]) -> Frames:
    assert chat.frames is not None
    await chat.frames.say(type="message", id=str(uuid.uuid4()), text="", files=refs)
    return chat.frames


async def test_a_message_with_more_than_a_dozen_files_closes_that_socket(desk: RunningDesk) -> None:
    ada, bob = await desk.chat(), await desk.chat()
    ref = await uploaded(desk, ada)
    frames = await send_files(ada, [ref] * 12)
    await frames.first(lambda frame: frame["type"] == "ack")
    await send_files(ada, [ref] * 13)
    assert await frames.closed() == WSCloseCode.INVALID_TEXT
    assert await bob.say("Hello") == 1


async def test_typing_is_told_to_the_agent_once_a_second_at_most(desk: RunningDesk) -> None:
    ada = await desk.chat(name="Ada")
    await ada.say("Can I talk to a person?")
    await ada.becomes("open")
    assert ada.frames is not None
    ticket = (await desk.ticket_of("Ada"))["id"]
    async with desk.grace.live() as live:
        await live.say(type="watch", ticket=ticket)
        await live.say(type="typing", ticket=ticket)  # told once the watch before it is heard
        await ada.frames.first(lambda frame: frame["type"] == "typing")
        began = time.monotonic()
        for _ in range(50):
            await ada.frames.say(type="typing")
        await ada.say("That was all")
        await live.first(lambda frame: frame.get("message", {}).get("text") == "That was all")
        told = sum(frame["type"] == "typing" for frame in live.all)
    assert 1 <= told <= 1 + (time.monotonic() - began)


async def test_open_sockets_are_told_that_the_desk_goes_and_it_goes_at_once(settings: Settings) -> None:
    async with aiohttp.ClientSession() as http:
        async with running_desk(settings) as desk:
            visitor = await Chat.open(http, desk.url)
            await visitor.connect()
            await visitor.say("Hello")
            agent = Frames(await http.ws_connect(f"{desk.grace.url}/live", headers=desk.grace.headers))
            await agent.first(lambda frame: frame["type"] == "hello")
            began = time.monotonic()
        took = time.monotonic() - began
        assert visitor.frames is not None
        assert [await frames.closed() for frames in (visitor.frames, agent)] == [WSCloseCode.GOING_AWAY] * 2
    assert took < 1.0


# --- agents who are not there -----------------------------------------------------------------------------------------


def miss(quiet: QuietDesk) -> None:
    """An offer is held out and runs out."""
    assert quiet.route() == 1
    quiet.clock.forward(30)
    assert quiet.upkeep() == 1
    quiet.clock.forward(REOFFER_AFTER / SECOND)


def presence(quiet: QuietDesk, agent: Caller) -> str:
    return quiet.do(shown_agent, agent.as_agent()).presence


def why_away(quiet: QuietDesk, agent: Caller) -> str | None:
    return quiet.do(shown_agent, agent.as_agent()).presence_reason


def test_who_misses_two_offers_in_a_row_is_away(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ask_for_a_person(quiet)
    miss(quiet)
    assert presence(quiet, grace) == "available"
    miss(quiet)
    assert presence(quiet, grace) == "away"
    assert why_away(quiet, grace) == "2 offers in a row were not answered"
    assert quiet.route() == 0, "no customer waits for them"
    quiet.do(actions.set_presence, quiet.policies, grace, "away")
    assert why_away(quiet, grace) is None, "they know"


def test_who_accepts_in_between_is_there(quiet: QuietDesk) -> None:
    grace = quiet.hire("Grace")
    ticket = ask_for_a_person(quiet)
    miss(quiet)
    quiet.route()
    answer_offer(quiet, grace, ticket, "accepted")
    ask_for_a_person(quiet, "bob@example.test")
    miss(quiet)
    assert presence(quiet, grace) == "available"
    miss(quiet)
    assert presence(quiet, grace) == "away"


# --- signing in, pages ------------------------------------------------------------------------------------------------


async def page(answer: aiohttp.ClientResponse) -> str:
    """A page for a person, without any script."""
    text = await answer.text()
    assert answer.content_type == "text/html"
    assert "<script" not in text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    return text


async def test_a_person_whose_link_is_used_reads_a_page_that_says_what_to_do(desk: RunningDesk) -> None:
    link = await desk.running.store.write(auth.issue_link, "grace@example.test")
    url = f"{desk.url}/desk/sign-in/{link}"
    async with desk.http.post(url, headers=PERSON, allow_redirects=False) as first:
        assert first.status == 303
    async with desk.http.post(url, headers=PERSON) as again:
        assert again.status == 403
        assert "contactcenter agent link EMAIL makes one" in await page(again)


async def test_a_person_who_asks_for_what_is_not_there_reads_a_page_and_a_program_a_document(desk: RunningDesk) -> None:
    async with desk.http.get(f"{desk.url}/help/<script>nope", headers=PERSON) as missing:
        assert missing.status == 404
        assert "there is no article &#x27;&lt;script&gt;nope&#x27;" in await page(missing)
    for path in ("/api/v1/tickets/7", "/api/v1/nothing"):
        async with desk.http.get(desk.url + path, headers={**desk.grace.headers, **PERSON}) as answer:
            assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_another_sites_form_cannot_spend_a_sign_in_link(desk: RunningDesk) -> None:
    link = await desk.running.store.write(auth.issue_link, "grace@example.test")
    url = f"{desk.url}/desk/sign-in/{link}"
    for origin, status in (("https://evil.example", 403), ("null", 403), (desk.url, 303)):
        async with desk.http.post(url, headers={"Origin": origin}, allow_redirects=False) as answer:
            assert answer.status == status, origin
            assert ("Set-Cookie" in answer.headers) == (status == 303)


# --- what every answer says, and what no log says ---------------------------------------------------------------------


async def test_no_answer_is_guessed_at_or_kept_by_a_cache_but_what_was_built(desk: RunningDesk) -> None:
    ada = await desk.chat(name="Ada")
    file = f"/chat/site/files/{await uploaded(desk, ada)}?token={ada.token}"
    for path in ("/api/v1/tickets", "/api/v1/tickets/7", "/chat/site", "/desk", "/healthz", "/nothing", file):
        async with desk.http.get(desk.url + path, headers=desk.grace.headers) as answer:
            said = {name: answer.headers.get(name) for name in ("X-Content-Type-Options", "Cache-Control", "Server")}
            wanted = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Server": "contactcenter"}
            assert said == wanted, path
    async with desk.http.get(f"{desk.url}/assets/widget.js") as asset:
        assert "no-store" not in asset.headers.get("Cache-Control", "")
        assert asset.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_store_that_is_away_brings_no_link_and_no_file_into_the_logs(
    desk: RunningDesk, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with opened_store(settings, location_of(settings), SystemClock()) as away:
        await away.close()
    running, clock, push, secret = desk.running, SystemClock(), Pusher(), bytes(32)
    files = RowFiles(away)
    parts = Parts(away, running.bus, files, clock, secret, "http://desk.test", push, lambda: running.policies)
    _, routes = webchat.build("site", webchat.Settings(kind="webchat"), parts)
    of_desk = files, clock, running.policies, running.assistant, Shelf(), "http://desk.test"
    behind = Desk(away, running.bus, *of_desk, lambda tables: ())
    session = new_session(clock, "site", "", "", "")
    token, ref = sign(session, secret), sign(FileRef(session.id, "0" * 64, "a.txt", "text/plain", 1), secret)
    async with TestServer(make_application(behind, push, asyncio.Event(), routes, body_limit=1024)) as server:
        for method, path in (
            ("POST", "/desk/sign-in/one-time-link"),
            ("GET", f"/chat/site/files/{ref}?token={token}"),
            ("GET", "/api/v1/tickets"),
        ):
            async with desk.http.request(method, server.make_url(path), headers=desk.grace.headers) as answer:
                assert answer.status == 503, path
    records = [record for record in caplog.records if record.name != "aiohttp.access"]  # which app.py turns off
    logged = "\n".join(TextFormatter().format(record) + JsonFormatter().format(record) for record in records)
    assert "/desk/sign-in/{link}" in logged
    assert [secret for secret in ("one-time-link", ref, token) if secret in logged] == []


# --- keys of repeats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [b"\xff", "Schlüssel".encode(), "ключ".encode(), b"a\tb"])
async def test_a_key_that_is_not_printable_ascii_is_refused_and_nothing_is_done(desk: RunningDesk, key: bytes) -> None:
    number = await ticket_from(desk)
    host = urlsplit(desk.url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    path, body = f"/api/v1/tickets/{number}/notes", b'{"text":"x"}'
    head = f"POST {path} HTTP/1.1\r\nHost: {host.netloc}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    head += f"Authorization: {desk.grace.headers['Authorization']}\r\nIdempotency-Key: "
    writer.write(head.encode() + key + b"\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert b'"field":"Idempotency-Key"' in answer
    assert await desk.grace.items(f"/tickets/{number}/notes") == []


async def test_nobody_gets_the_answer_to_somebody_elses_key(desk: RunningDesk) -> None:
    number = await ticket_from(desk)
    path, grace = f"/tickets/{number}/notes", desk.people["Grace"].id
    await desk.grace.post(path, {"text": "between us"}, key="k")
    nobody = Api(desk.http, desk.url, await desk.running.store.write(auth.issue, "token", "agent", None, None))
    refused = await nobody.post(path, {"text": "between us"}, status=403, key=f"{grace}:k")
    assert "belongs to no agent" in refused["detail"]
