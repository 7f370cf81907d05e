"""An upgraded database of each kind, empty for each test."""

from __future__ import annotations

from tests.store.sql.conftest import _postgresql, address, database, postgresql_url

__all__ = ["_postgresql", "address", "database", "postgresql_url"]
