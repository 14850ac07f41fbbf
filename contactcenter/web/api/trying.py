"""Rules are tried before they go live: what they would have made of the tickets that are there. Writes nothing.

The same as `contactcenter rules try`, for whoever steers without a shell; flow/rehearsal compares, page by page.
"""

from collections import Counter

from contactcenter.flow.rehearsal import Rehearsed, rehearse
from contactcenter.flow.views import iso
from contactcenter.model.columns import DAY
from contactcenter.model.values import Invalid
from contactcenter.routing.rules import Place
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import Call, Desk

MOST = 5_000  # tickets that are looked at, the newest first
SHOWN = 200  # of those that would open otherwise
BEGINNING = 2**63 - 1


async def try_rules(desk: Desk, call: Call) -> bodies.RulesTried:
    """The rules of the body, or the desk's own where it has none. Raises Invalid for what the settings would refuse."""
    asked: bodies.TryRules = call.body
    rules = call.policies.rules if asked.rules is None else desk.read_rules(asked.rules)
    if not 0 < asked.days <= 3_650:
        raise Invalid("must be more than 0 and at most 3650", "$.days")
    places, since = _places(call), desk.clock.now() - int(asked.days * DAY)
    tickets, matched, moving, before = 0, Counter[str](), list[Rehearsed](), BEGINNING
    while tickets < MOST and (page := await desk.store.read(rehearse, rules, places, before, since)):
        before, tickets = page[-1].ticket, tickets + len(page)
        matched.update(match.rule for one in page if one.outcome is not None for match in one.outcome.matched)
        moving += [one for one in page if one.moves]
    return bodies.RulesTried(
        tickets=tickets,
        complete=tickets < MOST,
        moving=len(moving),
        matched={rule.name: matched[rule.name] for rule in rules},
        items=[_view(one) for one in moving[:SHOWN]],
    )


def _places(call: Call) -> dict[str, Place]:
    queues = call.policies.queues
    return {
        name: Place(name, way.channel.kind, way.queue, queues[way.queue].hours if way.queue in queues else None)
        for name, way in call.policies.ways.items()
    }


def _view(one: Rehearsed) -> bodies.TicketTried:
    return bodies.TicketTried(
        ticket=one.ticket,
        created_at=iso(one.opened_at),
        channel=one.channel,
        queue=one.queue,
        becomes_queue=one.becomes_queue,
        priority=one.priority,
        becomes_priority=one.becomes_priority,
        rules=[match.rule for match in one.outcome.matched] if one.outcome is not None else [],
    )
