"""Desks for tests, and the people at them.

`running_desk` is a whole desk on loopback: web chat, loopback channel, articles, Grace the agent, Sam the supervisor.
`QuietDesk` is the flow alone on a real SQLite store: no loops, no network, and time stands still until a test moves it.
Nothing here waits for a fixed time: `eventually` asks again until a deadline, windows wait for frames.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import aiohttp
import pytest

from contactcenter import app, sending
from contactcenter.channels.loopback import Loopback, said
from contactcenter.channels.protocol import Accepted
from contactcenter.crm.queries import TICKET_EVENTS
from contactcenter.flow import actions, assign, assist, choices, deliver, intake, leases, ledger, queries, staff, upkeep
from contactcenter.flow.actions import Caller
from contactcenter.flow.policies import Policies, QueuePolicy, Survey, Way
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.replies import LookUp, Question, Settled
from contactcenter.model.columns import HOUR, MINUTE, SECOND
from contactcenter.model.tickets import PRIORITIES
from contactcenter.model.values import Choice, NoRecord, Record, RetryLater, Undeliverable, Unknown
from contactcenter.ports import Tx
from contactcenter.routing.promises import Promise
from contactcenter.settings import Settings, load
from contactcenter.storage import migrate
from contactcenter.storage.groups import Effects, Transaction
from contactcenter.storage.open import locate
from contactcenter.storage.sqlite import SqliteConnection
from contactcenter.web import auth
from tests.servers import PostgreSQL, Redis

P = ParamSpec("P")
T = TypeVar("T")

WITHIN = 20.0  # seconds until a test that waits gives up: long, because the machine may be busy
NOON = 1_795_262_400 * SECOND  # Saturday 21 November 2026, 12:00 UTC

ORDER = "Under Orders you find the state of every order."
ARTICLES = {
    "order-status": f"""---
title: Where is my order?
questions:
  - When will my parcel arrive?
checked: 2026-11-01
---
{ORDER}
""",
    "returns": "---\ntitle: How do I return something?\n---\nSend it back within thirty days.\n",
    "refunds": "---\ntitle: Refund rules for agents\naudience: agents\n---\nRefund up to fifty without asking.\n",
}
SETTINGS = """
[store]
url = "{store}"
[bus]
url = "{bus}"
[web]
port = {port}
[knowledge]
folder = "articles"
precision = 0.7
[queues.support]
title = "Support"
[queues.sales]
title = "Sales"
[channels.site]
kind = "webchat"
[channels.try]
kind = "loopback"
[channels.people]
kind = "loopback"
assistant = false
queue = "sales"
"""


# --- time -------------------------------------------------------------------------------------------------------------


class SetClock:
    """Shows the instant a test has set it to."""

    def __init__(self, at: int = NOON) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += int(seconds * SECOND)


async def eventually(condition: Callable[[], Awaitable[T | None]], within: float = WITHIN) -> T:
    """The first true answer of the condition; it is asked again until a deadline."""
    give_up = time.monotonic() + within
    while True:
        found = await condition()
        if found:
            return found
        assert time.monotonic() < give_up, f"still {found!r} after {within:.0f} s"
        await asyncio.sleep(0.01)


# --- a whole desk -----------------------------------------------------------------------------------------------------


def write_settings(
    folder: Path, *, store: str = "sqlite:///desk.db", bus: str = "", port: int = 0, more: str = ""
) -> Path:
    """A settings file with articles beside it."""
    (folder / "articles").mkdir(exist_ok=True)
    for slug, text in ARTICLES.items():
        (folder / "articles" / f"{slug}.md").write_text(text, encoding="utf-8")
    file = folder / "contactcenter.toml"
    file.write_text(SETTINGS.format(store=store, bus=bus, port=port) + more, encoding="utf-8")
    return file


@dataclass(frozen=True)
class Person:
    """Somebody who works at the desk, with a token."""

    id: int
    name: str
    email: str
    token: str


def hire(tx: Tx, policies: Policies, name: str, role: str, queues: tuple[str, ...], capacity: int = 5) -> Person:
    """A new agent and their token."""
    email = f"{name.lower()}@example.test"
    agent = staff.add_agent(tx, policies, email, name, role, queues, capacity)
    return Person(agent, name, email, auth.issue(tx, "token", role, agent, None))


class Api:
    """What one token may do over HTTP. Every call says which status it expects."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str = "") -> None:
        self.http = http
        self.url = f"{url}/api/v1"
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def call(
        self, method: str, path: str, body: Any = None, status: int = 200, headers: dict[str, str] | None = None
    ) -> Any:
        sent = {**self.headers, **(headers or {})}
        async with self.http.request(method, self.url + path, json=body, headers=sent) as answer:
            text = await answer.text()
            assert answer.status == status, f"{method} {path}: {answer.status} {text}"
            return json.loads(text) if text else None

    async def get(self, path: str, status: int = 200) -> Any:
        return await self.call("GET", path, status=status)

    async def put(self, path: str, body: Any, status: int = 200) -> Any:
        return await self.call("PUT", path, body, status)

    async def post(self, path: str, body: Any, status: int = 201, key: str = "") -> Any:
        return await self.call("POST", path, body, status, {"Idempotency-Key": key} if key else None)

    async def items(self, path: str) -> list[Any]:
        """All items of a list, page by page."""
        found: list[Any] = []
        page = await self.get(path)
        while True:
            found += page["items"]
            if page["next"] is None:
                return found
            page = await self.get(f"{path}{'&' if '?' in path else '?'}after={page['next']}")

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Frames]:
        """The agent's live socket, after its hello."""
        socket = await self.http.ws_connect(f"{self.url}/live", headers=self.headers)
        async with Frames.of(socket) as frames:
            await frames.first(lambda frame: frame["type"] == "hello")
            yield frames


class Frames:
    """The frames of a socket, kept in order; whoever waits for one is woken by the next."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.all: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def of(cls, socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Self]:
        frames = cls(socket)
        try:
            yield frames
        finally:
            await frames.close()

    async def say(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def first(self, wanted: Callable[[dict[str, Any]], Any], since: int = 0) -> dict[str, Any]:
        """The first frame like this, from the given place on."""
        await self.until(lambda: any(wanted(frame) for frame in self.all[since:]))
        return next(frame for frame in self.all[since:] if wanted(frame))

    async def until(self, condition: Callable[[], Any]) -> None:
        """Until it holds; looks again after each frame."""
        async with asyncio.timeout(WITHIN):
            while not condition():
                assert not self._task.done(), f"the socket closed with {self.close_code}; it told {self.all}"
                self._news.clear()
                await self._news.wait()

    async def closed(self) -> int | None:
        """Until the other side closes; its code."""
        async with asyncio.timeout(WITHIN):
            await asyncio.shield(self._task)
        return self.close_code

    async def close(self) -> None:
        await self.socket.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                self.all.append(message.json())
                self._news.set()
        finally:
            self.close_code = self.socket.close_code
            self._news.set()


@dataclass
class Chat:
    """A visitor who keeps what they wrote until it is acknowledged, and shows each seq once, as the widget does."""

    http: aiohttp.ClientSession
    url: str
    token: str
    frames: Frames | None = None
    unacknowledged: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    shown: dict[int, dict[str, Any]] = field(default_factory=dict)
    doubled: list[dict[str, Any]] = field(default_factory=list)  # two different messages under one seq
    state: dict[str, Any] = field(default_factory=dict)
    _taken: int = 0

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, url: str, channel: str = "site", **claims: str) -> Self:
        async with http.post(f"{url}/chat/{channel}/sessions", json=claims) as answer:
            assert answer.status == 201
            return cls(http, f"{url}/chat/{channel}", (await answer.json())["token"])

    async def connect(self) -> None:
        """Open the window, and say again what was not acknowledged."""
        socket = await self.http.ws_connect(f"{self.url}/socket?token={self.token}&after={max(self.shown, default=0)}")
        self.frames, self.state, self._taken = Frames(socket), {}, 0
        for message, text in list(self.unacknowledged.items()):
            await self.frames.say(type="message", id=message, text=text)

    async def leave(self) -> None:
        """Close the window; the session stays."""
        if self.frames is not None:
            await self.frames.close()
            self.frames = None

    async def write(self, text: str) -> str:
        """Send, without waiting for the acknowledgement; the message's id."""
        message = str(uuid.uuid4())
        self.unacknowledged[message] = text
        if self.frames is not None and not self.frames.socket.closed:
            await self.frames.say(type="message", id=message, text=text)
        return message

    async def say(self, text: str) -> int:
        """Send, and wait until it is stored; its seq."""
        message = await self.write(text)
        await self.until(lambda: message in self.acknowledged)
        return self.acknowledged[message]

    async def hear(self, author: str, since: int = 0) -> dict[str, Any]:
        """The first message of this kind of author beyond a seq."""

        def heard() -> list[dict[str, Any]]:
            return [
                told for seq, told in sorted(self.shown.items()) if seq > since and told["author"]["kind"] == author
            ]

        await self.until(heard)
        return heard()[0]

    async def becomes(self, status: str) -> dict[str, Any]:
        """The state frame that says so."""
        await self.until(lambda: self.state.get("status") == status)
        return self.state

    async def until(self, condition: Callable[[], Any]) -> None:
        """Until it holds; looks again after each frame."""

        def holds() -> Any:
            self.take()
            return condition()

        assert self.frames is not None
        await self.frames.until(holds)

    def take(self) -> None:
        """Take in the frames that came."""
        if self.frames is None:
            return
        for frame in self.frames.all[self._taken :]:
            match frame["type"]:
                case "ack":
                    self.acknowledged[frame["id"]] = frame["seq"]
                    self.unacknowledged.pop(frame["id"], None)
                case "message":
                    known = self.shown.setdefault(frame["seq"], frame)
                    if known["id"] != frame["id"]:
                        self.doubled.append(frame)
                case "state":
                    self.state = frame
        self._taken = len(self.frames.all)


@dataclass
class RunningDesk:
    """A desk that runs, and who is there."""

    running: app.Running
    settings: Settings
    http: aiohttp.ClientSession
    grace: Api
    sam: Api
    people: dict[str, Person]
    windows: list[Chat] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def loopback(self) -> Loopback:
        """The channel without a provider where the assistant answers first."""
        return _loopback(self.running, "try")

    @property
    def people_only(self) -> Loopback:
        """The channel without a provider where people answer at once, in the queue sales."""
        return _loopback(self.running, "people")

    async def chat(self, **claims: str) -> Chat:
        """A new visitor with an open window."""
        window = await Chat.open(self.http, self.url, **claims)
        await window.connect()
        self.windows.append(window)
        return window

    async def hire(self, name: str, role: str = "agent", queues: tuple[str, ...] = ("support",), room: int = 5) -> Api:
        """One more agent."""
        self.people[name] = person = await self.running.store.write(
            hire, self.running.policies, name, role, queues, room
        )
        return Api(self.http, self.url, person.token)

    async def ticket_of(self, customer: str) -> Any:
        """The newest ticket of the customer with that name, once there is one."""

        async def found() -> Any:
            tickets = await self.sam.items("/tickets?status=new,open,answered,snoozed,solved,closed")
            return next((ticket for ticket in tickets if ticket["customer"]["name"] == customer), None)

        return await eventually(found)

    def hint(self, loop: str) -> None:
        """Wake a loop, which a test that sets the clock does not want to wait a second for."""
        self.running.bus.publish([f"wake:{loop}"], b"")


def _loopback(running: app.Running, name: str) -> Loopback:
    channel = running.channels[name]
    assert isinstance(channel, Loopback)
    return channel


@asynccontextmanager
async def running_desk(settings: Settings, clock: SetClock | None = None) -> AsyncIterator[RunningDesk]:
    """A desk whose store is migrated already, with Grace and Sam hired."""
    async with app.running(settings, clock=clock) as running, aiohttp.ClientSession() as http:
        grace = await running.store.write(hire, running.policies, "Grace", "agent", ("support",))
        sam = await running.store.write(hire, running.policies, "Sam", "supervisor", ("sales",))
        people = {"Grace": grace, "Sam": sam}
        desk = RunningDesk(
            running, settings, http, Api(http, running.url, grace.token), Api(http, running.url, sam.token), people
        )
        try:
            yield desk
        finally:
            for window in desk.windows:
                await window.leave()


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store with the schema and nothing in it, to be copied."""
    folder = tmp_path_factory.mktemp("store")
    location = locate("sqlite:///desk.db", folder)
    migrate.upgrade(location)
    return folder / "desk.db"


@pytest.fixture
def settings(tmp_path: Path, empty_store: Path) -> Settings:
    """Of a desk on a new SQLite file."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    return load(write_settings(tmp_path), {})


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[RunningDesk]:
    """A desk in one process on SQLite."""
    async with running_desk(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def empty_server(postgres_server: PostgreSQL) -> str:
    """A PostgreSQL database with the schema and nothing in it, to be copied."""
    url = postgres_server.url()
    migrate.upgrade(locate(url, Path()))
    return url


@pytest.fixture(params=["embedded", "scaled"])
async def any_desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    """The same desk on SQLite and alone, and on PostgreSQL and Redis."""
    if request.param == "embedded":
        file = write_settings(tmp_path)
        shutil.copyfile(request.getfixturevalue("empty_store"), tmp_path / "desk.db")
    else:
        empty: str = request.getfixturevalue("empty_server")  # before `postgres`, which drops what came after it
        postgres: PostgreSQL = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        store = postgres.url(copy_of=empty)
        file = write_settings(tmp_path, store=store, bus=redis.url)
    async with running_desk(load(file, {})) as opened:
        yield opened


# --- the flow alone ---------------------------------------------------------------------------------------------------


class QuietDesk:
    """Use cases one after another on a real SQLite store, in a transaction that is never committed.

    `told` keeps what was published. A use case that raises is undone as the store would undo it.
    """

    def __init__(self, file: Path, policies: Policies, assistant: Assistant) -> None:
        self.policies = policies
        self.assistant = assistant
        self.clock = SetClock()
        self.routing = assign.Routing()
        self.told: Effects = []
        self.looked_up: list[LookUp] = []
        self._connection = SqliteConnection(file, read_only=False)
        self._connection.begin(read_only=False)
        self._numbers = iter(range(1, 1_000_000))

    def do(self, use_case: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one use case."""
        tx = Transaction(self._connection)
        tx.begin(self.clock.now())
        with tx.savepoint():
            result = use_case(tx, *args, **kwargs)
        self._connection.add_figures(tx.figures)
        self.told += tx.effects
        return result

    def close(self) -> None:
        self._connection.rollback()
        self._connection.close()

    # --- people

    def hire(self, name: str, role: str = "agent", queues: tuple[str, ...] = ("support",), room: int = 5) -> Caller:
        """A new agent, who is there."""
        person = self.do(hire, self.policies, name, role, queues, room)
        caller = Caller(role, person.id, name)
        self.do(actions.set_presence, self.policies, caller, "available")
        return caller

    def hear(self, address: str, text: str, channel: str = "try", **more: str) -> Accepted:
        """A customer writes."""
        return self.do(
            intake.receive,
            self.policies,
            said(channel, address, text, more.pop("id", f"m{next(self._numbers)}"), **more),
        )

    def press(self, address: str, message: int, which: int, channel: str = "try", of: str = "") -> Accepted:
        """A customer presses a button under a message of ours; the seq of what they said by it."""
        under = self.row(queries.MESSAGE_BY_ID, id=message)
        more = {"change": "pressed", "of": of or under.external_id}
        number = f"p{next(self._numbers)}"
        return self.do(intake.receive, self.policies, said(channel, address, str(which), number, **more))

    # --- what the loops would do

    def think(self, question: Question) -> Settled:
        """What the assistant makes of a question that asks no tool."""
        outcome = self.assistant.answer(question)
        assert not isinstance(outcome, LookUp)
        return outcome

    def answer(self, found: Record | NoRecord | None = None) -> list[Settled]:
        """The assistant reads all that it has to. `found`: what any tool tells that is asked."""
        outcomes = []
        for asked in self.do(assist.begin, self.policies, "quiet"):
            outcome = self.assistant.answer(asked.question)
            if isinstance(outcome, LookUp):
                self.looked_up.append(outcome)
                outcome = self.assistant.looked_up(asked.question, outcome, found or NoRecord("nobody is there"))
            outcomes.append(outcome)
            self.do(assist.settle, self.policies, asked, outcome)
        return outcomes

    def route(self) -> int:
        """All that waits is held out to whoever has room; how many tickets."""
        made = 0
        while self.do(self.routing.has_work):
            made += self.do(self.routing.route, self.policies)
        return made

    def upkeep(self) -> int:
        """What the time asks for."""
        heads = self.do(ledger.timers.due_heads)
        return sum(self.do(upkeep.work_off, self.policies, head.stream) for head in heads)

    async def deliver(self) -> list[str]:
        """Everything due is sent once; the delivery states that came of it."""
        states = []
        for attempt in [one for way in sorted(self.policies.ways) for one in self.do(deliver.begin, "quiet", way)]:
            outcome: deliver.Outcome
            try:
                outcome = await sending._delivered(self.policies.way(attempt.channel).channel, attempt)
            except (RetryLater, Undeliverable, Unknown) as error:
                outcome = error
            states.append(self.do(deliver.settle, self.policies, attempt, outcome))
        return states

    # --- what is written

    def ticket(self, number: int) -> Any:
        return self.do(lambda tx: tx.one(queries.TICKET, id=number))

    def row(self, statement: Any, **params: Any) -> Any:
        return self.do(lambda tx: tx.one(statement, **params))

    def rows(self, statement: Any, **params: Any) -> list[Any]:
        return self.do(lambda tx: tx.all(statement, **params))

    def said(self, ticket: int) -> list[Any]:
        """The messages of a ticket."""
        return self.rows(queries.MESSAGES_AFTER, ticket=ticket, after=0, limit=500)

    def facts(self, ticket: int, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        """Events of these kinds on a ticket's history: who, and what."""
        whose = self.ticket(ticket).customer_id
        rows = self.rows(TICKET_EVENTS, customer=whose, ticket=ticket, after=0, limit=500)
        return [(row.actor, json.loads(row.payload)) for row in rows if row.kind in kinds]

    def sent(self, channel: str = "try") -> list[str]:
        """What customers received on a loopback channel."""
        found = self.policies.way(channel).channel
        assert isinstance(found, Loopback)
        return [message.text for message in found.sent]


OFFERED = (Choice("That helps", choices.HELPED), Choice("Talk to a person", choices.PERSON))
FACES = ("😞", "🙁", "😐", "🙂", "😀")
SURVEY = Survey(
    "How did we do in ticket {ticket}?",
    tuple(Choice(face, f"{choices.RATE}{score}") for score, face in enumerate(FACES, 1)),
)


def asking_policies(**more: Any) -> Policies:
    """The same desk, whose assistant offers choices, and which asks how satisfied its customers are."""
    policies = quiet_policies()
    ways = {name: replace(way, choices=OFFERED, survey=SURVEY) for name, way in policies.ways.items()}
    return replace(policies, ways=ways, **more)


def promising_policies() -> Policies:
    """So little time that some of all promises are missed and some are kept."""
    minutes = {"first_response": 10 * MINUTE, "next_response": 6 * HOUR, "resolution": 2 * HOUR}
    promise = Promise("soon", {(p, target): time for p in PRIORITIES for target, time in minutes.items()})
    policies = asking_policies()
    queues = {name: replace(queue, promise=promise) for name, queue in policies.queues.items()}
    return replace(policies, queues=queues)


def quiet_policies(**queues: QueuePolicy) -> Policies:
    """Two loopback channels: `try` with the assistant, `people` without; the queues support and sales."""
    ways = {
        "try": Way(Loopback("try"), "support", assistant=True),
        "people": Way(Loopback("people"), "support", assistant=False),
    }
    known = {"support": QueuePolicy("support", "Support"), "sales": QueuePolicy("sales", "Sales")}
    return Policies(ways, {**known, **queues})


ARTICLE = Article("order-status", "Where is my order?", ORDER, ("When will my parcel arrive?",))


@contextmanager
def opened_quiet_desk(empty_store: Path, folder: Path, policies: Policies | None = None) -> Iterator[QuietDesk]:
    """A quiet desk on a copy of the empty store."""
    file = folder / f"{uuid.uuid4().hex}.db"
    shutil.copyfile(empty_store, file)
    desk = QuietDesk(file, policies or quiet_policies(), Assistant([ARTICLE], 0.7, "http://desk.test"))
    desk.do(leases.beat, "quiet", [])
    try:
        yield desk
    finally:
        desk.close()
        file.unlink()


@pytest.fixture
def quiet(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    """The flow alone, at noon on Saturday 21 November 2026."""
    with opened_quiet_desk(empty_store, tmp_path) as desk:
        yield desk
