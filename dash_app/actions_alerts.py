"""What a person does about alerts: rules, acknowledging, silences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from dash_app.order import Order, entry_number, entry_numbers, level, whole
from dash_app.rule_fields import ENABLED, LENGTHS, LEVELS
from dash_app.words import clock, full_time
from engine.board import Board
from engine.desk.alerts import MAX_ALERTS
from engine.desk.types import RuleWords
from engine.errors import ParameterError
from engine.rules.kinds import KINDS, RuleKind


def _acknowledge(board: Board, order: Order) -> str:
    wanted = entry_numbers(order, "id", MAX_ALERTS)
    if not wanted:
        raise ParameterError("id", order.get("id", ""), "give the number of an alert")
    by, note = order.get("by", ""), order.get("note", "")
    seen = [board.desk.acknowledge(alert_id, by, note) for alert_id in wanted]
    earlier = next((alert for alert in seen if (alert.acknowledged_by, alert.note) != (by.strip(), note.strip())), None)
    if earlier is not None and len(seen) == 1:
        return f"Acknowledged before{f' by {earlier.acknowledged_by}' if earlier.acknowledged_by else ''}: that stays."
    return "Acknowledged." if len(seen) == 1 else f"{len(seen)} acknowledged."


def _change_rule(board: Board, order: Order) -> str:
    rule = board.desk.rule(entry_number(order, "id"))
    rule = board.desk.put_rule(rule.id, replace(rule.words, **_words(order)))
    return f"Holds for bars from {clock(rule.effective_ms)} UTC on."


def _add_rule(board: Board, order: Order) -> str:
    watched_id = entry_number(order, "watched")
    pair = next((each.parameters for each in board.desk.watchlist() if each.id == watched_id), None)
    if pair is None:
        raise ParameterError("watched", watched_id, "choose a pair that is watched")
    rule = board.desk.add_rule(pair, _kind(order.get("rule_kind", "")), RuleWords(**_words(order)))
    return f"Judges bars from {clock(rule.effective_ms)} UTC on."


def _delete_rule(board: Board, order: Order) -> str:
    board.desk.delete_rule(entry_number(order, "id"))
    return "Deleted. Its alerts stay."


def _silence(board: Board, order: Order) -> str:
    rule = board.desk.rule(entry_number(order, "id"))
    of: Mapping[str, Any] = {"pair": rule.parameters} if order.get("scope") == "pair" else {"rule_id": rule.id}
    minutes = whole(order, "minutes", "minutes")
    made = board.desk.silence(**of, for_ms=minutes * 60_000, by=order.get("by", ""), note=order.get("note", ""))
    return f"Nobody is told until {full_time(made.until_ms)}. The log goes on."


def _end_silence(board: Board, order: Order) -> str:
    board.desk.end_silence(entry_number(order, "id"))
    return "It ends with the next bar."


def _kind(text: str) -> RuleKind:
    if text not in KINDS:
        raise ParameterError("kind", text, f"choose one of {', '.join(KINDS)}")
    return RuleKind(text)


def _words(order: Order) -> dict[str, Any]:
    """What of a rule's words the order speaks of; a blank level is the kind's own, or the settings'."""
    words: dict[str, Any] = {}
    for name in LEVELS:
        if name in order:
            words[name] = level(order, name, ", or nothing for the usual one") if order[name].strip() else None
    for name in LENGTHS:
        if name in order:
            words[name] = whole(order, name, "bars")
    if ENABLED in order:
        words[ENABLED] = order[ENABLED] == "yes"
    return words


ALERT_ACTIONS: Mapping[str, Callable[[Board, Order], str]] = MappingProxyType(
    {
        "acknowledge": _acknowledge,
        "rule": _change_rule,
        "add-rule": _add_rule,
        "delete-rule": _delete_rule,
        "silence": _silence,
        "end-silence": _end_silence,
    }
)
