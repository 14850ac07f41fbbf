"""The desk's own statements."""

from sqlalchemy import and_, func, or_, select, update

from contactcenter.model.columns import adding, adding_new, bind, table, word
from contactcenter.model.desk import Act, SlackUser
from contactcenter.model.ledgers import Waiting
from contactcenter.model.people import Agent, Customer, Membership
from contactcenter.model.tickets import Message, Note, Ticket

act, slackuser = table(Act), table(SlackUser)
agent, customer, membership = table(Agent), table(Customer), table(Membership)
ticket, message, note, waiting = table(Ticket), table(Message), table(Note), table(Waiting)

# --- acts -------------------------------------------------------------------------------------------------------------
ADD_ACT = adding_new(act, "key")
ANSWERED = update(act).where(act.c.id == bind("row")).values(answer=bind("said"), payload=bind("left"))
RENAME = update(act).where(act.c.id == bind("row")).values(key=bind("becomes"))
BY_KEY = select(act).where(act.c.key == bind("key"))
EARLIER = (
    select(act.c.id)
    .where(act.c.stream == bind("stream"), act.c.id < bind("row"), act.c.state.in_([word("due"), word("taken")]))
    .limit(1)
)
DONE = update(act).where(act.c.id == bind("row")).values(state="done")

# --- people -----------------------------------------------------------------------------------------------------------
PERSON = select(slackuser).where(slackuser.c.team == bind("team"), slackuser.c.user == bind("user"))
ADD_PERSON = adding(slackuser)
SET_PERSON = (
    update(slackuser)
    .where(slackuser.c.team == bind("in_team"), slackuser.c.user == bind("who"))
    .values(agent_id=bind("is_agent"), checked_at=bind("at"))
)
AGENTS = select(agent).order_by(agent.c.name)

# --- what is shown ----------------------------------------------------------------------------------------------------
LAST_SAID = (
    select(message).where(message.c.ticket_id == bind("ticket")).order_by(message.c.id.desc()).limit(bind("limit"))
)
NOTE = (
    select(note, agent.c.name.label("agent_name"))
    .join(agent, agent.c.id == note.c.agent_id)
    .where(note.c.id == bind("id"))
)
MINE = (
    select(ticket)
    .where(
        ticket.c.assignee_id == bind("agent"), ticket.c.status.in_([word("open"), word("answered"), word("snoozed")])
    )
    .order_by(ticket.c.status.desc(), ticket.c.waiting_since)
    .limit(bind("limit"))
)
IN_LINE = (
    select(
        ticket.c.id,
        ticket.c.subject,
        ticket.c.queue,
        ticket.c.priority,
        ticket.c.due_at,
        ticket.c.risk_at,
        waiting.c.since,
    )
    .join(ticket, ticket.c.id == waiting.c.ticket_id)
    .where(waiting.c.stream.in_(select(membership.c.queue).where(membership.c.agent_id == bind("agent"))))
    .order_by(waiting.c.rank, waiting.c.since)
    .limit(bind("limit"))
)
TICKETS_OF = (
    select(ticket).where(ticket.c.customer_id == bind("customer")).order_by(ticket.c.id.desc()).limit(bind("limit"))
)
FIND = (
    select(ticket)
    .join(customer, customer.c.id == ticket.c.customer_id)
    .where(
        or_(
            func.lower(ticket.c.subject).like(bind("pattern"), escape="\\"),
            func.lower(customer.c.name).like(bind("pattern"), escape="\\"),
        )
    )
    .order_by(ticket.c.id.desc())
    .limit(bind("limit"))
)
WAITS = (
    select(waiting.c.stream.label("queue"), func.count().label("tickets"), func.min(waiting.c.since).label("oldest"))
    .where(waiting.c.state.in_([word("due"), word("taken")]))
    .group_by(waiting.c.stream)
    .order_by(waiting.c.stream)
)
LOADS = (
    select(
        agent.c.id,
        agent.c.name,
        agent.c.presence,
        agent.c.away_for,
        agent.c.capacity,
        func.count(ticket.c.id).label("load"),
    )
    .select_from(agent)
    .outerjoin(ticket, and_(ticket.c.assignee_id == agent.c.id, ticket.c.status == word("open")))
    .group_by(agent.c.id)
    .order_by(agent.c.presence, agent.c.name)
)
