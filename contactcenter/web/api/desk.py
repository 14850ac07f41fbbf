"""The desk itself: agents and presence, queues and figures, what was buried."""

from typing import Any

from contactcenter.channels.protocol import Changes
from contactcenter.figures import queues as figures
from contactcenter.flow import actions, health, ledger, queries, replies, staff, views
from contactcenter.flow.policies import IN_SLACK
from contactcenter.flow.views import AgentView, iso, iso_or_none
from contactcenter.model.tickets import LIVE_STATUSES
from contactcenter.ports import Tx
from contactcenter.routing.rules import sets_of
from contactcenter.web.api import bodies
from contactcenter.web.api.operations import Call

PAGE = 50


def get_me(tx: Tx, call: Call) -> AgentView:
    return views.shown_agent(tx, call.caller.as_agent())


def list_agents(tx: Tx, call: Call) -> bodies.Agents:
    return bodies.Agents([views.agent_view(tx, row) for row in tx.all(queries.SHOWN_AGENTS)])


def set_presence(tx: Tx, call: Call) -> AgentView:
    return actions.set_presence(tx, call.policies, call.caller, call.body.presence, call.body.reason)


def list_away_reasons(tx: Tx, call: Call) -> bodies.AwayReasons:
    return bodies.AwayReasons(list(call.policies.away_reasons))


def set_skills(tx: Tx, call: Call) -> AgentView:
    return staff.set_skills(tx, call.caller, int(call.path["id"]), call.body.skills)


def list_channels(tx: Tx, call: Call) -> bodies.Channels:
    received, sent = health.shown(tx, "receiving"), health.shown(tx, "sending")
    backlog = {row.channel: row.events for row in tx.all(queries.BACKLOG)}
    buried = {row.channel: row.events for row in tx.all(queries.BURIED_EVENTS)}
    shown = []
    for name, way in sorted(call.policies.ways.items()):
        can = way.channel.capabilities
        shown.append(
            bodies.ChannelView(
                name=name,
                kind=way.channel.kind,
                queue=way.queue,
                **_state(can.receives, can.sends, received.get(name), sent.get(name)),
                backlog=backlog.get(name, 0),
                buried=buried.get(name, 0),
                files_limit=can.files_limit,
                undo_seconds=can.undo_seconds,
                changes=isinstance(way.channel, Changes),
            )
        )
    if call.policies.desk is not None:
        doing = _state(True, True, received.get(IN_SLACK), sent.get(IN_SLACK))
        nothing: dict[str, Any] = {"queue": "", "backlog": 0, "buried": 0, "files_limit": 0, "undo_seconds": 0.0}
        shown.append(bodies.ChannelView(name=IN_SLACK, kind="slack", **doing, **nothing))
    return bodies.Channels(shown)


def _state(receives: bool, sends: bool, known: Any, told: Any) -> dict[str, Any]:
    """How a channel is doing, as a whole and on each side, with what was counted."""
    hears, speaks, whole = health.states_of(receives, sends, known, told)
    receiving, sending = _side(hears, known), _side(speaks, told)
    return {
        "state": whole,
        "alarm": receiving.alarm or sending.alarm,
        "receiving": receiving,
        "sending": sending,
        "found": known.found if known else 0,
        "recorded": known.recorded if known else 0,
        "stuck": known.stuck if known else 0,
    }


def _side(state: health.State, row: Any) -> bodies.SideView:
    if row is None or state == "none":  # what was told before it was configured away is over
        return bodies.SideView(state, alarm=False, succeeded_at=None, failing_since=None, error=None, error_since=None)
    return bodies.SideView(
        state=state,
        alarm=bool(row.alarmed),
        succeeded_at=iso_or_none(row.succeeded_at),
        failing_since=iso_or_none(row.failing_since),
        error=row.error or None,
        error_since=iso_or_none(row.error_since),
    )


def list_queues(tx: Tx, call: Call) -> bodies.Queues:
    shown = []
    for queue in call.policies.queues.values():
        open_now = queue.hours is None or queue.hours.open_at(tx.now)
        opens_at = queue.hours.next_opening(tx.now) if queue.hours is not None and not open_now else None
        shown.append(bodies.QueueView(queue.name, queue.title, open_now, iso_or_none(opens_at)))
    return bodies.Queues(shown)


def queue_figures(tx: Tx, call: Call) -> bodies.QueuesInFigures:
    """From counters and the list of waiting tickets: the cost does not grow with the tickets stored."""
    counted = figures.by_queue(tx)
    waiting = {row.stream: row for row in tx.all(queries.WAITING_FIGURES)}
    available = {row.queue: row.agents for row in tx.all(queries.AVAILABLE)}
    none = dict.fromkeys(LIVE_STATUSES, 0)
    return bodies.QueuesInFigures(
        [
            bodies.QueueFigures(
                queue=name,
                waiting=waiting[name].tickets if name in waiting else 0,
                **counted.get(name, none),
                oldest_waiting_since=iso_or_none(waiting[name].since if name in waiting else None),
                agents_available=available.get(name, 0),
            )
            for name in call.policies.queues
        ]
    )


def list_rules(tx: Tx, call: Call) -> bodies.Rules:
    rules = call.policies.rules
    return bodies.Rules([bodies.RuleView(rule.name, rule.why, list(sets_of(rule)), rule.stop) for rule in rules])


def list_solve_reasons(tx: Tx, call: Call) -> bodies.SolveReasons:
    return bodies.SolveReasons(list(call.policies.solve_reasons))


def list_replies(tx: Tx, call: Call) -> bodies.CannedReplies:
    if "ticket" in call.query:
        rendered = replies.render_all(tx, call.policies, call.caller, int(call.query["ticket"]))
    else:
        rendered = [(reply, reply.text) for reply in call.policies.replies.values()]
    return bodies.CannedReplies([bodies.CannedReplyView(reply.name, reply.title, text) for reply, text in rendered])


def list_buried(tx: Tx, call: Call) -> bodies.BuriedList:
    return bodies.BuriedList(
        [
            bodies.BuriedView(loop, row.id, row.stream, row.attempts, row.error, iso(row.created_at))
            for loop, work in ledger.LEDGERS.items()
            for row in work.buried(tx, limit=PAGE)
        ]
    )


def retry_buried(tx: Tx, call: Call) -> None:
    actions.retry(tx, call.policies, str(call.path["loop"]), int(call.path["id"]))
