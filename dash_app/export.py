"""Tables that are exported whole, at full precision: the watchlist and the log of alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from flask import Flask, Response, request

from dash_app.api.spreadsheet import csv_response, xlsx_response
from dash_app.log_filter import ALL, LogFilter, strict_filter
from dash_app.refusals import refusal_words
from engine.board import Board
from engine.desk.outcomes import UNKNOWN, AlertOutcome, followed_by_something
from engine.desk.types import Alert
from engine.errors import ParameterError, UnknownInstrument

WATCHLIST = (
    "y", "x", "timeframe", "window", "z_window", "method", "beta_given", "scale", "field", "as_of",
    "price_y", "price_x", "beta", "beta_low", "beta_high", "spread", "z", "correlation",
    "signal", "half_life_s", "verdict", "tested",
)  # fmt: skip
ALERTS = (
    "id", "y", "x", "timeframe", "window", "z_window", "method", "scale", "field", "kind", "event", "bar_close",
    "value", "z", "spread", "beta", "correlation", "fire", "clear", "written", "acknowledged", "acknowledged_by",
    "note", "rule", "silenced", "outcome", "outcome_bars", "favourable", "adverse", "move", "move_unit",
    "bar_state", "bar_missing",
)  # fmt: skip
_ALERT_PAGE = 1_000
_SIGNALS = {1: "long", -1: "short", 0: "flat"}


def register_exports(server: Flask, board: Board, clock_ms: Callable[[], int]) -> None:
    """``/export/watchlist`` and ``/export/alerts``, each as ``.csv`` and ``.xlsx``."""

    def stamp() -> str:
        return datetime.fromtimestamp(clock_ms() / 1000, UTC).strftime("%Y%m%d-%H%M%S")

    @server.get("/export/watchlist.csv")
    def watchlist_csv() -> Response:
        return csv_response(f"watchlist-{stamp()}.csv", WATCHLIST, watchlist_rows(board))

    @server.get("/export/watchlist.xlsx")
    def watchlist_xlsx() -> Response:
        return xlsx_response(f"watchlist-{stamp()}.xlsx", "watchlist", WATCHLIST, watchlist_rows(board))

    @server.get("/export/alerts.csv")
    def alerts_csv() -> Response:
        return _of_chosen(lambda chosen: csv_response(f"alerts-{stamp()}.csv", ALERTS, alert_rows(board, chosen)))

    @server.get("/export/alerts.xlsx")
    def alerts_xlsx() -> Response:
        return _of_chosen(
            lambda chosen: xlsx_response(f"alerts-{stamp()}.xlsx", "alerts", ALERTS, alert_rows(board, chosen))
        )


def _of_chosen(answer: Callable[[LogFilter], Response]) -> Response:
    try:
        return answer(strict_filter(request.args))
    except ParameterError as error:
        return Response(refusal_words(error), status=400, mimetype="text/plain")


def watchlist_rows(board: Board) -> Iterator[list[Any]]:
    """Every watched pair with its last closed bar, numbers raw, unknown ones empty."""
    for watched in board.desk.watchlist():
        p = watched.parameters
        head = [p.y, p.x, p.timeframe.value, p.window, p.z_window, p.method.value, p.beta, p.scale.value, p.field.value]
        try:
            snapshot = board.reader.snapshot(p)
        except UnknownInstrument:
            yield [*head, *[None] * (len(WATCHLIST) - len(head))]
            continue
        diagnosis = board.reader.diagnosis(p)
        names = ("y", "x", "beta", "beta_low", "beta_high", "spread", "z", "correlation")
        last = [_known(snapshot.rows[name][-1]) for name in names] if len(snapshot.rows) else [None] * len(names)
        signal = _SIGNALS[int(snapshot.rows["signal"][-1])] if len(snapshot.rows) else None
        bars = diagnosis.reversion.bars if diagnosis else None
        half_life = None if bars is None else bars * p.timeframe.ms / 1000
        verdict = [diagnosis.verdict.value, _iso(diagnosis.as_of_ms)] if diagnosis else [None, None]
        yield [*head, _iso(snapshot.as_of_ms), *last, signal, half_life, *verdict]


def alert_rows(board: Board, chosen: LogFilter = ALL) -> Iterator[list[Any]]:
    """The whole log, or what of it is chosen, newest first, page by page."""
    before: int | None = None
    while page := board.desk.alerts(limit=_ALERT_PAGE, before=before, **chosen.asked()):
        outcomes = board.desk.outcomes(page)
        for alert in page:
            p = alert.parameters
            yield [
                alert.id, p.y, p.x, p.timeframe.value, p.window, p.z_window, p.method.value, p.scale.value,
                p.field.value, alert.kind.value, alert.event.value, _iso(alert.at_ms),
                alert.value, alert.z, alert.spread, alert.beta,
                alert.correlation, alert.fire,
                alert.clear, _iso(alert.written_ms), _iso(alert.acknowledged_ms), alert.acknowledged_by,
                alert.note, alert.rule_id, "yes" if alert.silenced else "no", *_followed(alert, outcomes.get(alert.id)),
                alert.bar_state, alert.bar_missing,
            ]  # fmt: skip
        before = page[-1].id


def _followed(alert: Alert, outcome: AlertOutcome | None) -> list[Any]:
    """Ending, bars and moves in their unit; empty where an alert has no outcome."""
    if outcome is None:
        return ["under way" if followed_by_something(alert) else None, *[None] * 5]
    bars = None if outcome.ending == UNKNOWN else outcome.bars
    return [outcome.ending, bars, outcome.favourable, outcome.adverse, outcome.move, outcome.unit]


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _iso(ms: int | None) -> str | None:
    return (
        None
        if ms is None
        else datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
