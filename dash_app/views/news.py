"""What fired last, for every page: a browser that did not know of it yet tells it."""

from __future__ import annotations

from typing import Any

from dash_app.sections import Memo, Section, encode, raw_section
from dash_app.views.pair_names import pair_name
from dash_app.views.pair_rail import alert_words
from engine.board import Board
from engine.desk.types import Alert

MOST = 5


def news_section(board: Board, memo: Memo) -> Section:
    """The newest alerts that wait for somebody, and the number of the last that fired at all."""
    return memo.section("news", str(board.desk.version()), lambda: _news(board))


def _news(board: Board) -> Section:
    newest = board.desk.newest_alerts(MOST)
    infos = {view.id: view.info for view in board.reader.instruments()} if newest else {}
    items = [_item(alert, infos) for alert in newest if alert.waits and not alert.silenced]
    news = {"last": newest[0].id if newest else 0, "items": items, "most": MOST}
    return raw_section("news", "news", encode({"news": news}))


def _item(alert: Alert, infos: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": alert.id,
        "pair": f"{pair_name(alert.parameters, infos)} {alert.parameters.timeframe}",
        "what": alert_words(alert),
        "href": alert.parameters.path,
    }
