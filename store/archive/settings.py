"""What the archive's process is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.address import STORE_FORMS, is_store_url

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsRefused(ValueError):
    """The environment is not usable; the message names all that is wrong, one a line."""


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """`archive` is None where none is wanted."""

    redis_url: str
    archive: str | None
    log_level: str


def parse_settings(environ: Mapping[str, str]) -> ArchiveSettings:
    """Read REDIS_URL, TICK_ARCHIVE and LOG_LEVEL; raise `SettingsRefused`."""
    redis_url, archive = environ.get("REDIS_URL", ""), environ.get("TICK_ARCHIVE") or None
    log_level = (environ.get("LOG_LEVEL") or "INFO").upper()
    wrong: list[str] = []
    if archive and not is_store_url(redis_url):
        wrong.append(f"REDIS_URL must name the store that the ingestor writes to, as {STORE_FORMS}")
    if archive and "://" in archive and not archive.startswith("s3://"):
        wrong.append("TICK_ARCHIVE must be a folder, or s3://bucket/folder")
    if log_level not in LOG_LEVELS:
        wrong.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    if wrong:
        raise SettingsRefused("\n".join(wrong))
    return ArchiveSettings(redis_url, archive, log_level)
