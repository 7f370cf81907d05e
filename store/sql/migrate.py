"""Brings the tables of a database to the form of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from store.sql.database import Database

_UPGRADE_LOCK = 7_301_186  # any number of our own, so that two upgrades of one PostgreSQL wait for each other


def upgrade(database: Database) -> None:
    """Run every step not yet run, all in one transaction; a second process that upgrades waits and finds it done."""
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
