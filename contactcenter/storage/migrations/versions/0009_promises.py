"""What is promised of a ticket, and when it is due. Tickets that are there already were promised nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("clocks", "due_target"):
        with op.batch_alter_table("ticket") as changed:
            changed.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        with op.batch_alter_table("ticket") as changed:
            changed.alter_column(name, server_default=None)
    with op.batch_alter_table("ticket") as changed:
        changed.add_column(sa.Column("due_at", BIG, nullable=True))
        changed.add_column(sa.Column("risk_at", BIG, nullable=True))
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index("ticket_due", "ticket", ["due_at", "id"], sqlite_where=is_due, postgresql_where=is_due)
