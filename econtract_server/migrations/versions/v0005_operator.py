"""What the operator tells: notices, maintenance windows, manuals, questions."""

from alembic import op
from sqlalchemy import JSON, Column, String

revision = "v0005"
down_revision = "v0004"


def upgrade() -> None:
    op.create_table(
        "bulletin",
        Column("bulletin_id", String(64), primary_key=True),
        Column("kind", String(16), nullable=False),
        Column("begins", String(32), nullable=False),
        Column("ends", String(32), index=True),
        Column("data", JSON, nullable=False),
    )
