"""The verdict card: what the tests say together, how sure that is, why, and what to watch."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.figures.view import PairView
from dash_app.words import clock, p_value
from engine.diagnosis import Confidence, Diagnosis, Verdict
from engine.findings.finding import Finding, Outcome
from engine.findings.registry import BY_KEY
from engine.untested import untested_words

Props = dict[str, dict[str, Any]]
VERDICT_MARKS = {
    Verdict.COINTEGRATED: ("good", "good", "Cointegrated"),
    Verdict.DOUBTFUL: ("doubtful", "doubtful-text", "Doubtful"),
    Verdict.NOT_COINTEGRATED: ("bad", "bad-text", "Not cointegrated"),
    Verdict.BROKEN: ("bad", "bad-text", "Broken"),
    Verdict.NO_RESULT: ("flat", "dim", "No result"),
}
CHECK_MARKS = {
    Outcome.GOOD: ("check", "good"),
    Outcome.DOUBTFUL: ("doubtful", "doubtful-text"),
    Outcome.BAD: ("bad", "bad-text"),
    Outcome.NONE: ("flat", "dim"),
    Outcome.PLAIN: ("flat", "dim"),
}


def verdict_props(view: PairView, diagnosis: Diagnosis | None) -> Props:
    """The verdict with its checks; doubts first, so that a phone can fold the rest."""
    if diagnosis is None:
        waiting = [
            html.Div("Verdict", className="sb-card-name"),
            html.Div([icon("warming"), html.Span("Not tested yet")], className="sb-verdict-word sb-dim"),
            html.P(untested_words(view.parameters)),
        ]
        return {ids.VERDICT: {"children": waiting}, "checks": {"children": []}, "checks-summary": {"children": ""}}
    doubts = [check for check in diagnosis.checks if check.outcome is not Outcome.GOOD and _says_more(check, diagnosis)]
    passed = [check for check in diagnosis.checks if check.outcome is Outcome.GOOD]
    lines = [_check(check, view, _of_another_bar(check, diagnosis)) for check in (*doubts, *passed)]
    summary = [
        icon("check", tone="good"),
        f"{len(passed)} more checks passed" if doubts else f"{len(passed)} checks passed",
    ]
    return {
        ids.VERDICT: {"children": _card(view, diagnosis)},
        "checks": {"children": lines},
        "checks-summary": {"children": summary if passed else ""},
    }


def _says_more(check: Finding, diagnosis: Diagnosis) -> bool:
    """Than the grounds of the verdict, which stand above the checks."""
    return bool(check.value) or check.text != diagnosis.because


def _card(view: PairView, diagnosis: Diagnosis) -> list[html.Div]:
    mark, tone, word = VERDICT_MARKS[diagnosis.verdict]
    tested = f"Verdict, tested {clock(diagnosis.as_of_ms)} UTC on {diagnosis.bars} bars"
    p = p_value(diagnosis.p_value)
    card = [
        html.Div(tested, className="sb-card-name"),
        html.Div(
            [icon(mark, tone=tone), html.Span(word), html.Span(p, className="sb-line-value sb-dim", title=P_TITLE)],
            className="sb-verdict-word",
        ),
        html.Div(_sentence(legs_shortened(diagnosis.because, view)), className="sb-verdict-because"),
    ]
    if diagnosis.confidence is not Confidence.NONE:
        grounds = "; ".join(diagnosis.sure_because)
        card.append(_named("Confidence", f"{diagnosis.confidence.value}: {grounds}."))
    if diagnosis.watch:
        card.append(_named("Watch", f"{'; '.join(diagnosis.watch)}."))
    return card


P_TITLE = "p of cointegration for having tried both directions; null hypothesis: none"


def _named(name: str, text: str) -> html.Div:
    return html.Div([html.Span(f"{name} ", className="sb-dim"), text], className="sb-verdict-because")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _of_another_bar(check: Finding, diagnosis: Diagnosis) -> str:
    """When a check was made, where that is not when the others were."""
    statistic = BY_KEY.get(check.statistic)
    dear = statistic is not None and statistic.dear and diagnosis.dear_as_of_ms != diagnosis.as_of_ms
    return f" (tested {clock(diagnosis.dear_as_of_ms)} UTC)" if dear else ""


LONG_VALUE = 12  # longer ones stand below their text, which would have no room beside them


def _check(check: Finding, view: PairView, when: str) -> html.Div:
    """A check with its number at the right or below; legs by their short names."""
    mark, tone = CHECK_MARKS[check.outcome]
    passed = " sb-passed" if check.outcome is Outcome.GOOD else ""
    text = legs_shortened(check.text, view) + when
    if len(check.value) > LONG_VALUE:
        words = html.Span([text, html.Div(check.value, className="sb-dim")])
        return html.Div([icon(mark, tone=tone), words], className=f"sb-line{passed}")
    parts = [icon(mark, tone=tone), html.Span(text), html.Span(check.value, className="sb-line-value")]
    return html.Div(parts, className=f"sb-line{passed}")


def legs_shortened(text: str, view: PairView) -> str:
    """`text` with the legs' full names as people say them."""
    return text.replace(view.y.instrument, view.y.short).replace(view.x.instrument, view.x.short)
