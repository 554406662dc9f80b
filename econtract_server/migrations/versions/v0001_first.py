"""The first tables. A migration is history: it repeats the tables of its day and imports none of ours."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, String, Text, UniqueConstraint, column, table

revision = "v0001"
down_revision = None


def upgrade() -> None:
    op.create_table("identity", Column("name", String(32), primary_key=True), Column("value", Text, nullable=False))
    _people()
    _sessions()
    _cases()
    _files()
    _log()


def _reference(name: str, target: str, *, key: bool = False) -> "Column[str]":
    return Column(name, String(64), ForeignKey(target), primary_key=key, nullable=False)


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
        _reference("organization_id", "organization.organization_id"),
        Column("display_name", Text, nullable=False),
        Column("role", Text, nullable=False),
    )
    op.create_table(
        "certificate",
        Column("sha256", String(64), primary_key=True),
        _reference("user_id", "app_user.user_id"),
    )


def _sessions() -> None:
    op.create_table(
        "challenge",
        Column("challenge_id", String(64), primary_key=True),
        Column("nonce", Text, nullable=False),
        Column("expires", String(32), nullable=False, index=True),
    )
    op.create_table(
        "session",
        Column("token_sha256", String(64), primary_key=True),
        _reference("user_id", "app_user.user_id"),
        Column("certificate_sha256", String(64), nullable=False),
        Column("device_key", String(64)),
        Column("issued", String(32), nullable=False, index=True),
        Column("last_seen", String(32), nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "procurement_case",
        Column("case_id", String(64), primary_key=True),
        Column("number", String(300), nullable=False),
        _reference("body_id", "organization.organization_id"),
        Column("revision", Integer, nullable=False),
        Column("data", JSON, nullable=False),
        UniqueConstraint("body_id", "number", name="case_number_of_body"),
    )
    op.create_table(
        "case_party",
        _reference("case_id", "procurement_case.case_id", key=True),
        _reference("organization_id", "organization.organization_id", key=True),
    )
    op.create_table(
        "contract",
        Column("contract_id", String(64), primary_key=True),
        Column("case_id", String(64), ForeignKey("procurement_case.case_id"), nullable=False, index=True),
        Column("state", String(24), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("data", JSON, nullable=False),
    )


def _files() -> None:
    op.create_table(
        "contract_file",
        _reference("contract_id", "contract.contract_id", key=True),
        Column("sha256", String(64), primary_key=True, index=True),
    )
    op.create_table(
        "blob",
        Column("sha256", String(64), primary_key=True),
        _reference("organization_id", "organization.organization_id", key=True),
        Column("user_id", String(64), nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("arrived", String(32), nullable=False),
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
        Column("object_id", String(64), nullable=False),
        Column("operation_id", String(64), nullable=False),
        Column("body_sha256", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("answer_sha256", String(64), nullable=False),
        Column("previous", String(64), nullable=False),
        Column("own", String(64), nullable=False),
    )
    op.create_table(
        "audit_head",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, nullable=False),
        Column("own", String(64), nullable=False),
    )
    head = table("audit_head", column("id"), column("number"), column("own"))
    op.bulk_insert(head, [{"id": 1, "number": 0, "own": "0" * 64}])
