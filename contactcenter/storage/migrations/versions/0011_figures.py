"""What is counted has rows of its own, and so has every coming and going of agents."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("ticket_id", BIG, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("agent_id", BIG),
        sa.Column("value", BIG, nullable=False),
        sa.Column("ref", BIG, nullable=False),
    )
    op.create_index("tally_figure", "tally", ["figure", "at", "id", "value"])
    op.create_index("tally_ticket", "tally", ["ticket_id", "figure"])
    op.create_table(
        "presencechange",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("agent_id", BIG, sa.ForeignKey("agent.id"), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("presencechange_agent", "presencechange", ["agent_id", "at", "id"])
