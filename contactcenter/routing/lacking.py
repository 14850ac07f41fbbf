"""Rules that ask for skills nobody has: tickets would wait in vain.

Pure. Asked by `contactcenter doctor` with everybody who serves a queue; who is there just now does not matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contactcenter.routing.demands import NeedStep, in_words
from contactcenter.routing.rules import Place, Rule
from contactcenter.routing.shadows import places_of


@dataclass(frozen=True, slots=True)
class Able:
    """An agent as far as queues and skills go."""

    queues: frozenset[str]
    skills: Mapping[str, int]


def lacking(rules: Sequence[Rule], places: Sequence[Place], agents: Sequence[Able]) -> Iterator[str]:
    """In words: which rule, which skill, and how long its tickets would wait."""
    for rule in rules:
        own = [rule.queue] if rule.queue else [place.queue for place in places_of(rule.when, places)]
        for queue in dict.fromkeys(own):
            yield from _waits(rule, queue, agents)
        for name, level in rule.wanted.items():
            if not any(agent.skills.get(name, 0) >= level for agent in agents):
                yield f"rules.{rule.name}: nobody has {name} {level}, which it wants: it makes no difference"


def _waits(rule: Rule, queue: str, agents: Sequence[Able]) -> Iterator[str]:
    met = [step for step in rule.steps if any(_meets(agent, step, queue) for agent in agents)]
    if not rule.steps or not rule.steps[0].skills or rule.steps[0] in met[:1]:
        return
    if not met:
        until = "for ever"
    else:
        also = f", or agents of {', '.join(met[0].queues)}" if met[0].queues else ""
        until = f"{met[0].after} s, until it asks {in_words(met[0].skills) or 'no skill'}{also}"
    yield f"rules.{rule.name}: {_missing(rule.steps[0], queue, agents)}: its tickets would wait {until}"


def _meets(agent: Able, step: NeedStep, queue: str) -> bool:
    serves = any(name in agent.queues for name in step.open_to(queue))
    return serves and all(agent.skills.get(name, 0) >= level for name, level in step.skills.items())


def _missing(step: NeedStep, queue: str, agents: Sequence[Able]) -> str:
    """Who is not there, in words."""
    team = [agent for agent in agents if any(name in agent.queues for name in step.open_to(queue))]
    if not team:
        return f"nobody serves {queue}"
    best = {name: max(agent.skills.get(name, 0) for agent in team) for name in step.skills}
    short = [
        f"{name} {level} (the best has {best[name] or 'none'})"
        for name, level in step.skills.items()
        if best[name] < level
    ]
    found = " and ".join(short) or f"{in_words(step.skills)} together"
    return f"nobody who serves {queue} has {found}"
