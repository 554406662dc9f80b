"""Sessions are bound to a key of the PC (RFC 9449). Those from before end: people log in again."""

from alembic import op
from sqlalchemy import Column, String, text

revision = "v0002"
down_revision = "v0001"


def upgrade() -> None:
    op.execute(text("DELETE FROM session"))
    op.execute(text("DELETE FROM challenge"))
    with op.batch_alter_table("session") as session:
        session.alter_column("device_key", existing_type=String(64), nullable=False)
    with op.batch_alter_table("challenge") as challenge:
        challenge.add_column(Column("device_key", String(64), nullable=False))
    op.create_table(
        "device_proof",
        Column("name", String(64), primary_key=True),
        Column("expires", String(32), nullable=False, index=True),
    )
