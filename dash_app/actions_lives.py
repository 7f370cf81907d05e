"""What a person does about the life of a pair: decisions and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dash_app.order import Order, entry_number
from dash_app.words import clock
from engine.board import Board
from engine.errors import ParameterError
from engine.parameters import parse_parameters
from engine.stages import Stage


def _set_stage(board: Board, order: Order) -> str:
    p = parse_parameters(order.get("y", ""), order.get("x", ""), order)
    asked = order.get("stage", "")
    if asked not in [*Stage]:
        raise ParameterError("stage", asked, f"choose one of {', '.join(Stage)}")
    made = board.desk.set_stage(p, Stage(asked), by=order.get("by", ""), reason=order.get("note", ""))
    return f"{made.stage.value.capitalize()}, for bars from {clock(made.at_ms)} UTC on."


def _add_note(board: Board, order: Order) -> str:
    for leg in ("y", "x"):
        board.reader.instrument(order.get(leg, ""))
    board.desk.add_note(order.get("y", ""), order.get("x", ""), order.get("note", ""), by=order.get("by", ""))
    return "Noted."


def _delete_note(board: Board, order: Order) -> str:
    board.desk.delete_note(entry_number(order, "id"), by=order.get("by", ""))
    return "Deleted."


LIFE_ACTIONS: Mapping[str, Callable[[Board, Order], str]] = MappingProxyType(
    {"stage": _set_stage, "add-note": _add_note, "delete-note": _delete_note}
)
