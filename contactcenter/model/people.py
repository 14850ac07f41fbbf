"""Customers and the people who answer them."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter.model.columns import BIGINT


class Customer(SQLModel, table=True):
    """The person or company who writes. Owns one chain of events (see `history`)."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    name: str = ""
    created_at: int = Field(sa_type=BIGINT)
    surveyed_at: int = Field(default=0, sa_type=BIGINT)  # when they were last asked how satisfied they are


class Identity(SQLModel, table=True):
    """One address of a customer on one kind of channel. `proven_at` is None until some message brought proof."""

    __table_args__ = (UniqueConstraint("kind", "address"), Index("identity_customer", "customer_id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    customer_id: int = Field(sa_type=BIGINT, foreign_key="customer.id")
    kind: str  # email, webchat, telegram …: what gives the address its meaning
    address: str  # normalised; never blank
    display: str = ""
    proven_at: int | None = Field(default=None, sa_type=BIGINT)
    method: str = ""  # how it was proven
    told_since: int = Field(default=0, sa_type=BIGINT)  # the day whose automatic messages to it `told` counts
    told: int = 0
    acknowledged_at: int = Field(default=0, sa_type=BIGINT)  # its last acknowledgement
    away_told_at: int = Field(default=0, sa_type=BIGINT)  # when it was last told that nobody is there


class Claim(SQLModel, table=True):
    """What was only typed: a hint to the agent, which links, reads and confirms nothing."""

    __table_args__ = (Index("claim_customer", "customer_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    customer_id: int = Field(sa_type=BIGINT, foreign_key="customer.id")
    kind: str
    value: str
    claimed_at: int = Field(sa_type=BIGINT)


class Suppression(SQLModel, table=True):
    """An address that nothing automatic is sent to any more: mail to it came back, or its owner complained."""

    kind: str = Field(primary_key=True)
    address: str = Field(primary_key=True)  # normalised
    reason: str
    suppressed_at: int = Field(sa_type=BIGINT)


class Agent(SQLModel, table=True):
    """A human who answers, or steers (role supervisor), or runs the desk (role admin)."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    email: str = Field(unique=True)
    name: str
    role: str = "agent"
    presence: str = "offline"
    presence_since: int = Field(sa_type=BIGINT)
    presence_reason: str = ""  # why the desk set it; blank: they did it themselves
    away_for: str = ""  # their own reason for not being there; blank: they gave none
    capacity: int = 5  # open tickets held at once
    limits: str = ""  # JSON of the most of a kind of channel at once, where it is not the desk's; blank: none
    assigned_at: int = Field(default=0, sa_type=BIGINT)  # last assignment: who has waited longest goes first


class Membership(SQLModel, table=True):
    """An agent serves a queue."""

    agent_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="agent.id")
    queue: str = Field(primary_key=True)


class AgentSkill(SQLModel, table=True):
    """What an agent can do, and how well. A language is a skill."""

    agent_id: int = Field(primary_key=True, sa_type=BIGINT, foreign_key="agent.id")
    skill: str = Field(primary_key=True)
    level: int  # 1 a beginner, 5 an expert


class PresenceChange(SQLModel, table=True):
    """An agent came or went. Only ever appended to: how long each was there is counted from these rows."""

    __table_args__ = (Index("presencechange_agent", "agent_id", "at", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIGINT)
    agent_id: int = Field(sa_type=BIGINT, foreign_key="agent.id")
    at: int = Field(sa_type=BIGINT)
    presence: str
    reason: str = ""  # why the desk set it; blank: they did it themselves
    away_for: str = ""  # their own reason


class Credential(SQLModel, table=True):
    """A bearer token, a console session or a one-time sign-in link; only the SHA-256 of its text is kept."""

    digest: bytes = Field(primary_key=True)
    kind: str  # token, session, link
    role: str
    agent_id: int | None = Field(default=None, sa_type=BIGINT, foreign_key="agent.id")
    created_at: int = Field(sa_type=BIGINT)
    expires_at: int | None = Field(default=None, sa_type=BIGINT)
