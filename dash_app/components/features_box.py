"""The feature table of a pair without its rows: every column of the exports, wider than the page and scrolled."""

from __future__ import annotations

from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import export_menu
from dash_app.components.table import Column, data_table
from engine.features import FEATURES

_WORDS = ("UTC", "word", "words")
_NAMES = {"time": "bar close, UTC", "open_time": "bar open, UTC", "half_life_bars": "half-life, bars"}
_UNITS = {"return": "bp", "volatility": "bp", "imbalance": "%", "completeness": "%"}
"""By the first word of a column's name, where the page's unit is not the export's."""
_UNSAID = {"x per y", "-1 to 1", "deviations", "count", "word", "words"}


def _column(name: str, unit: str) -> Column:
    first, _, leg = name.partition("_")
    words = f"bought less sold {leg}" if first == "imbalance" else name.replace("_", " ")
    shown = _UNITS.get(first, unit)
    title = _NAMES.get(name) or (words if shown in _UNSAID else f"{words}, {shown}")
    return Column(name, title, numeric=unit not in _WORDS)


FEATURE_COLUMNS = tuple(_column(feature.name, feature.unit) for feature in FEATURES)


def features_box() -> html.Section:
    """What was known at each close, for models: shown on the data tab. A keyboard scrolls it too."""
    table = data_table(ids.FEATURES, FEATURE_COLUMNS)
    scrolled = attributes(label="All columns of the feature table, scrolled sideways")
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Features"),
                    html.Span(id=ids.FEATURES_NOTE, className="sb-dim"),
                    export_menu(ids.FEATURES_CSV, ids.FEATURES_XLSX),
                ],
                className="sb-toolbar",
            ),
            html.Div(table, className="sb-table sb-features sb-scroll", tabIndex=0, role="region", **scrolled),
        ],
        id=ids.FEATURES_BOX,
        **attributes(label="Features"),
    )
