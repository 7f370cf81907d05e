"""Alembic runs this file: the connection is handed over with its transaction already begun."""

from __future__ import annotations

from alembic import context

from store.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transaction_per_migration=False,
)
context.run_migrations()
