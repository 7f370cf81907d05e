"""The fields of a rule that a page shows and an order may name."""

from __future__ import annotations

from types import MappingProxyType

FIRE, CLEAR, PENDING, COOLDOWN, KEEP, CORRELATION, ENABLED = (
    "fire", "clear", "pending_bars", "cooldown_bars", "keep_bars", "min_correlation", "enabled",
)  # fmt: skip
LEVELS = (FIRE, CLEAR, CORRELATION)
LENGTHS = (PENDING, COOLDOWN, KEEP)
FIELDS = MappingProxyType(
    {
        FIRE: "fires at",
        CLEAR: "clears at",
        PENDING: "waits, bars",
        COOLDOWN: "cool-down, bars",
        KEEP: "keeps on, bars",
        CORRELATION: "least |corr.|",
    }
)
"""As columns name them."""
