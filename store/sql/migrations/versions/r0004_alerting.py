"""Rules of many kinds, alerts with what was judged; delivery, silences, notes and the life of a pair."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_LIVES_SO_FAR = """
INSERT INTO pair_stages (pair_key, y, x, query, stage, at_ms, cause, asked, reason, "by", facts, written_ms)
SELECT pair_key, y, x, query, 'candidate', added_ms, 'hand', 'candidate', 'on the watchlist before stages were kept',
       '', '{"begun": true}', added_ms FROM watchlist ORDER BY id
"""


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
        table.add_column(sa.Column("silenced", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("bar_state", sa.String(16)))
        table.add_column(sa.Column("bar_missing", sa.Integer))
    op.execute("UPDATE alerts SET value = z")
    op.drop_index("ix_alerts_at_ms_id", table_name="alerts")
    op.create_index("ix_alerts_at_ms_rule_id_id", "alerts", ["at_ms", "rule_id", "id"])
    _add_delivery()
    _add_silences_notes_stages()


def _add_delivery() -> None:
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("shown", sa.String(200), nullable=False),
        sa.Column("everything", sa.Boolean, nullable=False),
        sa.Column("per_minute", sa.Integer, nullable=False),
        sa.Column("template", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("deleted_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_targets"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rule_targets",
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("target_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "target_id", name="pk_rule_targets"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_rule_targets_rule_id"),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_rule_targets_target_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("alert_id", sa.Integer),
        sa.Column("target_id", sa.Integer, nullable=False),
        sa.Column("message", sa.String(36)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("sent_ms", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_deliveries_alert_id"),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_deliveries_target_id"),
        sa.UniqueConstraint("alert_id", "target_id", name="uq_deliveries_alert_id_target_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_state_target_id", "deliveries", ["state", "target_id"])
    op.create_index("ix_deliveries_message", "deliveries", ["message"])


def _add_silences_notes_stages() -> None:
    op.create_table(
        "silences",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("rule_id", sa.Integer),
        sa.Column("pair_key", sa.String(400)),
        sa.Column("y", sa.String(80)),
        sa.Column("x", sa.String(80)),
        sa.Column("query", sa.Text),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_silences_rule_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pair_notes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("y", sa.String(80), nullable=False),
        sa.Column("x", sa.String(80), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.Column("deleted_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_pair_notes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pair_notes_y_x", "pair_notes", ["y", "x"])
    op.create_table(
        "pair_stages",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("pair_key", sa.String(400), nullable=False),
        sa.Column("y", sa.String(80), nullable=False),
        sa.Column("x", sa.String(80), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("asked", sa.String(16)),
        sa.Column("rule_id", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pair_stages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pair_stages_pair_key_id", "pair_stages", ["pair_key", "id"])
    op.create_index("ix_pair_stages_y_x", "pair_stages", ["y", "x"])
    op.execute(_LIVES_SO_FAR)
    op.create_table(
        "outcomes",
        sa.Column("alert_id", sa.Integer, nullable=False),
        sa.Column("ending", sa.String(16), nullable=False),
        sa.Column("bars", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Float) for name in ("favourable", "adverse", "move")),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_outcomes"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_outcomes_alert_id"),
    )
    op.create_table(
        "rule_endings",
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("ending", sa.String(16), nullable=False),
        sa.Column("alerts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "ending", name="pk_rule_endings"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_rule_endings_rule_id"),
    )


def downgrade() -> None:
    op.drop_table("rule_endings")
    for name in ("outcomes", "pair_stages", "pair_notes", "silences", "deliveries", "rule_targets", "targets"):
        op.drop_table(name)
    op.drop_index("ix_alerts_at_ms_rule_id_id", table_name="alerts")
    op.create_index("ix_alerts_at_ms_id", "alerts", ["at_ms", "id"])
    with op.batch_alter_table("alerts") as table:
        table.drop_column("bar_missing")
        table.drop_column("bar_state")
        table.drop_column("silenced")
        table.drop_column("value")
        table.drop_column("kind")
    with op.batch_alter_table("rule_states") as table:
        table.alter_column("state", existing_type=sa.Text, type_=sa.String(64), existing_nullable=False)
    with op.batch_alter_table("rule_levels") as table:
        for name in ("min_correlation", "keep_bars", "cooldown_bars", "pending_bars"):
            table.drop_column(name)
