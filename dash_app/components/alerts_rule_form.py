"""One more rule, or other words for one that stands, and their rehearsal; without data."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, named_select
from dash_app.rule_fields import FIELDS, LENGTHS
from engine.rules.kinds import KINDS

REHEARSE_WORDS = "When it would have fired over the bars kept, and what followed; nothing is saved"


def rule_form() -> html.Div:
    return html.Div(
        [
            html.B(id=ids.RULE_OF),
            html.Label([html.Span("pair"), dbc.Select(id=ids.RULE_PAIR, options=[])], className="sb-field"),
            named_select(ids.RULE_KIND, "judges", [(key.value, key.value) for key in KINDS], "z"),
            *(_field(name, words) for name, words in FIELDS.items()),
            html.Span(id=ids.RULE_UNIT, className="sb-dim"),
            button(ids.RULE_REHEARSE, "Rehearse", title=REHEARSE_WORDS),
            button(ids.RULE_ADD, "Add"),
            button(ids.RULE_CLOSE, "Close"),
            html.Span(id=ids.RULE_ADD_NOTE, className="sb-note", role="status"),
            html.Div(
                id=ids.REHEARSAL, className="sb-rehearsal", hidden=True, tabIndex=0, role="region",
                **attributes(label="Rehearsal", live="polite"),
            ),
        ],
        id=ids.RULE_BOX,
        className="sb-add",
        hidden=True,
    )  # fmt: skip


def _field(name: str, words: str) -> html.Label:
    mode = "numeric" if name in LENGTHS else "text"  # a phone's keys for numbers have no minus
    entry = dbc.Input(
        id=ids.RULE_FIELDS[name], type="text", value="", maxlength=12, autocomplete="off", inputmode=mode,
        placeholder="0" if name in LENGTHS else "",
    )  # fmt: skip
    return html.Label([html.Span(words), entry], className="sb-field sb-level")
