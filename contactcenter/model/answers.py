"""What the assistant said from an article: rows to count by."""

from sqlmodel import Field, Index, SQLModel

from contactcenter.model.columns import BIGINT


class GivenAnswer(SQLModel, table=True):
    """The assistant answered from an article, in this message. What is told of articles is a number of these rows."""

    __table_args__ = (Index("givenanswer_at", "at", "id"), Index("givenanswer_ticket", "ticket_id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    at: int = Field(sa_type=BIGINT)
    ticket_id: int = Field(sa_type=BIGINT, foreign_key="ticket.id")
    message_id: int = Field(sa_type=BIGINT, foreign_key="message.id")
    article: str  # its slug; the article may be gone
    queue: str
    channel: str
    score: float  # how sure the assistant was, 0 to 1
