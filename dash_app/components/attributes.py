"""Attributes that Python's syntax cannot name."""

from __future__ import annotations

from typing import Any


def attributes(*, data: dict[str, str] | None = None, **aria: str) -> dict[str, Any]:
    """``attributes(label="Pages", data={"tab": "x"})`` → ``{"aria-label": "Pages", "data-tab": "x"}``."""
    out: dict[str, Any] = {f"aria-{name}": value for name, value in aria.items()}
    return out | {f"data-{name}": value for name, value in (data or {}).items()}
