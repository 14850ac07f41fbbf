"""The composition root: the only place that knows everything. Settings become parts, parts a running desk.

`cli` calls `serve`; tests and benches call `running`. Parts start in the order of this page and stop in reverse.
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from contactcenter import calendars, pledges, workers
from contactcenter.bus.in_process import InProcessBus
from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Channel, Hooked, Listens
from contactcenter.channels.registry import KINDS, Built, build, read_settings
from contactcenter.figures.report import Terms
from contactcenter.flow import choices, leases, replies
from contactcenter.flow.policies import CannedReply, Policies, QueuePolicy, RoutingPolicy, Survey, Way
from contactcenter.flow.secrets import own_key
from contactcenter.knowledge.answering.minilm import MiniLM, opened
from contactcenter.knowledge.answering.study import Study
from contactcenter.knowledge.answering.weights import EncoderError, installed_folder
from contactcenter.knowledge.articles import ArticleError, load_folder
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import DAY, MINUTE, SECOND
from contactcenter.model.values import Choice
from contactcenter.ports import Bus, Clock, Files, Store
from contactcenter.rulebook import read_rules
from contactcenter.settings import ChannelSettings, ReplySettings, RoutingSettings, Settings, SettingsError
from contactcenter.slacks import Slacks
from contactcenter.storage import migrate
from contactcenter.storage.alone import alone
from contactcenter.storage.groups import Effects
from contactcenter.storage.open import Location, UnknownStore, locate, open_files, open_store
from contactcenter.storage.store import LaneStore
from contactcenter.thinking import keep_learning
from contactcenter.web.api.operations import ARTICLES, Desk
from contactcenter.web.hooks import Hooks
from contactcenter.web.push import Pusher
from contactcenter.web.server import make_application

ROLES = ("web", "channels", "worker", "router")

log = logging.getLogger(__name__)


class SystemClock:
    """Wall-clock time."""

    def now(self) -> int:
        return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Running:
    """A desk that runs."""

    url: str  # where the web answers; blank without the role web
    store: Store
    bus: Bus
    files: Files
    channels: dict[str, Channel]
    policies: Policies
    assistant: Assistant


def location_of(settings: Settings) -> Location:
    """Where the data lives. Raises SettingsError."""
    try:
        return locate(settings.store.url, settings.folder)
    except UnknownStore as error:
        raise SettingsError(str(error)) from None


def prepare_store(location: Location) -> None:
    """The schema as this program needs it: an embedded store is brought there, a server must be there already."""
    if location.embedded:
        if migrate.upgrade(location):
            log.info("store prepared", extra={"store": location.shown})
    else:
        migrate.require(location)


@asynccontextmanager
async def opened_store(
    settings: Settings, location: Location, clock: Clock, bus: Bus | None = None
) -> AsyncIterator[LaneStore]:
    """The store, its effects released on the bus (or on nothing, for the command line)."""

    def release(effects: Effects) -> None:
        for topics, frame in effects:
            if bus is not None:
                bus.publish(topics, frame)

    store = open_store(location, clock, release, lanes=settings.store.lanes, readers=settings.store.readers)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def running(
    settings: Settings, roles: Sequence[str] = ROLES, clock: Clock | None = None
) -> AsyncIterator[Running]:
    """A whole desk, or the part of it that `roles` name, until the block ends."""
    clock = clock or SystemClock()
    location = location_of(settings)
    async with AsyncExitStack() as stack:
        if location.file is not None:
            stack.enter_context(alone(location.file))
        bus = await stack.enter_async_context(_started_bus(settings))
        store = await stack.enter_async_context(opened_store(settings, location, clock, bus))
        files = open_files(location, store)
        made: list[Policies] = []
        shops: list[workers.Workshop] = []
        push = Pusher()
        slack = Slacks(settings, store)
        parts = Parts(
            store=store,
            bus=bus,
            files=files,
            clock=clock,
            secret=await store.write(own_key, "web"),
            public_url=settings.web.public_url,
            push=push,
            policies=lambda: made[0],
            accept=lambda channel: shops[0].accept_for(made[0].way(channel)),
            slack=slack.of,
        )
        read = {name: read_settings(name, keys) for name, keys in settings.channels.items()}
        refuse_doubles(read)
        built = {name: build(name, channel_settings, parts) for name, channel_settings in read.items()}
        policies = replace(make_policies(settings, built), desk=slack.policy)
        made.append(policies)
        assistant = make_assistant(settings)
        folder = settings.path(settings.knowledge.folder) if settings.knowledge.folder else None
        bus.subscribe(ARTICLES, lambda topic, frame: _read_again(assistant, folder))
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        workshop = workers.Workshop(
            owner=owner,
            store=store,
            bus=bus,
            files=files,
            clock=clock,
            policies=policies,
            assistant=assistant,
            roles=frozenset(roles),
            guest=slack.guest(parts, assistant, owner),
        )
        shops.append(workshop)
        await stack.enter_async_context(slack.opened())
        if location.embedded:
            _refuse_taken(built)
            await store.write(leases.forget_all)
        ready = asyncio.Event()
        await stack.enter_async_context(_working(workshop, ready))
        await ready.wait()
        await stack.enter_async_context(_task(keep_learning(assistant), "learning"))
        desk = Desk(store, bus, files, clock, policies, assistant, folder, settings.web.public_url)
        routes = [route for item in built.values() for route in item.routes]
        url = ""
        if "web" in roles:
            limit, hooked = settings.web.body_limit, {**_hooked(workshop), **slack.hooks}
            application = make_application(desk, push, ready, routes, body_limit=limit, hooked=hooked)
            url = await stack.enter_async_context(_serving(application, settings))
        channels = {name: item.channel for name, item in built.items()}
        yield Running(url, store, bus, files, channels, policies, assistant)


def _hooked(workshop: workers.Workshop) -> Hooks:
    """The channels whose providers come to us, on whichever process serves the web."""
    ways = workshop.policies.ways.items()
    return {name: (way.channel, workshop.accept_for(way)) for name, way in ways if isinstance(way.channel, Hooked)}


def make_policies(settings: Settings, built: dict[str, Built]) -> Policies:
    """The values flow goes by. Raises SettingsError for names that point nowhere."""
    hours, promised = calendars.of_queues(settings), pledges.of_queues(settings)
    queues = {
        name: QueuePolicy(
            name=name,
            title=queue.title or name,
            hours=hours.get(name),
            offer_time=queue.offer_seconds * SECOND,
            outside_hours=queue.outside_hours,
            promise=promised.get(name),
        )
        for name, queue in settings.queues.items()
    }
    ways = {
        name: Way(
            item.channel,
            item.settings.queue,
            item.settings.assistant,
            item.settings.acknowledge,
            _choices(item.settings),
            _survey(item.settings),
        )
        for name, item in built.items()
    }
    for name, way in ways.items():
        if way.queue not in queues:
            known = ", ".join(sorted(queues)) or "none"
            raise SettingsError(f"setting channels.{name}.queue: there is no [queues.{way.queue}]; there are: {known}")
    return Policies(
        ways=ways,
        queues=queues,
        routing=_routing(settings.routing),
        close_solved_after=int(settings.tickets.close_solved_after_days * DAY),
        inbox_kept=int(settings.retention.inbox_days * DAY),
        figures=Terms(
            timezone=settings.figures.timezone,
            formula=settings.figures.service_level,
            within=int(settings.figures.answer_within_seconds * SECOND),
            share=settings.figures.answer_share,
            shrinkage=settings.figures.shrinkage,
        ),
        solve_reasons=settings.tickets.solve_reasons,
        replies={name: _canned(name, reply) for name, reply in settings.replies.items()},
        rules=read_rules(settings, {name: queue.hours for name, queue in queues.items()}),
    )


def _routing(settings: RoutingSettings) -> RoutingPolicy:
    unknown = sorted(settings.kinds.keys() - KINDS.keys())
    if unknown:
        known = ", ".join(sorted(KINDS))
        raise SettingsError(f"setting routing.kinds.{unknown[0]}: there is no such kind of channel; there are: {known}")
    kinds = settings.kinds.items()
    return RoutingPolicy(
        reserve=settings.reserve,
        guard=settings.reserve_until,
        weights={name: kind.weight for name, kind in kinds},
        limits=tuple((name, kind.most) for name, kind in kinds if kind.most is not None),
        targets={name: int(kind.wait_minutes * MINUTE) for name, kind in kinds if kind.wait_minutes is not None},
        talks={name: int(kind.talk_minutes * MINUTE) for name, kind in kinds if kind.talk_minutes is not None},
        wrap_ups={name: int(kind.wrap_up_seconds * SECOND) for name, kind in kinds},
    )


def _choices(settings: ChannelSettings) -> tuple[Choice, ...]:
    """What is offered below an answer of the assistant; a blank word offers nothing."""
    offered = ((settings.helped, choices.HELPED), (settings.person, choices.PERSON))
    return tuple(Choice(words, does) for words, does in offered if words)


def _survey(settings: ChannelSettings) -> Survey | None:
    if not settings.satisfaction:
        return None
    scores = enumerate(settings.satisfaction_choices, 1)
    return Survey(settings.satisfaction_text, tuple(Choice(words, f"{choices.RATE}{score}") for score, words in scores))


def _canned(name: str, reply: ReplySettings) -> CannedReply:
    if unknown := replies.unknown_placeholder(reply.text):
        known = ", ".join(f"{{{placeholder}}}" for placeholder in replies.PLACEHOLDERS)
        raise SettingsError(f"setting replies.{name}.text: {unknown} means nothing; known are {known}")
    return CannedReply(name, reply.title or name, reply.text)


def _read_again(assistant: Assistant, folder: Path | None) -> None:
    """Some process wrote an article; what cannot be read now leaves what was known."""
    try:
        assistant.learn(load_folder(folder) if folder is not None else [])
    except ArticleError as error:
        log.warning("articles not read again", extra={"reason": str(error)})


def refuse_doubles(read: Mapping[str, ChannelSettings]) -> None:
    """Two channels cannot have one door, one address or one folder to fetch from."""
    seen: dict[tuple[str, str], str] = {}
    for name, settings in read.items():
        for key, value in settings.alone.items():
            if value and seen.setdefault((key, value), name) != name:
                first = seen[key, value]
                raise SettingsError(f"setting channels.{name}.{key}: {value} is that of channels.{first} already")


def _refuse_taken(built: Mapping[str, Built]) -> None:
    """A door that is somebody else's is told before anything starts."""
    for name, item in built.items():
        if isinstance(item.channel, Listens) and (place := item.channel.place):
            host, port = place
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    why = error.strerror or "not an address of this machine"
                    raise SettingsError(f"channel {name} cannot listen on {host}:{port}: {why}") from None


def make_assistant(settings: Settings) -> Assistant:
    """The assistant with the articles of the knowledge folder; with none it hands everything over."""
    folder = settings.knowledge.folder
    articles = load_folder(settings.path(folder)) if folder else []
    study = Study(make_encoder(settings), _kept(settings))
    return Assistant(articles, settings.knowledge.precision, settings.web.public_url, study)


def make_encoder(settings: Settings) -> MiniLM | None:
    """By which texts are compared by what they mean; None where there is none. Raises SettingsError."""
    wish = settings.knowledge.encoder
    folder = settings.path(wish) if wish else installed_folder()
    if wish == "none" or folder is None:
        return None
    try:
        return opened(folder)
    except EncoderError as error:
        raise SettingsError(f"setting knowledge.encoder: {error}") from None


def _kept(settings: Settings) -> Path | None:
    """Where the assistant keeps what it learned: beside an embedded store; else each process learns for itself."""
    file = location_of(settings).file
    return file.parent / "assistant" if file is not None else None


@asynccontextmanager
async def _started_bus(settings: Settings) -> AsyncIterator[Bus]:
    bus = _bus(settings)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.close()


def _bus(settings: Settings) -> Bus:
    if not settings.bus.url:
        return InProcessBus()
    if not settings.bus.url.startswith(("redis://", "rediss://")):
        raise SettingsError("setting bus.url must be empty (one process) or begin with redis:// or rediss://")
    from contactcenter.bus.redis import RedisBus

    return RedisBus(settings.bus.url)


@asynccontextmanager
async def _working(workshop: workers.Workshop, ready: asyncio.Event) -> AsyncIterator[None]:
    async with _task(workers.run(workshop, ready), "workers"):
        yield
    await workshop.store.write(leases.leave, workshop.owner)


@asynccontextmanager
async def _task(work: "asyncio._CoroutineLike[None]", name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _serving(application: web.Application, settings: Settings) -> AsyncIterator[str]:
    runner = web.AppRunner(
        application, access_log=None, shutdown_timeout=2.0, keepalive_timeout=75.0, auto_decompress=False
    )
    await runner.setup()
    site = web.TCPSite(runner, settings.web.host, settings.web.port, backlog=1024)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        where = f"{settings.web.host}:{settings.web.port}"
        raise SettingsError(
            f"cannot listen on {where}: {os.strerror(error.errno or 0)}; choose another web.port"
        ) from None
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
