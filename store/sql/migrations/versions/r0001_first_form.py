"""Settings, watchlist, rules with their levels and states, alerts, flags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _pair() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("pair_key", sa.String(400), nullable=False),
        sa.Column("y", sa.String(80), nullable=False),
        sa.Column("x", sa.String(80), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
    )


def upgrade() -> None:
    _settings()
    _watchlist()
    _rules()
    _alerts()


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer),
        sa.Column("effective_ms", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.Float, nullable=False),
        sa.Column("exit", sa.Float, nullable=False),
        sa.Column("refresh_ms", sa.Integer, nullable=False),
        sa.Column("min_correlation", sa.Float, nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_settings"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "flags",
        sa.Column("name", sa.String(420)),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_flags"),
    )


def _watchlist() -> None:
    op.create_table(
        "watchlist",
        sa.Column("id", sa.Integer),
        *_pair(),
        sa.Column("added_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watchlist"),
        sa.UniqueConstraint("pair_key", name="uq_watchlist_pair_key"),
        sqlite_autoincrement=True,
    )


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.Integer),
        *_pair(),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("deleted_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rules_pair_key", "rules", ["pair_key"])
    op.create_table(
        "rule_levels",
        sa.Column("id", sa.Integer),
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("effective_ms", sa.BigInteger, nullable=False),
        sa.Column("fire", sa.Float),
        sa.Column("clear", sa.Float),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule_levels"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_rule_levels_rule_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rule_levels_rule_id", "rule_levels", ["rule_id"])
    op.create_table(
        "rule_states",
        sa.Column("rule_id", sa.Integer, autoincrement=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("bar_ms", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.String(64), nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name="pk_rule_states"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_rule_states_rule_id"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer),
        sa.Column("rule_id", sa.Integer, nullable=False),
        *_pair(),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("bar_ms", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Float) for name in ("z", "spread", "beta", "correlation")),
        sa.Column("fire", sa.Float, nullable=False),
        sa.Column("clear", sa.Float, nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.Column("acknowledged_ms", sa.BigInteger),
        sa.Column("acknowledged_by", sa.String(120)),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_alerts_rule_id"),
        sa.UniqueConstraint("rule_id", "bar_ms", "event", name="uq_alerts_rule_id_bar_ms_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_at_ms_id", "alerts", ["at_ms", "id"])
    op.create_index("ix_alerts_pair_key_at_ms", "alerts", ["pair_key", "at_ms"])


def downgrade() -> None:
    for table in ("alerts", "rule_states", "rule_levels", "rules", "watchlist", "flags", "settings"):
        op.drop_table(table)
