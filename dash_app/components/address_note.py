"""What of the page's address is left out, in words, until the address is another."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dash_app import ids
from dash_app.components.icon import icon


def address_note(words: Sequence[str]) -> list[html.Div]:
    """Nothing where nothing is left out."""
    lines = [html.Div([icon("doubtful", tone="dim"), html.Span(each)], className="sb-state-line") for each in words]
    return [html.Div(lines, id=ids.ADDRESS_NOTE, className="sb-address-note", role="status")] if lines else []
