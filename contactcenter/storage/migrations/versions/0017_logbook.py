"""What the router goes by is kept, agents give reasons for being away, and have limits of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "logbook",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
    )
    for table, name in (("agent", "away_for"), ("agent", "limits"), ("presencechange", "away_for")):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        with op.batch_alter_table(table) as changed:
            changed.alter_column(name, server_default=None)
