"""Alembic's entry: runs on the connection it is handed."""

from alembic import context

from econtract_server.repository.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
