"""A server that is killed without warning while agents work in Slack: every card, entry and reply once, no act lost."""

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from contactcenter.app import SystemClock, location_of, make_policies, opened_store
from contactcenter.settings import load
from tests.desk import Api, Chat, eventually, hire, write_settings
from tests.providers.slack import Channel, Message, NotAcknowledged, Slack, User
from tests.servers import free_port
from tests.stories.test_nothing_is_lost_or_doubled import Server, connected, heard

KILLS = 4
REPLIES = 4  # of each owner, to each customer
ENOUGH = 120.0  # seconds
SETTINGS = """
[desk.slack]
api_url = "{api_url}"
token = "{token}"
app_token = "{app_token}"
channel = "{channel}"
"""


async def test_whoever_is_killed_between_acts_and_posts_leaves_nothing_out_and_nothing_twice(
    tmp_path: Path, empty_store: Path
) -> None:
    port = free_port()
    timeout = aiohttp.ClientTimeout(total=10)
    async with asyncio.timeout(ENOUGH), Slack() as slack, aiohttp.ClientSession(timeout=timeout) as http:
        people = {name: slack.person(name, f"{name.lower()}@example.test") for name in ("Grace", "Sam")}
        triage = slack.channel("desk", *people.values(), private=True)
        made = SETTINGS.format(api_url=slack.api_url, token=slack.token, app_token=slack.app_token, channel=triage.id)
        token = await hired(tmp_path, empty_store, port, made)
        server = Server(tmp_path / "contactcenter.toml", f"http://127.0.0.1:{port}")
        async with server.running(http):
            killing = asyncio.create_task(kill_now_and_then(slack, server, http, random.Random(4711)))
            customers = [
                asyncio.create_task(serve(slack, triage, people["Grace" if n % 2 else "Sam"], http, server.url, n))
                for n in range(3)
            ]
            chats = await asyncio.gather(*customers)
            await killing
            api = Api(http, server.url, token)
            told = await eventually(lambda: all_sent(api), within=ENOUGH)
            replies = Counter(one["text"] for one in told if one["author"]["kind"] == "agent")
            assert replies == Counter(f"reply {n} to C{customer}" for customer in range(3) for n in range(REPLIES))
            for number, chat in enumerate(chats):
                await shows_each_reply_once(chat, [f"reply {n} to C{number}" for n in range(REPLIES)])
            await slack.until(lambda: shown_in(slack, triage, "more from C") >= 3, within=60)
            cards = Counter(card["text"].split()[0] for card in slack.messages(triage) if "thread_ts" not in card)
            assert cards == Counter({"#1": 1, "#2": 1, "#3": 1})
            for number in range(3):
                assert shown_in(slack, triage, f"more from C{number}") == 1


async def shows_each_reply_once(chat: Chat, wanted: list[str]) -> None:
    await connected(chat)
    await chat.until(lambda: set(wanted) <= {text for _, text in heard(chat)})
    shown = [text for _, text in sorted(heard(chat).elements()) if text in wanted]
    assert shown == wanted, "each once, in order"
    await chat.leave()


def shown_in(slack: Slack, place: Channel, words: str) -> int:
    """Entries in threads that say so."""
    return sum(words in str(one) for one in slack.messages(place) if "thread_ts" in one)


async def hired(folder: Path, empty_store: Path, port: int, more: str) -> str:
    """Settings, store and agents; Grace's token."""
    shutil.copyfile(empty_store, folder / "desk.db")
    settings = load(write_settings(folder, port=port, more=more), {})
    async with opened_store(settings, location_of(settings), SystemClock()) as store:
        policies = make_policies(settings, {})
        grace = await store.write(hire, policies, "Grace", "agent", ("support",))
        await store.write(hire, policies, "Sam", "supervisor", ("sales",))
    return grace.token


async def kill_now_and_then(slack: Slack, server: Server, http: aiohttp.ClientSession, rng: random.Random) -> None:
    """After so many requests of the desk's to Slack that nobody knows where it stands."""
    for _ in range(KILLS):
        reached = len(slack.calls) + rng.randrange(1, 10)
        await slack.until(partial(_reached, slack, reached), within=ENOUGH)
        await server.kill()
        await server.start(http)


def _reached(slack: Slack, calls: int) -> bool:
    return len(slack.calls) > calls


async def serve(slack: Slack, triage: Channel, owner: User, http: aiohttp.ClientSession, url: str, number: int) -> Chat:
    """A customer asks for a person, and that person answers in the thread."""
    chat: Chat = await again_and_again(lambda: Chat.open(http, url, name=f"C{number}"))
    for text in (f"Can I talk to a person? C{number}", f"more from C{number}"):
        await say_until_stored(chat, text)
    await chat.leave()
    card = await eventually(lambda: card_of(slack, triage, f"C{number}"), within=60)
    await again_and_again(lambda: slack.press(owner, card, "claim"))
    await eventually(lambda: says(triage, card, f"with *{owner.name}*"), within=60)
    for n in range(REPLIES):
        await slack.say(owner, triage, f"reply {n} to C{number}", card["ts"])
    return chat


async def say_until_stored(chat: Chat, text: str) -> None:
    message = await chat.write(text)
    while message in chat.unacknowledged:
        await connected(chat)
        try:
            await chat.until(lambda: message in chat.acknowledged)
        except (AssertionError, aiohttp.ClientError, ConnectionError):
            await chat.leave()


async def again_and_again(act: Callable[[], Awaitable[Any]]) -> Any:
    """As a person does whose press came to nothing."""

    async def try_it() -> list[Any] | None:
        try:
            return [await act()]
        except (NotAcknowledged, AssertionError, TimeoutError, aiohttp.ClientError, ConnectionError):
            return None

    return (await eventually(try_it, within=ENOUGH))[0]


async def card_of(slack: Slack, triage: Channel, customer: str) -> Message | None:
    for said in slack.messages(triage):
        if customer in str(said.get("blocks")) and "thread_ts" not in said:
            return {**said, "channel": triage.id}
    return None


async def says(triage: Channel, card: Message, words: str) -> bool:
    return words in str(triage.messages[card["ts"]])


async def all_sent(api: Api) -> list[Any] | None:
    """All messages, once nothing is on its way any more."""
    found = []
    for number in (1, 2, 3):
        found += await api.items(f"/tickets/{number}/messages?limit=200")
    replies = [one for one in found if one["author"]["kind"] == "agent"]
    done = all(one["delivery"] in (None, "sent") for one in found)
    return found if done and len(replies) >= 3 * REPLIES else None
