"""What a ticket asks of whoever takes it: a queue they serve, skills they have; less of it, the longer it waits.

Made by flow/calls of what a ticket's row keeps (routing/demands); read by routing/board. A language is a skill.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Skills = Mapping[str, int]
"""Levels by the name of the skill."""


@dataclass(frozen=True, slots=True)
class Need:
    """One of the queues, and all of the skills, each at that level or better."""

    queues: tuple[str, ...]
    skills: tuple[tuple[str, int], ...] = ()

    def met_by(self, queues: frozenset[str], skills: Skills) -> bool:
        """Can somebody who serves these queues and has these skills take it?"""
        return any(queue in queues for queue in self.queues) and all(
            skills.get(name, 0) >= level for name, level in self.skills
        )

    def and_also(self, skills: tuple[tuple[str, int], ...]) -> "Need":
        """The same, and these skills as well."""
        if not skills:
            return self
        levels = dict(self.skills)
        for name, level in skills:
            levels[name] = max(level, levels.get(name, 0))
        return Need(self.queues, tuple(sorted(levels.items())))

    def lacking(self, queues: frozenset[str], skills: Skills) -> str:
        """What they lack, in words; blank when nothing."""
        if not any(queue in queues for queue in self.queues):
            return f"does not serve {' or '.join(self.queues)}"
        short = [
            f"{name} {level} ({skills.get(name, 0) or 'none'})"
            for name, level in self.skills
            if skills.get(name, 0) < level
        ]
        return f"lacks {', '.join(short)}" if short else ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a waiting ticket needs from an instant on, and whether an agent's last room is kept free of it."""

    at: int  # µs
    need: Need
    reserved: bool = False
