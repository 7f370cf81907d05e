"""The alerts page's answer: log, rules, silences, targets and deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dash_app import ids
from dash_app.log_filter import LogFilter, read_filter
from dash_app.request import PageRequest
from dash_app.sections import Section, props_section
from dash_app.views.log import log_rows
from dash_app.views.pair_names import pair_name
from dash_app.views.pair_state import state_props
from dash_app.views.rules import RulesView, kind_choices, pair_choices, rule_rows, silences_now
from dash_app.views.targets import delivery_rows, silence_rows, target_choices, target_rows
from dash_app.words import clock
from engine.board import Board
from engine.desk.types import Delivery, DeliveryState, Rule

SHOWN = 100
RULES_SHOWN = 100
DELIVERIES_SHOWN = 50
FAILING_SHOWN = 10
NONE_YET = "None yet: an alert is written when a rule of a pair fires or clears at a closed bar."
NONE_SUCH = "No alert of the log is such."
NO_TARGETS = "None yet: alerts stay on these pages until there is one."

Props = dict[str, dict[str, Any]]


def alerts_sections(board: Board, request: PageRequest, now_ms: int) -> Iterator[Section]:
    """Sections of the page. Raises `StoreUnavailable`."""
    yield props_section("state", "alerts", state_props([]))
    version, minute = str(board.desk.version()), now_ms // 60_000
    chosen = read_filter(request.view)

    def infos() -> dict[str, Any]:
        return {view.id: view.info for view in board.reader.instruments()}

    yield Section(
        "log", f"{version}.{minute}", f"log|{version}|{minute}|{chosen}", lambda: _log(board, chosen, infos(), now_ms)
    )
    yield Section(
        "rules",
        f"{version}.{minute}",
        f"rules|{version}|{minute}|{chosen.legs}",
        lambda: _rules(board, chosen, infos(), now_ms),
    )
    yield Section(
        "targets", f"{version}.{minute}", f"targets|{version}|{minute}", lambda: {"props": _targets(board, now_ms)}
    )


def _log(board: Board, chosen: LogFilter, infos: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    found = board.desk.alerts(limit=SHOWN + 1, before=chosen.before, **chosen.asked())
    alerts, more = found[:SHOWN], len(found) > SHOWN
    waiting = board.desk.unacknowledged()
    none = NONE_SUCH if chosen.chosen else NONE_YET
    order = "newest first" if chosen.before is None else "older ones"
    shown = f"{order}, {len(alerts)} shown · {waiting} not acknowledged · as of {clock(now_ms)} UTC"
    unseen = [str(alert.id) for alert in alerts if alert.waits]
    return {
        "props": {
            ids.LOG: {"data": log_rows(alerts, board.desk.outcomes(alerts), infos, now_ms)},
            ids.LOG_NOTE: {"children": shown if alerts else none},
            ids.LOG_OLDER: {"disabled": not more, "data-before": str(alerts[-1].id) if more else ""},
            ids.LOG_NEWEST: {"disabled": chosen.before is None},
            ids.ACKNOWLEDGE_ALL: {"disabled": not unseen, "data-ids": ",".join(unseen)},
        },
        "log_pairs": _pairs(board, infos),
    }


def _pairs(board: Board, infos: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every pair that is watched, has a rule, or ever had an alert; parameters left out."""
    desk = board.desk
    known = [each.parameters for each in desk.watchlist()]
    known += [each.parameters for each in desk.rules()] + [each.parameters for each in desk.last_alerts().values()]
    named = {f"{p.y} {p.x}": pair_name(p, infos) for p in known}
    return [{"value": value, "label": label} for value, label in sorted(named.items(), key=lambda each: each[1])]


def _rules(board: Board, chosen: LogFilter, infos: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    desk = board.desk
    settings, targets, every = desk.settings(), desk.targets(), desk.rules()
    of_pair = [rule for rule in every if chosen.legs in (None, (rule.parameters.y, rule.parameters.x))]
    shown = of_pair[:RULES_SHOWN]
    view = RulesView(shown, settings, desk.silences(), targets, desk.rule_targets(), desk.hits(), infos, now_ms)
    usual = f"z fires at ±{settings.entry:g}, clears at ±{settings.exit:g}"
    standing = silences_now(view)
    return {
        "rules": {
            "rows": rule_rows(view),
            "kinds": kind_choices(settings),
            "pairs": pair_choices(desk.watchlist(), infos),
            "paths": {str(each.id): each.parameters.path for each in desk.watchlist()},
            "targets": target_choices(targets),
        },
        "props": {
            ids.RULES_NOTE: {"children": f"{_count(shown, every)} · what is grey is as usual: {usual}"},
            ids.SILENCES: {"data": silence_rows(standing, every, infos, now_ms)},
            ids.SILENCES_BOX: {"className": "sb-silences-box" if standing else "sb-silences-box sb-none"},
        },
    }


def _count(shown: Sequence[Rule], every: Sequence[Rule]) -> str:
    if len(shown) < len(every):
        where = "choose a pair above to see others" if len(shown) == RULES_SHOWN else "those of the pair chosen above"
        return f"{len(shown)} of {len(every):,} rules, {where}"
    return f"{len(every)} rule{'s' * (len(every) != 1)}"


def _targets(board: Board, now_ms: int) -> Props:
    targets, deliveries = board.desk.targets(), _deliveries(board)
    last = f"what was refused and waits, then newest first, {len(deliveries)} shown" if deliveries else "None yet."
    return {
        ids.TARGETS: {"data": target_rows(targets, board.desk.queues(), now_ms)},
        ids.TARGETS_NOTE: {"children": "where messages go" if targets else NO_TARGETS},
        ids.DELIVERIES: {"data": delivery_rows(deliveries, now_ms)},
        ids.DELIVERIES_NOTE: {"children": last},
    }


def _deliveries(board: Board) -> Sequence[Delivery]:
    """First some of those that hold up what comes after them, which may be old."""
    failing = board.desk.deliveries(limit=FAILING_SHOWN, state=DeliveryState.FAILED)
    first = {each.id for each in failing}
    newest = board.desk.deliveries(limit=DELIVERIES_SHOWN)
    return (*failing, *(each for each in newest if each.id not in first))[:DELIVERIES_SHOWN]
