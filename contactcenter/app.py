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
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from contactcenter import calendars, pledges, workers
from contactcenter.bus.in_process import InProcessBus
from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Channel, Hooked, Listens
from contactcenter.channels.registry import KINDS, Built, build, read_settings
from contactcenter.figures.report import Terms
from contactcenter.flow import articles, choices, leases, replies, spending
from contactcenter.flow.policies import CannedReply, Policies, QueuePolicy, RoutingPolicy, Survey, Way
from contactcenter.flow.secrets import own_key
from contactcenter.instep import LEASE, InStep, Learning
from contactcenter.knowledge.answering.minilm import MiniLM, opened
from contactcenter.knowledge.answering.study import Study
from contactcenter.knowledge.answering.weights import EncoderError, installed_folder
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.phrases import TEXTS, Phrases
from contactcenter.knowledge.shelf import Shelf
from contactcenter.model.columns import DAY, MINUTE, SECOND
from contactcenter.model.values import Choice, Invalid
from contactcenter.outside.language_model import LanguageModel
from contactcenter.outside.lookups import Lookups
from contactcenter.ports import Bus, Clock, Files, Store
from contactcenter.routing.rules import Rule
from contactcenter.rulebook import read_rules
from contactcenter.settings import (
    ChannelSettings,
    PresenceSettings,
    ReplySettings,
    RoutingSettings,
    Settings,
    SettingsError,
)
from contactcenter.slacks import Slacks
from contactcenter.storage import migrate
from contactcenter.storage.alone import alone
from contactcenter.storage.groups import Effects
from contactcenter.storage.open import Location, UnknownStore, locate, open_files, open_store
from contactcenter.storage.store import LaneStore
from contactcenter.thinking import keep_learning
from contactcenter.web.api.operations import Desk
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
        shelf = Shelf()
        learning = Learning(store, bus, assistant, shelf)
        in_step = in_step_with(settings, store) if "worker" in roles else None
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        lookups = Lookups(settings.lookups, clock)
        model = make_model(settings, store)
        workshop = workers.Workshop(
            owner=owner,
            store=store,
            bus=bus,
            files=files,
            clock=clock,
            policies=policies,
            assistant=assistant,
            caller=lookups,
            model=model,
            roles=frozenset(roles),
            guest=_with_articles(slack.guest(parts, assistant, owner), in_step),
        )
        shops.append(workshop)
        stack.push_async_callback(lookups.close)
        if model is not None:
            stack.push_async_callback(model.close)
        await stack.enter_async_context(slack.opened())
        if location.embedded:
            _refuse_taken(built)
            await store.write(leases.forget_all)
        if in_step is not None and LEASE in await store.write(leases.beat, owner, [LEASE]):
            await in_step.compare()
        await learning.look()
        await stack.enter_async_context(_task(learning.run(), "articles"))
        ready = asyncio.Event()
        await stack.enter_async_context(_working(workshop, ready))
        await ready.wait()
        await stack.enter_async_context(_task(keep_learning(assistant), "learning"))
        trial = partial(_tried_rules, settings, policies)
        desk = Desk(store, bus, files, clock, policies, assistant, shelf, settings.web.public_url, trial)
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
            by_email=queue.by_email,
            by_email_after=int(queue.by_email_after_minutes * MINUTE),
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
            item.settings.ask_mail,
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
        routing=_routing(settings.routing, settings.presence),
        away_reasons=tuple(settings.presence.reasons),
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
        stale_after=settings.knowledge.stale_days * DAY,
    )


def _routing(settings: RoutingSettings, presence: PresenceSettings) -> RoutingPolicy:
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
        give_back_after=int(presence.give_back_after_minutes * MINUTE) or None,
        give_back_chats=presence.give_back_chats,
    )


def _tried_rules(settings: Settings, policies: Policies, tables: list[dict[str, Any]]) -> tuple[Rule, ...]:
    """Rules that are not the desk's yet. Raises Invalid."""
    try:
        hours = {name: queue.hours for name, queue in policies.queues.items()}
        return read_rules(settings.model_copy(update={"rules": tables}), hours)
    except SettingsError as error:
        raise Invalid(str(error), "$.rules") from None


def _choices(settings: ChannelSettings) -> tuple[Choice, ...]:
    """What is offered below an answer of the assistant; a blank word offers nothing."""
    offered = (
        (settings.helped, choices.HELPED),
        (settings.not_helped, choices.NOT_HELPED),
        (settings.person, choices.PERSON),
    )
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


def in_step_with(settings: Settings, store: Store) -> InStep | None:
    """What keeps the knowledge folder in step with the store; None where there is no folder."""
    folder = settings.knowledge.folder
    return InStep(settings.path(folder), store) if folder else None


def _with_articles(guest: workers.Guest, in_step: InStep | None) -> workers.Guest:
    if in_step is None:
        return guest
    return replace(guest, loops=[*guest.loops, (articles.WAKES, LEASE, in_step.step)])


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


def make_model(settings: Settings, store: Store) -> LanguageModel | None:
    """The language model, where one is named; its budget is shared by all processes."""
    model = settings.model
    if not model.url:
        return None

    class Budget:
        async def take(self, tokens: int) -> bool:
            return await store.write(spending.take, model.tokens_a_day, tokens)

        async def settle(self, tokens: int, used: int) -> None:
            await store.write(spending.settle, tokens, used)

    return LanguageModel(model, Budget())


def make_assistant(settings: Settings) -> Assistant:
    """The assistant as it talks here; it learns the articles from the store."""
    said = settings.assistant
    for language, texts in said.texts.items():
        if unknown := sorted(texts.keys() - set(TEXTS)):
            known = ", ".join(TEXTS)
            raise SettingsError(f"setting assistant.texts.{language}: it says no {unknown[0]!r}; it says {known}")
    phrases = Phrases(said.texts, said.language)
    study = Study(make_encoder(settings), _kept(settings))
    return Assistant([], settings.knowledge.precision, settings.web.public_url, study, phrases, said.messages)


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


def _kept(settings: Settings) -> Path:
    """Where the assistant keeps what it learned: beside an embedded store, else beside the settings file."""
    file = location_of(settings).file
    return (settings.folder if file is None else file.parent) / "assistant"


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
