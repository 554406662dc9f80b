"""What follows a contract's conclusion: one row a case, and the files its papers name."""

from alembic import op
from sqlalchemy import JSON, Column, ForeignKey, Integer, String

revision = "v0004"
down_revision = "v0002"


def upgrade() -> None:
    op.create_table(
        "case_procedures",
        Column("case_id", String(64), ForeignKey("procurement_case.case_id"), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("data", JSON, nullable=False),
    )
    op.create_table(
        "procedure_file",
        Column("case_id", String(64), ForeignKey("procurement_case.case_id"), primary_key=True),
        Column("sha256", String(64), primary_key=True, index=True),
    )
