"""Mail: the outbox, which is its delivery log too."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer, String, Text

revision = "v0008"
down_revision = "v0007"


def upgrade() -> None:
    op.create_table(
        "mail",
        Column("mail_id", String(64), primary_key=True),
        Column("key", String(300), unique=True),
        Column("case_id", String(64), ForeignKey("procurement_case.case_id"), nullable=False, index=True),
        Column("organization_id", String(64), nullable=False),
        Column("recipient", Text, nullable=False),
        Column("deed", String(64), nullable=False),
        Column("subject", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("created", String(32), nullable=False),
        Column("state", String(16), nullable=False),
        Column("tries", Integer, nullable=False),
        Column("next_try", String(32), nullable=False, index=True),
        Column("sent_at", String(32)),
        Column("problem", Text),
    )
