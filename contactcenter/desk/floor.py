"""What the desk's use cases are told, and what they answer."""

from dataclasses import dataclass
from typing import Any

import msgspec

from contactcenter.flow.policies import Policies
from contactcenter.knowledge.assistant import Assistant
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Invalid

HOLD = 5 * SECOND  # what is typed in a thread can be edited or deleted for so long before it leaves
DIGITS = 18  # of a number that a column takes


@dataclass(frozen=True, slots=True)
class Floor:
    """Where agents work."""

    policies: Policies
    assistant: Assistant
    public_url: str
    team: str = ""  # the workspace; blank until it is known
    ahead: int = 0  # µs that Slack's clock is ahead of ours, at least; 0 where it is behind


def number_in(text: str) -> int:
    """A ticket's or message's number. Raises Invalid."""
    digits = text.strip().lstrip("#")
    if not digits.isdecimal() or len(digits) > DIGITS:
        raise Invalid(f"{text.strip()[:20]!r} is no number, such as 12")
    return int(digits)


class Outcome(msgspec.Struct, frozen=True):
    """What came of a command besides what is in the tables: Slack's acknowledgement, and windows to open at once."""

    answer: dict[str, Any] = {}
    opens: tuple[tuple[str, dict[str, Any]], ...] = ()  # method and arguments
    later: bool = False  # it is stored, and done by the desk's loop


NOTHING = Outcome()


def opens(trigger: str, view: dict[str, Any]) -> Outcome:
    """Open a window; `trigger` is good for three seconds."""
    return Outcome(opens=(("views.open", {"trigger_id": trigger, "view": view}),))
