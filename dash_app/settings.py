"""Settings of the web process, read from the environment in its composition root."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from engine.delivery.addresses import InvalidNetwork, Network, parse_networks
from engine.platform import on_platform

DEFAULT_REDIS_URL = "redis://127.0.0.1:6379/0"
DEFAULT_DATABASE_URL = "sqlite:///var/spreadboard.sqlite"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Addresses of the two stores, networks that messages may go to beside the public ones, the board's own address."""

    redis_url: str
    database_url: str
    alert_allowed_nets: tuple[Network, ...] = ()
    public_url: str = ""


def read_settings(environment: Mapping[str, str] | None = None) -> WebSettings:
    """Raise SystemExit in one sentence where a platform lacks a store of its own, or a network is none."""
    env = os.environ if environment is None else environment
    if on_platform(env):
        missing = [name for name in ("REDIS_URL", "DATABASE_URL") if not env.get(name)]
        if missing:
            raise SystemExit(f"on a platform {' and '.join(missing)} must be set: local files and servers vanish there")
    try:
        networks = parse_networks(filter(str.strip, env.get("ALERT_ALLOWED_NETS", "").split(",")))
    except InvalidNetwork as error:
        raise SystemExit(f"ALERT_ALLOWED_NETS: {error}") from error
    return WebSettings(
        redis_url=env.get("REDIS_URL") or DEFAULT_REDIS_URL,
        database_url=env.get("DATABASE_URL") or DEFAULT_DATABASE_URL,
        alert_allowed_nets=networks,
        public_url=env.get("PUBLIC_URL", "").rstrip("/"),
    )
