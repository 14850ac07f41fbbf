"""What raw events told of messages that were there already, so that a replay does not do it again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("inbox") as changed:
        changed.add_column(sa.Column("told_of", BIG, nullable=True))
    # Of what is done and made no message nobody knows any more what it told: none of it is to happen again.
    op.execute(
        "UPDATE inbox SET told_of = 0 WHERE state = 'done' "
        "AND NOT EXISTS (SELECT 1 FROM message WHERE message.inbox_id = inbox.id)"
    )
