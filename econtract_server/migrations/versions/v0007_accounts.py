"""Accounts: registrations, renewals, cards that are no longer used, earlier names; what a card at the door may do next."""

from alembic import op
from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Text

revision = "v0007"
down_revision = "v0006"


def upgrade() -> None:
    op.create_table(
        "account",
        Column("user_id", String(64), ForeignKey("app_user.user_id"), primary_key=True),
        Column("body_id", String(64)),
        Column("state", String(24), nullable=False, index=True),
        Column("revision", Integer, nullable=False),
        Column("data", JSON, nullable=False),
    )
    op.create_table(
        "door_ticket",
        Column("ticket_sha256", String(64), primary_key=True),
        Column("certificate", Text, nullable=False),
        Column("device_key", String(64), nullable=False),
        Column("expires", String(32), nullable=False, index=True),
    )
    op.add_column("certificate", Column("retired_at", String(32)))
    op.add_column("app_user", Column("former_names", JSON))
    op.add_column("session", Column("card_ends", String(32)))
