"""One-minute bars for good, and how far they were taken over from the streams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "minutes",
        sa.Column("instrument", sa.String(80), nullable=False),
        sa.Column("open_time_ms", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("open", "high", "low", "close", "volume")),
        sa.Column("buy_volume", sa.Float),
        sa.Column("trades", sa.BigInteger, nullable=False),
        sa.Column("first_id", sa.BigInteger),
        sa.Column("last_id", sa.BigInteger),
        sa.Column("bid", sa.Float),
        sa.Column("ask", sa.Float),
        sa.Column("source", sa.SmallInteger, nullable=False),
        sa.Column("missing", sa.Integer),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("instrument", "open_time_ms", name="pk_minutes"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "minute_cursors",
        sa.Column("instrument", sa.String(80), nullable=False),
        sa.Column("epoch", sa.String(64), nullable=False),
        sa.Column("entry_id", sa.String(48), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("instrument", name="pk_minute_cursors"),
    )


def downgrade() -> None:
    op.drop_table("minute_cursors")
    op.drop_table("minutes")
