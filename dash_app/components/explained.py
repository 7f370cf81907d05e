"""What the columns of a table mean, below it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html


def explained(words: Sequence[str]) -> html.Footer:
    return html.Footer([html.Span(each) for each in words], className="sb-legend")
