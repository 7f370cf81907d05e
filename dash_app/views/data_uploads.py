"""What analysts brought, as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash_app import ids
from dash_app.components.cells import text
from dash_app.words import moment, number
from engine.uploads.uploads import Upload

_KINDS = {"ticks": "trades", "bars": "bars"}


def uploads_props(uploads: Sequence[Upload], now_ms: int) -> dict[str, dict[str, Any]]:
    """Newest first."""
    count = f"{len(uploads)} file{'s' * (len(uploads) != 1)}, newest first"
    none = "Nothing yet: what is brought can be shown beside live instruments, and in pairs with them."
    return {
        ids.UPLOADS: {"data": [_row(upload, now_ms) for upload in reversed(uploads)]},
        ids.UPLOADS_NOTE: {"children": count if uploads else none},
    }


def _row(upload: Upload, now_ms: int) -> dict[str, str]:
    symbol = text(upload.symbol)
    delete = f'<button type="button" class="sb-link" data-delete-upload="{symbol}">Delete</button>'
    return {
        "id": upload.symbol,
        "instrument": f'<a class="sb-pair" href="/market/{text(upload.instrument)}?timeframe={upload.timeframe}">'
        f"<b>{symbol}</b></a>",
        "kind": _KINDS[upload.kind],
        "rows": number(upload.rows, 0),
        "first": _day(upload.first_ms),
        "last": _day(upload.last_ms),
        "finest": str(upload.timeframe),
        "left_out": number(sum(upload.report.problem_counts.values()), 0),
        "file": upload.file_name,
        "brought": moment(upload.uploaded_ms, now_ms),
        "action": delete,
    }


def _day(ms: int) -> str:
    """With its year: a file may be of any."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
