"""A ticket that opens is sorted: the desk's rules say its queue, its priority, what it needs and how it is marked.

Asked by flow/inbound before flow/tickets opens the ticket, which then calls `note`; and by flow/rehearsal, which opens
none. A desk without rules pays nothing for it. Refuses to look into what the sender only repeats: quotes are not read.
"""

from datetime import UTC, datetime
from typing import Any

from contactcenter.crm.history import record
from contactcenter.flow import tags
from contactcenter.flow.folds import unfolded
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.columns import SECOND
from contactcenter.model.history import RulesApplied
from contactcenter.model.values import Inbound
from contactcenter.ports import Tx
from contactcenter.routing.hours import DAYS
from contactcenter.routing.rules import Facts, Outcome, applied


def sort(tx: Tx, policies: Policies, way: Way, said: Inbound, subject: str) -> Outcome | None:
    """What the rules make of a ticket that opens with this message; None where no rule holds."""
    if not policies.rules:
        return None
    text = unfolded(said.text, said.folds)
    outcome = applied(policies.rules, facts_of(policies, way, tx.now, said.sender.address, (subject, text)))
    return outcome if outcome.matched else None


def facts_of(policies: Policies, way: Way, at: int, address: str, words: tuple[str, str]) -> Facts:
    """A ticket as it opens at an instant. `words`: its subject, and the text without what it only repeats."""
    hours = policies.queue(way.queue).hours
    today = datetime.fromtimestamp(at // SECOND, UTC if hours is None else hours.zone)
    return Facts(
        channel=way.channel.name,
        kind=way.channel.kind,
        queue=way.queue,
        subject=words[0],
        text=words[1],
        domain=address.rpartition("@")[2].casefold() if "@" in address else "",
        weekday=DAYS[today.weekday()],
        inside=hours is None or hours.open_at(at),
    )


def note(tx: Tx, ticket: Any, outcome: Outcome) -> None:
    """Mark a ticket that was just opened as the rules say, and write down which of them said what."""
    for tag in outcome.tags:
        tags.put(tx, ticket.id, tag)
    fact = RulesApplied(
        rules=tuple(match.rule for match in outcome.matched),
        reasons=tuple(match.told for match in outcome.matched),
        queue=outcome.queue,
        priority=outcome.priority,
        skills=outcome.needs.steps[0].skills if outcome.needs.steps else {},
        wanted=outcome.needs.wanted,
        tags=outcome.tags,
    )
    record(tx, ticket.customer_id, "system", fact, ticket.id)
