"""Rules that can never match, and why: told when the settings are read, before anybody waits for them in vain.

Pure. Asked by `rulebook`. It finds conditions that no channel meets, hours that never come, and rules that stand behind
one that stops at all they could match; a rule that several others together leave nothing to is not found.
"""

from collections.abc import Callable, Iterator, Sequence

from contactcenter.routing.hours import DAYS, Hours
from contactcenter.routing.rules import Place, Rule, When, is_spoken, is_within

WITH_DOMAINS = ("email", "loopback")  # kinds of channel whose senders are known by an address with a domain


def never_matching(rules: Sequence[Rule], places: Sequence[Place]) -> Iterator[tuple[str, str]]:
    """The name of each, and why it never matches."""
    for number, rule in enumerate(rules):
        if why := _contradiction(rule.when, places):
            yield rule.name, why
            continue
        stopping = (first for first in rules[:number] if first.stop)
        if first := next((first for first in stopping if _is_wider(first.when, rule.when, places)), None):
            yield rule.name, f"{first.name} comes before it, stops, and matches all that it could match"


def places_of(when: When, places: Sequence[Place]) -> list[Place]:
    """Those that meet the conditions channel, kind and queue."""
    return [
        place
        for place in places
        if (not when.channel or place.channel in when.channel)
        and (not when.kind or place.kind in when.kind)
        and (not when.queue or place.queue in when.queue)
    ]


def _contradiction(when: When, places: Sequence[Place]) -> str:
    """Why no ticket can be like that; blank when one can."""
    there = ", ".join(f"{place.channel} (kind {place.kind}, queue {place.queue})" for place in places) or "none"
    fitting = places_of(when, places)
    if not fitting:
        return f"no channel meets its conditions channel, kind and queue together; there are {there}"
    if when.from_domain:
        fitting = [place for place in fitting if place.kind in WITH_DOMAINS]
        if not fitting:
            return f"from_domain needs a channel whose senders have such an address (kind {' or '.join(WITH_DOMAINS)})"
    if not any(_time_comes(when, place.hours) for place in fitting):
        days = f" on {' or '.join(day for day in DAYS if day in when.weekday)}" if when.weekday else ""
        return f"its queue is never {'open' if when.inside else 'closed'}{days}; look at its hours"
    return ""


def _time_comes(when: When, hours: Hours | None) -> bool:
    if when.inside is None:
        return True
    if hours is None:
        return when.inside
    return not when.inside or any(hours.week[DAYS.index(day)] for day in when.weekday or DAYS)


def _is_wider(first: When, second: When, places: Sequence[Place]) -> bool:
    """Does the first hold wherever the second does?"""
    return (
        {place.channel for place in places_of(second, places)} <= {place.channel for place in places_of(first, places)}
        and first.inside in (None, second.inside)
        and _covers(first.weekday, second.weekday, lambda wide, narrow: wide == narrow)
        and _covers(first.from_domain, second.from_domain, lambda wide, narrow: is_within(narrow, wide))
        and _covers(first.language, second.language, lambda wide, narrow: is_spoken(narrow, wide))
        and _covers(first.subject, second.subject, _is_said_by)
        and _covers(first.text, second.text, _is_said_by)
        and (
            _covers(first.words, second.words, _is_said_by)
            or any(narrow and _covers(first.words, narrow, _is_said_by) for narrow in (second.subject, second.text))
        )
    )


def _covers(wide: frozenset[str], narrow: frozenset[str], covers: Callable[[str, str], bool]) -> bool:
    """Is each of the narrow values covered by a wide one? No value at all is every value."""
    return not wide or (bool(narrow) and all(any(covers(one, other) for one in wide) for other in narrow))


def _is_said_by(wide: str, narrow: str) -> bool:
    """Whoever says the narrow phrase says the wide one, too (rules.phrase)."""
    return wide in narrow
