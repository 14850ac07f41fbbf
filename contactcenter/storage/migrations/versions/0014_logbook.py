"""What the router goes by is kept, so that its decisions can be made again."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "logbook",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
    )
