"""Rules of many kinds, with waiting, cooling down and a correlation of their own; alerts with what was judged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("rule_levels") as table:
        for name in ("pending_bars", "cooldown_bars", "keep_bars"):
            table.add_column(sa.Column(name, sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("min_correlation", sa.Float))
    with op.batch_alter_table("rule_states") as table:
        table.alter_column("state", existing_type=sa.String(64), type_=sa.Text, existing_nullable=False)
    with op.batch_alter_table("alerts") as table:
        table.add_column(sa.Column("kind", sa.String(32), nullable=False, server_default="z"))
        table.add_column(sa.Column("value", sa.Float))
    op.execute("UPDATE alerts SET value = z")


def downgrade() -> None:
    with op.batch_alter_table("alerts") as table:
        table.drop_column("value")
        table.drop_column("kind")
    with op.batch_alter_table("rule_states") as table:
        table.alter_column("state", existing_type=sa.Text, type_=sa.String(64), existing_nullable=False)
    with op.batch_alter_table("rule_levels") as table:
        for name in ("min_correlation", "keep_bars", "cooldown_bars", "pending_bars"):
            table.drop_column(name)
