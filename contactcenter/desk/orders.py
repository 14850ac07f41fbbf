"""`/desk …`: what an agent asks and a supervisor steers by typing. Called by desk/work; answered to them alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contactcenter.desk import facts, queries, windows
from contactcenter.desk.blocks import BLOCKS_LIMIT, Block, bold, context, header, link, moment, section, ticket_link
from contactcenter.desk.floor import Floor, Outcome, number_in
from contactcenter.desk.received import Ordered
from contactcenter.flow import actions
from contactcenter.flow.rights import Caller
from contactcenter.model.tickets import LIVE_STATUSES
from contactcenter.model.values import Invalid
from contactcenter.ports import Tx
from contactcenter.slack.text import escaped

Order = Callable[[Tx, Floor, Caller, str], list[Block]]
HELP = """`/desk queue` what waits, and since when
`/desk figures` tickets of each queue by status
`/desk team` who is there, and what they have
`/desk available`, `/desk away`, `/desk offline` whether you are there; `/desk away lunch` says why
`/desk find words` tickets by number, subject or customer
`/desk give 12 grace@example.test`, `/desk pull 12`, `/desk bump 12` for supervisors"""


def ordered(tx: Tx, floor: Floor, caller: Caller, command: Ordered) -> Outcome:
    """Do it, and say what came of it. Raises what flow/actions raises."""
    word, _, rest = command.words.partition(" ")
    order = ORDERS.get(word.lower() or "help")
    if order is None:
        raise Invalid(f"/desk {word} is not known; /desk help says what is")
    return Outcome(answer=said(order(tx, floor, caller, rest.strip())))


def said(blocks: Sequence[Block]) -> dict[str, object]:
    """What only whoever asked sees."""
    return {"response_type": "ephemeral", "blocks": list(blocks)[:BLOCKS_LIMIT]}


def figures(tx: Tx, floor: Floor) -> list[Block]:
    """Tickets of each queue by status, and how long the oldest waits; the rows are one click away."""
    waits = {title: (count, oldest) for title, count, oldest in facts.waits(tx, floor.policies)}
    blocks = [
        header("Figures"),
        context(f"as of {moment(tx.now)}", link(f"{floor.public_url}/desk", "open the console")),
    ]
    for title, by_status in facts.counts(tx, floor.policies):
        count, oldest = waits.get(title, (0, None))
        counted = ", ".join(f"{by_status.get(status, 0)} {status}" for status in LIVE_STATUSES)
        since = f", the oldest since {moment(oldest)}" if oldest else ""
        blocks.append(section(f"{bold(title)}: {counted}; {count} waiting for an agent{since}"))
    return blocks


def _help(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    return [section(HELP)]


def _queue(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    line = tx.all(queries.IN_LINE, agent=caller.as_agent(), limit=20)
    blocks = [header("Waiting in your queues")]
    for row in line:
        said = ticket_link(floor.public_url, row.id, row.subject)
        blocks.append(section(f"{said} · {escaped(row.queue)} · {row.priority} · since {moment(row.since)}"))
    return blocks if line else [*blocks, section("Nobody waits.")]


def _figures(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    return figures(tx, floor)


def _team(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    icons = {"available": ":large_green_circle:", "away": ":large_yellow_circle:"}
    lines = [
        f"{icons.get(row.presence, ':white_circle:')} {bold(row.name)} {_how(row)}, has {row.load} of {row.capacity}"
        for row in tx.all(queries.LOADS)
    ]
    return [header("Team"), *(section("\n".join(lines[start : start + 20])) for start in range(0, len(lines), 20))]


def _how(row: Any) -> str:
    return f"{row.presence} ({escaped(row.away_for)})" if row.away_for else str(row.presence)


def _presence(presence: str) -> Order:
    def become(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
        actions.set_presence(tx, floor.policies, caller, presence, rest)
        return [section(f"You are *{presence}*{f' ({escaped(rest)})' if rest else ''}.")]

    return become


def _find(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    if not rest:
        raise Invalid("say what to find: a number, or words of the subject or the customer's name")
    return windows.lines(facts.find(tx, rest), floor.public_url)


def _give(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    number, _, email = rest.partition(" ")
    agent = next((row for row in tx.all(queries.AGENTS) if row.email == email.strip().casefold()), None)
    if agent is None:
        raise Invalid(f"there is no agent {email.strip() or '(say whom)'}: /desk give 12 grace@example.test")
    view = actions.give(tx, floor.policies, caller, number_in(number), agent.id)
    return [section(f"{bold(agent.name)} has ticket {view.id} now.")]


def _pull(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    caller.must_steer()
    view = actions.give(tx, floor.policies, caller, number_in(rest), None)
    return [section(f"Ticket {view.id} waits in its queue again.")]


def _bump(tx: Tx, floor: Floor, caller: Caller, rest: str) -> list[Block]:
    view = actions.set_priority(tx, floor.policies, caller, number_in(rest), "urgent", "bumped in Slack")
    return [section(f"Ticket {view.id} is urgent now: it comes first.")]


ORDERS: Mapping[str, Order] = {
    "help": _help,
    "queue": _queue,
    "figures": _figures,
    "team": _team,
    "available": _presence("available"),
    "away": _presence("away"),
    "offline": _presence("offline"),
    "find": _find,
    "give": _give,
    "pull": _pull,
    "bump": _bump,
}
