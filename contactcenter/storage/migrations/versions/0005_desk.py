"""What agents do and see in Slack."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("ticket") as changed:
        changed.add_column(sa.Column("assigned_at", BIG, nullable=True))
    op.create_table(
        "act",
        *_work(),
        _text("key"),
        _text("payload"),
        _text("answer"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "post",
        *_work(),
        _text("lane"),
        _text("kind"),
        sa.Column("subject", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=True),
        *(_text(name) for name in ("place", "whom", "ts", "landed", "thread", "words")),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject", "place", "whom"),
    )
    for name in ("act", "post"):
        _work_indexes(name)
    is_there = sa.text("ts <> ''")
    op.create_index("post_message", "post", ["place", "ts"], sqlite_where=is_there, postgresql_where=is_there)
    op.create_index("post_ticket", "post", ["ticket_id", "kind"])
    op.create_table(
        "deskthread",
        sa.Column("ticket_id", BIG, sa.ForeignKey("ticket.id"), nullable=False),
        _text("mode"),
        sa.Column("since", BIG, nullable=False),
        sa.Column("assigned_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "slackuser",
        _text("team"),
        _text("user"),
        sa.Column("agent_id", BIG, sa.ForeignKey("agent.id"), nullable=True),
        sa.Column("checked_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("team", "user"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _work() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", BIG, nullable=False),
        _text("stream"),
        _text("state"),
        sa.Column("due_at", BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("owner"),
        _text("error"),
        sa.Column("created_at", BIG, nullable=False),
    ]


def _work_indexes(name: str) -> None:
    unfinished, buried = sa.text("state IN ('due','taken')"), sa.text("state = 'buried'")
    op.create_index(f"{name}_stream", name, ["stream", "id"], sqlite_where=unfinished, postgresql_where=unfinished)
    op.create_index(f"{name}_buried", name, ["id"], sqlite_where=buried, postgresql_where=buried)
