"""The market page's list of gaps: which trades were missing in the span shown, and what became of them."""

from __future__ import annotations

from typing import Any

from dash_app import ids
from dash_app.components.cells import text
from dash_app.components.icon import icon_html
from dash_app.figures.market_view import MarketView
from dash_app.gap_words import fate_words, gap_times, missing_words
from dash_app.missed_words import missed_words
from dash_app.words import moment
from engine.views import GapRecord

Props = dict[str, dict[str, Any]]
MOST = 25
DAY_MS = 86_400_000
_MARKS = {"open": ("gap", "doubtful-text"), "filled": ("good", "good"), "lost": ("bad", "bad-text")}


def gaps_props(view: MarketView) -> Props:
    """The newest first. What has been filled is there too: its bars were revised."""
    found = view.gaps
    now_ms = view.snapshot.as_of_ms or 0
    rows = [_row(gap, now_ms) for gap in found[: -MOST - 1 : -1]]
    return {
        ids.GAPS: {"data": rows},
        ids.GAPS_NOTE: {"children": "; ".join(filter(None, (_note(view, found), missed_words(view.missed, now_ms))))},
        ids.GAPS_BOX: {"hidden": not rows},
    }


def _note(view: MarketView, found: tuple[GapRecord, ...]) -> str:
    if not len(view.rows):
        return ""
    if not found:
        return "none in the bars shown: every trade id came in time, where trades have ids"
    missing = sum(gap.missing for gap in found)
    shown = f"the {MOST} newest of {len(found):,}" if len(found) > MOST else f"{len(found):,} in the bars shown"
    return f"{shown}, {missing:,} trades missing" if missing else f"{shown}, no trade missing any more"


def _row(gap: GapRecord, now_ms: int) -> dict[str, str]:
    mark, tone = _MARKS[gap.state]
    return {
        "id": str(gap.first),
        "between": gap_times(gap, now_ms),
        "missing": missing_words(gap),
        "fate": f'{icon_html(mark, tone=tone)} <span class="sb-{tone}">{text(fate_words(gap))}</span>',
        "ids": f"{gap.first} – {gap.last}" if gap.ids > 1 else str(gap.first),
        "changed": moment(gap.changed_ms, now_ms),
    }
