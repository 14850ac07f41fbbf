"""A conversation keeps the language that the customer's app or browser is set to."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    with op.batch_alter_table("conversation") as changed:
        changed.add_column(sa.Column("language", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("conversation") as changed:
        changed.alter_column("language", server_default=None)
