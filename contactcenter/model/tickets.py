"""What is said and what is to be done: conversations, tickets, messages, notes, offers."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT

LIVE_STATUSES = ("new", "open", "answered", "snoozed")
STATUSES = (*LIVE_STATUSES, "solved", "closed")
UNASSIGNED_LIVE = text("assignee_id IS NULL AND status IN ('new','open','answered','snoozed')")
PRIORITIES = ("urgent", "high", "normal", "low")


class Conversation(SQLModel, table=True):
    """The continuing thread with one identity on one channel; it never closes; it says where a reply goes.

    `last_seq` numbers its messages without a gap: whoever holds seq n can ask for all after n, whatever the commit
    order of several writers was, because the counter row is locked by the writer until it commits.
    """

    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("conversation_customer", "customer_id"),
        Index("conversation_ticket", "ticket_id"),
        Index("conversation_root", "root", sqlite_where=text("root <> ''"), postgresql_where=text("root <> ''")),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    channel: str
    key: str
    customer_id: int = Field(sa_type=BIGINT, foreign_key="customer.id")
    identity_id: int = Field(sa_type=BIGINT, foreign_key="identity.id")
    ticket_id: int | None = Field(default=None, sa_type=BIGINT)  # the ticket its next message belongs to
    root: str = ""  # the thread it is of, where several conversations can be of one (mail)
    last_seq: int = 0
    subject: str = ""
    sender_name: str = ""  # as the customer last gave it
    language: str = ""  # BCP 47, that their app or browser is set to, as it said last; blank where nothing says it
    reply_to: str = ""  # where they last asked answers to go, when not to the identity's own address
    unreachable: str = ""  # why nothing of ours reaches them here any more; blank: it does, as far as we know
    created_at: int = Field(sa_type=BIGINT)


class Ticket(SQLModel, table=True):
    """A piece of work with status, queue and assignee. `version` grows with every change and guards races."""

    # One index per filter of the ticket list, each ending in its order: a page is read per status and merged.
    __table_args__ = (
        Index("ticket_status", "status", "updated_at", "id"),
        Index("ticket_queue", "queue", "status", "updated_at", "id"),
        Index("ticket_customer", "customer_id", "status", "updated_at", "id"),
        Index("ticket_unassigned", "assignee_id", "status", "updated_at", "id",
              sqlite_where=UNASSIGNED_LIVE, postgresql_where=UNASSIGNED_LIVE),
        Index("ticket_assignee", "assignee_id", "status", "updated_at", "id",
              sqlite_where=text("assignee_id IS NOT NULL"), postgresql_where=text("assignee_id IS NOT NULL")),
        Index("ticket_due", "due_at", "id", sqlite_where=text("due_at IS NOT NULL"),
              postgresql_where=text("due_at IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    customer_id: int = Field(sa_type=BIGINT, foreign_key="customer.id")
    conversation_id: int = Field(sa_type=BIGINT, foreign_key="conversation.id")  # where a reply goes
    channel: str
    subject: str
    status: str = "new"
    queue: str
    assignee_id: int | None = Field(default=None, sa_type=BIGINT, foreign_key="agent.id")
    priority: str = "normal"
    version: int = 1
    handoff: str = ""  # why the assistant passed it on; blank while it never did
    created_at: int = Field(sa_type=BIGINT)
    updated_at: int = Field(sa_type=BIGINT)  # last change of status, queue or assignee: of whose turn it is
    waiting_since: int | None = Field(default=None, sa_type=BIGINT)  # first unanswered message of the customer
    snoozed_until: int | None = Field(default=None, sa_type=BIGINT)
    assigned_at: int | None = Field(default=None, sa_type=BIGINT)  # since when it is its assignee's
    needs: str = ""  # JSON of the skills and further queues it asks for (routing/demands); blank: nothing
    escalation: str = ""  # JSON of who asked supervisors for help, why and when; blank once it was seen to
    merged_into: int | None = Field(default=None, sa_type=BIGINT)  # the ticket that goes on with what was said here
    survey_id: int | None = Field(default=None, sa_type=BIGINT)  # our message that asked how satisfied they are
    rating: int | None = None  # 1 to 5, as the customer said last
    rated_at: int | None = Field(default=None, sa_type=BIGINT)  # when they said it first
    clocks: str = ""  # JSON of what was promised of it (routing/promises.py); blank: nothing
    due_at: int | None = Field(default=None, sa_type=BIGINT)  # the deadline that runs and comes first: the answer's
    due_target: str = ""  # … while one is waited for, else the solution's
    risk_at: int | None = Field(default=None, sa_type=BIGINT)  # when that one is at risk


class TicketTag(SQLModel, table=True):
    """A word that marks a ticket, put there by a rule or by a person."""

    __table_args__ = (Index("tickettag_tag", "tag", "ticket_id"),)

    ticket_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="ticket.id")
    tag: str = Field(primary_key=True)


class Message(SQLModel, table=True):
    """Said to or by the customer. What colleagues say to each other is a Note: another type, another table."""

    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        Index("message_ticket", "ticket_id", "id"),
        Index("message_external", "channel", "external_id", sqlite_where=text("external_id <> ''"),
              postgresql_where=text("external_id <> ''")),
        Index("message_album", "conversation_id", "album", sqlite_where=text("album <> ''"),
              postgresql_where=text("album <> ''")),
        Index("message_changed", "conversation_id", sqlite_where=text("changed_at IS NOT NULL"),
              postgresql_where=text("changed_at IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    conversation_id: int = Field(sa_type=BIGINT, foreign_key="conversation.id")
    seq: int
    ticket_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    channel: str
    direction: str  # inbound, outbound
    author: str  # customer, agent, assistant
    author_id: int | None = Field(default=None, sa_type=BIGINT)  # of the customer or the agent
    author_name: str = ""
    text: str
    created_at: int = Field(sa_type=BIGINT)
    external_id: str = ""  # the provider's (or for mail our own) id: Message-ID, update id, ts
    client_id: str = ""  # the sender's own id for it, told back to them
    inbox_id: int | None = Field(default=None, sa_type=BIGINT)
    proof: str = ""  # what vouches for an inbound message: session, dmarc …; blank: nothing does
    automatic: str = ""  # what makes an inbound message a robot's; blank: a person's
    delivery: str = ""  # outbound: due, sending, sent, delivered, read, unknown, buried
    delivery_reason: str = ""
    source: str = ""  # JSON of the article and passage behind an answer
    folds: str = ""  # JSON of [[start, end, kind], …]: what a reader of the text may skip
    remarks: str = ""  # JSON list of sentences an agent should know of it
    choices: str = ""  # JSON of [[words, what they do], …]: short answers offered with a message of ours
    chosen: int | None = None  # the one of them that was taken last
    pressed: int | None = Field(default=None, sa_type=BIGINT)  # inbound: the message of ours whose choice it takes
    answers_id: int | None = Field(default=None, sa_type=BIGINT)  # the earlier message it answers, where it says so
    album: str = ""  # what the provider calls the album whose files it gathers
    changed_at: int | None = Field(default=None, sa_type=BIGINT)  # its author last changed it, or took it away
    deleted: int = 0  # 1: its author took it away, whatever the medium could still do about it
    markup: int = 0  # 1: its sender laid it out, and it can be shown so


class Talk(SQLModel, table=True):
    """What the assistant remembers of a ticket between two messages, and the summary it gave people with it."""

    ticket_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="ticket.id")
    memory: str = ""  # JSON (knowledge/memory.py); blank: nothing
    summary: str = ""  # JSON (knowledge/handing_over.py); blank: it was never passed on


class Participant(SQLModel, table=True):
    """Somebody besides the identity who takes part in a conversation (Cc, or answered in it) and is answered too."""

    conversation_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="conversation.id")
    address: str = Field(primary_key=True)  # normalised
    name: str = ""
    joined: int = 0  # 1: wrote in the thread without having been addressed by its customer
    removed: int = 0  # 1: an agent answers them no longer, whoever puts them into copy again
    added_at: int = Field(sa_type=BIGINT)


class Attachment(SQLModel, table=True):
    """A file of a message. `ref` says where its bytes are: `file:<sha256>`, `part:<n>` of the raw event, or
    `remote:<ref>` with the provider until they are fetched.
    """

    __table_args__ = (Index("attachment_message", "message_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    message_id: int = Field(sa_type=BIGINT, foreign_key="message.id")
    name: str
    type: str
    size: int = Field(sa_type=BIGINT)
    ref: str
    trouble: str = ""  # why it could not be fetched from the provider


class Note(SQLModel, table=True):
    """What colleagues say to each other about a ticket. No statement that sends anything reads this table."""

    __table_args__ = (Index("note_ticket", "ticket_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    ticket_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    agent_id: int = Field(sa_type=BIGINT, foreign_key="agent.id")
    text: str
    created_at: int = Field(sa_type=BIGINT)


class Offer(SQLModel, table=True):
    """A ticket held out to an agent until accepted, declined, timed out or withdrawn, with the reasons for it."""

    __table_args__ = (
        Index("offer_ticket", "ticket_id"),
        Index("offer_agent", "agent_id", "id"),
        Index("offer_open", "agent_id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    ticket_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    agent_id: int = Field(sa_type=BIGINT, foreign_key="agent.id")
    state: str = "open"
    reasons: str = "[]"  # JSON list of sentences
    created_at: int = Field(sa_type=BIGINT)
    expires_at: int = Field(sa_type=BIGINT)


class Merge(SQLModel, table=True):
    """A ticket became part of another one. What it took is in Moved; `before` is how both were, to be put back."""

    __table_args__ = (Index("merge_source", "source_id"), Index("merge_target", "target_id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    source_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    target_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    before: str  # JSON of both tickets before, and of the target after
    merged_at: int = Field(sa_type=BIGINT)
    undone_at: int | None = Field(default=None, sa_type=BIGINT)


class Moved(SQLModel, table=True):
    """What one merge took from one ticket to the other."""

    merge_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="merge.id")
    kind: str = Field(primary_key=True)  # message, note, conversation
    item: int = Field(primary_key=True, sa_type=BIGINT)
