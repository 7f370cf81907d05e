"""Where a board runs."""

from __future__ import annotations

from store.platform import on_platform as on_platform
