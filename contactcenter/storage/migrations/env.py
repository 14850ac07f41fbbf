"""Alembic's entry: runs the revisions beside it against the address that storage/migrate.py gives."""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import contactcenter.model.desk
import contactcenter.model.history
import contactcenter.model.ledgers
import contactcenter.model.people
import contactcenter.model.tickets  # noqa: F401 (the tables register themselves)

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
