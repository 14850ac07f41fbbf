"""How the channels of a desk are doing, each of their sides, in lines: what `contactcenter channels` prints."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from contactcenter.channels.registry import sides_of
from contactcenter.flow import health, leases, queries
from contactcenter.flow.policies import IN_SLACK, Policies
from contactcenter.flow.views import iso
from contactcenter.ports import Tx
from contactcenter.settings import Settings


class Condition(NamedTuple):
    """What the tables say, by the name of the channel. `sides`: rows of Health, receiving and sending."""

    sides: list[dict[str, Any]]
    waiting: dict[str, int]
    given_up: dict[str, int]
    runs: bool


def read(tx: Tx, policies: Policies) -> Condition:
    """As it was told last."""
    waiting, given_up = (
        {row.channel: row.events for row in tx.all(each)} for each in (queries.BACKLOG, queries.BURIED_EVENTS)
    )
    return Condition([health.shown(tx, side) for side in health.SIDES], waiting, given_up, leases.anybody_lives(tx))


def told(settings: Settings, now: Condition) -> tuple[list[str], bool]:
    """The lines, and whether anything fails."""
    lines, fails = [], not now.runs
    if not now.runs:
        lines.append("no desk is running: this is how it was when one last did; contactcenter serve starts it")
    in_slack = {IN_SLACK: {"kind": "slack"}} if settings.desk.slack else {}
    for name, table in (*sorted(settings.channels.items()), *in_slack.items()):
        there = sides_of(name, table)
        sides = [row.get(name) if here else None for row, here in zip(now.sides, there, strict=True)]
        state = health.states_of(*there, *sides)[2]
        fails = fails or state == "failing"
        lines += _channel(f"{name} ({table.get('kind')})", there, sides, state)
        if there[0]:
            lines.append(f"    {now.waiting.get(name, 0)} waiting to be taken in, {now.given_up.get(name, 0)} buried")
    return lines, fails


def _channel(name: str, there: tuple[bool, bool], sides: list[Any], state: str) -> Iterator[str]:
    only: Mapping[tuple[bool, bool], str] = {(False, True): ", sends only", (True, False): ", receives only"}
    alarm = any(row is not None and row.alarmed for row in sides)
    yield f"{name}: {'ALARM' if alarm else state}{only.get(there, '')}"
    for side, row in zip(health.SIDES, sides, strict=True):
        for line in _side(side, row):
            yield f"    {line}"


def _side(side: str, row: Any) -> Iterator[str]:
    """How one side of a channel is doing, as far as it was told."""
    if row is None:
        return
    last = "never" if row.succeeded_at is None else _second(row.succeeded_at)
    counts = f"; {row.found} found, {row.recorded} stored, {row.stuck} cannot be had" if side == "receiving" else ""
    fails = "" if row.failing_since is None else f"failing since {_second(row.failing_since)}, "
    yield f"{side}: {fails}last success {last}{counts}"
    if row.error:
        yield f"    {row.error}" + (f" (since {_second(row.error_since)})" if row.error_since is not None else "")


def _second(instant: int) -> str:
    return f"{iso(instant)[:19]}Z"
