"""The diagnostics tab: every statistic with what it found, its numbers, and on demand how it is made."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dash import html
from dash.development.base_component import Component

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.components.method_card import broken_line, card_lines
from dash_app.figures.view import PairView
from dash_app.gap_words import share_words
from dash_app.views.synchrony import synchrony_table, wait_line
from dash_app.views.verdict import CHECK_MARKS, legs_shortened
from dash_app.words import clock, p_value, significant
from engine.bar_methods import bar_methods
from engine.diagnosis import Diagnosis, Refit
from engine.findings.finding import Finding, Statistic
from engine.findings.keys import KALMAN_HEALTH, NOISE_CHECK, SYNCHRONY
from engine.findings.registry import BY_KEY
from engine.synchrony_wait import synchrony_wait
from engine.untested import untested_words

Props = dict[str, dict[str, Any]]


def diagnostics_props(view: PairView, diagnosis: Diagnosis | None) -> Props:
    if diagnosis is None:
        waiting = html.P(f"Not tested yet. {untested_words(view.parameters)}", className="sb-empty")
        return {ids.DIAGNOSTICS: {"children": [waiting, _bar_methods(view, None)]}}
    p = view.parameters
    scale = "log prices" if view.log else "prices"
    sample = f"{diagnosis.bars} closed {p.timeframe} bars of {scale}"
    intro = f"Tested at the bar closed {clock(diagnosis.as_of_ms)} UTC, on {sample}{_lacking(diagnosis)}."
    content: list[Component] = [html.P(intro), _refits(diagnosis.refits)]
    for key, found in groupby(diagnosis.findings, key=lambda finding: finding.statistic):
        if key in BY_KEY and key != SYNCHRONY:
            content.append(_section(BY_KEY[key], list(found), view, _as_of(BY_KEY[key], diagnosis)))
    content += [_synchrony(view, diagnosis), _bar_methods(view, diagnosis)]
    return {ids.DIAGNOSTICS: {"children": content}}


def _lacking(diagnosis: Diagnosis) -> str:
    """What is missing of these bars, as far as it is known; blank where nothing is."""
    found = diagnosis.completeness
    if found.whole:
        return ""
    absent = f"{found.absent:,} bars absent" if found.absent else ""
    trades = f"{share_words(found.share)} of their trades" if found.share is not None and found.share < 1.0 else ""
    return ", " + ", ".join(filter(None, (trades, absent)))


def _as_of(statistic: Statistic, diagnosis: Diagnosis) -> int | None:
    """When it was tested, where that may not be when the others were."""
    return diagnosis.dear_as_of_ms if statistic.dear else None


def _synchrony(view: PairView, diagnosis: Diagnosis) -> html.Section:
    """It has its place before there are trades enough too, and says there when there will be."""
    statistic, wait = BY_KEY[SYNCHRONY], synchrony_wait(view.snapshot, diagnosis)
    found = [finding for finding in diagnosis.findings if finding.statistic == SYNCHRONY]
    more = [] if wait is None else [wait_line(wait, view.bar_ms)]
    return _section(statistic, found, view, _as_of(statistic, diagnosis), more)


def _refits(refits: tuple[Refit, ...]) -> html.P:
    """The last runs as a row of marks: a p that dips once is no proof."""
    if not refits:
        return html.P()
    marks = {
        True: ("check", "good", "passed"),
        False: ("bad", "dim", "did not pass"),
        None: ("flat", "dim", "no result"),
    }
    shown = []
    for refit in refits:
        mark, tone, word = marks[refit.passed]
        shown.append(
            html.Span(icon(mark, tone=tone), title=f"{clock(refit.as_of_ms)} UTC: {word}", className="sb-refit")
        )
    passed = sum(refit.passed is True for refit in refits)
    return html.P(
        ["Cointegration in the last runs, oldest first: ", *shown, f" {passed} of {len(refits)} passed at 5 %."]
    )


def _section(
    statistic: Statistic, findings: list[Finding], view: PairView, as_of_ms: int | None, more: Sequence[html.Div] = ()
) -> html.Section:
    head: list[Component | str] = [html.H3(statistic.name)]
    if statistic.null:
        head.append(html.Span(f"null hypothesis: {statistic.null}", className="sb-dim"))
    if as_of_ms is not None:
        head.append(html.Span(f"as of {clock(as_of_ms)} UTC", className="sb-dim"))
    return html.Section(
        [
            html.Div(head, className="sb-stat-head"),
            *(_row(finding, view) for finding in findings),
            *more,
            _card(statistic),
        ],
        className="sb-stat",
    )


def _row(finding: Finding, view: PairView) -> html.Div:
    mark, tone = CHECK_MARKS[finding.outcome]
    parts = [
        icon(mark, tone=tone),
        html.Span(legs_shortened(finding.text, view)),
        html.Span(numbers_text(finding), className="sb-stat-numbers"),
    ]
    row = [html.Div(parts, className="sb-stat-row")]
    if finding.broken:
        row.append(broken_line(finding.broken))
    if finding.statistic == SYNCHRONY:
        row += synchrony_table(finding, view)
    return html.Div(row)


def numbers_text(finding: Finding) -> str:
    """``p 0.012 · statistic −3.41 · lags 2 · n 719``: what decided first, then every number that was not said, as the
    result has them."""
    parts = [finding.value] if finding.value else []
    unsaid = _UNSAID | _SAID.get(finding.statistic, set())
    for name, value in finding.numbers.items():
        if name == "p_value":
            parts += [] if parts else [p_value(value)]
        elif isinstance(value, int | float) and not isinstance(value, bool) and name not in unsaid:
            parts.append(f"{_LABELS.get(name, name.replace('_', ' '))} {significant(value, 4)}")
    return " · ".join(parts)


_LABELS = {
    "stat": "statistic", "r_squared": "R²", "beta_stderr": "classical error", "effective_n": "effective n", "n": "n",
    "residual_sd": "residual deviation", "phi": "φ", "phi_lagged": "φ by two lags", "bars": "bars", "h": "H",
    "hedge_ratio": "beta", "hedge_stderr": "its error", "rank_max_eigen": "rank by largest eigenvalue",
    "height": "boundary", "p_before": "p before", "fallback_beta": "beta of rolling OLS", "fallback_z": "its z",
    "autocorrelation": "lag 1", "ljung_box": "Ljung–Box",
}  # fmt: skip
# Said in the finding's words already, or a bracket of what is.
_UNSAID = {
    "p_low",
    "p_high",
    "break_at",
    "break_ms",
    "crossed_ms",
    "observed",
    "share",
    "failed",
    "rate_a",
    "rate_b",
    "bar_ms",
    "beta_low",
    "beta_high",
}
# By its statistic, what its words, its value or its table say.
_SAID = {
    "beta": {"beta"},
    "distance_correlation": {"value"},
    "hurst": {"h", "low", "high"},
    KALMAN_HEALTH: {"variance", "autocorrelation"},
    NOISE_CHECK: {"low", "high", "draws"},
    SYNCHRONY: {"hayashi_yoshida"},
}


def _card(statistic: Statistic) -> html.Details:
    return html.Details([html.Summary("Method"), card_lines(statistic.card)], className="sb-method")


def _bar_methods(view: PairView, diagnosis: Diagnosis | None) -> html.Section:
    """How the numbers of every bar are made, those of the strip and of the figure."""
    content: list[Component] = [html.Div(html.H3("Numbers of every bar"), className="sb-stat-head")]
    for each in bar_methods(view.parameters, diagnosis):
        summary = html.Summary(f"{each.name}, n: {each.n}")
        content.append(html.Details([summary, card_lines(each.card)], className="sb-method"))
        if each.broken:
            content.append(broken_line(legs_shortened(each.broken, view)))
    return html.Section(content, className="sb-stat")
