"""How a number is made: its method card, on demand."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dash_app import ids
from engine.findings.finding import MethodCard


def card_lines(card: MethodCard, n: str = "") -> html.Dl:
    """Formula, reference, `n` where it is given, and what is assumed."""
    lines = [("Formula", card.formula), ("Reference", card.reference), ("n", n), ("Assumes", card.assumes)]
    return html.Dl([part for name, text in lines if text for part in (html.Dt(name), html.Dd(text))])


def broken_line(words: str, when: str = "") -> html.Div:
    """What the sample breaks of the assumptions; `when` it was seen, where that is not said beside it."""
    return html.Div(f"In this sample{when}: {words}", className="sb-stat-broken sb-doubtful-text")


def made_name(key: str, name: list[Component]) -> html.Details:
    """A number's name that opens its card, by mouse, finger and keyboard; the card comes with the data."""
    card = html.Div(id=f"{ids.CARD_PREFIX}{key}", className="sb-made-card sb-method")
    summary = html.Summary(name, className="sb-kpi-name", title="How this number is made")
    return html.Details([summary, card], className="sb-made")
