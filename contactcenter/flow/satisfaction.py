"""How satisfied a customer is: asked once when a person has solved their ticket, kept on it, never asked of a robot.

Called by flow/actions when a ticket is solved or taken up again, and by flow/choices with the answer. Figures are made
of what is kept here: `Ticket.rating`, and on the history who was asked and what was said.
"""

from typing import Any

from contactcenter.crm.history import record
from contactcenter.figures import tallies
from contactcenter.flow import automatic, outbound, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.history import AutomaticWithheld, SatisfactionAsked, SatisfactionGiven
from contactcenter.model.values import Conflict
from contactcenter.ports import Tx

ASKED_ONCE_IN = 1 * DAY  # of one customer
CHANGED_WITHIN = 1 * DAY  # of the first answer


def ask(tx: Tx, policies: Policies, ticket: Any) -> None:
    """Ask the customer of a locked ticket that a person has just solved, where the channel is set to."""
    survey = policies.way(ticket.channel).survey
    row = tx.one(queries.TICKET, id=ticket.id)
    if survey is None or row.survey_id is not None or _begun_by_robot(tx, ticket):
        return
    if tx.one(queries.SURVEYED, whom=ticket.customer_id).surveyed_at + ASKED_ONCE_IN > tx.now:
        return
    if silent := automatic.why_silent(tx, policies, ticket):
        record(tx, ticket.customer_id, "system", AutomaticWithheld(silent), ticket.id)
        return
    text = survey.text.replace("{ticket}", str(ticket.id))
    wait = policies.way(ticket.channel).channel.capabilities.undo_seconds
    asked = outbound.say(
        tx, policies, ticket, text, ("assistant", None, automatic.NAME), choices=survey.choices,
        at=tx.now + int(wait * SECOND),
    )  # fmt: skip
    tx.run(queries.SET_SURVEY, row=ticket.id, asked=asked)
    tx.run(queries.NOTE_SURVEYED, whom=ticket.customer_id, at=tx.now)
    record(tx, ticket.customer_id, "system", SatisfactionAsked(asked), ticket.id)


def unask(tx: Tx, policies: Policies, ticket: Any, actor: str) -> None:
    """A locked ticket is not solved after all: a question that has not left yet stays here, and may be asked again."""
    asked = tx.one(queries.TICKET, id=ticket.id).survey_id
    message = None if asked is None else tx.one(queries.MESSAGE_BY_ID, id=asked)
    if message is None or message.delivery != "due":
        return
    try:
        outbound.withdraw(tx, policies, ticket, message, actor)
    except Conflict:  # refused once by the provider: it may yet arrive
        return
    tx.run(queries.SET_SURVEY, row=ticket.id, asked=None)
    tx.run(queries.NOTE_SURVEYED, whom=ticket.customer_id, at=0)


def give(tx: Tx, policies: Policies, ticket: Any, message: int, score: int) -> None:
    """The customer's answer, 1 to 5, for a locked ticket; within a day of the first one it can be changed."""
    row = tx.one(queries.TICKET, id=ticket.id)
    if row.rated_at is not None and row.rated_at + CHANGED_WITHIN < tx.now:
        return
    tx.run(queries.SET_RATING, row=ticket.id, score=score, at=tx.now if row.rated_at is None else row.rated_at)
    fact = SatisfactionGiven(message, ticket.customer_id, score, row.rating)
    record(tx, ticket.customer_id, "customer", fact, ticket.id)
    tallies.rated(tx, row, score, again=row.rated_at is not None)
    tickets.show(tx, policies, ticket)


def _begun_by_robot(tx: Tx, ticket: Any) -> bool:
    first = tx.one(queries.FIRST_HEARD, ticket=ticket.id)
    return first is None or bool(first.automatic)
