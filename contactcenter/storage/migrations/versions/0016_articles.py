"""Articles in the store, with their versions, files, feedback, and what is wrong with files of the folder."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("published_id", BIG),
        sa.Column("draft_id", BIG),
        sa.Column("archived_at", BIG),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("synced", sa.String(), nullable=False),
        sa.Column("synced_id", BIG),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.UniqueConstraint("slug"),
    )
    op.create_index("article_source", "article", ["source"])
    op.create_table(
        "articleversion",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("article_id", BIG, sa.ForeignKey("article.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.UniqueConstraint("article_id", "number"),
    )
    op.create_table(
        "articlefile",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("article_id", BIG, sa.ForeignKey("article.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.UniqueConstraint("article_id", "name"),
    )
    op.create_index("articlefile_digest", "articlefile", ["digest"])
    op.create_table(
        "articlefeedback",
        sa.Column("article_id", BIG, sa.ForeignKey("article.id"), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("not_helped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "day"),
    )
    op.create_table(
        "articlefault",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("path"),
    )
