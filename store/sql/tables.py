"""The tables. Times are UTC milliseconds; a pair is kept as its legs and the query that names its parameters."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _pair() -> tuple[Column[str], ...]:
    return (
        Column("pair_key", String(400), nullable=False),
        Column("y", String(80), nullable=False),
        Column("x", String(80), nullable=False),
        Column("query", Text, nullable=False),
    )


SETTINGS = Table(
    "settings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("effective_ms", BigInteger, nullable=False),
    Column("entry", Float, nullable=False),
    Column("exit", Float, nullable=False),
    Column("refresh_ms", Integer, nullable=False),
    Column("min_correlation", Float, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""Every state of the settings that ever held; the last written is the current one."""

WATCHLIST = Table(
    "watchlist",
    METADATA,
    Column("id", Integer, primary_key=True),
    *_pair(),
    Column("added_ms", BigInteger, nullable=False),
    UniqueConstraint("pair_key"),
    sqlite_autoincrement=True,
)

RULES = Table(
    "rules",
    METADATA,
    Column("id", Integer, primary_key=True),
    *_pair(),
    Column("kind", String(32), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger),
    Index("ix_rules_pair_key", "pair_key"),
    sqlite_autoincrement=True,
)
"""A deleted rule stays, marked: its alerts refer to it."""

RULE_LEVELS = Table(
    "rule_levels",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("rule_id", Integer, ForeignKey("rules.id"), nullable=False),
    Column("effective_ms", BigInteger, nullable=False),
    Column("fire", Float),
    Column("clear", Float),
    Column("enabled", Boolean, nullable=False),
    Column("pending_bars", Integer, nullable=False, server_default="0"),
    Column("cooldown_bars", Integer, nullable=False, server_default="0"),
    Column("keep_bars", Integer, nullable=False, server_default="0"),
    Column("min_correlation", Float),
    Column("written_ms", BigInteger, nullable=False),
    Index("ix_rule_levels_rule_id", "rule_id"),
    sqlite_autoincrement=True,
)
"""What a rule said and from when, so that a bar is judged by the levels of its own time."""

RULE_STATES = Table(
    "rule_states",
    METADATA,
    Column("rule_id", Integer, ForeignKey("rules.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("bar_ms", BigInteger, nullable=False),
    Column("epoch", String(64), nullable=False),
    Column("written_ms", BigInteger, nullable=False),
)
"""Where a rule stands after the bar that opened at `bar_ms`: the last one it has judged."""

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("rule_id", Integer, ForeignKey("rules.id"), nullable=False),
    *_pair(),
    Column("kind", String(32), nullable=False, server_default="z"),
    Column("event", String(32), nullable=False),
    Column("value", Float),
    Column("bar_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("z", Float),
    Column("spread", Float),
    Column("beta", Float),
    Column("correlation", Float),
    Column("fire", Float, nullable=False),
    Column("clear", Float, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    Column("acknowledged_ms", BigInteger),
    Column("acknowledged_by", String(120)),
    Column("note", Text),
    Column("silenced", Boolean, nullable=False, server_default=false()),
    Column("bar_state", String(16)),
    Column("bar_missing", Integer),
    UniqueConstraint("rule_id", "bar_ms", "event"),
    Index("ix_alerts_at_ms_rule_id_id", "at_ms", "rule_id", "id"),
    Index("ix_alerts_pair_key_at_ms", "pair_key", "at_ms"),
    sqlite_autoincrement=True,
)
"""One row per event of a rule; the constraint makes a repeated evaluation harmless.

`bar_state` says how complete its bar was when it was judged, `bar_missing` how many trades it lacked; NULL where nobody
knows, or there was no bar.
"""

FLAGS = Table(
    "flags",
    METADATA,
    Column("name", String(420), primary_key=True),
    Column("written_ms", BigInteger, nullable=False),
)
"""Things that are done once in the life of a database."""

MINUTES = Table(
    "minutes",
    METADATA,
    Column("instrument", String(80), primary_key=True),
    Column("open_time_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("open", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("close", Float, nullable=False),
    Column("volume", Float, nullable=False),
    Column("buy_volume", Float),
    Column("trades", BigInteger, nullable=False),
    Column("first_id", BigInteger),
    Column("last_id", BigInteger),
    Column("bid", Float),
    Column("ask", Float),
    Column("source", SmallInteger, nullable=False),
    Column("missing", Integer),
    Column("revision", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Closed 1 m bars, the best known of each open time (`store.history.minutes`); NULL where nobody knows.

`generation` numbers the lives of the store that revisions were counted in; 0 is an import.
"""

MINUTE_CURSORS = Table(
    "minute_cursors",
    METADATA,
    Column("instrument", String(80), primary_key=True),
    Column("epoch", String(64), nullable=False),
    Column("entry_id", String(48), nullable=False),
    Column("generation", Integer, nullable=False),
)
"""The last stream entry of each instrument that `minutes` has taken over, and of which store epoch."""

FOLLOWED = Table(
    "followed",
    METADATA,
    Column("venue", String(16), primary_key=True),
    Column("symbol", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
)
"""The symbols that a venue's ingestor follows, as analysts chose them; a venue without rows has its first set."""

UPLOADS = Table(
    "uploads",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("symbol", String(64), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("timeframe", String(8)),
    Column("file_name", String(200), nullable=False),
    Column("uploaded_ms", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("report", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("symbol"),
    sqlite_autoincrement=True,
)
"""What analysts brought along, each an instrument ``upload:SYMBOL`` of a `kind` ``ticks`` or ``bars``.

`content` is its cleaned rows as Parquet, from which the streams are built again, `sha256` of the file as it came,
`report` JSON.
"""

TARGETS = Table(
    "targets",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("url", Text, nullable=False),
    Column("shown", String(200), nullable=False),
    Column("everything", Boolean, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("template", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger),
    sqlite_autoincrement=True,
)
"""Where messages go. `url` holds secrets, `shown` is what of it may be shown.

`everything`: alerts of rules that name no targets.
"""

RULE_TARGETS = Table(
    "rule_targets",
    METADATA,
    Column("rule_id", Integer, ForeignKey("rules.id"), primary_key=True, autoincrement=False),
    Column("target_id", Integer, ForeignKey("targets.id"), primary_key=True, autoincrement=False),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alerts.id")),
    Column("target_id", Integer, ForeignKey("targets.id"), nullable=False),
    Column("message", String(36)),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("sent_ms", BigInteger),
    Column("error", Text),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("alert_id", "target_id"),
    Index("ix_deliveries_state_target_id", "state", "target_id"),
    Index("ix_deliveries_message", "message"),
    sqlite_autoincrement=True,
)
"""An alert on its way to a target, written in one transaction with the alert; one without an alert is a test.

`message` is the id of the message that takes it along, given before that is sent, so that it comes again as it was.
"""

SILENCES = Table(
    "silences",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("rule_id", Integer, ForeignKey("rules.id")),
    Column("pair_key", String(400)),
    Column("y", String(80)),
    Column("x", String(80)),
    Column("query", Text),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("by", String(120), nullable=False),
    Column("note", Text, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""A rule, or all rules of a pair, of which nobody is told between two times; the log goes on."""

PAIR_NOTES = Table(
    "pair_notes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("y", String(80), nullable=False),
    Column("x", String(80), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", String(120), nullable=False),
    Column("note", Text, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger),
    Index("ix_pair_notes_y_x", "y", "x"),
    sqlite_autoincrement=True,
)

PAIR_STAGES = Table(
    "pair_stages",
    METADATA,
    Column("id", Integer, primary_key=True),
    *_pair(),
    Column("stage", String(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("cause", String(16), nullable=False),
    Column("asked", String(16)),
    Column("rule_id", Integer),
    Column("reason", Text, nullable=False),
    Column("by", String(120), nullable=False),
    Column("facts", Text, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    Index("ix_pair_stages_pair_key_id", "pair_key", "id"),
    Index("ix_pair_stages_y_x", "y", "x"),
    sqlite_autoincrement=True,
)
"""The life of a watched pair: each stage that it entered, when and why; ids of a pair ascend with the time of bars.

`asked` is what somebody wanted, `facts` (JSON) what was known at the end of the stage: the next one is made from it.
"""

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("alert_id", Integer, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("ending", String(16), nullable=False),
    Column("bars", Integer, nullable=False),
    Column("favourable", Float),
    Column("adverse", Float),
    Column("move", Float),
    Column("written_ms", BigInteger, nullable=False),
)
"""What followed an alert, once it is over; ``unknown`` where its bars had gone before that."""

RULE_ENDINGS = Table(
    "rule_endings",
    METADATA,
    Column("rule_id", Integer, ForeignKey("rules.id"), primary_key=True, autoincrement=False),
    Column("ending", String(16), primary_key=True),
    Column("alerts", Integer, nullable=False),
)
"""How many outcomes of each ending a rule has, counted in the transactions that write them."""
