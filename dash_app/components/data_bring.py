"""Bringing data: a file is read and shown before anything of it is kept; what was brought, and how it goes again."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button
from dash_app.components.table import Column, data_table

HEAD_COLUMNS = (Column("time", "time, UTC"), Column("price", "price", numeric=True))  # the browser sets those of a file
PROBLEM_COLUMNS = (Column("line", "line", numeric=True), Column("what", "left out because"), Column("value", "value"))
UPLOAD_COLUMNS = (
    Column("instrument", "instrument", rich=True),
    Column("kind", "of"),
    Column("rows", "rows", numeric=True),
    Column("first", "first, UTC"),
    Column("last", "last, UTC"),
    Column("finest", "bars from"),
    Column("left_out", "lines left out", numeric=True),
    Column("file", "file"),
    Column("brought", "uploaded, UTC"),
    Column("action", "", rich=True),
)


def bring_box() -> html.Section:
    drop = dcc.Upload(
        [button("bring-choose", "Choose a file"), html.Span("or drop it here", className="sb-dim sb-wide")],
        id=ids.BRING_FILE,
        className="sb-drop",
        className_active="sb-drop sb-drop-over",
        style={},
        style_active={},
    )
    note = "CSV or NDJSON, of trades or bars, plain or gzip, at most 10 MB"
    return html.Section(
        [
            html.Div([html.H2("Bring data"), html.Span(note, className="sb-dim")], className="sb-toolbar"),
            drop,
            html.P(id=ids.BRING_STATE, className="sb-note sb-form-note", role="status"),
            _preview(),
        ],
        **attributes(label="Bring data"),
    )


def _preview() -> html.Div:
    zone = dbc.Input(
        id=ids.BRING_ZONE, value="UTC", type="text", autocomplete="off", maxlength=64, list=ids.BRING_ZONES,

    )  # fmt: skip
    name = dbc.Input(id=ids.BRING_NAME, value="", type="text", autocomplete="off", maxlength=64)
    return html.Div(
        [
            html.Dl(id=ids.BRING_WHAT, className="sb-facts"),
            html.Div(
                [
                    html.Span("Its times have no zone. They are shown as if they were UTC."),
                    html.Label([html.Span("they are in"), zone], className="sb-field sb-symbol-field"),
                    html.Datalist([html.Option(value=each) for each in ZONES], id=ids.BRING_ZONES),
                    button(ids.BRING_AGAIN, "Use this zone"),
                ],
                className="sb-form sb-zone-question",
            ),
            html.Div(
                data_table(ids.BRING_HEAD, HEAD_COLUMNS), className="sb-table sb-scroll sb-bring-head", tabIndex=0,
                role="region", **attributes(label="First rows of the file"),
            ),
            html.Div(id=ids.BRING_REPORT, className="sb-note sb-form-note"),
            html.Div(
                data_table(ids.BRING_PROBLEMS, PROBLEM_COLUMNS), className="sb-table sb-bring-problems", tabIndex=0,
                role="region", **attributes(label="Lines left out"),
            ),
            html.Div(
                [
                    html.Label([html.Span("keep as upload:"), name], className="sb-field sb-symbol-field"),
                    button(ids.BRING_ACCEPT, "Accept"),
                    button(ids.BRING_CANCEL, "Leave it"),
                ],
                className="sb-form",
            ),
        ],
        id=ids.BRING_BOX,
        hidden=True,
    )  # fmt: skip


def uploads_box() -> html.Section:
    sure = html.Div(
        [
            html.Span(id="uploads-sure-words"),
            button("uploads-delete", "Delete for good"),
            button("uploads-keep", "Keep it"),
        ],
        id=ids.UPLOADS_SURE,
        className="sb-form",
        hidden=True,
        role="alertdialog",
        **attributes(labelledby="uploads-sure-words"),
    )
    return html.Section(
        [
            html.Div([html.H2("Uploads"), html.Span(id=ids.UPLOADS_NOTE, className="sb-dim")], className="sb-toolbar"),
            sure,
            html.Div(
                data_table(ids.UPLOADS, UPLOAD_COLUMNS), className="sb-table sb-scroll sb-uploads", tabIndex=0,
                role="region", **attributes(label="Uploads"),
            ),
        ],
        **attributes(label="Uploads"),
    )  # fmt: skip


ZONES = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Zurich", "Europe/Moscow", "America/New_York", "America/Chicago",
    "America/Los_Angeles", "America/Sao_Paulo", "Asia/Tokyo", "Asia/Hong_Kong", "Asia/Shanghai", "Asia/Singapore",
    "Asia/Kolkata", "Asia/Dubai", "Australia/Sydney",
)  # fmt: skip
"""Some to choose from; any name of the time zone database is taken."""
