"""Answers of the assistant have rows of their own, to be counted by article; those it has given are written down."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GIVEN = sa.text(
    "SELECT message.created_at, message.ticket_id, message.id, message.source, ticket.queue, message.channel "
    "FROM message JOIN ticket ON ticket.id = message.ticket_id "
    "WHERE message.author = 'assistant' AND message.source <> '' ORDER BY message.id"
)


def upgrade() -> None:
    answers = op.create_table(
        "givenanswer",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("ticket_id", BIG, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("message_id", BIG, sa.ForeignKey("message.id"), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
    )
    op.create_index("givenanswer_at", "givenanswer", ["at", "id"])
    op.create_index("givenanswer_ticket", "givenanswer", ["ticket_id"])
    for row in op.get_bind().execute(GIVEN).fetchall():
        source = json.loads(row.source)
        values = {"article": source["article"], "score": source["score"], "queue": row.queue, "channel": row.channel}
        numbers = {"at": row.created_at, "ticket_id": row.ticket_id, "message_id": row.id}
        op.get_bind().execute(answers.insert().values(**numbers, **values))
