"""What was found in past tickets is proposed to people."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("samples", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reply_of", BIG),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("alike", sa.Integer(), nullable=False),
        sa.Column("weekly", BIG, nullable=False),
        sa.Column("saved", BIG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", BIG),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("found_at", BIG, nullable=False),
    )
    op.create_index("proposal_state", "proposal", ["state", "saved", "id"])
    op.create_table(
        "proposalticket",
        sa.Column("proposal_id", BIG, sa.ForeignKey("proposal.id"), nullable=False),
        sa.Column("ticket_id", BIG, sa.ForeignKey("ticket.id"), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "ticket_id"),
    )
    op.create_index("proposalticket_ticket", "proposalticket", ["ticket_id"])
