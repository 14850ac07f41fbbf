"""A ticket that opens is sorted: the desk's rules say its queue, its priority, what it needs and how it is marked.

Asked by flow/inbound before flow/tickets opens the ticket, which then calls `note`. What rules would have made of the
past is for flow/rehearsal. A desk without rules pays nothing. Refuses to look into what the sender only repeats.
"""

from typing import Any

from contactcenter.crm.history import record
from contactcenter.flow import tags
from contactcenter.flow.folds import unfolded
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.history import RulesApplied
from contactcenter.model.values import Inbound
from contactcenter.ports import Tx
from contactcenter.routing.rules import Facts, Outcome, Place, applied


def sort(tx: Tx, policies: Policies, way: Way, said: Inbound, subject: str) -> Outcome | None:
    """What the rules make of a ticket that opens with this message; None where no rule holds."""
    if not policies.rules:
        return None
    place = Place(way.channel.name, way.channel.kind, way.queue, policies.queue(way.queue).hours)
    facts = Facts.of(place, tx.now, said.sender, subject, unfolded(said.text, said.folds))
    outcome = applied(policies.rules, facts)
    return outcome if outcome.matched else None


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
