"""What mail needs: folds, remarks, participants, suppressed addresses, what was fetched, how channels are doing."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table, column in (
        ("conversation", "reply_to"),
        ("conversation", "root"),
        ("message", "folds"),
        ("message", "remarks"),
    ):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column(column, sa.String(), nullable=False, server_default=""))
        with op.batch_alter_table(table) as changed:
            changed.alter_column(column, server_default=None)
    # A mail's key was "<first id of the thread> <address>", and an id holds no space.
    space = "instr(key, ' ')" if op.get_bind().dialect.name == "sqlite" else "strpos(key, ' ')"
    op.execute(
        f"UPDATE conversation SET root = substr(key, 1, {space} - 1) "  # noqa: S608 (no word of it is anybody's)
        f"WHERE {space} > 1 AND identity_id IN (SELECT id FROM identity WHERE kind = 'email')"
    )
    for column, type_ in (("told_since", BIG), ("told", sa.Integer()), ("acknowledged_at", BIG)):
        with op.batch_alter_table("identity") as changed:
            changed.add_column(sa.Column(column, type_, nullable=False, server_default="0"))
        with op.batch_alter_table("identity") as changed:
            changed.alter_column(column, server_default=None)
    with op.batch_alter_table("conversation") as changed:
        not_blank = sa.text("root <> ''")
        changed.create_index("conversation_root", ["root"], sqlite_where=not_blank, postgresql_where=not_blank)
    op.create_table(
        "participant",
        sa.Column("conversation_id", BIG, sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("added_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "address"),
    )
    op.create_table(
        "suppression",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("suppressed_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("kind", "address"),
    )
    op.create_table(
        "fetched",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("validity", BIG, nullable=False),
        sa.Column("uid", BIG, nullable=False),
        sa.Column("inbox_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("channel", "folder", "validity", "uid"),
    )
    op.create_table(
        "health",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("succeeded_at", BIG, nullable=True),
        sa.Column("failing_since", BIG, nullable=True),
        sa.Column("alarmed", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.Column("stuck", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )
