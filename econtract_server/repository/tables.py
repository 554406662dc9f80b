"""The tables. Times are ISO 8601 texts in UTC (they sort), hashes lower-case hex, JSON columns hold what no query looks into."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, MetaData, String, Table, Text

metadata = MetaData()

identity = Table(
    "identity", metadata, Column("name", String(32), primary_key=True), Column("value", Text, nullable=False)
)

organization = Table(
    "organization",
    metadata,
    Column("organization_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("side", String(16), nullable=False),
    Column("corporate_number", String(13), nullable=False),
    Column("contractor_number", String(32)),
)

user = Table(
    "app_user",
    metadata,
    Column("user_id", String(64), primary_key=True),
    Column("organization_id", ForeignKey("organization.organization_id"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
)

certificate = Table(
    "certificate",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("user_id", ForeignKey("app_user.user_id"), nullable=False),
)

challenge = Table(
    "challenge",
    metadata,
    Column("challenge_id", String(64), primary_key=True),
    Column("nonce", Text, nullable=False),
    Column("expires", String(32), nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", ForeignKey("app_user.user_id"), nullable=False),
    Column("certificate_sha256", String(64), nullable=False),
    Column("device_key", String(64)),  # thumbprint of the key a session will be bound to (RFC 9449)
    Column("issued", String(32), nullable=False),
    Column("last_seen", String(32), nullable=False),
)

case = Table(
    "procurement_case",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("number", String(300), nullable=False, unique=True),
    Column("body_id", ForeignKey("organization.organization_id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

case_party = Table(
    "case_party",
    metadata,
    Column("case_id", ForeignKey("procurement_case.case_id"), primary_key=True),
    Column("organization_id", ForeignKey("organization.organization_id"), primary_key=True),
)

contract = Table(
    "contract",
    metadata,
    Column("contract_id", String(80), primary_key=True),
    Column("case_id", ForeignKey("procurement_case.case_id"), nullable=False, index=True),
    Column("state", String(24), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

contract_file = Table(
    "contract_file",
    metadata,
    Column("contract_id", ForeignKey("contract.contract_id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
)

operation = Table(
    "operation",
    metadata,
    Column("operation_id", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
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
