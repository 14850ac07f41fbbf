"""What the router has learned of a queue, from which customers are told how long it will take."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "expectation",
        sa.Column("queue", sa.String(), primary_key=True),
        *(
            sa.Column(name, sa.Float(), nullable=False)
            for name in ("slots", "handled_seconds", "handled", "waited_seconds", "gave_up")
        ),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
    )
