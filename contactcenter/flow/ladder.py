"""A deadline comes near, or is missed: the steps of the ladder, each once.

Called by flow/upkeep when the timer rings that flow/promises set. How many steps were taken is kept on the ticket in
the same transaction: a process that dies here has taken none of them, and the next one takes them all. Changes nothing
about the deadline itself.
"""

from typing import Any

from msgspec.structs import replace

from contactcenter.crm.history import record
from contactcenter.flow import posts, priority, promises, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.views import iso
from contactcenter.model.history import DeadlineNear, StillLate
from contactcenter.ports import Tx
from contactcenter.routing.promises import BUMP, ESCALATE, WARN, Clock, Promise, Step, climb, next_step, passed

WORDS = {"first_response": "first answer", "next_response": "next answer", "resolution": "solution"}


def ring(tx: Tx, policies: Policies, ticket_id: int) -> None:
    """Take the steps that are due, and set the timer for the next one."""
    row = tx.one(queries.TICKET, id=ticket_id)
    clocks = None if row is None else promises.read(row.clocks)
    if clocks is None:
        return
    promise = policies.promise(row.queue)
    if promise is None:  # it was promised when the desk had other settings
        tx.run(queries.SET_PROMISED, row=ticket_id, **promises.columns(None))
        return
    due = next_step(promise, clocks)
    if due is None or due > tx.now:  # a timer that was set for what has moved since
        promises.ring(tx, promise, ticket_id, clocks)
        return
    _climb(tx, policies, promise, tickets.lock(tx, ticket_id))


def _climb(tx: Tx, policies: Policies, promise: Promise, ticket: Any) -> None:
    before = promises.read(ticket.clocks)
    if before is None:
        return
    after, taken = passed(before, tx.now), []
    for target, clock in list(after.running()):
        risen, steps = climb(promise, clock, tx.now)
        after = replace(after, **{target: risen})
        taken.append((target, risen, steps))
    promises.keep(tx, promise, ticket, before, after)
    for target, clock, steps in taken:
        if clock.missed:  # told once, because it is under the same key
            asked = any(ESCALATE in step.does for step in steps)
            posts.deadline(tx, policies, ticket, _facts(target, clock), owner=True, steer=not asked)
        for number, step in enumerate(steps, clock.step - len(steps) + 1):
            ticket = _take(tx, policies, ticket, (promise, target, clock), (number, step))
    tickets.show(tx, policies, ticket)


def _take(tx: Tx, policies: Policies, ticket: Any, whose: tuple[Promise, str, Clock], taken: tuple[int, Step]) -> Any:
    """One step of a locked ticket's ladder; the row, locked, as it is after it."""
    (promise, target, clock), (number, step) = whose, taken
    due = clock.due or 0
    fact = (StillLate if clock.missed else DeadlineNear)(target, due, number, step.does)
    record(tx, ticket.customer_id, "system", fact, ticket.id)
    if WARN in step.does and step.at != 1:  # at 1 it is told already that it is missed
        posts.deadline(tx, policies, ticket, _facts(target, clock, number), owner=True, steer=False)
    told = f"The {WORDS[target]} {'was' if clock.missed else 'is'} due {iso(due)[:16].replace('T', ' ')} UTC."
    if BUMP in step.does:
        priority.bump(tx, ticket, told)
    if ESCALATE in step.does:
        ticket = tickets.lock(tx, ticket.id) if BUMP in step.does else ticket
        if not priority.ask_for_help(tx, policies, ticket, f"The promise {promise.name}", told):
            posts.deadline(tx, policies, ticket, _facts(target, clock, number), owner=False, steer=True)
    return tickets.lock(tx, ticket.id) if step.does else ticket


def _facts(target: str, clock: Clock, step: int = 0) -> posts.Deadline:
    return posts.Deadline(WORDS[target], clock.due or 0, clock.missed, f"{target} {clock.due} {step}")
