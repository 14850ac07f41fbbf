"""What messengers need: messages that change, albums, answers to a message, files to be fetched, closed doors."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FILLED: dict[str, dict[str, tuple[sa.types.TypeEngine[Any], str]]] = {
    "conversation": {"unreachable": (sa.String(), "")},
    "message": {"album": (sa.String(), ""), "deleted": (sa.Integer(), "0")},
    "attachment": {"trouble": (sa.String(), "")},
    "outbox": {"verb": (sa.String(), "send")},
}


def upgrade() -> None:
    for table, columns in FILLED.items():
        _add_filled(table, columns)
    with op.batch_alter_table("message") as changed:
        changed.add_column(sa.Column("answers_id", BIG, nullable=True))
        changed.add_column(sa.Column("changed_at", BIG, nullable=True))
    with op.batch_alter_table("inbox") as changed:
        changed.add_column(sa.Column("told_of", BIG, nullable=True))
    # Of what is done and made no message nobody knows any more what it told: none of it is to happen again.
    op.execute(
        "UPDATE inbox SET told_of = 0 WHERE state = 'done' "
        "AND NOT EXISTS (SELECT 1 FROM message WHERE message.inbox_id = inbox.id)"
    )
    some, then = sa.text("album <> ''"), sa.text("changed_at IS NOT NULL")
    op.create_index("message_album", "message", ["conversation_id", "album"], sqlite_where=some, postgresql_where=some)
    op.create_index("message_changed", "message", ["conversation_id"], sqlite_where=then, postgresql_where=then)
    _let_changes_wait_beside_sends()
    op.create_table(
        "pickup",
        sa.Column("id", BIG, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("attachment_id", BIG, sa.ForeignKey("attachment.id"), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("attachment_id"),
    )
    unfinished, buried = sa.text("state IN ('due','taken')"), sa.text("state = 'buried'")
    op.create_index("pickup_stream", "pickup", ["stream", "id"], sqlite_where=unfinished, postgresql_where=unfinished)
    op.create_index("pickup_buried", "pickup", ["id"], sqlite_where=buried, postgresql_where=buried)


def _add_filled(table: str, columns: dict[str, tuple[sa.types.TypeEngine[Any], str]]) -> None:
    """Old rows get a value once; new ones are given one by us."""
    with op.batch_alter_table(table) as changed:
        for name, (type_, value) in columns.items():
            changed.add_column(sa.Column(name, type_, nullable=False, server_default=value))
    with op.batch_alter_table(table) as changed:
        for name in columns:
            changed.alter_column(name, server_default=None)


def _let_changes_wait_beside_sends() -> None:
    """A message could have one row in the outbox; SQLite knows the rule by no name, and is given one to drop it by."""
    names = {"uq": "%(table_name)s_%(column_0_name)s_key"}
    with op.batch_alter_table("outbox", naming_convention=names) as changed:
        changed.drop_constraint("outbox_message_id_key", type_="unique")
        changed.create_index("outbox_message", ["message_id"])
