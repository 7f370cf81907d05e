"""What a person does on a page: each order is checked here, whatever the browser says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash_app.actions_alerts import ALERT_ACTIONS
from dash_app.actions_lives import LIFE_ACTIONS
from dash_app.actions_targets import TARGET_ACTIONS
from dash_app.order import Order, entry_number, fields_of, level
from dash_app.refusals import refusal_words
from dash_app.words import clock
from engine.board import Board
from engine.errors import EngineError, ParameterError, StoreSlow, StoreUnavailable
from engine.parameters import parse_parameters


def act(board: Board, order: object) -> dict[str, Any]:
    """Carry out an order; the answer says in words what came of it, and which field was refused."""
    fields = fields_of(order)
    kind = fields.get("kind", "")
    done = {"kind": kind, "nonce": fields.get("nonce", "")[:40]}
    action = _ACTIONS.get(kind)
    if action is None:
        return done | {"ok": False, "words": "No such action."}
    try:
        return done | {"ok": True, "words": action(board, fields)}
    except EngineError as error:
        field = {"field": error.name} if isinstance(error, ParameterError) else {}
        return done | field | {"ok": False, "words": refusal_words(error)}
    except StoreSlow:
        return done | {"ok": False, "words": "Not done: the store is slow to answer. Try again in a moment."}
    except StoreUnavailable:
        return done | {"ok": False, "words": "Not done: the store does not answer. Try again when it is back."}


def _watch(board: Board, order: Order) -> str:
    p = parse_parameters(order.get("y", ""), order.get("x", ""), order)
    for leg in (p.y, p.x):
        board.reader.instrument(leg)
    board.desk.watch(p, by=order.get("by", ""))
    return "Watched."


def _unwatch(board: Board, order: Order) -> str:
    board.desk.unwatch(entry_number(order, "id"), by=order.get("by", ""))
    return "No longer watched. Its alerts stay."


def _thresholds(board: Board, order: Order) -> str:
    entry, leave = (level(order, name, " of standard deviations, such as 2.0") for name in ("entry", "exit"))
    settings = board.desk.change_settings(entry=entry, exit=leave)
    return f"Holds for bars from {clock(settings.effective_ms)} UTC on."


def _follow(board: Board, order: Order) -> str:
    venue, symbol = _instrument(order)
    followed = board.desk.follow(venue, symbol)
    return f"{followed.symbol} is followed: its history comes first."


def _unfollow(board: Board, order: Order) -> str:
    venue, symbol = _instrument(order)
    board.desk.unfollow(venue, symbol)
    return f"{symbol} is not followed any more. What is kept of it stays."


def _instrument(order: Order) -> tuple[str, str]:
    venue, _, symbol = order.get("instrument", "").partition(":")
    if not symbol.strip():
        raise ParameterError("instrument", order.get("instrument", ""), "give a symbol of the venue, such as BTCUSDT")
    return venue, symbol


_ACTIONS: dict[str, Callable[[Board, Order], str]] = {
    "watch": _watch,
    "unwatch": _unwatch,
    "thresholds": _thresholds,
    "follow": _follow,
    "unfollow": _unfollow,
    **ALERT_ACTIONS,
    **LIFE_ACTIONS,
    **TARGET_ACTIONS,
}
