"""The first tables."""

from alembic import op
from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("identity", Column("name", String(32), primary_key=True), Column("value", Text, nullable=False))
    _people()
    _sessions()
    _cases()
    _log()


def _people() -> None:
    op.create_table(
        "organization",
        Column("organization_id", String(64), primary_key=True),
        Column("name", Text, nullable=False),
        Column("side", String(16), nullable=False),
        Column("corporate_number", String(13), nullable=False),
        Column("contractor_number", String(32)),
    )
    op.create_table(
        "app_user",
        Column("user_id", String(64), primary_key=True),
        Column("organization_id", String(64), ForeignKey("organization.organization_id"), nullable=False),
        Column("display_name", Text, nullable=False),
        Column("role", Text, nullable=False),
    )
    op.create_table(
        "certificate",
        Column("sha256", String(64), primary_key=True),
        Column("user_id", String(64), ForeignKey("app_user.user_id"), nullable=False),
    )


def _sessions() -> None:
    op.create_table(
        "challenge",
        Column("challenge_id", String(64), primary_key=True),
        Column("nonce", Text, nullable=False),
        Column("expires", String(32), nullable=False),
    )
    op.create_table(
        "session",
        Column("token_sha256", String(64), primary_key=True),
        Column("user_id", String(64), ForeignKey("app_user.user_id"), nullable=False),
        Column("certificate_sha256", String(64), nullable=False),
        Column("device_key", String(64)),
        Column("issued", String(32), nullable=False),
        Column("last_seen", String(32), nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "procurement_case",
        Column("case_id", String(64), primary_key=True),
        Column("number", String(300), nullable=False, unique=True),
        Column("body_id", String(64), ForeignKey("organization.organization_id"), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("data", JSON, nullable=False),
    )
    op.create_table(
        "case_party",
        Column("case_id", String(64), ForeignKey("procurement_case.case_id"), primary_key=True),
        Column("organization_id", String(64), ForeignKey("organization.organization_id"), primary_key=True),
    )
    op.create_table(
        "contract",
        Column("contract_id", String(80), primary_key=True),
        Column("case_id", String(64), ForeignKey("procurement_case.case_id"), nullable=False, index=True),
        Column("state", String(24), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("data", JSON, nullable=False),
    )
    op.create_table(
        "contract_file",
        Column("contract_id", String(64), ForeignKey("contract.contract_id"), primary_key=True),
        Column("sha256", String(64), primary_key=True),
    )


def _log() -> None:
    op.create_table(
        "operation",
        Column("operation_id", String(64), primary_key=True),
        Column("user_id", String(64), nullable=False),
        Column("body_sha256", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("answer", Text, nullable=False),
    )
    op.create_table(
        "audit",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("at", String(32), nullable=False),
        Column("user_id", String(64), nullable=False),
        Column("deed", String(64), nullable=False),
        Column("object_id", String(80), nullable=False),
        Column("body_sha256", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("previous", String(64), nullable=False),
        Column("own", String(64), nullable=False),
    )
