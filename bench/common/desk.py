"""A whole desk under measurement: settings, agents, `contactcenter serve` in its own process, and the way in.

Agents are put into the store before the server starts, through the product's own use cases: the command line would
take a process for each of them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.common.processes import Server, served
from bench.common.program import until
from bench.common.sockets import Hear, Socket, connect
from contactcenter import app
from contactcenter.flow import actions, staff
from contactcenter.flow.policies import Policies
from contactcenter.ports import Tx
from contactcenter.settings import load
from contactcenter.storage import migrate
from contactcenter.web import auth

SERVE = ("-m", "bench.common.serve")
ONE_COMMIT_EACH = ("-m", "bench.common.one_commit_each")
LANES = 20  # requests at a time

SETTINGS = """
[web]
port = 0
[log]
level = "warning"
"""


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who answers, and their API token."""

    id: int
    token: str


def write_settings(folder: Path, text: str, common: str = SETTINGS) -> Path:
    """A settings file of its own folder, where the store will be as well."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "contactcenter.toml"
    file.write_text(common + text, encoding="utf-8")
    return file


async def add_agents(file: Path, count: int, queues: Sequence[str], capacity: int) -> list[Agent]:
    """So many agents, all of them available. The server must not run yet."""
    settings = load(file)
    location = app.location_of(settings)
    migrate.upgrade(location)
    policies = app.make_policies(settings, {})
    async with app.opened_store(settings, location, app.SystemClock()) as store:
        return [await store.write(_add_agent, policies, number, queues, capacity) for number in range(count)]


def _add_agent(tx: Tx, policies: Policies, number: int, queues: Sequence[str], capacity: int) -> Agent:
    name = f"Agent {number}"
    agent = staff.add_agent(tx, policies, f"agent{number}@example.test", name, "agent", queues, capacity)
    actions.set_presence(tx, policies, actions.Caller("agent", agent, name), "available")
    return Agent(agent, auth.issue(tx, "token", "agent", agent, None))


@asynccontextmanager
async def desk(file: Path, program: Sequence[str] = SERVE) -> AsyncIterator[Server]:
    """The desk of a settings file, served until the block ends."""
    async with served([*program, "serve", "--config", str(file)], file.parent) as server:
        yield server


class Api:
    """The HTTP side of a desk, as one agent or as nobody."""

    def __init__(self, client: aiohttp.ClientSession, server: Server, token: str = "") -> None:
        self._client = client
        self._server = server
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str) -> Any:
        return await self._ask("GET", path, None)

    async def put(self, path: str, body: Any) -> Any:
        return await self._ask("PUT", path, body)

    async def post(self, path: str, body: Any) -> Any:
        return await self._ask("POST", path, body)

    async def _ask(self, method: str, path: str, body: Any) -> Any:
        async with self._client.request(method, self._server.url + path, json=body, headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.json()


async def visitors(client: aiohttp.ClientSession, server: Server, channel: str, count: int) -> list[str]:
    """The addresses of so many new visitors' sockets."""
    api, paths = Api(client, server), []
    for first in range(0, count, LANES):
        some = min(LANES, count - first)
        made = await asyncio.gather(*(api.post(f"/chat/{channel}/sessions", {}) for _ in range(some)))
        paths += [f"/chat/{channel}/socket?token={session['token']}&after=0" for session in made]
    return paths


async def live_sockets(server: Server, agents: Sequence[Agent], hear: Hear) -> list[Socket]:
    """Each agent's own."""
    return [await connect(server.host, server.port, "/api/v1/live", hear, agent.token) for agent in agents]


async def all_held(api: Api, queue: str, tickets: int) -> None:
    """Until some agent has each of so many tickets."""

    async def held() -> bool:
        figures = (await api.get("/api/v1/queues/figures"))["items"]
        mine = next(item for item in figures if item["queue"] == queue)
        return bool(mine["open"] == tickets and mine["waiting"] == 0)

    await until(held, f"that {tickets} tickets are held")
