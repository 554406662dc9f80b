"""Delegations, and what a body accepts of them."""

from alembic import op
from sqlalchemy import JSON, Column, ForeignKey, Integer, String

revision = "v0006"
down_revision = "v0005"


def upgrade() -> None:
    op.create_table(
        "delegation",
        Column("delegation_id", String(64), primary_key=True),
        Column("organization_id", String(64), ForeignKey("organization.organization_id"), nullable=False, index=True),
        Column("revision", Integer, nullable=False),
        Column("data", JSON, nullable=False),
    )
    op.add_column("organization", Column("delegations", JSON))
