"""The channel contract for customers in Slack, in both of Slack's transports; what else the channel keeps."""

import asyncio
import html
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import pytest
from msgspec.structs import replace
from sqlalchemy import select

from contactcenter.channels.protocol import Accepted, Channel
from contactcenter.channels.slack.installing import AUTHORIZE
from contactcenter.flow import intake
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.model.columns import table
from contactcenter.model.tickets import Message as MessageRow
from contactcenter.model.values import (
    Attached,
    Chosen,
    Inbound,
    Outbound,
    RawEvent,
    RetryLater,
    Undeliverable,
    Unknown,
    Unreachable,
)
from contactcenter.ports import Tx
from contactcenter.settings import SettingsError
from contactcenter.slack.settings import Connection as Wanted
from contactcenter.slack.shared import Connections
from contactcenter.slack.text import plain
from tests.contracts.channel import WITHIN, ChannelContract, Desk, Harness, Refused, Words, running
from tests.contracts.engines import Sqlite
from tests.contracts.slack import SlackDesk, slack_desk
from tests.providers.slack import Message, NotAcknowledged
from tests.providers.slack_world import Channel as Place

ANSWERS: dict[str, dict[str, Any]] = {
    "flood": {"status": 429, "retry_after": 7},
    "never": {"error": "is_archived"},
    "silence": {"cut": "after"},
}


class SlackHarness(Harness):
    excused: ClassVar[dict[str, str]] = {}

    def __init__(self, desk: SlackDesk) -> None:
        self.desk = desk
        self.slack = desk.slack
        self.slack.retries = 0
        self.channel: Channel = desk.channel
        self._said: dict[tuple[str, str], dict[str, Any]] = {}
        self._people = {name: self.slack.person(name, f"{name}@example.test") for name in ("one", "two")}

    @property
    def dm(self) -> Place:
        return self.slack.dm(self._people["one"])

    async def listening(self) -> None:
        if not self.slack.request_url:
            await self.slack.connected()

    async def say(self, words: Words) -> None:
        try:
            if (words.thread, words.id) in self._said:
                await self.slack.deliver("events_api", self._said[words.thread, words.id])
                return
            user = self._people[words.thread]
            files = words.files or (() if words.text else (("nothing.txt", "text/plain", b""),))
            before = len(self.slack.delivered)
            try:
                await self.slack.say(user, self.slack.dm(user), words.text, files=files)
            finally:
                self._said[words.thread, words.id] = self.slack.delivered[before].payload
        except (NotAcknowledged, TimeoutError) as error:
            raise Refused(str(error)) from None

    async def forge(self) -> None:
        """By another secret, a while ago, of another body, and without a signature."""
        body = json.dumps({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": {}}).encode()
        stale = self.slack.signed(body, at=1_700_000_000)
        for headers in (self.slack.signed(body, secret="another"), stale, self.slack.signed(b"{}"), {}):
            status, _ = await self.slack.post(body, headers)
            assert status == 401
        raise Refused("all of them")

    async def shown(self, until: str) -> list[str]:
        shown = [_as_shown(one) for one in self.slack.messages(self.dm) if one.get("bot_id")]
        assert shown[-1] == until
        return shown

    def outbound(self, text: str) -> Outbound:
        return _outbound(self.dm, text, len(text))

    def refusal(self, answer: str) -> Outbound:
        if answer == "our key":
            self.slack.team.revoked = "token_revoked"
        else:
            self.slack.fault("chat.postMessage", **ANSWERS[answer])
        return self.outbound("It is on its way.")

    async def called(self) -> str:
        last = self.slack.messages(self.dm)[-1]
        return f"{self.slack.team.id}:{self.dm.id}:{last['ts']}"

    async def content(self, raw: RawEvent, attached: Attached) -> bytes:
        kind, _, ref = attached.ref.partition(":")
        assert kind == "remote"
        return b"".join([chunk async for chunk in self.desk.channel.fetch(ref)])


def _outbound(place: Place, text: str, number: int, **more: Any) -> Outbound:
    key = f"{place.team}:{place.id}"
    return Outbound(number, key, f"{place.team}:{place.user}", "agent", "Grace", text, 1, 0, **more)


def _as_shown(message: Message) -> str:
    """What stands in Slack; whoever sees no blocks (a notification) reads the same."""
    (section,) = [one for block in message["blocks"] if block["type"] == "rich_text" for one in block["elements"]]
    shown = "".join(one.get("text") or one["url"] for one in section["elements"])
    assert plain(message["text"]) == shown
    buttons = [
        one["text"]["text"] for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]
    ]
    return "\n".join([shown, *buttons])


class TestSlackByHttp(ChannelContract):
    kind = "slack"

    @pytest.fixture
    async def harness(self, sqlite: Sqlite, tmp_path: Path) -> AsyncIterator[Harness]:
        async with slack_desk(sqlite, tmp_path, mode="http") as desk:
            yield SlackHarness(desk)


class TestSlackBySocket(ChannelContract):
    kind = "slack"

    class BySocket(SlackHarness):
        excused: ClassVar[dict[str, str]] = {
            "a_wrong_or_stale_signature_is_refused": "hook: only Slack is at the other end of a socket that we opened"
        }

    @pytest.fixture
    async def harness(self, sqlite: Sqlite, tmp_path: Path) -> AsyncIterator[Harness]:
        async with slack_desk(sqlite, tmp_path) as desk:
            yield self.BySocket(desk)


# --- beyond the contract


@pytest.fixture
async def desk(sqlite: Sqlite, tmp_path: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(sqlite, tmp_path, mode="http", **OAUTH) as desk:
        yield desk


OAUTH = {"client_id": "1234.5678", "client_secret": "made-up-client-secret"}


def _threaded(place: Place, root: Message, text: str, number: int = 1, **more: Any) -> Outbound:
    return replace(_outbound(place, text, number, **more), conversation=f"{place.team}:{place.id}:{root['ts']}")


@asynccontextmanager
async def _listening(desk: SlackDesk) -> AsyncIterator[Desk]:
    """The channel's `run` before a desk, until the block ends."""
    async with running(SlackHarness(desk)) as at_work:
        yield at_work.desk


async def test_a_mention_in_a_shared_channel_begins_a_thread_and_is_answered_there(desk: SlackDesk) -> None:
    carol = desk.slack.person("Carol", team="T0000000099")
    shared = desk.slack.channel("acme", desk.slack.person("Bob"), carol)
    async with _listening(desk) as heard:
        await desk.slack.say(carol, shared, "What is for lunch?")
        root = await desk.slack.say(carol, shared, f"{desk.slack.mention()} where is our order?")
        (raw,) = heard.asked  # one of the two events that tell of a mention, and nothing of the rest
        (said,) = desk.channel.parse(raw)
        assert isinstance(said, Inbound)
        assert (said.text, said.sender.name) == ("where is our order?", "Carol")
        receipt = await desk.channel.send(replace(_threaded(shared, root, "Today."), conversation=said.conversation))
    (reply,) = desk.slack.replies(root)
    assert receipt.external_id == f"{shared.team}:{shared.id}:{reply['ts']}"


async def test_names_are_asked_for_once_and_never_waited_for(desk: SlackDesk) -> None:
    ada, eve = desk.slack.person("Ada Lovelace"), desk.slack.person("Eve")
    async with _listening(desk) as heard:
        await desk.slack.say(ada, desk.slack.dm(ada), "Hello")
        await desk.slack.say(ada, desk.slack.dm(ada), "Are you there?")
        assert len(desk.slack.called("users.info", user=ada.id)) == 1
        desk.slack.fault("users.info", error="fatal_error")
        await desk.slack.say(eve, desk.slack.dm(eve), "Hello")
    names = [item.sender.name for raw in heard.asked for item in desk.channel.parse(raw) if isinstance(item, Inbound)]
    assert names == ["Ada Lovelace", "Ada Lovelace", ""]


async def test_a_file_in_a_shared_channel_is_asked_for_by_its_id(desk: SlackDesk) -> None:
    desk.slack.shared_files_hidden = True
    carol = desk.slack.person("Carol", team="T0000000099")
    shared = desk.slack.channel("acme", carol)
    async with _listening(desk) as heard:
        files = [("order.csv", "text/csv", b"1;2")]
        await desk.slack.say(carol, shared, f"{desk.slack.mention()} see", files=files)
        ((said,),) = [desk.channel.parse(raw) for raw in heard.asked]
        assert isinstance(said, Inbound)
        (attached,) = said.attachments
        assert (attached.name, attached.type, attached.size) == ("order.csv", "text/csv", 3)
        content = [chunk async for chunk in desk.channel.fetch(attached.ref.removeprefix("remote:"))]
    assert b"".join(content) == b"1;2"


@pytest.mark.parametrize("ref", ["", "T1", "T1/F1", "T1/../F1", "x/y"])
async def test_a_file_that_is_not_there_is_undeliverable(desk: SlackDesk, ref: str) -> None:
    async with _listening(desk):
        with pytest.raises(Undeliverable):
            await anext(desk.channel.fetch(ref))


async def test_a_file_leaves_in_three_steps_into_the_thread(desk: SlackDesk) -> None:
    bob = desk.slack.person("Bob")
    channel = desk.slack.channel("help", bob)
    content = bytes(range(256)) * 10
    file = Attached("receipt.pdf", "application/pdf", len(content), f"file:{await desk.files.put(content)}")
    async with _listening(desk):
        root = await desk.slack.say(bob, channel, f"{desk.slack.mention()} my receipt?")
        message = _threaded(channel, root, "Here it is.", files=(file,))
        receipt = await desk.channel.send(message)
        text, shared = desk.slack.replies(root)
        (uploaded,) = shared["files"]
        assert desk.slack.world.files[uploaded["id"]].content == content
        assert receipt.external_id.endswith(f"{text['ts']},{uploaded['id']}")
        assert await desk.open().find(message) == receipt  # whoever takes over knows nothing, and looks
        await desk.channel.delete(replace(message, external_id=receipt.external_id))
        assert [one for one in desk.slack.replies(root) if one.get("text")] == []
        assert uploaded["id"] not in desk.slack.world.files


@pytest.mark.parametrize(("size", "told"), [(7, "no longer kept"), (0, "empty")])
async def test_a_file_that_cannot_leave_is_told_by_its_name(desk: SlackDesk, size: int, told: str) -> None:
    dm = desk.slack.dm(desk.slack.person("Ada"))
    gone = Attached("plan.pdf", "application/pdf", size, f"file:{'0' * 64}")
    async with _listening(desk):
        with pytest.raises(Undeliverable, match=f"plan.pdf.*{told}"):
            await desk.channel.send(_outbound(dm, "", 7, files=(gone,)))
    assert desk.slack.messages(dm) == []


async def test_what_was_cut_is_found_again_and_the_rest_is_sent_once(desk: SlackDesk) -> None:
    ada = desk.slack.person("Ada")
    dm = desk.slack.dm(ada)
    text = "\n\n".join(f"{number} " + "x" * 2_000 for number in range(3))
    message = _outbound(dm, text, 7)
    async with _listening(desk):
        await desk.slack.say(ada, dm, "Tell me all")
        desk.slack.fault("chat.postMessage", cut="after")
        with pytest.raises(Unknown):
            await desk.channel.send(message)
        again = desk.open()
        assert await again.find(message) is None
        receipt = await again.send(message)
    shown = [_as_shown(one)[0] for one in desk.slack.messages(dm) if one.get("bot_id")]
    assert shown == ["0", "1", "2"]
    assert receipt.external_id.count(",") == 2


async def test_where_slack_lets_us_not_look_it_stays_unknown(desk: SlackDesk) -> None:
    dm = desk.slack.dm(desk.slack.person("Ada"))
    desk.slack.fault("conversations.history", error="not_allowed_token_type", times=0)
    async with _listening(desk):
        with pytest.raises(Unknown, match="cannot be looked up"):
            await desk.channel.find(_outbound(dm, "Hello", 7))


async def test_a_flood_in_the_middle_repeats_nothing(desk: SlackDesk) -> None:
    dm = desk.slack.dm(desk.slack.person("Ada"))
    message = _outbound(dm, "a" * 2_999 + " " + "b" * 10, 7)
    async with _listening(desk):
        await desk.channel.send(_outbound(dm, "before", 6))
        flood = desk.slack.fault("chat.postMessage", status=429, retry_after=0)
        with pytest.raises(RetryLater):
            await desk.channel.send(message)
        await desk.channel.send(message)
    assert flood.met == 1
    assert [len(one["text"]) for one in desk.slack.messages(dm)] == [6, 2_999, 10]


async def test_an_answer_is_chosen_by_a_button_and_told_as_such(desk: SlackDesk) -> None:
    ada = desk.slack.person("Ada")
    dm = desk.slack.dm(ada)
    async with _listening(desk) as heard:
        message = _outbound(dm, "Did that help? " + "x" * 3_100, 7, choices=("Yes, thank you", "No " + "y" * 100))
        await desk.channel.send(message)
        shown = desk.slack.messages(dm)[-1]
        assert "with a number" not in str(desk.slack.messages(dm))
        await desk.slack.press(ada, {"ts": shown["ts"], "channel": dm.id}, "choice:1")
        ((chosen,),) = [desk.channel.parse(raw) for raw in heard.asked]
    assert isinstance(chosen, Chosen)
    assert (chosen.seq, chosen.choice) == (message.seq, 1)
    assert chosen.conversation == message.conversation
    assert chosen.sender.address == f"{ada.team}:{ada.id}"


async def test_what_was_sent_is_changed_and_taken_away_however_often(desk: SlackDesk) -> None:
    dm = desk.slack.dm(desk.slack.person("Ada"))
    async with _listening(desk):
        long = _outbound(dm, "a" * 2_000 + "\n\n" + "b" * 2_000, 7)
        sent = replace(long, external_id=(await desk.channel.send(long)).external_id)
        for _ in range(2):
            await desk.channel.edit(replace(sent, text="Short now: https://shop.test/a."))
        assert [_as_shown(one) for one in desk.slack.messages(dm)] == ["Short now: https://shop.test/a."]
        with pytest.raises(Undeliverable, match="too long"):
            await desk.channel.edit(replace(sent, text="c" * 20_000))
        for _ in range(2):
            await desk.channel.delete(sent)
        assert desk.slack.messages(dm) == []


async def test_a_revoked_token_waits_and_is_told(desk: SlackDesk) -> None:
    dm = desk.slack.dm(desk.slack.person("Ada"))
    async with _listening(desk):
        await desk.channel.send(_outbound(dm, "before", 6))
        desk.slack.team.revoked = "token_revoked"
        with pytest.raises(RetryLater, match="token_revoked"):
            await desk.channel.send(_outbound(dm, "Hello", 7))


# --- installations


async def test_a_token_that_ends_is_exchanged_before_and_the_new_pair_is_kept(desk: SlackDesk) -> None:
    desk.slack.oauth.rotate(desk.slack.team)
    desk.table |= {"token": desk.slack.token, "refresh_token": desk.slack.team.refresh_token}
    dm = desk.slack.dm(desk.slack.person("Ada"))
    desk.open()
    async with _listening(desk):
        await desk.channel.send(_outbound(dm, "one", 1))
        first = desk.slack.token
        desk.opened.clock.forward(12 * 3600 - 60)  # the setting's refresh token is spent: only the kept one is good
        await desk.open().send(_outbound(dm, "two", 2))
        assert desk.slack.token != first
        await desk.open().send(_outbound(dm, "three", 3))
    assert len(desk.slack.called("oauth.v2.access")) == 2


async def test_two_processes_that_exchange_at_once_both_have_a_good_token(desk: SlackDesk) -> None:
    desk.slack.oauth.rotate(desk.slack.team)
    desk.table |= {"token": desk.slack.token, "refresh_token": desk.slack.team.refresh_token}
    dm = desk.slack.dm(desk.slack.person("Ada"))
    one, other = desk.open(), desk.open()
    await asyncio.gather(one.send(_outbound(dm, "one", 1)), other.send(_outbound(dm, "two", 2)), return_exceptions=True)
    await other.send(_outbound(dm, "three", 3))
    await one.send(_outbound(dm, "four", 4))


async def test_another_workspace_installs_the_app_and_is_served_with_its_own_token(desk: SlackDesk) -> None:
    partner = desk.slack.world.workspace("Acme")
    carol = desk.slack.person("Carol", team=partner.id)
    async with _listening(desk), aiohttp.ClientSession() as http:
        async with http.get(f"{desk.url}/hooks/partners") as page:
            link = html.unescape(await page.text()).partition('href="')[2].partition('"')[0]
        asked = link.replace(AUTHORIZE, f"{desk.slack.url}/oauth/v2/authorize") + f"&team={partner.id}"
        async with http.get(asked) as page:
            assert (page.status, "installed in Acme" in await page.text()) == (200, True)
        await desk.slack.say(carol, desk.slack.dm(carol), "Hello from Acme")
        again = desk.open()
        await again.send(_outbound(desk.slack.dm(carol), "Hello Carol", 1))
    assert desk.slack.called("chat.postMessage")[-1].team == partner.id
    assert [one["text"] for one in desk.slack.messages(desk.slack.dm(carol))] == ["Hello from Acme", "Hello Carol"]


async def test_a_workspace_that_takes_the_app_out_is_unreachable_and_ours_goes_on(desk: SlackDesk) -> None:
    partner = desk.slack.world.workspace("Acme")
    carol, ada = desk.slack.person("Carol", team=partner.id), desk.slack.person("Ada")
    await desk.channel.installations.install(desk.slack.oauth.code(partner), desk.url)
    async with _listening(desk):
        await desk.channel.send(_outbound(desk.slack.dm(carol), "Hello Carol", 1))
        partner.revoked = "account_inactive"
        with pytest.raises(Unreachable, match="taken out"):
            await desk.channel.send(_outbound(desk.slack.dm(carol), "Are you there?", 2))
        await desk.channel.send(_outbound(desk.slack.dm(ada), "Hello Ada", 3))
        await desk.channel.installations.install(desk.slack.oauth.code(partner), desk.url)
        await desk.channel.send(_outbound(desk.slack.dm(carol), "There you are", 4))


@pytest.mark.parametrize("state", ["", "1.2", "1795262400.0000", "x" * 5_000, "²³.1"])
async def test_nobody_installs_what_somebody_else_began(desk: SlackDesk, state: str) -> None:
    code = desk.slack.oauth.code(desk.slack.world.workspace("Acme"))
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{desk.url}/hooks/partners", params={"code": code, "state": state}) as page,
    ):
        assert page.status == 403
    assert desk.slack.called("oauth.v2.access") == []


async def test_without_a_client_there_is_no_page_to_install(sqlite: Sqlite, tmp_path: Path) -> None:
    async with (
        slack_desk(sqlite, tmp_path) as desk,
        aiohttp.ClientSession() as http,
        http.get(f"{desk.url}/hooks/partners") as page,
    ):
        assert page.status == 404


# --- into the desk


def _policies(desk: SlackDesk) -> Policies:
    way = Way(desk.channel, "support", assistant=False)
    return Policies({"partners": way}, {"support": QueuePolicy("support", "Support")})


@asynccontextmanager
async def _taking_in(desk: SlackDesk) -> AsyncIterator[None]:
    """The channel's `run` before the real intake."""
    policies, store = _policies(desk), desk.opened.store

    async def accept(raw: RawEvent) -> Accepted:
        return await store.write_in(raw.stream, intake.receive, policies, raw)

    running = asyncio.create_task(desk.channel.run(accept))
    await desk.slack.until(lambda: desk.slack.called("auth.test"))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _texts(tx: Tx) -> list[str]:
    return [row.text for row in tx.all(MESSAGES)]


_message = table(MessageRow)
MESSAGES = select(_message.c.text).order_by(_message.c.id)


async def test_a_thread_is_followed_once_it_is_ours_and_not_before(desk: SlackDesk) -> None:
    bob, carol = desk.slack.person("Bob"), desk.slack.person("Carol", team="T0000000099")
    shared = desk.slack.channel("acme", bob, carol)
    async with _taking_in(desk):
        lunch = await desk.slack.say(bob, shared, "What is for lunch?")
        await desk.slack.say(carol, shared, "Soup", lunch["ts"])
        root = await desk.slack.say(carol, shared, f"{desk.slack.mention()} where is our order?")
        await desk.slack.say(bob, shared, "I wonder, too", root["ts"])
        said = await desk.slack.say(carol, shared, f"{desk.slack.mention()} and the soup is cold", lunch["ts"])
        await desk.slack.edit(said, f"{desk.slack.mention()} and the soup is hot")
        await desk.slack.edit(lunch, "What was for lunch?")
    texts = await desk.opened.store.read(_texts)
    assert texts == ["where is our order?", "I wonder, too", "and the soup is hot"]


async def test_a_thousand_events_in_any_order_some_twice_some_answers_lost_are_each_stored_once(
    desk: SlackDesk,
) -> None:
    """Ten of a hundred come twice, and of five the acknowledgement gets lost."""
    people = [desk.slack.person(f"Customer {number}") for number in range(20)]
    desk.slack.ack_within = WITHIN
    async with _taking_in(desk):
        desk.slack.loses = 0.05
        async with desk.slack.held(duplicates=0.1) as held:
            for number in range(1_000):
                who = people[number % len(people)]
                await desk.slack.say(who, desk.slack.dm(who), f"message {number}")
        desk.slack.loses = 0.0
    assert len(held) == 1_000
    assert len(desk.slack.delivered) > 1_100
    texts = await desk.opened.store.read(_texts)
    assert sorted(texts) == sorted(f"message {number}" for number in range(1_000))


def test_two_channels_of_one_app_are_refused() -> None:
    async def tell(name: str, trouble: str) -> None:
        raise AssertionError

    connections = Connections(tell)
    with pytest.raises(SettingsError, match=r"channels.one.token is missing"):
        connections.of("channels.one", Wanted())
    wanted = Wanted.model_validate({"token": "xoxb-1", "app_token": "xapp-1"})
    desk = connections.of("desk.slack", wanted)
    assert connections.of("channels.one", Wanted()) is desk
    with pytest.raises(SettingsError, match=r"channels.two.token: channels.one has this app"):
        connections.of("channels.two", wanted)
