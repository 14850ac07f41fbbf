"""A decision of the router in words: who could have had the ticket, who was passed over and why.

Asked after `decide` and before the decision is folded in, of the same board. What it tells is kept with the offer and
on the history, and shown to people.
"""

from collections import Counter
from collections.abc import Iterator

from contactcenter.model.columns import HOUR, MINUTE, SECOND
from contactcenter.routing.board import Board, Call, Lot, Member
from contactcenter.routing.router import Decision

NAMED = 8  # people whose reason is told by name; of more, how many


def explain(board: Board, decision: Decision, now: int) -> tuple[str, ...]:
    """Sentences, the weightiest first. `now`: µs."""
    standing = board.calls[decision.ticket]
    chosen = board.members[decision.agent]
    told = [_chosen(decision, chosen)]
    told += _asked_for(standing.call, standing.lot)
    others = [member for member in board.members.values() if member is not chosen]
    able = [member for member in others if standing.lot.ask in member.team.asks]
    told += _able(board, able, standing.call, standing.lot, now)
    told += _unable(others, standing.lot)
    told.append(_urgency(board, standing.call, now))
    return tuple(told)


def _chosen(decision: Decision, member: Member) -> str:
    return f"{_name(member)}: {decision.because} ({member.used} of {member.team.capacity})"


def _asked_for(call: Call, lot: Lot) -> Iterator[str]:
    skills = [f"{name} {level}" for name, level in lot.ask.need.skills]
    if skills:
        yield f"needs {', '.join(skills)} or better"
    if call.wanted:
        yield f"welcome: {', '.join(f'{name} {level}' for name, level in call.wanted)}"
    if len(lot.ask.need.queues) > 1:
        yield f"it may overflow: {' or '.join(lot.ask.need.queues)}"


def _able(board: Board, able: list[Member], call: Call, lot: Lot, now: int) -> Iterator[str]:
    if not able:
        yield "nobody else can take it"
        return
    for member in able[:NAMED]:
        yield f"passed over: {_name(member)} {_why_not(board, member, call, lot, now)}"
    if len(able) > NAMED:
        yield f"passed over: {len(able) - NAMED} more who can take it"


def _why_not(board: Board, member: Member, call: Call, lot: Lot, now: int) -> str:
    if not member.staff.present:
        return member.staff.away or "is not there"
    if any(agent == member.staff.agent and now < until for agent, until in call.resting):
        return "has just declined or missed it"
    held = f"({member.used} of {member.team.capacity})"
    if not board.has_room(member, lot):
        full = member.used + lot.weight > member.team.capacity
        limit = member.team.limits.get(lot.channel)
        if full:
            return f"has no room {held}"
        if limit is not None and member.by_channel.get(lot.channel, 0) + lot.weight > limit:
            return f"has as many from {lot.channel} as they take at once ({limit})"
        return f"keeps the last room for what cannot wait {held}"
    return f"is as able {held}"


def _unable(others: list[Member], lot: Lot) -> Iterator[str]:
    """Those who do not meet the need: how many for each reason, by name where they are few."""
    lacking = Counter[str]()
    names: dict[str, list[str]] = {}
    for member in others:
        if lot.ask not in member.team.asks and member.staff.present:
            why = lot.ask.need.lacking(member.staff.queues, member.staff.skills)
            lacking[why] += 1
            names.setdefault(why, []).append(_name(member))
    for why, many in lacking.most_common(NAMED):
        who = ", ".join(names[why]) if many <= 3 else f"{many} people"
        yield f"could not have it: {who} ({why})"


def _urgency(board: Board, call: Call, now: int) -> str:
    left = call.due - now
    due = f"due in {_span(left)}" if left >= 0 else f"late by {_span(-left)}"
    more = len(board.calls) - 1
    return f"waits for {_span(now - call.since)}, {due}; {more or 'no'} other{'s' if more != 1 else ''} wait"


def _span(duration: int) -> str:
    if duration < MINUTE:
        return f"{duration // SECOND} s"
    if duration < HOUR:
        return f"{duration // MINUTE} min"
    return f"{duration // HOUR} h {duration % HOUR // MINUTE} min"


def _name(member: Member) -> str:
    return member.staff.name
