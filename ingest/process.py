"""How the ingestor's processes say what became of them."""

from __future__ import annotations

EXIT_FAILED = 1
"""Something gave way: start it again."""

EXIT_CONFIGURATION = 2
"""It cannot work as it was asked to: starting it again changes nothing."""
