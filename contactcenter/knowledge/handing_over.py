"""The summary that goes to people with a handoff: what was asked, told and collected, and the articles that are near.

Put together of what was said, word for word: nothing is invented. Made by flow/assist, kept with the ticket and on its
history (there without anybody's words), shown in the console and in Slack.
"""

from collections.abc import Iterable

import msgspec

from contactcenter.knowledge.memory import Memory, Near


class Summary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What whoever takes the ticket should know of its talk with the assistant."""

    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()  # titles of the articles that were told
    collected: dict[str, str] = {}
    suggestions: tuple[Near, ...] = ()


def summarise(memory: Memory, unread: str = "", near: Iterable[Near] = ()) -> Summary:
    """Of what is remembered, and what the customer wrote since."""
    collected = dict(memory.collected)
    return Summary(memory.asking(unread), memory.answered, collected, tuple(near) or memory.near)


def in_words(summary: Summary) -> tuple[str, ...]:
    """A line for each thing there is to know, for the history, which repeats nothing that anybody wrote."""
    lines = []
    if summary.answered:
        lines.append("told: " + ", ".join(f"“{title}”" for title in summary.answered))
    if summary.collected:
        lines.append("given: " + ", ".join(summary.collected))
    return tuple(lines)
