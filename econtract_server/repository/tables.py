"""The tables. Times are ISO 8601 texts in UTC (they sort), hashes lower-case hex, JSON columns hold what no query looks into."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData()


def _reference(name: str, target: str, *, key: bool = False) -> Column[str]:
    return Column(name, String(64), ForeignKey(target), primary_key=key, nullable=False)


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
    Column("delegations", JSON),  # what a body accepts: `econtract_core.rules.delegation.BodyRules`; none: everything
)

user = Table(
    "app_user",
    metadata,
    Column("user_id", String(64), primary_key=True),
    _reference("organization_id", "organization.organization_id"),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("former_names", JSON),  # [name, until when] of each, the oldest first; none: always the same
)

certificate = Table(
    "certificate",
    metadata,
    Column("sha256", String(64), primary_key=True),
    _reference("user_id", "app_user.user_id"),
    Column("retired_at", String(32)),  # since when it opens nothing
)

# `econtract_core.rules.registration`, of those who registered or renewed themselves; others are known by their certificates alone.
account = Table(
    "account",
    metadata,
    _reference("user_id", "app_user.user_id", key=True),
    Column("body_id", String(64)),  # who looks at the registration; none: any body
    Column("state", String(24), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

# A card that has proved itself at the door, on one device, for some minutes.
door_ticket = Table(
    "door_ticket",
    metadata,
    Column("ticket_sha256", String(64), primary_key=True),
    Column("certificate", Text, nullable=False),  # DER in base64
    Column("device_key", String(64), nullable=False),
    Column("expires", String(32), nullable=False, index=True),
)

challenge = Table(
    "challenge",
    metadata,
    Column("challenge_id", String(64), primary_key=True),
    Column("nonce", Text, nullable=False),
    Column("device_key", String(64), nullable=False),
    Column("expires", String(32), nullable=False, index=True),
)

# Proofs of a device's key (RFC 9449) that came with a request that changes something: each once.
device_proof = Table(
    "device_proof",
    metadata,
    Column("name", String(64), primary_key=True),  # SHA-256 of key and identifier
    Column("expires", String(32), nullable=False, index=True),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    _reference("user_id", "app_user.user_id"),
    Column("certificate_sha256", String(64), nullable=False),
    Column("device_key", String(64), nullable=False),  # thumbprint of the key the session is bound to (RFC 9449)
    Column("issued", String(32), nullable=False, index=True),
    Column("last_seen", String(32), nullable=False),
    Column("card_ends", String(32)),  # from then on it only reads
)

case = Table(
    "procurement_case",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("number", String(300), nullable=False),
    _reference("body_id", "organization.organization_id"),
    Column("revision", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("body_id", "number", name="case_number_of_body"),
)

# `econtract_core.rules.delegation`. Nothing is deleted: what was signed under a delegation stays readable.
delegation = Table(
    "delegation",
    metadata,
    Column("delegation_id", String(64), primary_key=True),
    Column("organization_id", String(64), ForeignKey("organization.organization_id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

case_party = Table(
    "case_party",
    metadata,
    _reference("case_id", "procurement_case.case_id", key=True),
    _reference("organization_id", "organization.organization_id", key=True),
)

contract = Table(
    "contract",
    metadata,
    Column("contract_id", String(64), primary_key=True),
    Column("case_id", String(64), ForeignKey("procurement_case.case_id"), nullable=False, index=True),
    Column("state", String(24), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

# Every file a contract ever named.
contract_file = Table(
    "contract_file",
    metadata,
    _reference("contract_id", "contract.contract_id", key=True),
    Column("sha256", String(64), primary_key=True, index=True),
)

# What follows a contract's conclusion: `econtract_core.rules.procedures`.
case_procedures = Table(
    "case_procedures",
    metadata,
    _reference("case_id", "procurement_case.case_id", key=True),
    Column("revision", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

# Every file they ever named.
procedure_file = Table(
    "procedure_file",
    metadata,
    _reference("case_id", "procurement_case.case_id", key=True),
    Column("sha256", String(64), primary_key=True, index=True),
)

# Who has sent which file: only that organisation may name it in an operation. Knowing a hash gives nobody the bytes.
blob = Table(
    "blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    _reference("organization_id", "organization.organization_id", key=True),
    Column("user_id", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("arrived", String(32), nullable=False),
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
    Column("object_id", String(64), nullable=False),
    Column("operation_id", String(64), nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer_sha256", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("own", String(64), nullable=False),
)

# One row: the end of the chain. Whoever writes the log holds it, so that writers follow one another; a cut-off end shows.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("own", String(64), nullable=False),
)

# The outbox of e-mail and its delivery log.
mail = Table(
    "mail",
    metadata,
    Column("mail_id", String(64), primary_key=True),
    Column("key", String(300), unique=True),  # of a reminder: sent once
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

# `econtract_core.rules.bulletin`. Nothing is deleted: what is over has an end.
bulletin = Table(
    "bulletin",
    metadata,
    Column("bulletin_id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("begins", String(32), nullable=False),
    Column("ends", String(32), index=True),
    Column("data", JSON, nullable=False),
)
