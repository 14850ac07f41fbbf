"""`[[rules]]` of the settings become rules, and what is wrong with one is told by its name.

Called by `app` when it makes the policies; everything after it trusts what it made. Refuses a rule that can never
match, a queue, channel or level that is none, and relaxing that asks for more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from rapidfuzz import process

from contactcenter.channels.registry import KINDS
from contactcenter.routing.demands import NeedStep, fault_of
from contactcenter.routing.hours import DAYS, Hours
from contactcenter.routing.rules import Place, Rule, When, phrase, tag_of
from contactcenter.routing.shadows import never_matching
from contactcenter.settings import ChannelSettings, Name, Section, Settings, SettingsError, check

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*+")
_DOMAIN = re.compile(r"@?[^\s@/:]+")
DEFAULT_QUEUE = ChannelSettings.model_fields["queue"].default


def _not_empty(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError("is an empty list, which nothing is of; leave it out")
    return values


def _said(texts: tuple[str, ...]) -> tuple[str, ...]:
    if silent := [text for text in texts if not phrase(text)]:
        raise ValueError(f"{silent[0]!r} has no word in it")
    return texts


def _domains(texts: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [text for text in texts if not _DOMAIN.fullmatch(text)]:
        raise ValueError(f"{wrong[0]!r} is no domain, such as example.test")
    return texts


def _languages(texts: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [text for text in texts if not _LANGUAGE.fullmatch(text)]:
        raise ValueError(f"{wrong[0]!r} is no language, such as de or de-AT")
    return texts


def _tags(texts: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [text for text in texts if tag_of(text) != text]:
        raise ValueError(f"{wrong[0]!r} is no tag; use up to 40 small letters, digits, - and _")
    return texts


OneOrMore = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    AfterValidator(_not_empty),
]
Domains = Annotated[OneOrMore, AfterValidator(_domains)]
Languages = Annotated[OneOrMore, AfterValidator(_languages)]
Words = Annotated[OneOrMore, AfterValidator(_said)]
Whole = Annotated[int, Field(strict=True)]
Skills = dict[str, Whole]


class WhenSettings(Section):
    """All that is given must hold; a list is any of its values."""

    channel: OneOrMore | None = None
    kind: OneOrMore | None = None
    queue: OneOrMore | None = None
    subject: Words | None = None
    text: Words | None = None
    words: Words | None = None
    from_domain: Domains | None = None
    language: Languages | None = None
    hours: Literal["inside", "outside"] | None = None
    weekday: OneOrMore | None = None


class StepSettings(Section):
    """What is asked from then on. Skills that are left out stay as they were."""

    after_seconds: Whole = Field(gt=0, le=366 * 86_400)
    skills: Skills | None = None
    queues: tuple[str, ...] = ()


class ThenSettings(Section):
    """What is set."""

    queue: str = ""
    priority: Literal["urgent", "high", "normal", "low"] | None = None
    skills: Skills = Field(default={})
    wanted: Skills = Field(default={})
    relax: list[StepSettings] = Field(default=[])
    tags: Annotated[tuple[str, ...], AfterValidator(_tags)] = ()


class RuleSettings(Section):
    """One of `[[rules]]`."""

    name: Name
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    when: WhenSettings = WhenSettings()
    then: ThenSettings = ThenSettings()
    stop: bool = False


def read_rules(settings: Settings, hours: Mapping[str, Hours | None]) -> tuple[Rule, ...]:
    """The rules in their order; `hours` are those of each queue. Raises SettingsError."""
    places = places_of(settings, hours)
    rules: dict[str, Rule] = {}
    for number, table in enumerate(settings.rules, 1):
        name = table.get("name")
        where = f"rules.{name if isinstance(name, str) and name else number}"
        read = check(RuleSettings, table, where)
        if read.name in rules:
            raise SettingsError(f"setting {where}: there are two rules of that name")
        for fault in _faults(read, places, hours):
            raise SettingsError(f"setting {where}.{fault}")
        rules[read.name] = _rule(read)
    for name, why in never_matching(list(rules.values()), places):
        raise SettingsError(f"setting rules.{name} can never match: {why}")
    return tuple(rules.values())


def places_of(settings: Settings, hours: Mapping[str, Hours | None]) -> list[Place]:
    """The channels as they are written: no secret of theirs is needed."""
    queues = {name: str(table.get("queue", DEFAULT_QUEUE)) for name, table in settings.channels.items()}
    return [
        Place(name, str(table.get("kind", "")), queues[name], hours.get(queues[name]))
        for name, table in settings.channels.items()
    ]


def _faults(read: RuleSettings, places: Sequence[Place], hours: Mapping[str, Hours | None]) -> Iterator[str]:
    """What is wrong with one rule, beginning with the setting."""
    when, then = read.when, read.then
    yield from _strangers("when.channel", when.channel, [place.channel for place in places])
    yield from _strangers("when.kind", when.kind, KINDS)
    yield from _strangers("when.queue", when.queue, hours)
    yield from _strangers("when.weekday", when.weekday, DAYS)
    yield from _strangers("then.queue", filter(None, [then.queue]), hours)
    for key, skills in (("skills", then.skills), ("wanted", then.wanted)):
        if fault := fault_of(skills):
            yield f"then.{key}: {fault}"
    yield from _relaxing(then, hours)
    if then == ThenSettings() and not read.stop:
        yield "then: nothing is set, and stop is not: the rule does nothing"


def _strangers(key: str, named: Iterable[str] | None, known: Iterable[str]) -> Iterator[str]:
    known = list(known)
    for name in named or ():
        if name not in known:
            nearest = process.extractOne(name, known, score_cutoff=60)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are: {', '.join(known) or 'none'}"
            yield f"{key}: there is no {key.rpartition('.')[2]} {name!r}; {hint}"


def _relaxing(then: ThenSettings, queues: Iterable[str]) -> Iterator[str]:
    """Steps come one after the other, and none asks for more than the one before it."""
    before, asked = 0, then.skills
    for step in then.relax:
        after = f"then.relax: the step after {step.after_seconds} s"
        yield from _strangers(f"{after} names queues", step.queues, queues)
        if step.after_seconds <= before:
            yield f"{after} does not come later than the one before it ({before} s)"
        skills = asked if step.skills is None else step.skills
        if fault := fault_of(skills):
            yield f"{after}: {fault}"
        if more := [name for name, level in skills.items() if level > asked.get(name, 0)]:
            yield f"{after} asks {more[0]} {skills[more[0]]}, more than the one before it: it relaxes nothing"
        if skills == asked and not step.queues:
            yield f"{after} changes nothing"
        before, asked = step.after_seconds, skills


def _rule(read: RuleSettings) -> Rule:
    then = read.then
    return Rule(
        name=read.name,
        why=read.why,
        when=_when(read.when),
        queue=then.queue,
        priority=then.priority or "",
        steps=tuple(_steps(then)),
        wanted=then.wanted,
        tags=tuple(dict.fromkeys(then.tags)),
        stop=read.stop,
    )


def _when(read: WhenSettings) -> When:
    return When(
        channel=frozenset(read.channel or ()),
        kind=frozenset(read.kind or ()),
        queue=frozenset(read.queue or ()),
        subject=frozenset(map(phrase, read.subject or ())),
        text=frozenset(map(phrase, read.text or ())),
        words=frozenset(map(phrase, read.words or ())),
        from_domain=frozenset(domain.casefold().removeprefix("@") for domain in read.from_domain or ()),
        language=frozenset(language.casefold() for language in read.language or ()),
        weekday=frozenset(read.weekday or ()),
        inside=None if read.hours is None else read.hours == "inside",
    )


def _steps(then: ThenSettings) -> Iterator[NeedStep]:
    """With everything that holds at each: what a step leaves out is as it was."""
    if not then.skills and not then.relax:
        return
    skills = then.skills
    queues: tuple[str, ...] = ()
    yield NeedStep(0, skills)
    for step in then.relax:
        skills = skills if step.skills is None else step.skills
        queues = tuple(dict.fromkeys((*queues, *step.queues)))
        yield NeedStep(step.after_seconds, skills, queues)
