"""What is followed, in words: the column of the table, and the list of what does not come yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash_app import ids
from dash_app.components.cells import text, worded
from dash_app.words import sentence
from engine.desk.types import FollowedInstrument

_STATES = {
    "following": ("good", "good", "followed"),
    "warming": ("warming", "dim", "warming up"),
    "waiting": ("clock", "stale", "waiting"),
    "refused": ("bad", "bad-text", "refused"),
    "disconnected": ("clock", "stale", "disconnected"),
}


def followed_cell(instrument: str, followed: Mapping[str, FollowedInstrument], venues: Sequence[str]) -> str:
    """Whether it is followed, and a button for the other; blank for what no ingestor can follow."""
    if instrument.partition(":")[0] not in venues:
        return ""
    here = followed.get(instrument)
    if here is None:
        return f'<span class="sb-dim">no</span> {_button("follow", instrument, "Follow")}'
    mark, tone, words = _STATES[here.state]
    said = "yes" if here.state == "following" else words
    return f"{worded(mark, said, tone=tone)} {_button('unfollow', instrument, 'End')}"


def followed_props(followed: Sequence[FollowedInstrument], venues: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The box below the table."""
    counts = [f"{sum(each.venue == venue for each in followed)} at {venue}" for venue in venues]
    rows = [_row(each) for each in followed if each.state != "following"]
    late = f" · {len(rows)} not here yet" if rows else ""
    return {
        ids.FOLLOW_COUNT: {"children": " · ".join(counts) + late if followed else "Nothing is followed here."},
        ids.FOLLOW_LIST: {"data": rows},
    }


def _row(each: FollowedInstrument) -> dict[str, str]:
    mark, tone, words = _STATES[each.state]
    reason = f": {each.reason}" if each.reason else ""
    return {
        "id": each.id,
        "instrument": f'<b>{text(each.symbol)}</b> <span class="sb-venue">{text(each.venue)}</span>',
        "state": worded(mark, sentence(words) + reason, tone=tone),
        "action": _button("unfollow", each.id, "End"),
    }


def _button(order: str, instrument: str, words: str) -> str:
    return f'<button type="button" class="sb-link" data-{order}="{text(instrument)}">{words}</button>'
