"""Alembic's entry: runs on the connection it is handed. The migrations themselves say what the tables are."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
