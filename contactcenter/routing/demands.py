"""What a ticket asks of whoever takes it, as its row keeps it: skills, fewer the longer it waits, and further queues.

Made by routing/rules when a ticket opens; read when it is routed (`routing_needs`) and shown. A language is a skill.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

LEVELS = range(1, 6)  # of a skill
MEANT = "1 (a beginner) to 5 (an expert)"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class NeedStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """From `after` seconds of waiting on: all of the skills, each at that level or better. `queues` may take it too,
    besides its own.
    """

    after: int
    skills: dict[str, int] = {}
    queues: tuple[str, ...] = ()

    def open_to(self, own: str) -> tuple[str, ...]:
        """The queues whose agents may take a ticket of the queue `own`; that one first."""
        return tuple(dict.fromkeys((own, *self.queues)))


class Needs(msgspec.Struct, frozen=True, omit_defaults=True):
    """Steps in order of time, the first after 0 seconds; none: nothing is asked. `wanted` skills are welcome."""

    steps: tuple[NeedStep, ...] = ()
    wanted: dict[str, int] = {}


_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(Needs).decode
NOTHING = Needs()


def routing_needs(ticket: Any) -> Needs:
    """Of a ticket's row."""
    return _decode(ticket.needs) if ticket.needs else NOTHING


def kept(needs: Needs) -> str:
    """As the row keeps them; blank for nothing."""
    return "" if needs == NOTHING else _encode(needs).decode()


def fault_of(skills: Mapping[str, int]) -> str:
    """What is wrong with skills and their levels, in words that name the skill; blank when nothing is."""
    for name, level in skills.items():
        if not _NAME.fullmatch(name):
            return f"{name[:40]!r} is no name of a skill; use up to 40 of a-z, 0-9, - and _, such as german"
        if level not in LEVELS:
            return f"skill {name} cannot have level {level}; levels are {MEANT}"
    return ""


def in_words(skills: Mapping[str, int]) -> str:
    """Such as "german 3, billing 2"."""
    return ", ".join(f"{name} {level}" for name, level in skills.items())
