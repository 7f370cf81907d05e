"""What the environment asks of the ingestor, checked whole before anything starts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.errors import InvalidSettings
from ingest.shard import WHOLE, Shard, parse_shard
from store.address import STORE_FORMS, is_store_url
from store.errors import InvalidInstrument
from store.instruments import parse_instrument
from store.platform import on_platform
from store.sql.default_address import DEFAULT_DATABASE_URL

FeedName = Literal["sim", "binance-spot", "binance-usdm", "coinbase", "replay"]
FEEDS: tuple[FeedName, ...] = get_args(FeedName)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MAX_SPEED = math.inf


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Frozen settings of one ingestor process.

    `symbols` empty means each venue's own dozen. `speed` is a multiple of the recorded pace,
    `MAX_SPEED` for as fast as possible. `sim_url` None means: start a simulated exchange. `database_url`
    is where minutes are kept for good; None, on a platform that names none, means nowhere. `zone` is that of recorded
    times that name none.
    """

    feeds: tuple[FeedName, ...]
    symbols: tuple[str, ...]
    file: Path | None
    speed: float
    redis_url: str
    retention_mb: int | None
    sim_url: str | None
    log_level: str
    database_url: str | None = None
    shard: Shard = WHOLE
    zone: ZoneInfo | None = None


def read_settings(environ: Mapping[str, str], *, store_needed: bool = True) -> IngestSettings:
    """Settings from environment variables; raises `InvalidSettings` with every problem found.

    `store_needed=False` (the recorder) leaves `REDIS_URL` out of account.
    """
    problems: list[str] = []
    feeds = _feeds(environ.get("FEED", "sim"), problems)
    file = Path(environ["FILE"]) if environ.get("FILE") else None
    if store_needed and "replay" in feeds:
        _require_recording(file, problems)
    settings = IngestSettings(
        feeds=feeds,
        symbols=_symbols(environ.get("SYMBOLS", ""), problems),
        file=file,
        speed=_speed(environ.get("SPEED", "") or "1", problems),
        redis_url=_store_address(environ, problems) if store_needed else "",
        retention_mb=_retention(environ.get("RETENTION_MB", ""), problems),
        sim_url=_sim_address(environ.get("SIM_URL", ""), problems),
        zone=_zone(environ.get("FILE_ZONE", ""), problems),
        shard=_shard(environ.get("INGEST_SHARD", ""), problems),
        log_level=_log_level(environ.get("LOG_LEVEL", "") or "INFO", problems),
        database_url=environ.get("DATABASE_URL") or (None if on_platform(environ) else DEFAULT_DATABASE_URL),
    )
    if problems:
        raise InvalidSettings(problems)
    return settings


def _zone(text: str, problems: list[str]) -> ZoneInfo | None:
    try:
        return ZoneInfo(text) if text else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(f"FILE_ZONE={text[:80]!r} is not known: use a name of the IANA list, as UTC or Europe/Berlin")
        return None


def _shard(text: str, problems: list[str]) -> Shard:
    try:
        return parse_shard(text) if text else WHOLE
    except ValueError as error:
        problems.append(str(error))
        return WHOLE


def _feeds(text: str, problems: list[str]) -> tuple[FeedName, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in FEEDS]
    if unknown or not names:
        problems.append(f"FEED={text!r} is not known: use {', '.join(FEEDS)}, several with commas")
    return tuple(name for name in FEEDS if name in names)


def _require_recording(file: Path | None, problems: list[str]) -> None:
    if file is None:
        problems.append("FEED=replay needs FILE, the recording to play")
        return
    try:
        reason = "" if file.is_file() or file.is_dir() or has_magic(str(file)) else "is not there"
    except OSError as error:  # a folder that may not be entered, a name that is too long
        reason = f"cannot be reached ({error.strerror})"
    if reason:
        problems.append(f"FILE={str(file)[:200]!r} {reason}: name a recording, or a folder of the archive of ticks")


def _symbols(text: str, problems: list[str]) -> tuple[str, ...]:
    symbols = tuple(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))
    for symbol in symbols:
        try:
            parse_instrument(f"sim:{symbol}")
        except InvalidInstrument as error:
            problems.append(f"SYMBOLS has {symbol[:80]!r}: {error.allowed}")
    return symbols


def _speed(text: str, problems: list[str]) -> float:
    if text.lower() == "max":
        return MAX_SPEED
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0):
        problems.append(f"SPEED={text[:80]!r} is not possible: use a number above 0, or max")
    return speed


def _store_address(environ: Mapping[str, str], problems: list[str]) -> str:
    address = environ.get("REDIS_URL", "")
    if not address:
        where = "this platform has no embedded store" if on_platform(environ) else "only make run embeds a store"
        problems.append(f"REDIS_URL is missing, and {where}: set it to redis://host:port/0")
    elif not is_store_url(address):
        problems.append(f"REDIS_URL begins with none of {STORE_FORMS}")
    return address


def _retention(text: str, problems: list[str]) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        problems.append(f"RETENTION_MB={text[:80]!r} is not possible: use a whole number of megabytes")
        return None
    return int(text)


def _sim_address(text: str, problems: list[str]) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https", "ws", "wss") or not parts.netloc:
        problems.append(f"SIM_URL={text[:80]!r} is not an address: use http://host:port")
    return text


def _log_level(text: str, problems: list[str]) -> str:
    level = text.upper()
    if level not in LOG_LEVELS:
        problems.append(f"LOG_LEVEL={text[:80]!r} is not known: use {', '.join(LOG_LEVELS)}")
    return level
