"""What the desk in Slack keeps: what people did there, what is shown there, who they are.

None of these tables has a column for a customer's address: nothing in them can be sent to a customer.
"""

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT
from contactcenter.model.ledgers import Work, work_indexes


class Act(Work, table=True):
    """Something a person did in Slack, stored before it was acknowledged. `payload` goes once it is done."""

    __table_args__ = (UniqueConstraint("key"), *work_indexes("act"))

    key: str  # the same however often Slack delivers it
    payload: str  # JSON of the command it was read as
    answer: str = ""  # JSON of what Slack was answered


class Post(Work, table=True):
    """Something the desk shows in Slack: brought up to date whenever `wanted` is ahead of `shown`, the latest wins.

    What it shows is read from the tables at the moment it is sent. The row stays: it says which message of Slack's is
    which of ours.
    """

    __table_args__ = (
        UniqueConstraint("kind", "subject", "place", "whom"),
        Index("post_message", "place", "ts", sqlite_where=text("ts <> ''"), postgresql_where=text("ts <> ''")),
        Index("post_ticket", "ticket_id", "kind"),
        *work_indexes("post"),
    )

    lane: str  # what is paced together: post:<place>, card:<place>, whisper, home, mark
    kind: str  # what it shows, and how: the kinds of desk/drawing
    subject: int = Field(sa_type=BIGINT)  # ticket, message, note, attachment, offer or agent; 0: none of them
    ticket_id: int | None = Field(default=None, sa_type=BIGINT)
    place: str = ""  # a channel of Slack's, or the user to write to
    whom: str = ""  # the user of Slack's who alone sees it; for words what they are about, said once
    ts: str = ""  # what Slack calls it; blank while it is not there
    landed: str = ""  # the channel it is in, where that is not the place: direct messages
    thread: str = ""  # the thread it stands in, where that is not the card's
    words: str = ""  # what it says, where that is in no other table
    wanted: int = 1
    shown: int = 0


class DeskThread(SQLModel, table=True):
    """Whether what a ticket's owner writes in its thread is a reply or a note, and since when, by Slack's clock."""

    ticket_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="ticket.id")
    mode: str  # reply, note
    since: int = Field(sa_type=BIGINT)  # when the mode was chosen, or the ticket claimed, in Slack
    assigned_at: int = Field(sa_type=BIGINT)  # the ticket's when `since` was written: another is not of Slack's clock


class SlackUser(SQLModel, table=True):
    """A person of a Slack workspace who is an agent, by the e-mail address that Slack has verified."""

    team: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    agent_id: int | None = Field(default=None, sa_type=BIGINT, foreign_key="agent.id")
    checked_at: int = Field(sa_type=BIGINT)
