"""The statements of the flow, in its order. Those of the message path touch one row by a key."""

from typing import Any

from sqlalchemy import Select, delete, exists, func, literal, null, select, update

from contactcenter.flow.tags import JOINED
from contactcenter.model.columns import BLANK, ONE, ZERO, adding, adding_new, bind, table, word
from contactcenter.model.knowledge import ArticleFile
from contactcenter.model.ledgers import Idempotency, Inbox, Outbox, Question, Timer, Waiting
from contactcenter.model.people import Agent, Customer, Identity, Membership, PresenceChange, Suppression
from contactcenter.model.tickets import (
    LIVE_STATUSES,
    Attachment,
    Conversation,
    Message,
    Note,
    Offer,
    Participant,
    Talk,
    Ticket,
)

inbox, outbox, question, waiting, timer = (table(model) for model in (Inbox, Outbox, Question, Waiting, Timer))
conversation, ticket, message = table(Conversation), table(Ticket), table(Message)
attachment, note, idempotency = table(Attachment), table(Note), table(Idempotency)
agent, membership, offer, customer = table(Agent), table(Membership), table(Offer), table(Customer)
identity, participant, suppression, talk = table(Identity), table(Participant), table(Suppression), table(Talk)
article_file = table(ArticleFile)

# --- the inbox --------------------------------------------------------------------------------------------------------
BACKLOG = (
    select(inbox.c.channel, func.count().label("events"))
    .where(inbox.c.state.in_([word("due"), word("taken")]))
    .group_by(inbox.c.channel)
)
BURIED_EVENTS = (
    select(inbox.c.channel, func.count().label("events"))
    .where(inbox.c.state == word("buried"))
    .group_by(inbox.c.channel)
)
RAW_BY_ID = select(inbox).where(inbox.c.id == bind("id"))
_old = inbox.alias()
PRUNE_INBOX = delete(inbox).where(
    inbox.c.id.in_(
        select(_old.c.id)
        .where(
            _old.c.channel == bind("channel"),
            _old.c.state == word("done"),
            _old.c.created_at < bind("before"),
        )
        .order_by(_old.c.id)
        .limit(500)
    )
)

NOTE_TOLD = update(inbox).where(inbox.c.id == bind("row"), inbox.c.told_of.is_(None)).values(told_of=bind("what"))

# --- inbound ----------------------------------------------------------------------------------------------------------
_spoken_of = (
    conversation.c.id,
    conversation.c.channel,
    conversation.c.key,
    conversation.c.customer_id,
    conversation.c.identity_id,
    conversation.c.ticket_id,
    conversation.c.last_seq,
    conversation.c.sender_name,
    conversation.c.language,
    conversation.c.subject,
    conversation.c.unreachable,
)
_next = update(conversation).values(last_seq=conversation.c.last_seq + ONE).returning(*_spoken_of)
CONTINUE = _next.where(conversation.c.channel == bind("way"), conversation.c.key == bind("thread"))
CONTINUE_BY_ID = _next.where(conversation.c.id == bind("conversation"))
# Most messages come into a ticket that is ours to answer already: nothing of the ticket changes, and both rows are read
# and locked at once (SQLite has no FOR UPDATE and needs none: it has one writer).
CONTINUE_HELD = (
    select(
        conversation.c.id,
        conversation.c.channel,
        conversation.c.key,
        conversation.c.customer_id,
        conversation.c.ticket_id,
        (conversation.c.last_seq + ONE).label("last_seq"),
        conversation.c.sender_name,
        conversation.c.unreachable,
        ticket.c.assignee_id,
        ticket.c.version,
        ticket.c.queue,
        ticket.c.priority,
        ticket.c.clocks,
        ticket.c.customer_id.label("owner_id"),
    )
    .join(ticket, ticket.c.id == conversation.c.ticket_id)
    .where(
        conversation.c.channel == bind("way"),
        conversation.c.key == bind("thread"),
        ticket.c.status == word("open"),
        ticket.c.waiting_since.is_not(None),
    )
    .with_for_update()
)
TAKE_SEQ = update(conversation).where(conversation.c.id == bind("row")).values(last_seq=bind("seq"))
SET_LANGUAGE = update(conversation).where(conversation.c.id == bind("row")).values(language=bind("spoken"))
CONVERSATION = select(conversation).where(conversation.c.id == bind("id"))
LOCK_CONVERSATION = CONVERSATION.with_for_update()  # before it is known whether anything new is said in it
CONVERSATIONS_OF = select(conversation.c.channel, conversation.c.key).where(conversation.c.ticket_id == bind("ticket"))
CONVERSATION_BY_KEY = select(conversation).where(
    conversation.c.channel == bind("way"), conversation.c.key == bind("key")
)
ADD_CONVERSATION = adding(conversation, unreachable=BLANK)
SET_CURRENT = update(conversation).where(conversation.c.id == bind("conversation")).values(ticket_id=bind("current"))
CONVERSATION_OF_MESSAGE = (
    select(message.c.conversation_id, conversation.c.identity_id)
    .join(conversation, conversation.c.id == message.c.conversation_id)
    .where(
        message.c.channel == bind("channel"),
        message.c.external_id == bind("external_id"),
        message.c.external_id != BLANK,
    )
    .order_by(message.c.id.desc())
    .limit(1)
)
_with_whom = select(
    conversation.c.id,
    conversation.c.channel,
    conversation.c.key,
    conversation.c.subject,
    conversation.c.ticket_id,
    conversation.c.reply_to,
    conversation.c.customer_id,
    identity.c.kind,
    identity.c.address,
).join(identity, identity.c.id == conversation.c.identity_id)
CONVERSATION_WITH = _with_whom.where(conversation.c.id == bind("id"))
CONVERSATION_KEYED = _with_whom.where(conversation.c.channel == bind("channel"), conversation.c.key == bind("thread"))
CONVERSATIONS_ROOTED = (
    _with_whom.where(
        conversation.c.channel == bind("channel"), conversation.c.root == bind("thread"), conversation.c.root != BLANK
    )
    .order_by(conversation.c.id)
    .limit(5)
)
PARTICIPANT = select(participant.c.address).where(
    participant.c.conversation_id == bind("conversation"),
    participant.c.address == bind("whom"),
    participant.c.removed == ZERO,
)
PARTICIPANTS = (
    select(participant)
    .where(participant.c.conversation_id == bind("conversation"), participant.c.removed == ZERO)
    .order_by(participant.c.added_at, participant.c.address)
)
EVER_IN_COPY = select(participant.c.address).where(participant.c.conversation_id == bind("conversation"))
ADD_PARTICIPANT = adding_new(participant, "conversation_id", "address", removed=ZERO)
GIVE_CONVERSATION = (
    update(conversation)
    .where(conversation.c.id == bind("conversation"))
    .values(
        identity_id=bind("who"), customer_id=bind("whose"), sender_name=bind("called"), reply_to=BLANK, language=BLANK
    )
)
GIVE_TICKET = update(ticket).where(ticket.c.id == bind("row")).values(customer_id=bind("whose"), updated_at=bind("at"))
SET_REMOVED = (
    update(participant)
    .where(
        participant.c.conversation_id == bind("conversation"),
        participant.c.address == bind("whom"),
        participant.c.removed != bind("becomes"),
    )
    .values(removed=bind("becomes"))
)
SET_REPLY_TO = update(conversation).where(conversation.c.id == bind("conversation")).values(reply_to=bind("to"))
_as_said = {"answers_id": null(), "album": BLANK, "changed_at": null(), "deleted": ZERO, "chosen": null()}
ADD_MESSAGE = adding(message, folds=BLANK, remarks=BLANK, pressed=null(), markup=ZERO, **_as_said)
ADD_INBOUND = adding(
    message,
    direction=word("inbound"),
    author=word("customer"),
    delivery=BLANK,
    delivery_reason=BLANK,
    source=BLANK,
    choices=BLANK,
    **_as_said,
)
SET_BELONGING = (
    update(message).where(message.c.id == bind("row")).values(answers_id=bind("answered"), album=bind("gathered"))
)
ANSWERED = select(message.c.id).where(
    message.c.channel == bind("channel"),
    message.c.external_id == bind("external_id"),
    message.c.external_id != "",
    message.c.conversation_id == bind("conversation"),
)
QUOTED = select(message.c.id, message.c.author, message.c.author_id, message.c.author_name, message.c.text).where(
    message.c.id == bind("id")
)
ADD_ATTACHMENT = adding(attachment, trouble=BLANK)
ATTACHMENTS_OF = select(attachment).where(attachment.c.message_id == bind("message")).order_by(attachment.c.id)
ATTACHMENT_BY_ID = (
    select(attachment, message.c.channel, message.c.inbox_id)
    .join(message, message.c.id == attachment.c.message_id)
    .where(attachment.c.id == bind("id"))
)
MESSAGE_BY_ID = select(message).where(message.c.id == bind("id"))
MESSAGE_BY_EXTERNAL = select(message).where(
    message.c.channel == bind("channel"), message.c.external_id == bind("external_id"), message.c.external_id != BLANK
)
SET_TEXT = (
    update(message)
    .where(message.c.id == bind("row"))
    .values(text=bind("says"), folds=BLANK, changed_at=bind("at"), deleted=bind("gone"))
)

# --- tickets ----------------------------------------------------------------------------------------------------------
ADD_TICKET = adding(ticket, escalation=BLANK, merged_into=null(), survey_id=null(), rating=null(), rated_at=null())
TICKET = select(ticket).where(ticket.c.id == bind("id"))
_held_ticket = (
    ticket.c.id,
    ticket.c.customer_id,
    ticket.c.conversation_id,
    ticket.c.channel,
    ticket.c.status,
    ticket.c.queue,
    ticket.c.assignee_id,
    ticket.c.priority,
    ticket.c.version,
    ticket.c.handoff,
    ticket.c.waiting_since,
    ticket.c.clocks,
)
_promised = {name: bind(name) for name in ("clocks", "due_at", "due_target", "risk_at")}
HEAR = (
    update(ticket)
    .where(ticket.c.id == bind("row"), ticket.c.status.in_([word("new"), word("open")]))
    .values(version=ticket.c.version + ONE, waiting_since=func.coalesce(ticket.c.waiting_since, bind("since")))
    .returning(*_held_ticket)
)
LOCK = update(ticket).where(ticket.c.id == bind("row")).values(version=ticket.c.version + ONE).returning(*_held_ticket)
LOCK_VERSION = LOCK.where(ticket.c.version == bind("expected"))
SET_STATUS = (
    update(ticket)
    .where(ticket.c.id == bind("row"))
    .values(
        status=bind("becomes"),
        updated_at=bind("at"),
        waiting_since=bind("since"),
        snoozed_until=bind("until"),
        handoff=bind("passed_on"),
        **_promised,
    )
)
SET_PROMISED = update(ticket).where(ticket.c.id == bind("row")).values(_promised)
SET_QUEUE = (
    update(ticket).where(ticket.c.id == bind("row")).values(queue=bind("to"), updated_at=bind("at"), **_promised)
)
SET_ASSIGNEE = (
    update(ticket)
    .where(ticket.c.id == bind("row"))
    .values(assignee_id=bind("who"), assigned_at=bind("at"), updated_at=bind("at"))
)

# --- choices, satisfaction, priority ----------------------------------------------------------------------------------
MESSAGE_AT = select(message).where(message.c.conversation_id == bind("conversation"), message.c.seq == bind("place"))
LAST_PRESS = (
    select(message.c.seq, message.c.text)
    .where(
        message.c.conversation_id == bind("conversation"),
        message.c.seq > bind("after"),
        message.c.pressed == bind("under"),
        message.c.author_id == bind("who"),
    )
    .order_by(message.c.seq.desc())
    .limit(1)
)
SAID_SINCE = (
    select(message.c.id)
    .where(
        message.c.ticket_id == bind("ticket"),
        message.c.id > bind("under"),
        message.c.id != bind("press"),
        message.c.delivery != word("withdrawn"),
    )
    .limit(1)
)
SAID_BY_PEOPLE = (
    select(message.c.id).where(message.c.ticket_id == bind("ticket"), message.c.author == word("agent")).limit(1)
)
SET_CHOSEN = update(message).where(message.c.id == bind("row")).values(chosen=bind("which"))
FIRST_HEARD = (
    select(message.c.automatic)
    .where(message.c.ticket_id == bind("ticket"), message.c.direction == word("inbound"))
    .order_by(message.c.id)
    .limit(1)
)
SURVEYED = select(customer.c.surveyed_at).where(customer.c.id == bind("whom"))
NOTE_SURVEYED = update(customer).where(customer.c.id == bind("whom")).values(surveyed_at=bind("at"))
SET_SURVEY = update(ticket).where(ticket.c.id == bind("row")).values(survey_id=bind("asked"))
SET_RATING = update(ticket).where(ticket.c.id == bind("row")).values(rating=bind("score"), rated_at=bind("at"))
SET_PRIORITY = update(ticket).where(ticket.c.id == bind("row")).values(priority=bind("becomes"))
SET_RANK = update(waiting).where(waiting.c.ticket_id == bind("ticket")).values(rank=bind("rank"))
SET_WAITING_SINCE = update(ticket).where(ticket.c.id == bind("row")).values(waiting_since=bind("since"))
SET_AGE = update(waiting).where(waiting.c.ticket_id == bind("ticket")).values(since=bind("since"))
SET_ESCALATION = update(ticket).where(ticket.c.id == bind("row")).values(escalation=bind("told"))

# --- assist -----------------------------------------------------------------------------------------------------------
ASK = adding_new(question, "ticket_id")
UNASK = delete(question).where(question.c.ticket_id == bind("ticket"), question.c.state != word("buried"))
_spoken = message.alias()
_since_answered = (
    message.c.ticket_id == bind("ticket"),
    message.c.direction == word("inbound"),
    message.c.id
    > select(func.coalesce(func.max(_spoken.c.id), 0))
    .where(_spoken.c.ticket_id == bind("ticket"), _spoken.c.direction == word("outbound"))
    .scalar_subquery(),
)
_newest = (  # however many there are, the assistant reads so many of them at once
    select(
        message.c.id,
        message.c.text,
        message.c.seq,
        message.c.automatic,
        message.c.folds,
        message.c.proof,
        message.c.author_id,
        message.c.conversation_id,
    )
    .where(*_since_answered, message.c.pressed.is_(None), message.c.deleted == ZERO)  # what was chosen is no question
    .order_by(message.c.id.desc())
    .limit(20)
    .subquery()
)
UNANSWERED = select(_newest).order_by(_newest.c.id)
LAST_CHOICE = (
    select(message.c.id, message.c.pressed, message.c.proof, message.c.author_id, message.c.conversation_id)
    .where(*_since_answered, message.c.pressed.is_not(None), message.c.deleted == ZERO)
    .order_by(message.c.id.desc())
    .limit(1)
)
A_PERSON_WROTE = (
    select(message.c.id)
    .where(
        message.c.ticket_id == bind("ticket"),
        message.c.direction == word("inbound"),
        message.c.automatic == BLANK,
    )
    .limit(ONE)
)
SOURCES_TOLD = select(message.c.source).where(
    message.c.ticket_id == bind("ticket"), message.c.author == word("assistant"), message.c.source != ""
)

# --- assign -----------------------------------------------------------------------------------------------------------
WAIT = adding_new(waiting, "ticket_id")
UNWAIT = delete(waiting).where(waiting.c.ticket_id == bind("ticket"))
REQUEUE = update(waiting).where(waiting.c.ticket_id == bind("ticket")).values(stream=bind("to"))
MARK_OFFERED = (
    update(waiting).where(waiting.c.ticket_id == bind("ticket")).values(offered=ONE, offers=waiting.c.offers + ONE)
)
UNMARK_OFFERED = update(waiting).where(waiting.c.ticket_id == bind("ticket")).values(offered=ZERO)
PLACE = select(func.count().label("ahead")).where(waiting.c.stream == bind("queue"), waiting.c.since < bind("since"))
WAITING_FIGURES = select(
    waiting.c.stream, func.count().label("tickets"), func.min(waiting.c.since).label("since")
).group_by(waiting.c.stream)
_load = (
    select(func.count()).where(ticket.c.assignee_id == agent.c.id, ticket.c.status == word("open")).scalar_subquery()
)
_offered = select(func.count()).where(offer.c.agent_id == agent.c.id, offer.c.state == word("open")).scalar_subquery()
AVAILABLE = (
    select(membership.c.queue, func.count().label("agents"))
    .join(agent, agent.c.id == membership.c.agent_id)
    .where(agent.c.presence == word("available"))
    .group_by(membership.c.queue)
)
ADD_OFFER = adding(offer)
OFFER = select(offer).where(offer.c.id == bind("id"))
OPEN_OFFER = select(offer).where(offer.c.ticket_id == bind("ticket"), offer.c.state == word("open"))
OFFERS_OF = select(offer).where(offer.c.agent_id == bind("agent"), offer.c.state == word("open")).order_by(offer.c.id)
CLOSE_OFFER = (
    update(offer)
    .where(offer.c.id == bind("row"), offer.c.state == word("open"))
    .values(state=bind("becomes"))
    .returning(offer.c.id)
)
LAST_OFFERS = (
    select(offer.c.state).where(offer.c.agent_id == bind("agent")).order_by(offer.c.id.desc()).limit(bind("limit"))
)
NOTE_ASSIGNED = update(agent).where(agent.c.id == bind("row")).values(assigned_at=bind("at"))

# --- outbound and deliver ---------------------------------------------------------------------------------------------
ENQUEUE = adding(outbox)
OUTBOX_OF = select(outbox).where(outbox.c.message_id == bind("message"), outbox.c.verb == word("send"))
OUTBOX_BY_ID = select(outbox).where(outbox.c.id == bind("id"))
MARK_UNCERTAIN = update(outbox).where(outbox.c.id == bind("row")).values(uncertain=1)
TICKET_OF_MESSAGE = (
    select(ticket.c.id, ticket.c.customer_id, ticket.c.assignee_id)
    .join(message, message.c.ticket_id == ticket.c.id)
    .where(message.c.id == bind("message"))
)
SET_CALLED = update(message).where(message.c.id == bind("row")).values(external_id=bind("called"))
SET_DELIVERY = (
    update(message).where(message.c.id == bind("row")).values(delivery=bind("becomes"), delivery_reason=bind("why"))
)
REFERENCES = (
    select(message.c.external_id)
    .where(
        message.c.conversation_id == bind("conversation"),
        message.c.external_id != BLANK,
        message.c.delivery != word("withdrawn"),  # it never left: nobody knows it
        message.c.seq < bind("before"),
    )
    .order_by(message.c.seq.desc())
    .limit(20)
)
FIRST_REFERENCE = (
    select(message.c.external_id)
    .where(
        message.c.conversation_id == bind("conversation"),
        message.c.external_id != BLANK,
        message.c.delivery != word("withdrawn"),
    )
    .order_by(message.c.seq)
    .limit(1)
)
_customer_of = select(conversation.c.customer_id).where(conversation.c.id == bind("conversation"))
_others_in = (
    select(identity.c.customer_id)
    .join(participant, participant.c.address == identity.c.address)
    .where(
        identity.c.kind == bind("kind"),
        participant.c.conversation_id == bind("conversation"),
        participant.c.removed == ZERO,
    )
)
LAST_HEARD = (  # of those who take part now: what a colleague wrote above a mail they forwarded is not for its writer
    select(message.c.author_name, message.c.text, message.c.folds, message.c.created_at)
    .where(
        message.c.conversation_id == bind("conversation"),
        message.c.direction == word("inbound"),
        message.c.seq < bind("before"),
        message.c.author_id.in_(_customer_of) | message.c.author_id.in_(_others_in),
    )
    .order_by(message.c.seq.desc())
    .limit(1)
)
WITHDRAW = (
    delete(outbox)
    .where(
        outbox.c.message_id == bind("message"),
        outbox.c.verb == word("send"),
        outbox.c.state == word("due"),
        outbox.c.attempts == ZERO,
    )
    .returning(outbox.c.id)
)

# --- what the desk says by itself -------------------------------------------------------------------------------------
COUNT_TOLD = (
    update(identity).where(identity.c.id == bind("identity")).values(told_since=bind("since"), told=bind("number"))
)
NOTE_ACKNOWLEDGED = update(identity).where(identity.c.id == bind("identity")).values(acknowledged_at=bind("at"))
NOTE_AWAY_TOLD = update(identity).where(identity.c.id == bind("identity")).values(away_told_at=bind("at"))
SUPPRESSED = select(suppression).where(suppression.c.kind == bind("kind"), suppression.c.address == bind("whom"))
SUPPRESS = adding_new(suppression, "kind", "address")
_theirs = identity.alias()
UNSUPPRESS = delete(suppression).where(
    suppression.c.address.in_(select(_theirs.c.address).where(_theirs.c.customer_id == bind("whom")))
)

# --- actions ----------------------------------------------------------------------------------------------------------
ADD_NOTE = adding(note)
NOTE = select(note).where(note.c.id == bind("id"))
SET_NOTE = update(note).where(note.c.id == bind("row")).values(text=bind("says"))
AGENT = select(agent).where(agent.c.id == bind("id"))
SET_PRESENCE = (
    update(agent)
    .where(agent.c.id == bind("row"))
    .values(presence=bind("becomes"), presence_since=bind("at"), presence_reason=bind("why"), away_for=bind("own"))
)
ADD_PRESENCE_CHANGE = adding(table(PresenceChange))
ANSWERED_BEFORE = select(idempotency).where(idempotency.c.key == bind("key"))
KEEP_ANSWER = idempotency.insert()
PRUNE_ANSWERS = delete(idempotency).where(idempotency.c.created_at < bind("before"))

# --- upkeep -----------------------------------------------------------------------------------------------------------
SET_TIMER = adding_new(timer, "kind", "subject")
MOVE_TIMER = (
    update(timer).where(timer.c.kind == bind("what"), timer.c.subject == bind("whom")).values(due_at=bind("at"))
)
DROP_TIMER = delete(timer).where(timer.c.kind == bind("what"), timer.c.subject == bind("whom"))
FILE_NAMED = select(
    (
        exists().where(attachment.c.ref == bind("ref"))
        | exists().where(inbox.c.file == bind("digest"))
        | exists().where(article_file.c.digest == bind("digest"))
    ).label("named")
)

# --- views: what screens show -----------------------------------------------------------------------------------------
_preview = (
    select(func.substr(message.c.text, 1, 160))
    .where(
        message.c.ticket_id == ticket.c.id,
        message.c.delivery != word("withdrawn"),
        message.c.deleted == ZERO,
        (message.c.author != word("assistant")) | (message.c.source != BLANK),  # no acknowledgement
    )
    .order_by(message.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
SHOWN_TICKET = (
    select(
        ticket,
        customer.c.name.label("customer_name"),
        identity.c.display.label("customer_address"),
        identity.c.proven_at.label("customer_proven_at"),
        agent.c.name.label("assignee_name"),
        conversation.c.unreachable,
        conversation.c.language,
        func.coalesce(_preview, literal("")).label("preview"),
        JOINED.label("tags"),
        talk.c.summary,
    )
    .join(customer, customer.c.id == ticket.c.customer_id)
    .join(conversation, conversation.c.id == ticket.c.conversation_id)
    .join(identity, identity.c.id == conversation.c.identity_id)
    .outerjoin(agent, agent.c.id == ticket.c.assignee_id)
    .outerjoin(talk, talk.c.ticket_id == ticket.c.id)
)
SHOWN_TICKET_BY_ID = SHOWN_TICKET.where(ticket.c.id == bind("id"))


def ticket_page(filter_by: str) -> Select[Any]:
    """Keys of the page of one status under one filter (a column of Ticket, or none), newest change first, by key.

    The rows to show are read by id afterwards: pages of several statuses are merged, and most keys are not shown.
    """
    page = select(ticket.c.id, ticket.c.updated_at, ticket.c.queue, ticket.c.assignee_id, ticket.c.customer_id).where(
        ticket.c.status == bind("status"),
        (ticket.c.updated_at < bind("before_at"))
        | ((ticket.c.updated_at == bind("before_at")) & (ticket.c.id < bind("before_id"))),
        ticket.c.updated_at <= bind("before_at"),
    )
    match filter_by:
        case "unassigned":  # in a live status: its own partial index, proven by these words
            page = page.where(ticket.c.assignee_id.is_(None), ticket.c.status.in_([word(s) for s in LIVE_STATUSES]))
        case "unassigned ended":
            page = page.where(ticket.c.assignee_id.is_(None))
        case "due_at" | "risk_at":
            page = page.where(ticket.c.due_at.is_not(None), ticket.c[filter_by] <= bind("wanted"))
        case "":
            pass
        case _:
            page = page.where(ticket.c[filter_by] == bind("wanted"))
    return page.order_by(ticket.c.updated_at.desc(), ticket.c.id.desc()).limit(bind("limit"))


TICKET_PAGES = {
    name: ticket_page(name)
    for name in ("", "queue", "assignee_id", "customer_id", "unassigned", "unassigned ended", "due_at", "risk_at")
}
MESSAGES_AFTER = (
    select(message)
    .where(message.c.ticket_id == bind("ticket"), message.c.id > bind("after"))
    .order_by(message.c.id)
    .limit(bind("limit"))
)
SPOKEN_AFTER = (
    select(message)
    .where(message.c.conversation_id == bind("conversation"), message.c.seq > bind("after"))
    .order_by(message.c.seq)
    .limit(bind("limit"))
)
CHANGED_UNTIL = (  # what a window that was away has shown as it was before
    select(message)
    .where(
        message.c.conversation_id == bind("conversation"),
        message.c.changed_at.is_not(None),
        message.c.seq <= bind("until"),
    )
    .order_by(message.c.seq.desc())
    .limit(bind("limit"))
)
NOTES_AFTER = (
    select(note, agent.c.name.label("agent_name"))
    .join(agent, agent.c.id == note.c.agent_id)
    .where(note.c.ticket_id == bind("ticket"), note.c.id > bind("after"))
    .order_by(note.c.id)
    .limit(bind("limit"))
)
SHOWN_AGENTS = select(agent, (_load + _offered).label("load")).order_by(agent.c.id)
SHOWN_AGENT = select(agent, (_load + _offered).label("load")).where(agent.c.id == bind("id"))
QUEUES_OF = select(membership.c.queue).where(membership.c.agent_id == bind("agent")).order_by(membership.c.queue)
