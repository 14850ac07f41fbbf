"""A decision of the router in words: who could have had the ticket, who was passed over and why.

Asked after `decide` and before the decision is folded in, of the same board. What it tells is kept with the offer and
on the history, and shown to people.
"""

from collections.abc import Iterator
from itertools import islice

from contactcenter.model.columns import HOUR, MINUTE, SECOND
from contactcenter.routing.board import Board, Call, Lot, Member
from contactcenter.routing.router import Decision

NAMED = 8  # people who are told of by name as passed over; of more, how many
FEW = 20  # people of whom it is told what they lack; of more, how many


def explain(board: Board, decision: Decision, now: int) -> tuple[str, ...]:
    """Sentences, the weightiest first. `now`: µs."""
    standing = board.calls[decision.ticket]
    chosen = board.members[decision.agent]
    told = [_chosen(decision, chosen)]
    told += _asked_for(standing.call, standing.lot)
    told += _passed_over(board, chosen, standing.call, standing.lot, now)
    told += _unable(board, standing.lot)
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


def _passed_over(board: Board, chosen: Member, call: Call, lot: Lot, now: int) -> Iterator[str]:
    teams = lot.ask.teams
    able = sum(len(team.members) for team in teams) - 1
    if not able:
        yield "nobody else can take it"
    everybody = (member for team in teams for member in team.members.values() if member is not chosen)
    for member in islice(everybody, NAMED):
        yield f"passed over: {_name(member)} {_why_not(board, member, call, lot, now)}"
    if able > NAMED:
        yield f"passed over: {able - NAMED} more who can take it"


def _why_not(board: Board, member: Member, call: Call, lot: Lot, now: int) -> str:
    if not member.staff.present:
        return member.staff.away or "is not there"
    if any(agent == member.staff.agent and now < until for agent, until in call.resting):
        return "has just declined or missed it"
    times = next((times for agent, times in call.refused if agent == member.staff.agent), 0)
    if times:
        return f"has declined or missed it {times} time{'s' if times > 1 else ''}, and is asked after the others"
    held = f"({member.used} of {member.team.capacity})"
    size = lot.size
    if not board.has_room(member, size):
        full = member.used + size.weight > member.team.capacity
        limit = member.team.limits.get(size.channel)
        if full:
            return f"has no room {held}"
        if limit is not None and member.by_channel.get(size.channel, 0) + size.weight > limit:
            return f"has as many from {size.channel} as they take at once ({limit})"
        return f"keeps the last room for what cannot wait {held}"
    return f"is as able {held}"


def _unable(board: Board, lot: Lot) -> Iterator[str]:
    """Those who do not meet the need: what they lack, where they are few."""
    many = len(board.members) - sum(len(team.members) for team in lot.ask.teams)
    if many > FEW:
        yield f"could not have it: {many} people, who do not serve its queue or lack a skill"
        return
    lacking: dict[str, list[str]] = {}
    for member in board.members.values():
        if lot.ask not in member.team.asks and member.staff.present:
            why = lot.ask.need.lacking(member.staff.queues, member.staff.skills)
            lacking.setdefault(why, []).append(_name(member))
    for why, names in lacking.items():
        yield f"could not have it: {', '.join(names)} ({why})"


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
