"""The windows (modals) agents fill in. Pure. What comes back is read by desk/received and done by desk/forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from contactcenter.desk.blocks import (
    DIVIDER,
    Block,
    bold,
    button,
    context,
    field,
    header,
    moment,
    page,
    section,
    select,
    short,
    text_field,
    ticket_link,
    window,
    words,
)
from contactcenter.desk.facts import Listed, Turn
from contactcenter.model.tickets import LIVE_STATUSES
from contactcenter.slack.text import escaped

SNOOZES = (("1 hour", "1"), ("3 hours", "3"), ("Tomorrow", "24"), ("3 days", "72"), ("A week", "168"))


def reply(ticket: int, initial: str, canned: Sequence[tuple[str, str]]) -> Block:
    """Words to the customer; `canned` are titles and names of replies to put in."""
    blocks = [
        context(":arrow_right: This goes to the customer."),
        text_field("text", f"Reply on ticket {ticket}", initial, optional=bool(canned)),
    ]
    if canned:
        blocks.append(field("canned", "or send a canned reply", select("canned", "none", canned), optional=True))
    return window("reply", "Reply", "Send", {"ticket": str(ticket)}, blocks)


def note(ticket: int, initial: str = "") -> Block:
    return window("note", "Note", "Keep", {"ticket": str(ticket)}, [text_field("text", "For colleagues only", initial)])


def solve(ticket: int, reasons: Sequence[str]) -> Block:
    """`reasons`: what can be chosen; without any it is free text."""
    blocks = []
    if reasons:
        blocks.append(
            field("reason", "How was it solved?", select("reason", "reason", [(one, one) for one in reasons]))
        )
    blocks.append(text_field("remark", "Remark", lines=False, optional=True))
    return window("solve", "Solve", "Solve", {"ticket": str(ticket)}, blocks)


def snooze(ticket: int) -> Block:
    chosen = SNOOZES[0]
    return window(
        "snooze",
        "Snooze",
        "Snooze",
        {"ticket": str(ticket)},
        [field("hours", "Until", select("hours", "when", SNOOZES, chosen))],
    )


def escalate(ticket: int) -> Block:
    return window(
        "escalate",
        "Escalate",
        "Escalate",
        {"ticket": str(ticket)},
        [text_field("reason", "What do supervisors need to know?")],
    )


def assign(ticket: int, agents: Sequence[tuple[str, str]], queues: Sequence[tuple[str, str]]) -> Block:
    """To a colleague, to a queue, or back to its own."""
    return window(
        "assign",
        "Assign or transfer",
        "Give",
        {"ticket": str(ticket)},
        [
            field("agent", "To a colleague", select("agent", "nobody", agents), optional=True),
            field("queue", "or to a queue", select("queue", "as it is", queues), optional=True),
            context("Leave both empty to give it back to its queue."),
            text_field("note", "A note for whoever gets it", optional=True),
        ],
    )


def merge(ticket: int, into: str = "") -> Block:
    return window(
        "merge",
        "Merge",
        "Merge",
        {"ticket": str(ticket)},
        [
            text_field("into", "Into ticket number", into, lines=False),
            context("What was said and noted moves there; it can be undone in the console."),
        ],
    )


def customer(
    ticket: int, name: str, identities: Sequence[tuple[str, str, bool]], recent: Sequence[Listed], public_url: str
) -> Block:
    """Who writes: kind and address of each identity and whether it is proven, and their latest tickets.

    `ticket`: the one it was asked for, which can become part of another that is not over.
    """
    blocks: list[Block] = [header(short(name, 100) or "Somebody")]
    blocks += [
        context(escaped(kind), escaped(address), ":white_check_mark: proven" if proven else "not proven")
        for kind, address, proven in identities[:20]
    ]
    blocks.append(DIVIDER)
    for one in recent[:20]:
        can_take_it = one.id != ticket and one.status in LIVE_STATUSES
        merging = {"accessory": button("Merge into it", "merge_into", f"{ticket}:{one.id}")} if can_take_it else {}
        blocks.append({**_line(one, public_url), **merging})
    return page("Customer", blocks)


def found(title: str, tickets: Sequence[Listed], public_url: str) -> Block:
    """A list of tickets."""
    return page(title, lines(tickets, public_url))


def lines(tickets: Sequence[Listed], public_url: str) -> list[Block]:
    """A line for each; it says so when there is none."""
    return [_line(one, public_url) for one in tickets] or [section("Nothing found.")]


def find() -> Block:
    return window("find", "Find tickets", "Find", {}, [text_field("words", "Number, subject or customer", lines=False)])


def conversation(title: str, turns: Sequence[Turn]) -> Block:
    """What was said, latest last."""
    blocks: list[Block] = []
    for turn in turns:
        blocks += [context(bold(turn.name or "Somebody"), moment(turn.at)), words(short(turn.text, 1_000))]
    return page(title, blocks or [section("Nothing was said yet.")])


def refused(errors: Mapping[str, str]) -> dict[str, Any]:
    """What Slack is answered when a window cannot be taken: what is wrong, beside each field."""
    return {"response_action": "errors", "errors": dict(errors)}


def _line(one: Listed, public_url: str) -> Block:
    return section(f"{ticket_link(public_url, one.id, one.subject)} · {escaped(one.status)}")
