"""How the channels are doing: told by whoever runs them, shown to people, and an alarm when one fails for too long.

What comes in is told by channels that fetch or listen, what leaves by the loop that sends (sending.py); each side has
a row of its own, so that the success of one does not hide the failure of the other. Read by the API, the console and
the command line. A failure is told with its remedy; it becomes an alarm once, after ALARM_AFTER, and the next success
of its side ends it.
"""

import logging
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, update

from contactcenter.model.columns import MINUTE, adding_new, bind, clean, table
from contactcenter.model.ledgers import Health
from contactcenter.ports import Tx

ALARM_AFTER = 4 * MINUTE  # people are to know within five
ERROR_LIMIT = 500  # characters
TOPIC = "channels"

Side = Literal["receiving", "sending"]
SIDES: tuple[Side, Side] = ("receiving", "sending")
State = Literal["working", "failing", "unknown", "none"]
"""none: the channel is configured without that side."""

_health = table(Health)
_this = (_health.c.channel == bind("way"), _health.c.side == bind("half"))

ADD = adding_new(_health, "channel", "side")
SUCCEED = (
    update(_health)
    .where(*_this)
    .values(
        succeeded_at=bind("at"),
        failing_since=None,
        alarmed=0,
        error=bind("why"),
        error_since=bind("why_since"),
        found=bind("there"),
        recorded=bind("here"),
        stuck=bind("left"),
    )
)
FAIL = (
    update(_health)
    .where(*_this)
    .values(failing_since=bind("since"), alarmed=bind("told"), error=bind("why"), error_since=bind("why_since"))
)
ONE = select(_health).where(*_this)
SHOWN = select(_health).where(_health.c.side == bind("half")).order_by(_health.c.channel)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of what lies at the provider: how much, what is stored here, and what cannot be had, with the last reason."""

    found: int = 0
    recorded: int = 0
    stuck: int = 0
    reason: str = ""


def succeeded(tx: Tx, channel: str, counts: Counts = Counts(), side: Side = "receiving") -> None:
    """The provider answers; all is well but for what is stuck."""
    before = _known(tx, channel, side)
    why = _line(counts.reason)
    tx.run(
        SUCCEED,
        way=channel,
        half=side,
        at=tx.now,
        there=counts.found,
        here=counts.recorded,
        left=counts.stuck,
        why=why,
        why_since=_since(tx, before, why) if why else None,
    )
    if before.failing_since is not None:
        log.info("channel is well again", extra={"channel": channel, "side": side})
    tx.publish([TOPIC], b"")


def failed(tx: Tx, channel: str, error: str, side: Side = "receiving") -> bool:
    """It does not work, and why; True when this is the moment to sound the alarm."""
    before = _known(tx, channel, side)
    since = tx.now if before.failing_since is None else before.failing_since
    alarm = not before.alarmed and tx.now - since >= ALARM_AFTER
    why = _line(error)
    told = int(alarm or before.alarmed)
    tx.run(FAIL, way=channel, half=side, since=since, told=told, why=why, why_since=_since(tx, before, why))
    if alarm:
        log.error("channel has been failing for minutes", extra={"channel": channel, "side": side, "reason": why})
    tx.publish([TOPIC], b"")
    return alarm


def shown(tx: Tx, side: Side = "receiving") -> dict[str, Any]:
    """The row of each channel of which that side has been told."""
    return {row.channel: row for row in tx.all(SHOWN, half=side)}


def state_of(row: Any, *, there: bool = True) -> State:
    """In one word; `row` is None for a side that was told nothing of, `there` False where there is no such side."""
    if not there:
        return "none"
    if row is None:
        return "unknown"
    return "working" if row.failing_since is None else "failing"


def states_of(receives: bool, sends: bool, receiving: Any, sending: Any) -> tuple[State, State, State]:
    """Of both sides, and of the channel as a whole: it works when nothing fails and what comes in, if any does, does.

    `receives` and `sends`: as it is configured. That nothing was sent yet is no news of a channel that hears.
    """
    hears, speaks = state_of(receiving, there=receives), state_of(sending, there=sends)
    whole = "failing" if "failing" in (hears, speaks) else speaks if hears == "none" else hears
    return hears, speaks, whole


def _line(words: str) -> str:
    return clean(" ".join(words.split()))[:ERROR_LIMIT]


def _since(tx: Tx, before: Any, why: str) -> int:
    """Since when this is the reason: another one begins anew."""
    same = before.error == why and before.error_since is not None
    return int(before.error_since) if same else tx.now


def _known(tx: Tx, channel: str, side: Side) -> Any:
    nothing = dict.fromkeys(("succeeded_at", "failing_since", "error_since"))
    none = dict.fromkeys(("alarmed", "found", "recorded", "stuck"), 0)
    tx.run(ADD, channel=channel, side=side, error="", **nothing, **none)
    return tx.one(ONE, way=channel, half=side)
