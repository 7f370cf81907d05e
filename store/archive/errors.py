"""Errors of the archive of ticks.

StoreError
├── StoreUnavailable
│   └── ArchiveUnavailable      its folder or bucket cannot be read or written
└── InvalidArchiveAddress       not a folder or an s3:// address (also a ValueError)
"""

from __future__ import annotations

from store.errors import StoreError, StoreUnavailable


class ArchiveUnavailable(StoreUnavailable):
    """The folder or bucket cannot be read or written."""


class InvalidArchiveAddress(StoreError, ValueError):
    """Neither a folder nor an ``s3://`` address. The address itself is not repeated: it may hold a secret."""

    def __init__(self) -> None:
        super().__init__("TICK_ARCHIVE is not usable: write a folder, or s3://bucket/folder?region=…")
