"""Choices below messages, satisfaction, escalations, merged tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

FILLED = (
    ("message", "choices", sa.String(), ""),
    ("ticket", "escalation", sa.String(), ""),
    ("customer", "surveyed_at", BIG, "0"),
)
EMPTY = (
    ("message", "chosen", sa.Integer()),
    ("message", "pressed", BIG),
    ("ticket", "merged_into", BIG),
    ("ticket", "survey_id", BIG),
    ("ticket", "rating", sa.Integer()),
    ("ticket", "rated_at", BIG),
)


def upgrade() -> None:
    for table, column, type_, value in FILLED:
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column(column, type_, nullable=False, server_default=value))
        with op.batch_alter_table(table) as changed:
            changed.alter_column(column, server_default=None)
    for table, column, nullable_type in EMPTY:
        op.add_column(table, sa.Column(column, nullable_type, nullable=True))
    op.create_index("conversation_ticket", "conversation", ["ticket_id"])
    op.create_table(
        "merge",
        sa.Column("id", BIG, nullable=False),
        sa.Column("source_id", BIG, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("target_id", BIG, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("merged_at", BIG, nullable=False),
        sa.Column("undone_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("merge_source", "merge", ["source_id"])
    op.create_index("merge_target", "merge", ["target_id"])
    op.create_table(
        "moved",
        sa.Column("merge_id", BIG, sa.ForeignKey("merge.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", BIG, nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "kind", "item"),
    )
