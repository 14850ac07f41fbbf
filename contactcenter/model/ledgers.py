"""The durable to-do lists of the six loops, who works on them, and the right to be the only one.

Every loop has one table of work, all of one shape (`Work`), so that one drain, one retry rule, one list of what is
buried and one command to repeat it serve all of them.
"""

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT

UNFINISHED = text("state IN ('due','taken')")
BURIED = text("state = 'buried'")


class Work(SQLModel):
    """One thing to do. `stream` is the unit of order: only the oldest unfinished row of a stream is ever taken.

    `attempts` counts the takings and is what a settlement presents: a worker that lost its claim cannot settle it.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    stream: str
    state: str = "due"  # due, taken, done, buried
    due_at: int = Field(sa_type=BIGINT)
    attempts: int = 0
    owner: str = ""
    error: str = ""  # the last traceback, kept until it succeeds
    created_at: int = Field(sa_type=BIGINT)


def work_indexes(name: str) -> tuple[Index, ...]:
    return (
        Index(f"{name}_stream", "stream", "id", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
        Index(f"{name}_buried", "id", sqlite_where=BURIED, postgresql_where=BURIED),
    )


class Inbox(Work, table=True):
    """An event as it came from a provider, stored before it was acknowledged."""

    __table_args__ = (UniqueConstraint("channel", "external_id"), *work_indexes("inbox"))

    channel: str
    external_id: str
    payload: bytes = Field(sa_type=LargeBinary)
    file: str = ""  # SHA-256 of the payload in the file store, where it is too large for a row
    envelope: str = ""  # JSON: what the transport knew and the payload does not say
    # The message it told something of (a bounce, an edit), once that is done; 0: of which was not written down.
    told_of: int | None = Field(default=None, sa_type=BIGINT)


class Question(Work, table=True):
    """A ticket the assistant is to read; one row per ticket, whatever piles up before it is read."""

    __table_args__ = (UniqueConstraint("ticket_id"), *work_indexes("question"))

    ticket_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")


class Waiting(Work, table=True):
    """A ticket that waits for an agent; its stream is its queue, its age is never reset."""

    __table_args__ = (
        UniqueConstraint("ticket_id"),
        Index("waiting_queue", "stream", "rank", "since", "id"),
        Index("waiting_buried", "id", sqlite_where=BURIED, postgresql_where=BURIED),
    )

    ticket_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    rank: int = 2  # index into PRIORITIES
    since: int = Field(sa_type=BIGINT)
    offered: int = 0  # 1 while an offer is open
    offers: int = 0  # how many there have been


class Outbox(Work, table=True):
    """A message to deliver, or to change where it was delivered; its stream is the conversation.

    It names a Message and can name nothing else. What is sent is read when it leaves: the latest text wins.
    """

    __table_args__ = (Index("outbox_message", "message_id"), *work_indexes("outbox"))

    message_id: int = Field(sa_type=BIGINT, foreign_key="message.id")
    channel: str
    verb: str = "send"  # send, edit, delete
    uncertain: int = 0  # 1 when an earlier attempt may have reached the provider


class Pickup(Work, table=True):
    """A file that lies with the provider and is to be fetched; each is a stream of its own."""

    __table_args__ = (UniqueConstraint("attachment_id"), *work_indexes("pickup"))

    attachment_id: int = Field(sa_type=BIGINT, foreign_key="attachment.id")
    channel: str


class Timer(Work, table=True):
    """Something to do at an instant: an offer runs out, a snooze ends, a solved ticket closes, old rows go."""

    __table_args__ = (UniqueConstraint("kind", "subject"), Index("timer_due", "due_at", "id"), *work_indexes("timer"))

    kind: str
    subject: int = Field(sa_type=BIGINT)


class Recheck(SQLModel, table=True):
    """A ticket or an agent that is not as the router last saw it: written with the change, gone once it has looked.

    Plain rows, several of one subject if need be: one that is there already may have been read before our commit.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    kind: str  # ticket, agent
    subject: int = Field(sa_type=BIGINT)


class Logbook(SQLModel, table=True):
    """What the router was told and looked at in one pass (routing/log): its decisions can be made again from these.

    Kept for some days; a board begins anew every day, so that there is always one to begin with.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    at: int = Field(sa_type=BIGINT)
    begins: int = 0  # 1: a board begins with it
    entry: bytes = Field(sa_type=LargeBinary)


class Expectation(SQLModel, table=True):
    """What the router has learned of a queue, by which customers are told how long it will take, and how right it was.

    Sums of seconds and cases, in which old ones count less and less (routing/waits). `told` and `kept` count the waits
    that were foretold, and those of them that ended within the range.
    """

    queue: str = Field(primary_key=True)
    slots: float = 0.0  # room of the agents who are there for it, in tickets
    handled_seconds: float = 0.0
    handled: float = 0.0
    waited_seconds: float = 0.0
    gave_up: float = 0.0
    told: int = 0
    kept: int = 0


class Owner(SQLModel, table=True):
    """A living process. One that has not beaten for three seconds by the database's clock is dead."""

    id: str = Field(primary_key=True)
    beat_at: int = Field(sa_type=BIGINT)


class Lease(SQLModel, table=True):
    """The right to be the only one who does a thing, as long as its owner lives."""

    name: str = Field(primary_key=True)
    owner: str


class Fetched(SQLModel, table=True):
    """A mail that lies in a mailbox and is stored here. Kept for ever: what is not among them is still to be fetched.

    A UID means something only together with its folder's UIDVALIDITY (RFC 9051 2.3.1.1).
    """

    channel: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    validity: int = Field(primary_key=True, sa_type=BIGINT)
    uid: int = Field(primary_key=True, sa_type=BIGINT)
    inbox_id: int = Field(sa_type=BIGINT)


class Health(SQLModel, table=True):
    """How one side of a channel is doing, as its process last told. What comes in has little to do with what leaves."""

    channel: str = Field(primary_key=True)
    side: str = Field(primary_key=True)  # receiving, sending
    succeeded_at: int | None = Field(default=None, sa_type=BIGINT)  # last time all was well
    failing_since: int | None = Field(default=None, sa_type=BIGINT)
    alarmed: int = 0  # 1 once people were told that it fails
    error: str = ""  # what is wrong, with the remedy
    error_since: int | None = Field(default=None, sa_type=BIGINT)  # since when it is this that is wrong
    found: int = 0  # what lies at the provider
    recorded: int = 0  # of it, what is stored here
    stuck: int = 0  # of the rest, what could not be fetched, and is tried again


class Idempotency(SQLModel, table=True):
    """The answer to a request that carried an Idempotency-Key, so that repeating it repeats only the answer."""

    key: str = Field(primary_key=True)
    request: bytes  # SHA-256 of who asked what: the same key for something else is an error
    answer: str
    created_at: int = Field(sa_type=BIGINT)


class Secret(SQLModel, table=True):
    """A key made at first start, or the last token of a provider: shared by all processes of the desk."""

    name: str = Field(primary_key=True)
    value: bytes


class FileChunk(SQLModel, table=True):
    """A piece of a stored file, where files live in the database."""

    digest: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    data: bytes
    created_at: int = Field(sa_type=BIGINT)


class Counter(SQLModel, table=True):
    """A figure, kept as one row per writing lane and summed when read, so that lanes do not fight over a row."""

    figure: str = Field(primary_key=True)
    lane: int = Field(primary_key=True)
    value: int = Field(sa_type=BIGINT)


class Tally(SQLModel, table=True):
    """One thing that happened and is counted. A figure is a number of these rows, so that each opens what it counts."""

    __table_args__ = (
        Index("tally_figure", "figure", "at", "id", "value"),  # a service level is read of it alone
        Index("tally_ticket", "ticket_id", "figure"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    figure: str  # a key of figures/tallies.py KINDS
    at: int = Field(sa_type=BIGINT)  # the instant whose slot it counts in: of a contact, when it arrived
    ticket_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    queue: str
    channel: str
    agent_id: int | None = Field(default=None, sa_type=BIGINT)
    value: int = Field(default=0, sa_type=BIGINT)  # µs waited, or the rating; 0 where there is nothing to measure
    ref: int = Field(default=0, sa_type=BIGINT)  # the message or offer it is about; 0: none
