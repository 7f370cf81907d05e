"""Where messages of alerts go, and what became of them, without data."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button
from dash_app.components.table import Column, data_table
from engine.delivery.templates import DEFAULT, MAX_TEMPLATE, PLACES
from engine.desk.targets import DEFAULT_PER_MINUTE

TARGET_COLUMNS = (
    Column("name", "name", rich=True),
    Column("address", "address", rich=True),
    Column("everything", "all rules", rich=True),
    Column("per_minute", "a minute, at most", numeric=True, rich=True),
    Column("template", "words", rich=True),
    Column("last", "last", rich=True),
    Column("action", "", rich=True),
)
DELIVERY_COLUMNS = (
    Column("time", "since, UTC"),
    Column("target", "target", rich=True),
    Column("what", "of"),
    Column("state", "state", rich=True),
    Column("attempts", "attempts", numeric=True),
    Column("error", "why not", rich=True),
)


def targets_box() -> html.Section:
    heading = [
        html.H2("Targets"),
        html.Span(id=ids.TARGETS_NOTE, className="sb-dim"),
        html.Div(
            button(ids.TARGET_OPEN, "Add target", **attributes(controls=ids.TARGET_BOX, expanded="false")),
            className="sb-tools",
        ),
    ]
    table = html.Div(data_table(ids.TARGETS, TARGET_COLUMNS), className="sb-table sb-targets")
    return html.Section([html.Div(heading, className="sb-toolbar"), _add_box(), table], **attributes(label="Targets"))


def _add_box() -> html.Div:
    def field(identity: str, name: str, **props: object) -> html.Label:
        entry = dbc.Input(id=identity, value="", autocomplete="off", **{"type": "text", **props})
        return html.Label([html.Span(name), entry], className="sb-field sb-wide-field")

    words = dbc.Textarea(id=ids.TARGET_TEMPLATE, value="", rows=3, maxLength=MAX_TEMPLATE, placeholder=DEFAULT)
    places = ", ".join(f"{{{place}}}" for place in PLACES)
    return html.Div(
        [
            html.H3("A new target", id=ids.TARGET_TITLE),
            field(ids.TARGET_NAME, "name", maxlength=120),
            field(
                ids.TARGET_URL, "address", type="password", maxlength=2_000,
                placeholder="mailto://…, slack://…, tgram://…, https://…",
            ),
            field(ids.TARGET_RATE, "messages a minute, at most", inputmode="numeric", maxlength=3,
                  placeholder=str(DEFAULT_PER_MINUTE)),
            html.Label(
                [dbc.Checkbox(id=ids.TARGET_EVERYTHING, value=True), "alerts of all rules that name no targets"],
                className="sb-check",
            ),
            html.Label([html.Span(["words, with ", places], className="sb-dim"), words], className="sb-words"),
            button(ids.TARGET_ADD, "Keep"),
            button(ids.TARGET_PREVIEW_ASK, "Preview"),
            button(ids.TARGET_LEAVE, "Cancel"),
            html.Span(id=ids.TARGET_ADD_NOTE, className="sb-note", role="status"),
            html.Pre(id=ids.TARGET_PREVIEW, className="sb-preview", hidden=True, **attributes(label="Preview")),
        ],
        id=ids.TARGET_BOX,
        className="sb-add",
        hidden=True,
    )  # fmt: skip


def deliveries_box() -> html.Section:
    table = html.Div(
        data_table(ids.DELIVERIES, DELIVERY_COLUMNS), className="sb-table sb-deliveries", tabIndex=0, role="region",
        **attributes(label="Deliveries"),
    )  # fmt: skip
    heading = [html.H2("Deliveries"), html.Span(id=ids.DELIVERIES_NOTE, className="sb-dim")]
    return html.Section([html.Div(heading, className="sb-toolbar"), table], **attributes(label="Deliveries"))
