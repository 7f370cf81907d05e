"""What a person does about targets of messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dash_app.order import Order, entry_number, entry_numbers, whole
from engine.board import Board
from engine.desk.targets import DEFAULT_PER_MINUTE, MAX_TARGETS
from engine.desk.types import Target


def _add_target(board: Board, order: Order) -> str:
    target = board.desk.add_target(
        order.get("name", ""),
        order.get("url", ""),
        everything=order.get("everything") == "yes",
        per_minute=_per_minute(order),
        template=order.get("template", ""),
    )
    return f"Kept: {target.name}. Its address is not shown again.{_doubt(target)}"


def _change_target(board: Board, order: Order) -> str:
    old = board.desk.target(entry_number(order, "id"))
    target = board.desk.put_target(
        old.id,
        order.get("name", old.name),
        everything=order["everything"] == "yes" if "everything" in order else old.everything,
        per_minute=_per_minute(order) if "per_minute" in order else old.per_minute,
        template=order.get("template", old.template),
        url=order.get("url") or None,
    )
    return f"Holds from the next message on.{_doubt(target)}"


def _delete_target(board: Board, order: Order) -> str:
    board.desk.delete_target(entry_number(order, "id"))
    return "Deleted, its address with it."


def _test_target(board: Board, order: Order) -> str:
    delivery = board.desk.test_target(entry_number(order, "id"))
    return f"A test is on its way to {delivery.target}: see the deliveries."


def _rule_targets(board: Board, order: Order) -> str:
    named = board.desk.put_rule_targets(entry_number(order, "id"), entry_numbers(order, "targets", MAX_TARGETS))
    return "Its alerts go there alone." if named else "Its alerts go to the targets for all rules."


def _preview_target(board: Board, order: Order) -> str:
    message = board.desk.preview_target(order.get("template", ""))
    return f"{message.title}\n\n{message.body}"


def _doubt(target: Target) -> str:
    return f" But {target.doubt}." if target.doubt else ""


def _per_minute(order: Order) -> int:
    return whole(order, "per_minute", "messages") if order.get("per_minute", "").strip() else DEFAULT_PER_MINUTE


TARGET_ACTIONS: Mapping[str, Callable[[Board, Order], str]] = MappingProxyType(
    {
        "add-target": _add_target,
        "target": _change_target,
        "delete-target": _delete_target,
        "test-target": _test_target,
        "preview-target": _preview_target,
        "rule-targets": _rule_targets,
    }
)
