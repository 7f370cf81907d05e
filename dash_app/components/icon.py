"""Small marks beside words; each has a shape of its own, so that colour is never alone."""

from __future__ import annotations

from dash import html

from dash_app.components.attributes import attributes

ICONS = frozenset(
    {
        "bell", "star", "star-fill", "swap", "clock", "menu", "sun", "moon", "check", "good", "doubtful", "bad",
        "long", "short", "flat", "gap", "warming", "ring", "note",
    }
)  # fmt: skip


def icon(name: str, *, tone: str = "") -> html.Span:
    """A mark in the colour of the text around it, or of a tone such as ``bad``."""
    if name not in ICONS:
        raise LookupError(f"no icon {name}")
    return html.Span(className=_classes(name, tone), **attributes(hidden="true"))


def icon_html(name: str, *, tone: str = "") -> str:
    """The same for a table cell."""
    if name not in ICONS:
        raise LookupError(f"no icon {name}")
    return f'<span class="{_classes(name, tone)}" aria-hidden="true"></span>'


def _classes(name: str, tone: str) -> str:
    return f"sb-i sb-i-{name}" + (f" sb-{tone}" if tone else "")
