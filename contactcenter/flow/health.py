"""How the channels are doing: told by whoever runs them, shown to people, and an alarm when one fails for too long.

Called by channels that fetch or listen; read by the API, the console and the command line. A failure is told with its
remedy; it becomes an alarm once, after ALARM_AFTER, and the next success ends it.
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

_health = table(Health)

ADD = adding_new(_health, "channel")
SUCCEED = (
    update(_health)
    .where(_health.c.channel == bind("way"))
    .values(
        succeeded_at=bind("at"),
        failing_since=None,
        alarmed=0,
        error=bind("why"),
        found=bind("there"),
        recorded=bind("here"),
        stuck=bind("left"),
    )
)
FAIL = (
    update(_health)
    .where(_health.c.channel == bind("way"))
    .values(failing_since=bind("since"), alarmed=bind("told"), error=bind("why"))
)
ONE = select(_health).where(_health.c.channel == bind("way"))
ALL = select(_health).order_by(_health.c.channel)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of what lies at the provider: how much, what is stored here, and what cannot be had, with the last reason."""

    found: int = 0
    recorded: int = 0
    stuck: int = 0
    reason: str = ""


def succeeded(tx: Tx, channel: str, counts: Counts = Counts()) -> None:
    """The provider answers; all is well but for what is stuck."""
    before = _known(tx, channel)
    left, why = counts.stuck, _line(counts.reason)
    tx.run(SUCCEED, way=channel, at=tx.now, there=counts.found, here=counts.recorded, left=left, why=why)
    if before.failing_since is not None:
        log.info("channel is well again", extra={"channel": channel})
    tx.publish([TOPIC], b"")


def failed(tx: Tx, channel: str, error: str) -> bool:
    """It does not work, and why; True when this is the moment to sound the alarm."""
    before = _known(tx, channel)
    since = tx.now if before.failing_since is None else before.failing_since
    alarm = not before.alarmed and tx.now - since >= ALARM_AFTER
    why = _line(error)
    tx.run(FAIL, way=channel, since=since, told=int(alarm or before.alarmed), why=why)
    if alarm:
        log.error("channel has been failing for minutes", extra={"channel": channel, "reason": why})
    tx.publish([TOPIC], b"")
    return alarm


def shown(tx: Tx) -> dict[str, Any]:
    """The row of each channel that has told of itself."""
    return {row.channel: row for row in tx.all(ALL)}


def state_of(row: Any) -> Literal["working", "failing", "unknown"]:
    """In one word; `row` is None for a channel that has told nothing."""
    if row is None:
        return "unknown"
    return "working" if row.failing_since is None else "failing"


def _line(words: str) -> str:
    return clean(" ".join(words.split()))[:ERROR_LIMIT]


def _known(tx: Tx, channel: str) -> Any:
    tx.run(
        ADD, channel=channel, succeeded_at=None, failing_since=None, alarmed=0, error="", found=0, recorded=0, stuck=0
    )
    return tx.one(ONE, way=channel)
