"""The six loops and the heartbeat that keep a desk going: supervised, stopped in reverse order.

Each loop drains one ledger (flow/ledger.py): woken by a hint, and by a sweep every second for what a lost hint or a
retry time left due. Inbox, router and upkeep claim, do and settle in one transaction; assistant, outbox and files work
outside, between two. The outbox (sending.py) and files are drained per channel, so that a slow provider holds up no
other. A process may run some of the loops (`serve --roles`); what must be alone holds a lease.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from contactcenter.channels.fetching import fetched
from contactcenter.channels.payload import whole
from contactcenter.channels.protocol import Accepted, Channel, Fetches, ShowsTyping
from contactcenter.channels.typing import Typing
from contactcenter.errands import Done, Errands, Says
from contactcenter.flow import assign, assist, health, inbound, intake, leases, ledger, mailbox, pickups, upkeep
from contactcenter.flow.live import typing_topic
from contactcenter.flow.policies import Policies, Way
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.replies import LookUp, Outcome, Question
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.values import (
    Conflict,
    Parsed,
    RawEvent,
    RetryLater,
    StoreUnavailable,
    Undeliverable,
    Unknown,
)
from contactcenter.ports import Bus, Caller, Clock, Files, Store
from contactcenter.sending import Sending
from contactcenter.thinking import think

LONE = "prune"  # the lease of what one process does for all
SWEEP_SECONDS = 1.0
BEAT_SECONDS = 1.0
RESTART_SECONDS = 1.0
HEALTH_SECONDS = 60.0
PRUNE_SECONDS = 3600.0
WATCH_SECONDS = 10.0
FETCHED_AT_ONCE = 3  # files of one channel, by one process
HANDFUL = 16  # small events parsed one after the other; the first are stored while the next are parsed
FILE_EVENT = 256 * 1024  # payloads above this many bytes go to the file store before their row

log = logging.getLogger(__name__)


Step = Callable[[], Awaitable[int]]
"""Works off what is due; how much was done."""


@dataclass(frozen=True, slots=True)
class Guest:
    """What `app` has running here besides: connections, and loops of rooms that this module knows nothing of."""

    runs: Mapping[str, Callable[[], Coroutine[Any, Any, None]]] = field(
        default_factory=dict
    )  # each alone, under its name
    loops: Sequence[tuple[str, str, Step]] = ()  # the hint that wakes it, the lease it needs or "", what it does


@dataclass
class Workshop:
    """What the loops work with."""

    owner: str  # this process, among those of the desk
    store: Store
    bus: Bus
    files: Files
    clock: Clock
    policies: Policies
    assistant: Assistant
    caller: Caller | None = None
    model: Says | None = None
    held: set[str] = field(default_factory=set)  # leases, as of the last heartbeat
    heard: set[str] = field(default_factory=set)  # channels on which something came in since that was told
    roles: frozenset[str] = frozenset({"web", "channels", "worker", "router"})
    guest: Guest = Guest()
    routing: assign.Routing = field(default_factory=assign.Routing)
    in_hand: set[int] = field(default_factory=set)  # questions that are being thought about
    unknown: frozenset[int] = frozenset()  # claims that nobody here knew of at the last heartbeat
    errands: Errands = field(init=False)

    def __post_init__(self) -> None:
        self.errands = Errands(self.assistant, self.caller, self.model)

    def accept_for(self, way: Way) -> Callable[[RawEvent], Awaitable[Accepted]]:
        """Intake for one channel: what its `run` is given."""
        policies, store = self.policies, self.store

        async def accept(raw: RawEvent) -> Accepted:
            if len(raw.payload) > FILE_EVENT:
                raw = await _in_file(self.files, raw)
            self.heard.add(raw.channel)
            try:
                return await store.write_in(raw.stream, intake.receive, policies, raw)
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("event kept and not taken in", extra={"channel": raw.channel})
                return await store.write_in(raw.stream, intake.keep, raw, error)

        return accept


async def run(workshop: Workshop, ready: asyncio.Event) -> None:
    """All loops until cancelled. `ready` is set once the first heartbeat is in and channels are listening."""
    await _beat(workshop)
    ways = workshop.policies.ways.values()
    sent = [Sending(workshop.owner, workshop.store, workshop.policies, way) for way in ways]
    async with AsyncExitStack() as ends, asyncio.TaskGroup() as group:
        ends.push_async_callback(workshop.errands.end)
        group.create_task(_supervise("heartbeat", lambda: _heartbeat(workshop)), name="heartbeat")
        for name, step in _steps(workshop, sent):
            group.create_task(_supervise(name, _drain(workshop, name, step)), name=name)
        if "worker" in workshop.roles:
            group.create_task(_supervise("prune", lambda: _prune(workshop)), name="prune")
            for channel in _showing_typing(workshop):
                group.create_task(_supervise("typing", _show_typing(workshop, channel)), name="typing")
            for sending in sent:
                group.create_task(_supervise("watch", partial(_watch, workshop, sending)), name=f"watch:{sending.name}")
        for way in _listening_here(workshop):
            group.create_task(_supervise(f"run:{way.channel.name}", _listen(workshop, way)), name=way.channel.name)
        if "channels" in workshop.roles:
            for name, work in workshop.guest.runs.items():
                group.create_task(_supervise(f"run:{name}", _alone(workshop, f"run:{name}", work)), name=name)
        await asyncio.sleep(0)  # every task has begun: channels take what is handed to them from here on
        ready.set()


def _steps(workshop: Workshop, sent: Sequence[Sending]) -> list[tuple[str, Step]]:
    steps: list[tuple[str, Step]] = []
    if "worker" in workshop.roles:
        steps += [
            ("inbox", lambda: _inbox(workshop)),
            ("assistant", lambda: _assistant(workshop)),
            ("upkeep", lambda: _upkeep(workshop)),
            *(("outbox", partial(_outbox, workshop, sending)) for sending in sent),
            *((hint, partial(_as_guest, workshop, lease, step)) for hint, lease, step in workshop.guest.loops),
            *(("files", partial(_files, workshop, channel)) for channel in _fetching(workshop) * FETCHED_AT_ONCE),
        ]
    if "router" in workshop.roles:
        steps.append(("router", lambda: _router(workshop)))
    return steps


def _drain(workshop: Workshop, loop: str, step: Step) -> Callable[[], Awaitable[None]]:
    """Run the step while there is work, then wait for a hint or the sweep."""

    async def drain() -> None:
        woken = asyncio.Event()
        forget = workshop.bus.subscribe(f"wake:{loop}", lambda topic, frame: woken.set())
        try:
            while True:
                woken.clear()
                while await step():
                    pass
                try:
                    async with asyncio.timeout(SWEEP_SECONDS):  # wait_for may swallow the end (CPython gh-86296)
                        await woken.wait()
                except TimeoutError:
                    continue
        finally:
            forget()

    return drain


async def _supervise(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Start it again when it fails; what the surroundings refuse (a store, a port) is told once and waited for."""
    told = ""
    while True:
        try:
            await work()
            return
        except (StoreUnavailable, OSError) as error:
            reason = str(error) if isinstance(error, StoreUnavailable) else error.strerror or type(error).__name__
            if reason != told:
                log.warning("waits for its surroundings", extra={"loop": name, "reason": reason})
            told = reason
        except Exception:
            log.exception("loop failed and starts again", extra={"loop": name})
        await asyncio.sleep(RESTART_SECONDS)


def _listening_here(workshop: Workshop) -> list[Way]:
    """The channels that this process runs: those with sockets where the web is, the others where channels are."""
    return [
        way
        for way in workshop.policies.ways.values()
        if ("web" if way.channel.capabilities.runs_everywhere else "channels") in workshop.roles
    ]


def _listen(workshop: Workshop, way: Way) -> Callable[[], Awaitable[None]]:
    """A channel's `run`, as long as we hold its lease; a channel that only serves sockets needs none."""
    work = partial(_run, workshop, way)
    return work if way.channel.capabilities.runs_everywhere else _alone(workshop, f"run:{way.channel.name}", work)


def _alone(
    workshop: Workshop, lease: str, work: Callable[[], Coroutine[Any, Any, None]]
) -> Callable[[], Awaitable[None]]:
    """The work, as long as we hold its lease."""

    async def run() -> None:
        while True:
            if lease in workshop.held:
                await _while_held(workshop, lease, work())
            await asyncio.sleep(BEAT_SECONDS)

    return run


async def _run(workshop: Workshop, way: Way) -> None:
    """A channel's `run`; of a channel that does not say itself how it is doing, that it runs is told."""
    channel = way.channel
    if channel.capabilities.tells_health or not channel.capabilities.receives:
        await channel.run(workshop.accept_for(way))
        return
    telling = asyncio.create_task(_tell_well(workshop, channel))
    try:
        await channel.run(workshop.accept_for(way))
    except OSError as error:
        await workshop.store.write(health.failed, channel.name, f"it cannot listen: {error.strerror or error}")
        raise
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell_well(workshop: Workshop, channel: Channel) -> None:
    """That it runs, once it has for longer than a start takes that fails, and every minute from then on.

    Where all that comes in is kept (mail), how much that is, and soon after there is more.
    """
    kept, loop = channel.capabilities.keeps_raw, asyncio.get_running_loop()
    await asyncio.sleep(2 * RESTART_SECONDS)
    while True:
        workshop.heard.discard(channel.name)
        try:
            stored = await workshop.store.read(mailbox.came_by_door, channel.name) if kept else 0
            await workshop.store.write(health.succeeded, channel.name, health.Counts(stored, stored))
        except StoreUnavailable:
            log.debug("health not told", extra={"channel": channel.name})
        until = loop.time() + HEALTH_SECONDS
        while loop.time() < until and not (kept and channel.name in workshop.heard):  # noqa: ASYNC110 (many in a burst)
            await asyncio.sleep(2 * RESTART_SECONDS)


async def _while_held(workshop: Workshop, lease: str, work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    try:
        while lease in workshop.held and not task.done():
            await asyncio.wait({task}, timeout=BEAT_SECONDS)
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _heartbeat(workshop: Workshop) -> None:
    """Say that we live, renew our leases, and let go of what the dead had claimed."""
    loop = asyncio.get_running_loop()
    beaten = loop.time()
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await _beat(workshop)
            beaten = loop.time()
        except StoreUnavailable as error:
            log.warning("heartbeat failed", extra={"reason": str(error)})
            if loop.time() - beaten > leases.DEAD_AFTER / SECOND:
                workshop.held.clear()  # the others may think us dead by now


async def _beat(workshop: Workshop) -> None:
    wanted = _wanted_leases(workshop)
    workshop.held.intersection_update(wanted)
    held = await workshop.store.write(leases.beat, workshop.owner, wanted)
    workshop.held.clear()
    workshop.held.update(held)
    if "worker" in workshop.roles:
        await workshop.store.write(upkeep.release_dead, workshop.policies)
        known = frozenset(workshop.in_hand)
        workshop.unknown = await workshop.store.write(assist.forgotten, workshop.owner, known, workshop.unknown)


def _wanted_leases(workshop: Workshop) -> Sequence[str]:
    wanted = ["router"] if "router" in workshop.roles else []
    if "worker" in workshop.roles:
        wanted += [LONE, *(f"send:{name}" for name in workshop.policies.ways)]
        wanted += sorted({lease for _, lease, _ in workshop.guest.loops if lease})
    if "channels" in workshop.roles:
        wanted += [f"run:{name}" for name in workshop.guest.runs]
    channels = [way.channel for way in _listening_here(workshop)]
    return wanted + [f"run:{channel.name}" for channel in channels if not channel.capabilities.runs_everywhere]


async def _inbox(workshop: Workshop) -> int:
    heads = await workshop.store.read(ledger.inbox.due_heads)
    apart = {row.id for row in heads if row.file or inbound.parses_here(workshop.policies, row)}
    small = [row for row in heads if row.id not in apart]
    turn = asyncio.Lock()  # two threads that parse would only be in each other's way
    taken = [_take_in(workshop, small[at : at + HANDFUL], turn) for at in range(0, len(small), HANDFUL)]
    taken += [_take_in(workshop, [row], asyncio.Lock()) for row in heads if row.id in apart]
    return sum(await asyncio.gather(*taken))


async def _take_in(workshop: Workshop, rows: Sequence[Any], turn: asyncio.Lock) -> int:
    """Take in the heads of some streams. One thread parses them all: to hand it each by itself costs half as much again
    as to parse a small mail."""
    policies = workshop.policies
    async with turn, AsyncExitStack() as payloads:
        dear = [row for row in rows if not inbound.parses_here(policies, row)]
        ready = {row.id: await _ready(workshop, row, payloads) for row in dear}
        parsed = await asyncio.to_thread(_parse_all, ready) if ready else {}
    done = [workshop.store.write_in(row.stream, inbound.work_off, policies, row.stream, parsed) for row in rows]
    return sum(await asyncio.gather(*done))


async def _ready(workshop: Workshop, row: Any, payloads: AsyncExitStack) -> Callable[[], list[Parsed]] | Exception:
    """What parses an event, its payload at hand until `payloads` ends; or the fault, if it has one."""
    raw = inbound.raw_of(row)
    try:
        channel = workshop.policies.way(raw.channel).channel
        return partial(channel.parse, await payloads.enter_async_context(whole(workshop.files, raw)))
    except StoreUnavailable:
        raise
    except Exception as error:
        return error


def _parse_all(ready: Mapping[int, Callable[[], list[Parsed]] | Exception]) -> dict[int, list[Parsed] | Exception]:
    """By row, outside any transaction: what it says, or why that cannot be told."""
    parsed: dict[int, list[Parsed] | Exception] = {}
    for row, parse in ready.items():
        try:
            parsed[row] = parse if isinstance(parse, Exception) else parse()
        except Exception as error:  # of one event; the others are taken in
            parsed[row] = error
    return parsed


async def _in_file(files: Files, raw: RawEvent) -> RawEvent:
    digest = await files.put(raw.payload)
    return RawEvent(raw.channel, raw.external_id, raw.stream, b"", raw.envelope, digest)


async def _assistant(workshop: Workshop) -> int:
    if not await workshop.store.read(assist.any_due):
        return 0
    asked = await workshop.store.write_in("assistant", assist.begin, workshop.policies, workshop.owner)
    workshop.in_hand.update(item.row for item in asked)
    outcomes = await think(_answer_all, workshop.assistant, [item.question for item in asked])
    both = list(zip(asked, outcomes, strict=True))
    thought = []
    for item, outcome in both:
        errand = workshop.errands.of(item.question, outcome)
        if errand is not None:
            workshop.errands.run(errand, partial(_settle, workshop, item))
        elif not isinstance(outcome, LookUp):
            thought.append((item, outcome))
    settled = [_settle(workshop, item, Done(outcome)) for item, outcome in thought]
    await asyncio.gather(*settled)
    return len(asked)


def _answer_all(assistant: Assistant, questions: Sequence[Question]) -> list[Outcome | Exception]:
    """In one thread, one after the other: a thread for each would cost more than most answers."""
    outcomes: list[Outcome | Exception] = []
    for question in questions:
        try:
            outcomes.append(assistant.answer(question))
        except Exception as error:  # a fault of ours in one answer is told to its own question
            outcomes.append(error)
    return outcomes


async def _settle(workshop: Workshop, asked: assist.Asked, done: Done) -> None:
    """Write down what came of a question; of those settled together, the store makes one transaction."""
    try:
        await _written(workshop, asked, done)
    except (Conflict, StoreUnavailable) as error:
        log.warning("answer not settled", extra={"ticket": asked.question.ticket, "reason": type(error).__name__})
    finally:
        workshop.in_hand.discard(asked.row)  # what was not settled is found by the heartbeat, and read again


async def _written(workshop: Workshop, asked: assist.Asked, done: Done) -> None:
    lane, (outcome, tool) = f"ticket:{asked.question.ticket}", done
    if not isinstance(outcome, Exception):
        try:
            await workshop.store.write_in(lane, assist.settle, workshop.policies, asked, outcome, tool)
            return
        except (Conflict, StoreUnavailable):
            raise
        except Exception as error:  # a fault in settling is one of this question
            outcome = error
    log.error("assistant failed", extra={"ticket": asked.question.ticket}, exc_info=outcome)
    await workshop.store.write_in(lane, assist.fail, workshop.policies, asked, outcome)


async def _as_guest(workshop: Workshop, lease: str, step: Step) -> int:
    return await step() if not lease or lease in workshop.held else 0


async def _router(workshop: Workshop) -> int:
    if "router" not in workshop.held:
        workshop.routing.forget()
        return 0
    if not await workshop.store.read(workshop.routing.has_work):
        return 0
    await workshop.store.write_in("router", workshop.routing.route, workshop.policies)
    return 1


async def _outbox(workshop: Workshop, sending: Sending) -> int:
    return await sending.work_off() if f"send:{sending.name}" in workshop.held else 0


def _fetching(workshop: Workshop) -> list[str]:
    return [name for name, way in workshop.policies.ways.items() if isinstance(way.channel, Fetches)]


async def _files(workshop: Workshop, channel: str) -> int:
    if not await workshop.store.read(pickups.any_due, channel):
        return 0
    errand = await workshop.store.write_in(f"files:{channel}", pickups.begin, workshop.owner, channel)
    if errand is None:
        return 0
    fetching = workshop.policies.ways[channel].channel
    assert isinstance(fetching, Fetches)  # noqa: S101 (only those are drained)
    outcome = await fetched(workshop.files, fetching, errand.ref)
    if isinstance(outcome, Exception) and not isinstance(outcome, RetryLater | Undeliverable | Unknown):
        log.error("channel failed to fetch", extra={"channel": channel, "file": errand.attachment}, exc_info=outcome)
    try:
        await workshop.store.write_in(f"file:{errand.attachment}", pickups.settle, errand, outcome)
    except Conflict:
        log.warning("file was settled by somebody else", extra={"file": errand.attachment})
    return 1


def _showing_typing(workshop: Workshop) -> list[Channel]:
    return [way.channel for way in workshop.policies.ways.values() if isinstance(way.channel, ShowsTyping)]


def _show_typing(workshop: Workshop, channel: Channel) -> Callable[[], Awaitable[None]]:
    """Show customers of a channel that an agent types, as long as we are the one who sends there."""

    async def show() -> None:
        assert isinstance(channel, ShowsTyping)  # noqa: S101 (only those are asked)
        typing = Typing(channel, lambda: f"send:{channel.name}" in workshop.held)
        forget = workshop.bus.subscribe(typing_topic(channel.name), typing.hear)
        try:
            await asyncio.Event().wait()
        finally:
            forget()
            await typing.close()

    return show


async def _watch(workshop: Workshop, sending: Sending) -> None:
    """Whether messages could leave, also while there are none."""
    while True:
        if f"send:{sending.name}" in workshop.held:
            await sending.watch()
        await asyncio.sleep(WATCH_SECONDS)


async def _upkeep(workshop: Workshop) -> int:
    heads = await workshop.store.read(ledger.timers.due_heads)
    done = [
        await workshop.store.write_in(head.stream, upkeep.work_off, workshop.policies, head.stream) for head in heads
    ]
    return sum(done)


async def _prune(workshop: Workshop) -> None:
    """Once an hour, on one process: old rows in chunks, then files that nothing names."""
    while True:
        await asyncio.sleep(PRUNE_SECONDS)
        if LONE not in workshop.held:
            continue
        while await workshop.store.write(upkeep.prune, workshop.policies):
            pass

        async def named(digest: str) -> bool:
            return await workshop.store.read(upkeep.file_named, digest)

        await workshop.files.sweep(named, workshop.clock.now() - DAY)
