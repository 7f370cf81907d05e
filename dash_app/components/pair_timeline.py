"""The box of a pair's timeline, without its entries, and the field for a note."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, export_menu
from engine.desk.changes import MAX_NAME, MAX_NOTE


def timeline_box() -> html.Section:
    """Entries and decisions are put in by ``49-timeline.js``."""
    toolbar = html.Div(
        [
            html.H2("Timeline"),
            html.Span(id=ids.TIMELINE_NOTE, className="sb-dim"),
            html.Div(
                [
                    html.Span(id=ids.TIMELINE_DECISIONS, className="sb-decisions"),
                    export_menu(ids.TIMELINE_CSV, ids.TIMELINE_XLSX),
                ],
                className="sb-tools",
            ),
        ],
        className="sb-toolbar",
    )
    return html.Section(
        [toolbar, _note_form(), html.Ol(id=ids.TIMELINE, className="sb-timeline")],
        className="sb-timeline-box",
        **attributes(label="Timeline"),
    )


def _note_form() -> html.Div:
    name = dbc.Input(id=ids.NOTE_BY, type="text", value="", maxlength=MAX_NAME, autocomplete="off")
    text = dbc.Textarea(id=ids.NOTE_TEXT, value="", maxlength=MAX_NOTE, rows=1, placeholder="What is to be known")
    return html.Div(
        [
            html.Label([html.Span("name"), name], className="sb-field sb-note-by"),
            html.Label([html.Span("note"), text], className="sb-field sb-note-text"),
            button(ids.NOTE_ADD, "Add note"),
            html.Span(id=ids.NOTE_ADD_NOTE, className="sb-note", role="status"),
        ],
        className="sb-note-form",
    )
