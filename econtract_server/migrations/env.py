"""Alembic's entry: runs on the connection it is handed, inside the transaction that was begun there."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
