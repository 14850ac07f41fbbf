"""What the desk has found out by itself and people are to decide: samples and articles for the knowledge base."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT

PROPOSAL_KINDS = ("sample", "article")
PROPOSAL_STATES = ("proposed", "approved", "declined")


class Proposal(SQLModel, table=True):
    """A sample question for an article, or an article for questions that have none. Declined ones stay, as such."""

    __table_args__ = (Index("proposal_state", "state", "saved", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    kind: str  # sample, article
    article: str = ""  # the slug it is for; of a new one blank until it is written
    samples: str  # JSON of [[ticket, question], …]; the first is the title of an article
    text: str = ""  # what people answered alike; blank: it is to be written
    reply_of: int | None = Field(default=None, sa_type=BIGINT)  # the ticket whose reply the text is of
    tickets: int = 0  # how many asked
    answered: int = 0  # of them, how many people answered
    alike: int = 0  # of those, how many alike
    weekly: int = Field(default=0, sa_type=BIGINT)  # thousandths of a ticket that come in a week
    saved: int = Field(default=0, sa_type=BIGINT)  # and of those that it would save at least
    state: str = "proposed"
    decided_by: str = ""  # who approved or declined it: agent:<id>, or a role
    decided_at: int | None = Field(default=None, sa_type=BIGINT)
    created_at: int = Field(sa_type=BIGINT)
    found_at: int = Field(sa_type=BIGINT)  # when it was last found


class ProposalTicket(SQLModel, table=True):
    """A ticket that a proposal was made of."""

    __table_args__ = (Index("proposalticket_ticket", "ticket_id"),)

    proposal_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="proposal.id")
    ticket_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="ticket.id")
