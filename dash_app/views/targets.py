"""Silences, targets of messages and what became of the messages, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash_app.components.cells import joined, text, worded
from dash_app.views.pair_names import pair_cell
from dash_app.words import moment
from engine.desk.types import Delivery, DeliveryState, Rule, Silence, Target, TargetQueue

_STATES = {
    DeliveryState.WAITING: ("warming", "dim"),
    DeliveryState.FAILED: ("doubtful", "doubtful-text"),
    DeliveryState.SENT: ("good", "good"),
    DeliveryState.GIVEN_UP: ("bad", "bad-text"),
}


def silence_rows(
    silences: Sequence[Silence], rules: Sequence[Rule], infos: Mapping[str, Any], now_ms: int
) -> list[dict[str, str]]:
    by_id = {rule.id: rule for rule in rules}
    return [
        {
            "id": str(each.id),
            "of": _of(each, by_id, infos),
            "from": moment(each.from_ms, now_ms),
            "until": moment(each.until_ms, now_ms),
            "by": text(each.by),
            "note": text(" ".join(each.note.split())),
            "action": f'<button type="button" class="sb-link" data-end-silence="{each.id}">End it now</button>',
        }
        for each in silences
    ]


def _of(silence: Silence, rules: Mapping[int, Rule], infos: Mapping[str, Any]) -> str:
    if silence.pair is not None:
        return f"all rules of {pair_cell(silence.pair, infos)}"
    rule = rules.get(silence.rule_id or 0)
    if rule is None:
        return '<span class="sb-dim">a rule that is deleted</span>'
    return f"{text(rule.kind)} of {pair_cell(rule.parameters, infos)}"


def target_rows(targets: Sequence[Target], queues: Mapping[int, TargetQueue], now_ms: int) -> list[dict[str, str]]:
    """`queues` tell how the targets stand, by their ids."""
    return [
        {
            "id": str(each.id),
            "name": f"<b>{text(each.name)}</b>",
            "address": text(each.shown),
            "everything": _switch(each),
            "per_minute": (
                f'<input class="sb-cell" data-target="{each.id}" data-field="per_minute" value="{each.per_minute}" '
                f'aria-label="{text(each.name)}: messages a minute at most" inputmode="numeric" maxlength="3" '
                'autocomplete="off">'
            ),
            "template": "its own" if each.template else '<span class="sb-dim">usual</span>',
            "last": _last(queues.get(each.id), now_ms),
            "action": (
                f'<button type="button" class="sb-link" data-edit-target="{each.id}">Edit</button> '
                f'<button type="button" class="sb-link" data-test-target="{each.id}">Send a test</button> '
                f'<button type="button" class="sb-link" data-delete-target="{each.id}" data-words="{text(each.name)}">'
                "Delete</button>"
            ),
        }
        for each in targets
    ]


def _last(queue: TargetQueue | None, now_ms: int) -> str:
    """``3 wait, refused since 22:20:00`` and why; else when the last message went out."""
    sent = f"sent {moment(queue.sent_ms, now_ms)}" if queue and queue.sent_ms else ""
    if queue is None or not (queue.waits or queue.lost_ms or sent):
        return '<span class="sb-dim">nothing yet</span>'
    waits = f"{queue.waits:,} wait{'s' * (queue.waits == 1)}" if queue.waits else ""
    if queue.failing_ms is not None:
        said = worded("doubtful", f"{waits}, refused since {moment(queue.failing_ms, now_ms)}", tone="doubtful-text")
        return joined([said, _why(queue.failing), _before(sent)])
    if queue.lost_ms is not None:
        lost = worded("bad", f"given up that of {moment(queue.lost_ms, now_ms)}", tone="bad-text")
        return joined([lost, _why(queue.lost), text(waits), _before(sent)])
    if waits:
        return joined([worded("warming", waits, tone="dim"), _before(sent)])
    return worded("good", sent, tone="good")


def _why(error: str | None) -> str:
    return f'<span class="sb-dim sb-two-lines" title="{text(error)}">{text(error)}</span>' if error else ""


def _before(sent: str) -> str:
    return f'<span class="sb-dim">last {text(sent)}</span>' if sent else ""


def _switch(target: Target) -> str:
    checked = " checked" if target.everything else ""
    named = text(f"{target.name}: alerts of all rules that name no targets")
    return f'<input type="checkbox" data-target="{target.id}" data-field="everything" aria-label="{named}"{checked}>'


def target_choices(targets: Sequence[Target]) -> list[dict[str, Any]]:
    """What is asked for where a rule names its targets, and where one of them is said anew."""
    return [
        {
            "id": str(each.id),
            "name": each.name,
            "address": each.shown,
            "everything": each.everything,
            "per_minute": each.per_minute,
            "template": each.template,
        }
        for each in targets
    ]


def delivery_rows(deliveries: Sequence[Delivery], now_ms: int) -> list[dict[str, str]]:
    return [
        {
            "id": str(each.id),
            "time": moment(each.created_ms, now_ms),
            "target": text(each.target),
            "what": f"alert {each.alert_id}" if each.alert_id is not None else "test",
            "state": _state(each, now_ms),
            "attempts": str(each.attempts),
            "error": text(each.error),
        }
        for each in deliveries
    ]


def _state(each: Delivery, now_ms: int) -> str:
    mark, tone = _STATES[each.state]
    when = {DeliveryState.SENT: each.sent_ms, DeliveryState.FAILED: each.due_ms}.get(each.state)
    words = "again at" if each.state is DeliveryState.FAILED else each.state.value
    return worded(mark, f"{words} {moment(when, now_ms)}".strip(), tone=tone)
