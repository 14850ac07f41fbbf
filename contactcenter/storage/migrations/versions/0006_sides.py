"""How a channel is doing is told of each side; which mail is laid out, who was told we are away, why an agent is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "health_of_sides",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("succeeded_at", BIG, nullable=True),
        sa.Column("failing_since", BIG, nullable=True),
        sa.Column("alarmed", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("error_since", BIG, nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.Column("stuck", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "side"),
    )
    op.execute(
        "INSERT INTO health_of_sides SELECT channel, 'receiving', succeeded_at, failing_since, alarmed, error, "
        "failing_since, found, recorded, stuck FROM health"
    )
    op.drop_table("health")
    op.rename_table("health_of_sides", "health")
    for table, column, type_, nothing in (
        ("message", "markup", sa.Integer(), "0"),
        ("identity", "away_told_at", BIG, "0"),
        ("agent", "presence_reason", sa.String(), ""),
    ):
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column(column, type_, nullable=False, server_default=nothing))
        with op.batch_alter_table(table) as changed:
            changed.alter_column(column, server_default=None)
    # Of what came before nobody noted it: a mail may be laid out.
    op.execute(
        "UPDATE message SET markup = 1 WHERE direction = 'inbound' AND conversation_id IN (SELECT conversation.id "
        "FROM conversation JOIN identity ON identity.id = identity_id WHERE kind = 'email')"
    )
