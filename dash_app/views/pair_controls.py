"""What the controls offer and show: instruments, links, whether the pair is watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.words import symbol
from engine.desk.types import WatchedPair
from engine.parameters import PairParameters

Props = dict[str, dict[str, Any]]


def controls_props(p: PairParameters, infos: Sequence[Any]) -> Props:
    """Instruments to choose from: those of the pair's venues first, then the others with their venue's name."""
    options = leg_options([info.id for info in infos], {p.y.partition(":")[0], p.x.partition(":")[0]}, (p.y, p.x))
    return {
        ids.LEG_Y: {"options": options, "value": p.y},
        ids.LEG_X: {"options": options, "value": p.x},
        ids.VENUE: {"children": p.y.partition(":")[0]},
    }


def leg_options(names: Sequence[str], venues: set[str], always: Sequence[str] = ()) -> list[dict[str, str]]:
    """Options of a leg's list; instruments of other venues carry their venue."""
    wanted = [*names, *(name for name in always if name not in names)]
    near = [name for name in wanted if name.partition(":")[0] in venues]
    far = [name for name in wanted if name not in near]
    return [{"value": name, "label": symbol(name)} for name in near] + [{"value": name, "label": name} for name in far]


def watch_props(watchlist: Sequence[WatchedPair], p: PairParameters) -> Props:
    watched = next((entry.id for entry in watchlist if entry.parameters == p), None)
    content = [icon("star" if watched is None else "star-fill"), html.Span("Watch" if watched is None else "Watched")]
    return {ids.WATCH: {"children": content, "data-watched": "" if watched is None else str(watched)}}


def export_props(p: PairParameters) -> Props:
    """Addresses of the whole series with exactly these parameters."""
    base = f"/api/v1/pairs/{p.y}/{p.x}/series"
    query = urlencode(p.query)
    return {
        ids.EXPORT_CSV: {"href": f"{base}.csv?{query}"},
        ids.EXPORT_XLSX: {"href": f"{base}.xlsx?{query}"},
    }
