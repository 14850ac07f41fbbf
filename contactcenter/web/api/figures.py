"""Supervisors' figures: of a stretch of time, with the rows behind each number (figures/report.py counts)."""

from typing import Any

from contactcenter.figures import report, shifts
from contactcenter.figures.backlog import Backlog, backlog
from contactcenter.figures.days import bounds, day_of, days, instant
from contactcenter.figures.intervals import Estimate
from contactcenter.figures.outlook import clock, outlook
from contactcenter.figures.report import Counts, Scope, Terms, Times
from contactcenter.figures.shifts import Shift
from contactcenter.flow import queries, views
from contactcenter.flow.views import AgentView, iso
from contactcenter.model.columns import DAY, MINUTE, SECOND
from contactcenter.model.values import Invalid, NotFound
from contactcenter.ports import Tx
from contactcenter.web.api import figure_bodies as bodies
from contactcenter.web.api.operations import Call, is_whole

PAGE, PAGE_LIMIT = 50, 200
HALF_HOUR = 30 * MINUTE
SERVED = ("offered", "answered", "answered_in_time", "abandoned", "short_abandoned")
LONGEST = {"slot": 8 * DAY, "day": 400 * DAY}  # what one answer may span: it lists each slot or day


def get_figures(tx: Tx, call: Call) -> bodies.Figures:
    terms = call.policies.figures
    scope, cells = counted(tx, call)
    total = report.total(cells.values())
    return bodies.Figures(
        begin=iso(scope.begin),
        end=iso(scope.end),
        timezone=terms.timezone,
        by=_by(call),
        service_level=bodies.ServiceLevelView(terms.formula, terms.within / SECOND),
        figures=total.figures,
        shares={name: estimate(share) for name, share in report.shares(terms, total).items()},
        times={kind: _times(report.times(tx, terms, scope, kind, total)) for kind in report.MEASURED},
        queues=[_queue(terms, name, cells) for name in sorted({name for _, name, _ in cells})],
        items=[_cell(*cell, counts) for cell, counts in cells.items()],
    )


def counted(tx: Tx, call: Call) -> tuple[Scope, dict[report.Cell, Counts]]:
    """What is asked for, and its cells."""
    zone = call.policies.figures.timezone
    scope = asked_scope(tx, call, LONGEST[_by(call)])
    stretches = list(days(scope.begin, scope.end, zone)) if _by(call) == "day" else None
    return scope, report.count(tx, call.policies.figures, scope, stretches)


def get_wallboard(tx: Tx, call: Call) -> bodies.Wallboard:
    """From the tables as they are: nothing of it is older than the answer."""
    terms = call.policies.figures
    today = bounds(day_of(tx.now, terms.timezone), terms.timezone)[0]
    agents = [views.agent_view(tx, row) for row in tx.all(queries.SHOWN_AGENTS)]
    there = [agent for agent in agents if agent.presence == "available"]
    queues = _waiting(tx, call, there)
    return bodies.Wallboard(
        at=iso(tx.now),
        service_level=bodies.ServiceLevelView(terms.formula, terms.within / SECOND),
        today=_served(tx, call, today),
        last_half_hour=_served(tx, call, tx.now - HALF_HOUR),
        waiting=sum(queue.waiting for queue in queues),
        room=sum(map(_room, there)),
        queues=queues,
        agents=agents,
    )


def get_forecast(tx: Tx, call: Call) -> bodies.OutlookView:
    """Of tomorrow, where no day is named."""
    terms = call.policies.figures
    zone = terms.timezone
    at = instant(call.query["day"], zone, "day") if "day" in call.query else bounds(day_of(tx.now, zone), zone)[1]
    found = outlook(tx, terms, day_of(at, zone), call.query.get("queue", ""), call.policies.is_off)
    slots = zip(found.slots, found.staff, strict=True)
    return bodies.OutlookView(
        day=str(found.day),
        service_level=bodies.ServiceLevelView(terms.formula, terms.within / SECOND),
        answer_share=terms.share,
        handling_seconds=found.handling,
        patience_seconds=found.patience,
        days_known=found.days,
        day_off=found.off,
        items=[
            bodies.OutlookSlot(
                clock(number), slot.expected, slot.low, slot.high, staff.present, staff.scheduled, staff.service_level
            )
            for number, (slot, staff) in enumerate(slots)
        ],
    )


def list_shifts(tx: Tx, call: Call) -> bodies.Shifts:
    scope = asked_scope(tx, call, LONGEST["day"])
    return bodies.Shifts([_shift(shift) for shift in shifts.shifts(tx, scope.begin, scope.end)])


def list_stays(tx: Tx, call: Call) -> bodies.Stays:
    scope = asked_scope(tx, call, LONGEST["day"])
    agent = next((row for row in tx.all(shifts.AGENTS) if row.id == call.path["id"]), None)
    if agent is None:
        raise NotFound(f"there is no agent {call.path['id']}")
    stays = shifts.stays(tx, agent, scope.begin, scope.end)
    return bodies.Stays(
        [
            bodies.StayView(iso(stay.begin), iso(stay.end), stay.presence, stay.reason or None, stay.away_for or None)
            for stay in stays
        ]
    )


def _shift(shift: Shift) -> bodies.ShiftView:
    return bodies.ShiftView(
        agent=shift.agent,
        name=shift.name,
        seconds={presence: time / SECOND for presence, time in shift.presence.items()},
        handling_seconds=shift.handling / SECOND,
        occupancy=shift.occupancy,
        figures=shift.figures,
        reason_seconds={reason: time / SECOND for reason, time in shift.reasons.items()},
    )


def _waiting(tx: Tx, call: Call, there: list[AgentView]) -> list[bodies.WaitingView]:
    waiting = {row.stream: row for row in tx.all(queries.WAITING_FIGURES)}
    aged = backlog(tx, call.policies.passed)
    found = []
    for name in call.policies.queues:
        serving, row = [agent for agent in there if name in agent.queues], waiting.get(name)
        found.append(
            bodies.WaitingView(
                queue=name,
                waiting=row.tickets if row else 0,
                oldest_waiting_since=iso(row.since) if row else None,
                agents_available=len(serving),
                room=sum(map(_room, serving)),
                backlog=_backlog(aged.get(name, Backlog())),
            )
        )
    return found


def _backlog(found: Backlog) -> bodies.BacklogView:
    return bodies.BacklogView(found.tickets, found.median, found.p90, found.oldest)


def _served(tx: Tx, call: Call, begin: int) -> bodies.ServedView:
    terms = call.policies.figures
    counts = report.of_service(tx, terms, begin, tx.now + 1)
    figures = {name: counts.figures[name] for name in SERVED}
    return bodies.ServedView(iso(begin), figures, estimate(report.service_level(terms, counts)))


def _room(agent: AgentView) -> int:
    return max(0, agent.capacity - agent.load)


def list_figure_rows(tx: Tx, call: Call) -> bodies.Tallies:
    figure = call.query.get("figure", "")
    if figure not in report.FIGURES:
        raise Invalid(f"say which figure: {', '.join(report.FIGURES)}", "figure")
    limit = page_limit(call)
    scope = asked_scope(tx, call, LONGEST["day"])
    rows = report.rows(tx, call.policies.figures, scope, figure, cursor(call.query.get("after")), limit + 1)
    more = f"{rows[limit - 1].at}.{rows[limit - 1].id}" if len(rows) > limit else None
    return bodies.Tallies([_tally(row) for row in rows[:limit]], more)


def asked_scope(tx: Tx, call: Call, longest: int) -> Scope:
    """What is asked for; today, where nothing is said of when."""
    zone, asked = call.policies.figures.timezone, call.query
    begin = instant(asked["from"], zone, "from") if "from" in asked else bounds(day_of(tx.now, zone), zone)[0]
    end = instant(asked["to"], zone, "to") if "to" in asked else bounds(day_of(begin, zone), zone)[1]
    if end < begin:
        raise Invalid("must not be before `from`", "to")
    if end - begin > longest:
        raise Invalid(f"is more than {longest // DAY} days after `from`: ask for less, or by day", "to")
    agent = int(asked.get("agent", 0))
    narrower = {name: asked.get(name, "") for name in ("queue", "channel", "team", "tag")}
    return Scope(begin, end, agent=agent, **narrower)


def _by(call: Call) -> str:
    return call.query.get("by", "slot")


def _queue(terms: Terms, name: str, cells: dict[report.Cell, Counts]) -> bodies.QueueServed:
    counts = report.total(counts for (_, queue, _), counts in cells.items() if queue == name)
    return bodies.QueueServed(name, counts.figures, estimate(report.service_level(terms, counts)))


def _cell(begin: int, queue: str, channel: str, counts: Counts) -> bodies.FigureCell:
    seconds = {kind: counts.sums[kind] / SECOND for kind in report.MEASURED if kind in counts.sums}
    return bodies.FigureCell(iso(begin), queue, channel, counts.figures, seconds)


def _tally(row: Any) -> bodies.TallyView:
    return bodies.TallyView(
        id=row.id,
        figure=row.figure,
        at=iso(row.at),
        ticket=row.ticket_id,
        subject=row.subject,
        status=row.status,
        queue=row.queue,
        channel=row.channel,
        agent=row.agent_id,
        seconds=row.value / SECOND if row.figure in report.MEASURED else None,
        rating=row.value if row.figure == "rated" else None,
    )


def estimate(found: Estimate | None) -> bodies.EstimateView | None:
    return bodies.EstimateView(found.value, found.low, found.high, found.cases) if found is not None else None


def _times(found: Times) -> bodies.TimesView:
    return bodies.TimesView(estimate(found.mean), found.median, found.p90)


def page_limit(call: Call) -> int:
    limit = int(call.query.get("limit", PAGE))
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid(f"must be from 1 to {PAGE_LIMIT}", "limit")
    return limit


def cursor(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 0
    at, dot, number = text.partition(".")
    if not (dot and is_whole(at) and is_whole(number)):
        raise Invalid("is no cursor; take it from `next` of the page before", "after")
    return int(at), int(number)
