"""The API as scripts rely on it: who may do what, how errors are told, repeats, pages and versions."""

import asyncio
import uuid
from typing import Any

import aiohttp
import pytest

from contactcenter.model.values import NotAllowed
from contactcenter.ports import Tx
from contactcenter.web import auth
from tests.desk import Api, RunningDesk, eventually


async def ticket_from(desk: RunningDesk, name: str = "Ada") -> int:
    """A ticket of that customer that waits in sales; its number."""
    await desk.people_only.say(f"{name.lower()}@example.test", "Hello", f"m-{name}", name=name)
    return int((await desk.ticket_of(name))["id"])


async def token(desk: RunningDesk, role: str, agent: int | None = None) -> Api:
    text = await desk.running.store.write(auth.issue, "token", role, agent, None)
    return Api(desk.http, desk.url, text)


# --- who may do what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/me", "/tickets", "/tickets/1", "/queues/figures", "/buried", "/customers/1"])
async def test_without_a_valid_token_nothing_is_told(desk: RunningDesk, path: str) -> None:
    for nobody in (Api(desk.http, desk.url), Api(desk.http, desk.url, "made-up")):
        refused = await nobody.call("GET", path, status=401)
        assert refused["status"] == 401
        assert "contactcenter agent link" in refused["detail"]


async def test_what_steers_needs_a_supervisor(desk: RunningDesk) -> None:
    number = await ticket_from(desk)
    sam = desk.people["Sam"].id
    refused = await desk.grace.put(f"/tickets/{number}/assignment", {"agent": sam}, status=403)
    assert refused["detail"] == "this needs the role supervisor or admin"
    await desk.grace.call("GET", "/buried", status=403)
    given = await desk.sam.put(f"/tickets/{number}/assignment", {"agent": desk.people["Grace"].id})
    assert given["assignee"]["name"] == "Grace"
    bea = await desk.hire("Bea")
    taken = await bea.put(f"/tickets/{number}/assignment", {"agent": "me"}, status=409)
    assert taken["detail"] == f"Grace took ticket {number} first"


async def test_a_token_that_is_no_agent_reads_and_steers_and_answers_nobody(desk: RunningDesk) -> None:
    number = await ticket_from(desk)
    script = await token(desk, "supervisor")
    assert len((await script.get("/tickets"))["items"]) == 1
    await script.put(f"/tickets/{number}/status", {"status": "solved"})
    for path, body in ((f"/tickets/{number}/messages", {"text": "Hi"}), (f"/tickets/{number}/notes", {"text": "Hi"})):
        refused = await script.post(path, body, status=403)
        assert "belongs to no agent" in refused["detail"]
    await script.call("GET", "/me", status=403)


async def test_a_token_has_the_role_it_was_made_with_whoever_it_acts_as(desk: RunningDesk) -> None:
    sam_as_agent = await token(desk, "agent", desk.people["Sam"].id)
    assert (await sam_as_agent.get("/me"))["name"] == "Sam"
    await sam_as_agent.call("GET", "/buried", status=403)
    grace_who_steers = await token(desk, "supervisor", desk.people["Grace"].id)
    await grace_who_steers.get("/buried")


async def test_a_token_that_has_run_out_is_refused(desk: RunningDesk) -> None:
    text = await desk.running.store.write(auth.issue, "token", "admin", None, -1)
    await Api(desk.http, desk.url, text).call("GET", "/tickets", status=401)


# --- signing in -------------------------------------------------------------------------------------------------------


async def signed_in(desk: RunningDesk, http: aiohttp.ClientSession) -> str:
    """Grace signs in with a browser; the link she used."""
    link = await desk.running.store.write(auth.issue_link, "grace@example.test")
    async with http.get(f"{desk.url}/desk/sign-in/{link}") as page:
        assert "<button>Sign in</button>" in await page.text()
    async with http.post(f"{desk.url}/desk/sign-in/{link}", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/desk")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    return link


async def test_a_sign_in_link_works_once(desk: RunningDesk) -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # which keeps cookies of plain addresses
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        link = await signed_in(desk, browser)
        assert (await Api(browser, desk.url).get("/me"))["name"] == "Grace"
        async with desk.http.post(f"{desk.url}/desk/sign-in/{link}", allow_redirects=False) as again:
            assert again.status == 403
            assert "used already" in (await again.json())["detail"]


async def test_a_link_that_is_too_old_signs_nobody_in(desk: RunningDesk) -> None:
    def late(tx: Tx) -> str:
        link = auth.issue_link(tx, "grace@example.test")
        tx.now += auth.LINK_LIFE + 1
        return auth.sign_in(tx, link)

    with pytest.raises(NotAllowed, match="too old"):
        await desk.running.store.write(late)


async def test_a_request_with_the_cookie_that_changes_something_must_come_from_the_console(desk: RunningDesk) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        await signed_in(desk, browser)
        api = Api(browser, desk.url)
        body = {"presence": "available"}
        refused = await api.put("/agents/me/presence", body, status=403)
        assert "X-Requested-With" in refused["detail"]
        ours = {"X-Requested-With": "contactcenter"}
        assert (await api.call("PUT", "/agents/me/presence", body, 200, ours))["presence"] == "available"
        await api.call("DELETE", "/session", status=204, headers=ours)
        await api.call("GET", "/me", status=401)


async def test_who_signs_out_hears_no_more(desk: RunningDesk) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        await signed_in(desk, browser)
        async with Api(browser, desk.url).live() as left_open:
            ours = {"X-Requested-With": "contactcenter"}
            await Api(browser, desk.url).call("DELETE", "/session", status=204, headers=ours)
            assert await left_open.closed() == 4401


async def test_another_sites_page_cannot_open_the_live_socket_with_the_cookie(desk: RunningDesk) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        await signed_in(desk, browser)
        for origin, status in (("https://evil.example", 403), (desk.url, 101)):
            try:
                async with browser.ws_connect(f"{desk.url}/api/v1/live", origin=origin) as socket:
                    assert (await socket.receive_json())["type"] == "hello"
                    found = 101
            except aiohttp.WSServerHandshakeError as error:
                found = error.status
            assert found == status, origin


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "detail"),
    [
        ("POST", "/tickets/1/messages", {}, "$.text", "missing required field"),
        ("POST", "/tickets/1/messages", {"text": 1}, "$.text", "Expected `str`"),
        ("POST", "/tickets/1/messages", {"text": "   "}, "$.text", "empty"),
        ("POST", "/tickets/1/messages", {"text": "x" * 50_001}, "$.text", "length"),
        ("POST", "/tickets/1/messages", {"text": "x", "html": "y"}, "$.html", "unknown field"),
        ("PUT", "/tickets/1/status", {"status": "lost"}, "$.status", "Invalid enum value"),
        ("PUT", "/tickets/1/status", {"status": "snoozed"}, "$.until", "future"),
        ("PUT", "/tickets/1/status", {"status": "snoozed", "until": "soon"}, "$.until", "not an instant"),
        ("PUT", "/tickets/1/status", {"status": "snoozed", "until": "2030-01-01T00:00:00"}, "$.until", "zone"),
        ("PUT", "/tickets/1/status", {"status": "snoozed", "until": "9999-12-31T23:59:59-23:59"}, "$.until", "far"),
        ("PUT", "/tickets/1/assignment", {}, "$", "either agent or queue"),
        ("PUT", "/tickets/1/assignment", {"queue": "moon"}, "$.queue", "there are sales, support"),
        ("PUT", "/tickets/1/assignment", {"agent": 1, "version": 0}, "$.version", ">= 1"),
        ("GET", "/tickets?status=lost", None, "status", "unknown status 'lost'"),
        ("GET", "/tickets?assignee=you", None, "assignee", "me, none or"),
        ("GET", f"/tickets?assignee={'9' * 5000}", None, "assignee", "me, none or"),
        ("GET", f"/tickets?customer={'9' * 5000}", None, "customer", "whole number"),
        ("GET", "/tickets?after=yesterday", None, "after", "`next`"),
        ("GET", f"/tickets?after={'9' * 2000}.{'9' * 5000}", None, "after", "`next`"),
        ("GET", "/tickets?limit=0", None, "limit", "from 1 to 200"),
        ("GET", "/tickets?colour=red", None, "colour", "unknown query parameter"),
        ("GET", "/tickets?queue=%00", None, "queue", "NUL"),
    ],
)
async def test_a_refused_request_names_the_field_and_the_reason(
    desk: RunningDesk, method: str, path: str, body: Any, field: str, detail: str
) -> None:
    await ticket_from(desk)
    refused = await desk.grace.call(method, path, body, status=422)
    assert (refused["title"], refused["field"]) == ("Invalid", field)
    assert detail in refused["detail"]


async def test_what_is_no_json_is_refused_as_such(desk: RunningDesk) -> None:
    for data in (b"{", b"\xff", b""):
        sent = {**desk.grace.headers, "Content-Type": "application/json"}
        url = f"{desk.url}/api/v1/tickets/1/notes"
        async with desk.http.post(url, data=data, headers=sent) as answer:
            assert answer.status == 400
            assert answer.content_type == "application/problem+json"
            assert (await answer.json())["title"] == "Not JSON"


async def test_what_is_not_there_is_told_as_a_problem_too(desk: RunningDesk) -> None:
    for path in ("/tickets/7", "/tickets/7/messages", "/customers/7", "/tickets/seven", "/nothing", "/offers/7"):
        missing = await desk.grace.call("GET", path, status=405 if path == "/offers/7" else 404)
        assert missing["type"] == "about:blank"
    await desk.grace.put("/offers/7", {"state": "accepted"}, status=404)
    await desk.grace.call("GET", f"/tickets/{'9' * 5000}", status=422)


async def test_a_text_no_database_can_keep_is_kept_without_what_it_cannot(any_desk: RunningDesk) -> None:
    desk = any_desk
    number = await ticket_from(desk)
    said = await desk.grace.post(f"/tickets/{number}/messages", {"text": "one\0two"})
    assert said["text"] == "one\ufffdtwo"
    assert (await desk.grace.post(f"/tickets/{number}/notes", {"text": "\0"}))["text"] == "\ufffd"
    ada = await desk.chat(name="A\0da", email="ada\0@example.test")
    assert await ada.say("When will \0 my parcel arrive?") == 1
    await ada.hear("assistant")
    await desk.loopback.say("bob@example.test", "lone \ud800 surrogate", "m2", name="Bob")
    bob = await desk.ticket_of("Bob")
    assert bob["subject"] == "lone ? surrogate"


# --- repeats, versions, pages -----------------------------------------------------------------------------------------


async def test_a_repeated_post_gets_the_first_answer_and_is_done_once(any_desk: RunningDesk) -> None:
    desk = any_desk
    number = await ticket_from(desk)
    path, key = f"/tickets/{number}/messages", str(uuid.uuid4())
    answers = await asyncio.gather(*(desk.grace.post(path, {"text": "Hello Ada"}, key=key) for _ in range(5)))
    assert [answer for answer in answers if answer != answers[0]] == []
    said = [message["text"] for message in await desk.grace.items(path)]
    assert said == ["Hello", "Hello Ada"]


async def test_a_key_used_for_another_request_is_refused(desk: RunningDesk) -> None:
    number, key = await ticket_from(desk), str(uuid.uuid4())
    await desk.grace.post(f"/tickets/{number}/messages", {"text": "Hello Ada"}, key=key)
    refused = await desk.grace.post(f"/tickets/{number}/messages", {"text": "Hello Bob"}, status=409, key=key)
    assert "used for another request" in refused["detail"]
    await desk.grace.post(f"/tickets/{number}/notes", {"text": "Hello Ada"}, status=409, key=key)
    sam = await desk.sam.post(f"/tickets/{number}/messages", {"text": "Hello Bob"}, key=key)
    assert sam["author"]["name"] == "Sam", "a key belongs to whoever sent it"
    too_long = await desk.grace.post(f"/tickets/{number}/notes", {"text": "x"}, status=422, key="k" * 201)
    assert too_long["field"] == "Idempotency-Key"


async def test_a_refused_request_may_be_corrected_under_the_same_key(desk: RunningDesk) -> None:
    number, key = await ticket_from(desk), str(uuid.uuid4())
    await desk.grace.post(f"/tickets/{number}/notes", {"text": " "}, status=422, key=key)
    await desk.grace.post(f"/tickets/{number}/notes", {"text": "Now"}, key=key)


async def test_a_change_of_an_old_version_is_refused_and_says_how_it_is_now(desk: RunningDesk) -> None:
    number = await ticket_from(desk)
    seen = (await desk.sam.get(f"/tickets/{number}"))["version"]
    await desk.grace.put(f"/tickets/{number}/assignment", {"agent": "me", "version": seen})
    refused = await desk.sam.put(f"/tickets/{number}/assignment", {"queue": "support", "version": seen}, status=409)
    assert refused["detail"] == f"ticket {number} has changed since you read it: it is open, with Grace"


async def test_pages_hold_every_ticket_once_while_new_ones_come(desk: RunningDesk) -> None:
    for number in range(25):
        await desk.people_only.say(f"c{number}@example.test", "Hello", f"m{number}", name=f"C{number}")
    seen: list[int] = []
    page = await desk.sam.get("/tickets?limit=4")
    for number in range(25, 40):
        seen += [ticket["id"] for ticket in page["items"]]
        await desk.people_only.say(f"c{number}@example.test", "Hello", f"m{number}", name=f"C{number}")
        if page["next"] is None:
            break
        page = await desk.sam.get(f"/tickets?limit=4&after={page['next']}")
    assert sorted(seen) == sorted(set(seen)), "none twice"
    assert set(range(1, 26)) <= set(seen), "none left out that was there at the start"


async def test_filters_combine_and_pages_stay_complete(desk: RunningDesk) -> None:
    for number in range(12):
        await desk.people_only.say(f"c{number}@example.test", "Hello", f"m{number}", name=f"C{number}")
    for number in range(1, 13):
        if number % 3 == 0:
            await desk.sam.put(f"/tickets/{number}/assignment", {"queue": "support"})
        if number % 2 == 0:
            await desk.sam.put(f"/tickets/{number}/assignment", {"agent": desk.people["Grace"].id})
    mine = await desk.grace.items("/tickets?assignee=me&queue=support&limit=1")
    assert sorted(ticket["id"] for ticket in mine) == [6, 12]
    by_id = await desk.sam.items(f"/tickets?assignee={desk.people['Grace'].id}&queue=sales&limit=2")
    assert sorted(ticket["id"] for ticket in by_id) == [2, 4, 8, 10]
    customer = (await desk.sam.get("/tickets/2"))["customer"]["id"]
    assert [ticket["id"] for ticket in await desk.grace.items(f"/tickets?customer={customer}&assignee=me")] == [2]
    assert await desk.grace.items(f"/tickets?customer={customer}&assignee=none") == []
    assert await desk.sam.items(f"/tickets?customer={customer}&queue=support") == []
    unassigned = await desk.sam.items("/tickets?assignee=none&limit=3")
    assert sorted(ticket["id"] for ticket in unassigned) == [1, 3, 5, 7, 9, 11]


async def test_messages_notes_and_history_are_paged_by_key(desk: RunningDesk) -> None:
    number = await ticket_from(desk)
    for n in range(7):
        await desk.grace.post(f"/tickets/{number}/notes", {"text": f"note {n}"})
        await desk.grace.post(f"/tickets/{number}/messages", {"text": f"reply {n}"})
    notes = await desk.grace.items(f"/tickets/{number}/notes?limit=2")
    assert [note["text"] for note in notes] == [f"note {n}" for n in range(7)]
    messages = await desk.grace.items(f"/tickets/{number}/messages?limit=3")
    assert [message["seq"] for message in messages] == list(range(1, 9))
    whole = await desk.grace.items(f"/tickets/{number}/history?limit=200")
    paged = await desk.grace.items(f"/tickets/{number}/history?limit=2")
    assert [event["position"] for event in paged][: len(whole)] == [event["position"] for event in whole]


# --- the rest of the outside ------------------------------------------------------------------------------------------


async def test_articles_and_suggestions_show_agents_what_the_assistant_knows(desk: RunningDesk) -> None:
    articles = {article["slug"]: article for article in (await desk.grace.get("/articles"))["items"]}
    assert set(articles) == {"order-status", "refunds", "returns"}
    assert articles["refunds"]["audience"] == "agents"
    number = await ticket_from(desk)
    await desk.people_only.say("ada@example.test", "How do I return something?", "m2")
    found = (await desk.grace.get(f"/tickets/{number}/suggestions"))["items"]
    assert found[0]["article"] == "returns"


async def test_an_article_that_is_written_answers_once_it_is_learned(any_desk: RunningDesk) -> None:
    desk = any_desk
    article = {
        "slug": "teapots",
        "title": "Is the handle of my teapot to get warm?",
        "text": "The handle gets *warm*: it is of iron.\n\nUse the cosy.",
        "questions": ["Why is the handle warm?"],
    }
    await desk.grace.post("/articles", article, status=403)
    written = await desk.sam.post("/articles", article)
    assert (written["slug"], written["audience"], written["checked"] is not None) == ("teapots", "public", True)
    assert "already" in (await desk.sam.post("/articles", article, status=409))["detail"]
    assert "teapots" in [item["slug"] for item in (await desk.grace.get("/articles"))["items"]]

    async def learned() -> bool:
        async with desk.http.get(f"{desk.url}/help/teapots") as page:
            return page.status == 200

    await eventually(learned)
    await desk.loopback.say("ada@example.test", "Why is the handle warm?", "warm", name="Ada")

    async def answered() -> bool:
        return any("The handle gets warm" in message.text for message in desk.loopback.sent)

    await eventually(answered)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "../x"}, "$.slug"),
        ({"slug": "x\n"}, "$.slug"),
        ({"title": ""}, "$.title"),
        ({"text": " "}, "$.text"),
        ({"questions": ["Ü" * 500] * 150}, "$.questions"),
        ({"variants": {"A b": "x"}}, "$.variants"),
    ],
)
async def test_an_article_that_cannot_be_one_is_refused(change: dict[str, Any], field: str, desk: RunningDesk) -> None:
    article = {"slug": "new", "title": "New", "text": "Words.", **change}
    assert (await desk.sam.post("/articles", article, status=422))["field"] == field
    assert "new" not in [item["slug"] for item in (await desk.grace.get("/articles"))["items"]]


async def test_what_is_only_for_agents_is_on_no_public_page(desk: RunningDesk) -> None:
    async with desk.http.get(f"{desk.url}/help") as page:
        text = await page.text()
    assert "Where is my order?" in text
    assert "Refund rules" not in text
    async with desk.http.get(f"{desk.url}/help/refunds") as page:
        assert page.status == 404


async def test_junk_on_a_live_socket_closes_that_socket_alone(desk: RunningDesk) -> None:
    async with desk.grace.live() as other:
        for junk in ('{"type":"watch","ticket":' + "9" * 30 + "}", "[", "[" * 4_000, '{"type":"typing","ticket":0}'):
            async with desk.grace.live() as live:
                await live.socket.send_str(junk)
                assert await live.closed() == 1007
        await desk.grace.put("/agents/me/presence", {"presence": "away"})
        await other.first(lambda frame: frame["type"] == "presence")


async def test_health_readiness_and_metrics_are_told(desk: RunningDesk) -> None:
    await ticket_from(desk)
    for path, wanted in (
        ("/healthz", "alive"),
        ("/readyz", "ready"),
        ("/metrics", 'contactcenter_tickets{queue="sales",status="open"} 1'),
    ):
        async with desk.http.get(desk.url + path) as answer:
            assert answer.status == 200
            assert wanted in await answer.text()
