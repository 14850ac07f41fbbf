"""What happens because time passes: offers run out, snoozes end, solved tickets close, deadlines come, old rows go.

Runs on timers (rows of the upkeep ledger) and, for claims of processes that died, at every heartbeat.
"""

from typing import Any

from contactcenter.flow import deliver, ladder, ledger, logbook, pickups, posts, presence, promises, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import DAY
from contactcenter.model.values import Conflict
from contactcenter.ports import Tx

ANSWERS_KEPT = 1 * DAY
MISSED_IN_A_ROW = 2  # offers, after which an agent who is available is not there


def work_off(tx: Tx, policies: Policies, stream: str) -> int:
    """Do what is due on one timer's stream."""

    def ring(tx: Tx, row: Any) -> None:
        KINDS[row.kind](tx, policies, row.subject)

    return ledger.timers.work_off(tx, stream, ring)


def release_dead(tx: Tx, policies: Policies) -> int:
    """Give back what dead processes had claimed; how many rows."""
    questions = ledger.questions.taken_by_dead(tx)
    for row in questions:
        ledger.questions.release(tx, row.id, row.attempts, tx.now)
        tx.wake("assistant")
    orphans = ledger.outbox.taken_by_dead(tx)
    for row in orphans:
        deliver.settle_orphan(tx, policies, row)
    given_back = sum(_give_back(tx, work) for work in (ledger.acts, ledger.posts))
    return len(questions) + len(orphans) + given_back + pickups.release_dead(tx)


def prune(tx: Tx, policies: Policies) -> int:
    """Forget done inbox rows older than the window, a chunk at a time; how many went.

    Rows of a channel whose raw payload is the record (mail) stay.
    """
    gone = 0
    for name, way in policies.ways.items():
        if not way.channel.capabilities.keeps_raw:
            gone += tx.run(queries.PRUNE_INBOX, channel=name, before=tx.now - policies.inbox_kept)
    gone += sum(tx.run(statement, before=tx.now - policies.inbox_kept) for statement in posts.PRUNE)
    return gone + logbook.prune(tx) + tx.run(queries.PRUNE_ANSWERS, before=tx.now - ANSWERS_KEPT)


def file_named(tx: Tx, digest: str) -> bool:
    """Does any row name this file?"""
    return bool(tx.one(queries.FILE_NAMED, ref=f"file:{digest}", digest=digest).named)


def _give_back(tx: Tx, work: ledger.Ledger) -> int:
    rows = work.taken_by_dead(tx)
    for row in rows:
        work.release(tx, row.id, row.attempts, tx.now)
        tx.wake(work.loop)
    return len(rows)


def _offer_runs_out(tx: Tx, policies: Policies, offer_id: int) -> None:
    offer = tx.one(queries.OFFER, id=offer_id)
    if offer is None or offer.state != "open":
        return
    ticket = tickets.lock(tx, offer.ticket_id)
    try:
        tickets.close_offer(tx, policies, ticket, offer, "expired", "system")
    except Conflict:
        return
    last = tx.all(queries.LAST_OFFERS, agent=offer.agent_id, limit=MISSED_IN_A_ROW)
    if [row.state for row in last] == ["expired"] * MISSED_IN_A_ROW:
        presence.send_away(tx, policies, offer.agent_id, f"{MISSED_IN_A_ROW} offers in a row were not answered")


def _snooze_ends(tx: Tx, policies: Policies, ticket_id: int) -> None:
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "snoozed":
        tickets.set_status(tx, policies, ticket, "open", "system", "the snooze ended")


def _close(tx: Tx, policies: Policies, ticket_id: int) -> None:
    ticket = tickets.lock(tx, ticket_id)
    if ticket.status == "solved":
        tickets.set_status(tx, policies, ticket, "closed", "system", "solved for long enough")


KINDS = {
    "offer": _offer_runs_out,
    "snooze": _snooze_ends,
    "close": _close,
    promises.KIND: ladder.ring,
    presence.KIND: presence.give_back,
}
