"""What the monitor is told by its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.delivery.addresses import InvalidNetwork, Network, parse_networks
from store.address import STORE_FORMS, is_store_url
from store.platform import on_platform
from store.sql.address import DEFAULT_DATABASE_URL, parse_database_url
from store.sql.errors import InvalidDatabaseAddress

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsRefused(ValueError):
    """The environment is not usable; the message names all that is wrong, one a line."""


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    redis_url: str
    database_url: str
    log_level: str
    alert_allowed_nets: tuple[Network, ...] = ()
    public_url: str = ""


def parse_settings(environ: Mapping[str, str]) -> MonitorSettings:
    """Read REDIS_URL, DATABASE_URL, LOG_LEVEL, ALERT_ALLOWED_NETS and PUBLIC_URL; raise `SettingsRefused`."""
    redis_url = environ.get("REDIS_URL", "")
    database_url = environ.get("DATABASE_URL") or DEFAULT_DATABASE_URL
    log_level = (environ.get("LOG_LEVEL") or "INFO").upper()
    wrong: list[str] = []
    if on_platform(environ) and not environ.get("DATABASE_URL"):
        wrong.append("DATABASE_URL must be set here: files of this platform vanish")
    if not is_store_url(redis_url):
        wrong.append(f"REDIS_URL must name the store that the ingestor writes to, as {STORE_FORMS}")
    try:
        parse_database_url(database_url)
    except InvalidDatabaseAddress as error:
        wrong.append(str(error))
    if log_level not in LOG_LEVELS:
        wrong.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    public_url = environ.get("PUBLIC_URL", "").rstrip("/")
    if public_url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", public_url):
        wrong.append("PUBLIC_URL must be the board's address as people open it, as https://board.example.com")
    try:
        networks = parse_networks(filter(str.strip, environ.get("ALERT_ALLOWED_NETS", "").split(",")))
    except InvalidNetwork as error:
        wrong.append(f"ALERT_ALLOWED_NETS: {error}")
        networks = ()
    if wrong:
        raise SettingsRefused("\n".join(wrong))
    return MonitorSettings(redis_url, database_url, log_level, networks, public_url)
