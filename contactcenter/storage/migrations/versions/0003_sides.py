"""How a channel is doing is told of each of its sides; a message says whether its sender laid it out."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

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
    with op.batch_alter_table("message") as changed:
        changed.add_column(sa.Column("markup", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("message") as changed:
        changed.alter_column("markup", server_default=None)
    # Of what came before nobody noted it: a mail may be laid out.
    op.execute(
        "UPDATE message SET markup = 1 WHERE direction = 'inbound' AND conversation_id IN (SELECT conversation.id "
        "FROM conversation JOIN identity ON identity.id = identity_id WHERE kind = 'email')"
    )
