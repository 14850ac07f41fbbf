"""Skills of agents, what tickets need, and tags."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("ticket") as changed:
        changed.add_column(sa.Column("needs", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("ticket") as changed:
        changed.alter_column("needs", server_default=None)
    op.create_table(
        "agentskill",
        sa.Column("agent_id", BIG, sa.ForeignKey("agent.id"), nullable=False),
        sa.Column("skill", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "skill"),
    )
    op.create_table(
        "tickettag",
        sa.Column("ticket_id", BIG, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "tag"),
    )
    op.create_index("tickettag_tag", "tickettag", ["tag", "ticket_id"])
