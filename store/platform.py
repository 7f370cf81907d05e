"""Whether this runs on a platform whose machines keep nothing and share nothing."""

from __future__ import annotations

from collections.abc import Mapping


def on_platform(environ: Mapping[str, str]) -> bool:
    """True where local files vanish and each process has a machine of its own."""
    return bool(environ.get("DYNO")) or environ.get("PLATFORM") == "1"
