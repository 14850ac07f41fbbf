"""The statements of this room."""

from sqlalchemy import select, update

from contactcenter.model.columns import ZERO, adding, bind, table
from contactcenter.model.history import Event
from contactcenter.model.people import Claim, Customer, Identity

customer, identity, claim, event = table(Customer), table(Identity), table(Claim), table(Event)

LAST_EVENT = (
    select(event.c.position, event.c.digest)
    .where(event.c.customer_id == bind("customer"))
    .order_by(event.c.position.desc())
    .limit(1)
)
ADD_EVENT = adding(event)
EVENTS_AFTER = (
    select(event)
    .where(event.c.customer_id == bind("customer"), event.c.position > bind("after"))
    .order_by(event.c.position)
    .limit(bind("limit"))
)
TICKET_EVENTS = (
    select(event)
    .where(
        event.c.customer_id == bind("customer"), event.c.position > bind("after"), event.c.ticket_id == bind("ticket")
    )
    .order_by(event.c.position)
    .limit(bind("limit"))
)

FIND_IDENTITY = select(identity.c.id, identity.c.customer_id, identity.c.proven_at).where(
    identity.c.kind == bind("kind"), identity.c.address == bind("address")
)
IDENTITY_BY_ID = select(identity).where(identity.c.id == bind("id"))
IDENTITIES_OF = select(identity).where(identity.c.customer_id == bind("customer")).order_by(identity.c.id)
ADD_IDENTITY = adding(identity, told_since=ZERO, told=ZERO, acknowledged_at=ZERO, away_told_at=ZERO)
PROVE_IDENTITY = (
    update(identity)
    .where(identity.c.id == bind("identity"), identity.c.proven_at.is_(None))
    .values(proven_at=bind("at"), method=bind("how"))
)

FIND_CUSTOMER = select(customer).where(customer.c.id == bind("id"))
ADD_CUSTOMER = adding(customer, surveyed_at=ZERO)

ADD_CLAIM = adding(claim)
FIND_CLAIM = select(claim.c.id).where(
    claim.c.customer_id == bind("customer"), claim.c.kind == bind("kind"), claim.c.value == bind("value")
)
CLAIMS_OF = select(claim).where(claim.c.customer_id == bind("customer")).order_by(claim.c.id)
