"""A transaction's handle, so that services can hand it on without knowing the database library."""

from sqlalchemy import Connection

Session = Connection

__all__ = ["Session"]
