"""Rules: what a ticket is when it opens says its queue, its priority, what it needs and how it is marked.

Pure. `rulebook` makes rules of the settings, in their order; flow/sorting asks when a ticket opens, and `contactcenter
rules try` for tickets of the past. What is first said of queue, priority, needs and wanted skills stands; tags add up.
Words are whole words in any case, found in linear time: no pattern of a person's is ever run.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple, Self

from contactcenter.model.columns import SECOND
from contactcenter.model.values import Sender
from contactcenter.routing.demands import NOTHING, Needs, NeedStep, in_words
from contactcenter.routing.hours import DAYS, Hours

TEXT_LIMIT = 20_000  # characters of the first message that are looked at

_WORD = re.compile(r"\w+")
_PIECE = re.compile(r"\S{1,100}\s*|\s+")
_TAG = re.compile(r"\w[\w-]{0,39}")


@dataclass(frozen=True, slots=True)
class When:
    """Conditions, all of which must hold; each is any of its values, and an empty one asks nothing.

    `subject`, `text` and `words` (in either) are of `phrase`. `inside`: of the hours of the channel's queue.
    """

    channel: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    queue: frozenset[str] = frozenset()
    subject: frozenset[str] = frozenset()
    text: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    from_domain: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()
    weekday: frozenset[str] = frozenset()
    inside: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is set where `when` holds; `why` says it to people. With `stop` no later rule is asked."""

    name: str
    why: str
    when: When = When()
    queue: str = ""
    priority: str = ""
    steps: tuple[NeedStep, ...] = ()
    wanted: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, where tickets come in. `hours` are of its queue; None: always."""

    channel: str
    kind: str
    queue: str
    hours: Hours | None = None


@dataclass(frozen=True)
class Facts:
    """A ticket as it opens. `queue` is its channel's; `weekday` and `inside` are by that queue's clock and hours."""

    channel: str
    kind: str
    queue: str
    subject: str
    text: str
    domain: str  # of the sender's address; blank for one without
    language: str  # of the sender's app; blank where nothing says it
    weekday: str
    inside: bool

    @classmethod
    def of(cls, place: Place, at: int, sender: Sender, subject: str, text: str) -> Self:
        """One that opens there at an instant (µs), written by this sender; the text without what it repeats."""
        today = datetime.fromtimestamp(at // SECOND, UTC if place.hours is None else place.hours.zone)
        return cls(
            channel=place.channel,
            kind=place.kind,
            queue=place.queue,
            subject=subject,
            text=text,
            domain=sender.address.rpartition("@")[2].casefold() if "@" in sender.address else "",
            language=sender.language.casefold(),
            weekday=DAYS[today.weekday()],
            inside=place.hours is None or place.hours.open_at(at),
        )

    @cached_property
    def subject_spoken(self) -> str:
        return spoken(self.subject)

    @cached_property
    def text_spoken(self) -> str:
        return spoken(self.text)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that held, and what it set, in words."""

    rule: str
    why: str
    sets: tuple[str, ...]

    @property
    def told(self) -> str:
        return f"{self.rule}: {self.why} ({'; '.join(self.sets) or 'it set nothing that was not set before'})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules make of a ticket; blank where none says anything."""

    queue: str = ""
    priority: str = ""
    needs: Needs = NOTHING
    tags: tuple[str, ...] = ()
    matched: tuple[Match, ...] = ()


def applied(rules: Iterable[Rule], facts: Facts) -> Outcome:
    """What the rules, in their order, make of a ticket, and which of them said what."""
    outcome = Outcome()
    for rule in rules:
        if holds(rule.when, facts):
            outcome = _with(outcome, rule)
            if rule.stop:
                break
    return outcome


def holds(when: When, facts: Facts) -> bool:
    """Do all conditions hold? Those that look at words are asked last."""
    return (
        _is_of(facts.channel, when.channel)
        and _is_of(facts.kind, when.kind)
        and _is_of(facts.queue, when.queue)
        and _is_of(facts.weekday, when.weekday)
        and when.inside in (None, facts.inside)
        and (not when.language or any(is_spoken(facts.language, language) for language in when.language))
        and (not when.from_domain or any(is_within(facts.domain, domain) for domain in when.from_domain))
        and (not when.subject or any(one in facts.subject_spoken for one in when.subject))
        and (not when.text or any(one in facts.text_spoken for one in when.text))
        and (not when.words or any(one in facts.subject_spoken or one in facts.text_spoken for one in when.words))
    )


def phrase(text: str) -> str:
    """Words as they are looked for; `*` at an end lets a word go on there. Blank where there is no word in it."""
    found = spoken(text)
    if not found.strip():
        return ""
    return found[text.startswith("*") : len(found) - text.endswith("*")]


def spoken(text: str) -> str:
    """The words of a text, in one case and form, with one space around each."""
    words = _WORD.findall(_in_one_form(text[:TEXT_LIMIT]))
    return f" {' '.join(words)} "


def is_spoken(language: str, wanted: str) -> bool:
    """Is a language the wanted one, or a kind of it (`de-at` of `de`: RFC 4647, section 3.3.1)?"""
    return f"{language}-".startswith(f"{wanted}-")


def is_within(domain: str, of: str) -> bool:
    """Is it that domain, or one below it?"""
    return domain == of or domain.endswith(f".{of}")


def tag_of(text: str) -> str:
    """A tag as it is kept: one word, in one case; blank for what can be none."""
    tag = "-".join(unicodedata.normalize("NFKC", text[:200]).lower().split())
    return tag if _TAG.fullmatch(tag) else ""


def needs_in_words(needs: Needs) -> list[str]:
    """Each step, and what is welcome."""
    told = []
    for step in needs.steps:
        asks = in_words(step.skills) or "no skill"
        also = f", or in {', '.join(step.queues)}" if step.queues else ""
        told.append(f"after {step.after} s: {asks}{also}" if step.after else f"needs {asks}{also}")
    return [*told, f"wants {in_words(needs.wanted)}"] if needs.wanted else told


def sets_of(rule: Rule) -> tuple[str, ...]:
    """What a rule sets, in words, where nothing is set yet."""
    return _added(rule, Outcome()).sets


def _in_one_form(text: str) -> str:
    """In one case, and composed (NFKC) a piece at a time: a long run of marks would take the square of its length."""
    if text.isascii():
        return text.casefold()
    pieces, length = [], 0
    for piece in _PIECE.finditer(text.casefold()):
        pieces.append(unicodedata.normalize("NFKC", piece[0]))
        length += len(pieces[-1])
        if length >= TEXT_LIMIT:
            break
    return "".join(pieces)[:TEXT_LIMIT]


def _is_of(value: str, wanted: frozenset[str]) -> bool:
    return not wanted or value in wanted


class _Added(NamedTuple):
    """What a rule adds to an outcome; blank where that is settled."""

    queue: str
    priority: str
    steps: tuple[NeedStep, ...]
    wanted: dict[str, int]
    tags: tuple[str, ...]

    @property
    def sets(self) -> tuple[str, ...]:
        told = [f"queue {self.queue}"] if self.queue else []
        told += [f"priority {self.priority}"] if self.priority else []
        told += needs_in_words(Needs(self.steps, self.wanted))
        return (*told, f"tags {', '.join(self.tags)}") if self.tags else tuple(told)


def _added(rule: Rule, outcome: Outcome) -> _Added:
    return _Added(
        queue="" if outcome.queue else rule.queue,
        priority="" if outcome.priority else rule.priority,
        steps=() if outcome.needs.steps else rule.steps,
        wanted={} if outcome.needs.wanted else dict(rule.wanted),
        tags=tuple(tag for tag in rule.tags if tag not in outcome.tags),
    )


def _with(outcome: Outcome, rule: Rule) -> Outcome:
    """What one more rule makes of it."""
    added = _added(rule, outcome)
    return replace(
        outcome,
        queue=outcome.queue or added.queue,
        priority=outcome.priority or added.priority,
        needs=Needs(outcome.needs.steps or added.steps, outcome.needs.wanted or added.wanted),
        tags=outcome.tags + added.tags,
        matched=(*outcome.matched, Match(rule.name, rule.why, added.sets)),
    )
