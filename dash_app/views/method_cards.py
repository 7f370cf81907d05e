"""The method cards behind the numbers of the strip: those of every bar, and the half-life's of the last tests."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dash_app import ids
from dash_app.components.method_card import broken_line, card_lines
from dash_app.figures.view import PairView
from dash_app.views.verdict import legs_shortened
from dash_app.words import clock
from engine.bar_methods import bar_methods
from engine.diagnosis import Diagnosis
from engine.findings.finding import MethodCard, Subject
from engine.findings.keys import HALF_LIFE
from engine.findings.registry import BY_KEY

Props = dict[str, dict[str, Any]]


def cards_props(view: PairView, diagnosis: Diagnosis | None) -> Props:
    """Formula, reference, n, what is assumed, and what the last tests found broken of it."""
    when = "" if diagnosis is None else f", tested {clock(diagnosis.as_of_ms)} UTC"

    def content(card: MethodCard, n: str, broken: str) -> list[Component]:
        lines: list[Component] = [card_lines(card, n)]
        if diagnosis is None:
            return [*lines, html.Div("Not tested yet whether this sample bears that out.", className="sb-dim")]
        words = broken_line(legs_shortened(broken, view), when) if broken else _nothing_seen(when)
        return [*lines, words]

    cards = {each.name: content(each.card, each.n, each.broken) for each in bar_methods(view.parameters, diagnosis)}
    found = None if diagnosis is None else diagnosis.finding(HALF_LIFE, Subject.SPREAD)
    bars = "" if diagnosis is None else f"{diagnosis.bars} bars"
    cards[HALF_LIFE] = content(BY_KEY[HALF_LIFE].card, bars, "" if found is None else found.broken or found.reason)
    return {f"{ids.CARD_PREFIX}{name}": {"children": lines} for name, lines in cards.items()}


def _nothing_seen(when: str) -> html.Div:
    return html.Div(f"In this sample nothing was seen that breaks it{when}.", className="sb-dim")
