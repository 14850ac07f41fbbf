"""The obligations of every channel, whatever its medium: one class of tests, run against each adapter.

An adapter's test subclasses `ChannelContract` and gives the fixture `harness`: the channel, its recordings, and a
provider on loopback that says and refuses what the test wants. The contract plays the desk: its `accept` says whether
an event is stored. What a medium cannot do it excuses by name of the capability (protocol.py) that says so.

Recordings are in tests/recordings/<kind>: `<name>.event` is the payload as it came, `<name>.json` the envelope it came
in and what it means. A name begins with what it is about: `edit-`, `deletion-`, `press-`,
`echo-`, or anything else.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import convert, to_builtins
from msgspec.structs import replace

from contactcenter.channels.protocol import Accepted, Capabilities, Channel, Probes
from contactcenter.model.values import (
    Attached,
    Chosen,
    Deletion,
    Edit,
    Inbound,
    Outbound,
    Parsed,
    RawEvent,
    Receipt,
    RetryLater,
    Source,
    StoreUnavailable,
    Undeliverable,
    Unknown,
    Unparseable,
    Unusable,
)

RECORDINGS = Path(__file__).parent.parent / "recordings"
WITHIN = 20.0
VERBS = {"hook", "fetch", "find", "edit", "delete"}  # the optional ones of protocol.py

EMOJI = "Thanks 👩🏽‍🚀👨‍👩‍👧 🇩🇪 café"
RIGHT_TO_LEFT = "שלום, איפה ההזמנה שלי? مرحبا ١٢٣"
SOURCE = Source(
    "returns", "How do I return something?", "Within thirty days.", "http://desk.test/help/returns", "2026-11-01", 0.97
)
CHOICES = ("That helps", "Talk to a person")
DEEP = [mark * 100_000 for mark in (b"[", b'{"a":', b'{"text":[')]


class Refused(Exception):
    """The provider was told that its event is not taken, or got no acknowledgement."""


@dataclass(frozen=True)
class Recording:
    """A payload as the provider sent it, and what it means."""

    name: str
    raw: RawEvent
    parsed: list[dict[str, Any]]


class Desk:
    """Whoever stands behind the channel: keeps what is handed in, or cannot."""

    def __init__(self) -> None:
        self.asked: list[RawEvent] = []
        self.kept: dict[str, RawEvent] = {}
        self.broken = False
        self.open = asyncio.Event()
        self.open.set()
        self._news = asyncio.Event()

    async def accept(self, raw: RawEvent) -> Accepted:
        self.asked.append(raw)
        self._news.set()
        await self.open.wait()
        if self.broken:
            raise StoreUnavailable("the disk is full")
        new = raw.external_id not in self.kept
        self.kept.setdefault(raw.external_id, raw)
        seq = list(self.kept).index(raw.external_id) + 1
        return Accepted(seq, new=new, seq=seq)

    async def until_asked(self, times: int = 1) -> None:
        async with asyncio.timeout(WITHIN):
            while len(self.asked) < times:
                self._news.clear()
                await self._news.wait()


@dataclass(frozen=True)
class Words:
    """What a customer says through the provider. The same id in the same thread is the same message, said again."""

    text: str
    thread: str = "one"
    id: str = "first-message"
    files: tuple[tuple[str, str, bytes], ...] = ()  # name, type, content


class Harness(ABC):
    """An adapter with its provider."""

    channel: Channel
    excused: ClassVar[Mapping[str, str]]  # obligation -> "capability: why it does not apply"
    delay: ClassVar[float | None] = 7.0  # seconds that a flooded provider asks for; None: it has no way to say so

    @abstractmethod
    async def listening(self) -> None:
        """Until the provider can reach the channel."""

    @abstractmethod
    async def say(self, words: Words) -> None:
        """A customer says something; returns once the channel acknowledged it. Raises Refused."""

    async def forge(self) -> None:
        """Whoever is not the provider says something, in each way that must be refused. Raises Refused, for each."""
        raise NotImplementedError

    @abstractmethod
    async def shown(self, until: str) -> list[str]:
        """What the customer saw of all that was sent, each message as one text, once the one that says so is there."""

    def outbound(self, text: str) -> Outbound:
        """A reply to the customer of thread "one"."""
        raise NotImplementedError

    def refusal(self, answer: str) -> Outbound:
        """A message that the provider answers with "flood" (come back later), "never", "silence" or "our key"
        (it is refused: no message of ours is taken).
        """
        raise NotImplementedError

    async def called(self) -> str:
        """What the provider calls the last message it took."""
        raise NotImplementedError

    async def content(self, raw: RawEvent, attached: Attached) -> bytes:
        """The bytes of an attachment."""
        raise NotImplementedError


@dataclass
class Running:
    """A channel that runs, and the desk behind it."""

    harness: Harness
    desk: Desk = field(default_factory=Desk)

    async def hear(self, words: Words) -> tuple[RawEvent, Inbound]:
        """Say it, and parse what came of it."""
        asked = len(self.desk.asked)
        async with asyncio.timeout(WITHIN):
            await self.harness.say(words)
        (raw,) = self.desk.asked[asked:]
        (message,) = self.harness.channel.parse(raw)
        assert isinstance(message, Inbound)
        return raw, message


@asynccontextmanager
async def running(harness: Harness) -> AsyncIterator[Running]:
    """The channel's `run`, until the block ends."""
    at_work = Running(harness)
    task = asyncio.create_task(harness.channel.run(at_work.desk.accept))
    try:
        async with asyncio.timeout(WITHIN):
            await harness.listening()
        yield at_work
    finally:
        at_work.desk.open.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def recordings(kind: str, channel: str) -> list[Recording]:
    """All of a kind, as if they had come in on this channel."""
    found = []
    for path in sorted((RECORDINGS / kind).glob("*.event")):
        said = json.loads(path.with_suffix(".json").read_text())
        raw = RawEvent(channel, payload=path.read_bytes(), **said["event"])
        found.append(Recording(path.stem, raw, said["parsed"]))
    return found


def plain(parsed: list[Parsed]) -> list[dict[str, Any]]:
    """As the recordings write it: the kind, and all that is not blank."""
    return [{"is": type(item).__name__, **_told(json.loads(json.dumps(to_builtins(item))))} for item in parsed]


def _told(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value not in ("", [], 0, None)}


class ChannelContract:
    """Collected in the adapters' own files."""

    kind: ClassVar[str]

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def excuse(self, request: pytest.FixtureRequest, harness: Harness) -> None:
        name = request.function.__name__.removeprefix("test_")
        if name in harness.excused:
            pytest.skip(f"excused by {harness.excused[name]}")

    @pytest.fixture
    def recorded(self, harness: Harness) -> list[Recording]:
        return recordings(self.kind, harness.channel.name)

    def test_every_excuse_names_an_obligation_and_the_capability(self, harness: Harness) -> None:
        known = {name.removeprefix("test_") for name in dir(ChannelContract)}
        capabilities = {one.name for one in fields(Capabilities)} | VERBS
        for obligation, excuse in harness.excused.items():
            assert obligation in known
            assert excuse.partition(":")[0] in capabilities

    # --- what comes in

    def test_recordings_parse_to_the_expected_messages(self, harness: Harness, recorded: list[Recording]) -> None:
        assert recorded, f"there are no recordings in {RECORDINGS / self.kind}"
        for recording in recorded:
            assert plain(harness.channel.parse(recording.raw)) == recording.parsed, recording.name

    def test_junk_is_unparseable_and_nothing_else(self, harness: Harness, recorded: list[Recording]) -> None:
        first = recorded[0].raw

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(junk([recording.raw.payload for recording in recorded]))
        @example(DEEP[0])
        @example(DEEP[1])
        @example(DEEP[2])
        @example(b"")
        def parse(payload: bytes) -> None:
            with suppress(Unparseable):
                for item in harness.channel.parse(replace(first, payload=payload)):
                    assert_well_formed(item)

        parse()

    def test_parsing_changes_nothing_and_depends_on_nothing(self, harness: Harness, recorded: list[Recording]) -> None:
        """So that a raw event can be replayed, by another process and after a fix."""
        for recording in recorded:
            assert harness.channel.parse(recording.raw) == harness.channel.parse(recording.raw)

    async def test_the_same_payload_twice_has_the_same_external_id(self, harness: Harness) -> None:
        async with running(harness) as at_work:
            first, _ = await at_work.hear(Words("Where is my order?", id="said-twice"))
            again, _ = await at_work.hear(Words("Where is my order?", id="said-twice"))
            other, _ = await at_work.hear(Words("Where is my order?", id="said-later"))
        assert (first.channel, first.external_id) == (again.channel, again.external_id)
        assert other.external_id != first.external_id
        assert first.channel == harness.channel.name

    def test_our_own_echoes_and_other_bots_are_ignored(self, harness: Harness, recorded: list[Recording]) -> None:
        echoes = [recording.raw for recording in recorded if recording.name.startswith("echo-")]
        assert echoes
        assert [harness.channel.parse(echo) for echo in echoes] == [[]] * len(echoes)

    def test_edits_and_deletions_are_told_as_such(self, harness: Harness, recorded: list[Recording]) -> None:
        said = {
            item.external_id
            for recording in recorded
            for item in harness.channel.parse(recording.raw)
            if isinstance(item, Inbound)
        }
        for name, kind in (("edit-", Edit), ("deletion-", Deletion)):
            found = [harness.channel.parse(one.raw)[0] for one in recorded if one.name.startswith(name)]
            assert found
            for item in found:
                assert isinstance(item, kind)
                assert item.external_id in said

    def test_a_press_says_which_button_under_which_message(self, harness: Harness, recorded: list[Recording]) -> None:
        presses = [harness.channel.parse(one.raw) for one in recorded if one.name.startswith("press-")]
        assert bool(presses) == harness.channel.capabilities.choices
        for (press,) in presses:
            assert isinstance(press, Chosen)
            assert press.external_id or press.seq

    async def test_attachments_keep_name_type_size_and_bytes(self, harness: Harness) -> None:
        files = (
            ("receipt.pdf", "application/pdf", bytes(range(256)) * 9),
            ("Foto vom Päckchen 📦.png", "image/png", b"\x89PNG\r\n\x1a\n\x00"),
            ("empty.txt", "text/plain", b""),
        )
        async with running(harness) as at_work:
            raw, message = await at_work.hear(Words("See attached", files=files))
        assert message.text.strip() == "See attached"
        assert [(one.name, one.type, one.size) for one in message.attachments] == [
            (name, kind, len(content)) for name, kind, content in files
        ]
        assert [await harness.content(raw, one) for one in message.attachments] == [content for *_, content in files]

    @pytest.mark.parametrize("text", [EMOJI, RIGHT_TO_LEFT, ""], ids=["emoji", "right to left", "empty"])
    async def test_texts_of_every_script_survive(self, harness: Harness, text: str) -> None:
        """An empty text comes with a file, where the medium lets nobody say nothing at all."""
        async with running(harness) as at_work:
            _, message = await at_work.hear(Words(text))
        assert message.text.rstrip("\r\n") == text

    async def test_the_conversation_key_is_stable_across_a_thread(self, harness: Harness) -> None:
        async with running(harness) as at_work:
            (raw, first) = await at_work.hear(Words("Hello", thread="one", id="message-1"))
            (raw_again, second) = await at_work.hear(Words("Anybody there?", thread="one", id="message-2"))
            (_, stranger) = await at_work.hear(Words("Hello", thread="two", id="message-3"))
        assert first.conversation
        threads = {first.conversation, first.external_id}
        assert second.conversation == first.conversation or threads & set(second.references)
        assert stranger.conversation != first.conversation
        assert not threads & set(stranger.references)
        assert raw.stream == raw_again.stream

    async def test_a_wrong_or_stale_signature_is_refused(self, harness: Harness) -> None:
        async with running(harness) as at_work:
            with pytest.raises(Refused):
                await harness.forge()
            assert at_work.desk.asked == []

    async def test_no_commit_no_acknowledgement(self, harness: Harness) -> None:
        async with running(harness) as at_work:
            at_work.desk.open.clear()
            saying = asyncio.create_task(harness.say(Words("Where is my order?")))
            await at_work.desk.until_asked()
            assert not saying.done()
            at_work.desk.broken = True
            at_work.desk.open.set()
            async with asyncio.timeout(WITHIN):
                with pytest.raises(Refused):
                    await saying
            at_work.desk.broken = False
            raw, _ = await at_work.hear(Words("Where is my order?"))
            assert list(at_work.desk.kept) == [raw.external_id]
            assert at_work.desk.asked[0].external_id == raw.external_id

    # --- what goes out

    async def test_send_returns_the_provider_s_id(self, harness: Harness) -> None:
        async with running(harness):
            receipt = await harness.channel.send(harness.outbound("It is on its way."))
            assert isinstance(receipt, Receipt)
            assert receipt.external_id
            assert receipt.external_id == await harness.called()

    async def test_what_is_sent_is_shown(self, harness: Harness) -> None:
        async with running(harness):
            for text in (EMOJI, RIGHT_TO_LEFT, "a < b & c\n\n> quoted *not bold*", "the end"):
                await harness.channel.send(harness.outbound(text))
            shown = await harness.shown(until="the end")
        assert [text.strip().replace("\r\n", "\n") for text in shown] == [
            EMOJI,
            RIGHT_TO_LEFT,
            "a < b & c\n\n> quoted *not bold*",
            "the end",
        ]

    async def test_long_text_is_split_within_the_limit_and_in_order(self, harness: Harness) -> None:
        limit = harness.channel.capabilities.text_limit
        text = " ".join(f"word-{number}" for number in range(limit // 4))
        async with running(harness):
            await harness.channel.send(harness.outbound(text))
            await harness.channel.send(harness.outbound("the end"))
            *pieces, last = await harness.shown(until="the end")
        assert last.strip() == "the end"
        assert len(pieces) > 1
        assert max(map(len, pieces)) <= limit
        assert " ".join(pieces).split() == text.split()

    async def test_what_the_medium_cannot_show_degrades_to_text(self, harness: Harness) -> None:
        async with running(harness):
            offering = replace(harness.outbound("Send it back."), source=SOURCE, choices=CHOICES)
            await harness.channel.send(offering)
            await harness.channel.send(harness.outbound("the end"))
            shown, _ = await harness.shown(until="the end")
        for word in ("Send it back.", SOURCE.title, SOURCE.url, SOURCE.checked, *CHOICES):
            assert word in shown
        assert "0.97" not in shown

    async def test_a_flood_limit_becomes_retry_later_with_the_provider_s_delay(self, harness: Harness) -> None:
        async with running(harness):
            with pytest.raises(RetryLater) as told:
                await harness.channel.send(harness.refusal("flood"))
            assert told.value.after == harness.delay

    async def test_a_permanent_refusal_becomes_undeliverable_with_its_reason(self, harness: Harness) -> None:
        async with running(harness):
            with pytest.raises(Undeliverable, match=r"\w"):
                await harness.channel.send(harness.refusal("never"))

    async def test_a_key_that_is_refused_is_the_channel_s_failure_and_not_the_message_s(self, harness: Harness) -> None:
        """So that its health tells of it, and every message waits until there is another key."""
        async with running(harness):
            with pytest.raises(Unusable, match=r"\w"):
                await harness.channel.send(harness.refusal("our key"))
            if isinstance(harness.channel, Probes):
                with pytest.raises(Unusable, match=r"\w"):
                    await harness.channel.probe()

    async def test_a_time_out_is_unknown_and_not_success(self, harness: Harness) -> None:
        async with running(harness), asyncio.timeout(WITHIN):
            with pytest.raises(Unknown):
                await harness.channel.send(harness.refusal("silence"))

    # --- ending

    async def test_cancelling_run_ends_it_within_a_second_and_leaks_no_task(self, harness: Harness) -> None:
        """In the middle of an event that is not stored yet: whoever said it is not acknowledged."""
        async with running(harness) as at_work:  # the provider's side of the lines is open from here on
            await at_work.hear(Words("Hello", id="before"))
        desk, before = Desk(), asyncio.all_tasks()
        task = asyncio.create_task(harness.channel.run(desk.accept))
        async with asyncio.timeout(WITHIN):
            await harness.listening()
        desk.open.clear()
        saying = asyncio.create_task(harness.say(Words("Is anybody there?")))
        await desk.until_asked()
        task.cancel()
        async with asyncio.timeout(1.0):
            await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        desk.broken = True
        desk.open.set()
        async with asyncio.timeout(WITHIN):
            with pytest.raises(Refused):
                await saying
        assert asyncio.all_tasks() - before <= {saying}


@st.composite
def junk(draw: st.DrawFn, payloads: list[bytes]) -> bytes:
    """Noise, or a recording with a piece of it replaced, or one whose JSON values are of other types."""
    payload = draw(st.sampled_from(payloads))
    match draw(st.sampled_from(["noise", "mutated", "mistyped"])):
        case "noise":
            return draw(st.binary(max_size=300))
        case "mistyped":
            with suppress(ValueError):
                return json.dumps(_mistyped(draw, json.loads(payload))).encode()
    start = draw(st.integers(0, len(payload)))
    end = draw(st.integers(start, min(len(payload), start + 40)))
    return payload[:start] + draw(st.binary(max_size=20)) + payload[end:]


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_ANYTHING = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner))


def _mistyped(draw: st.DrawFn, value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        return draw(_ANYTHING)
    name = draw(st.sampled_from(sorted(value)))
    changed = _mistyped(draw, value[name]) if isinstance(value[name], dict) else draw(_ANYTHING)
    return {**value, name: changed}


def assert_well_formed(item: Parsed) -> None:
    """Of the types that it says: on the way to the table nothing checks them again."""
    assert isinstance(item, Parsed)
    assert convert(to_builtins(item), type(item)) == item
    if isinstance(item, Inbound):
        assert item.sender.kind
        assert all(one.size >= 0 for one in item.attachments)
        assert all(0 <= fold.start <= fold.end <= len(item.text) for fold in item.folds)
        assert item.conversation, "blank keys would put strangers into one conversation"
