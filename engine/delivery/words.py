"""What a message says of its alerts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from engine.bar_state import bar_words
from engine.delivery.templates import fill
from engine.desk.types import Alert, AlertEvent
from engine.parameters import PairParameters
from engine.rules.kinds import KINDS, RuleKind
from store.instruments import parse_instrument

_NONE = "–"
_LONGEST_TITLE = 120
ID_LINE = "X-Spreadboard-Id"
_CLOSE_MS = 1_767_261_600_000  # 2026-01-01 10:00 UTC
EXAMPLE = Alert(
    id=1,
    rule_id=1,
    parameters=PairParameters("sim:BTCUSDT", "sim:ETHUSDT"),
    kind=RuleKind.Z,
    event=AlertEvent.ABOVE,
    open_time_ms=_CLOSE_MS - 60_000,
    at_ms=_CLOSE_MS,
    value=2.31,
    z=2.31,
    spread=0.00213,
    beta=0.8012,
    correlation=0.91,
    fire=2.0,
    clear=0.5,
    written_ms=_CLOSE_MS + 700,
)
"""An alert as it may come, to show a message of where there has been none yet."""


@dataclass(frozen=True, slots=True)
class Message:
    """`good`: it tells of nothing but values that came back."""

    title: str
    body: str
    good: bool


def message_of(alerts: Sequence[Alert], *, template: str | None, public_url: str, message_id: str) -> Message:
    """One message of some alerts, the first first; its last line is the id by which a receiver knows it again."""
    parts = [fill(template, _values(alert, public_url)) for alert in alerts]
    numbers = ", ".join(str(alert.id) for alert in alerts)
    ending = f"{'alert' if len(alerts) == 1 else 'alerts'} {numbers}\n{id_line(message_id)}"
    return Message(
        title=_title(alerts),
        body="\n\n".join([*parts, ending]),
        good=all(alert.event is AlertEvent.CLEAR for alert in alerts),
    )


def test_message(name: str, public_url: str, message_id: str) -> Message:
    """A message to see that a target gets any."""
    lines = [f"This is a test of the target {name}: alerts of its rules will come like this.", public_url]
    return Message("Spreadboard: a test", "\n".join([*filter(None, lines), "", id_line(message_id)]), good=True)


def id_line(message_id: str) -> str:
    return f"{ID_LINE}: {message_id}"


def what_words(alert: Alert) -> str:
    """``z: 2.53 (above 2), on a bar that lacks 3 trades``: what was judged, the level passed, what its bar lacked."""
    return ", ".join(filter(None, (_judged_words(alert), bar_words(alert.bar_state, alert.bar_missing))))


def _judged_words(alert: Alert) -> str:
    kind = KINDS[alert.kind]
    unit = "" if kind.of_settings or kind.gated or not kind.unit else f" {kind.unit}"
    if alert.event is AlertEvent.CLEAR:
        return f"{kind.key}: back at {_number(alert.value)}{unit} (cleared at {_number(alert.clear)})"
    beyond = -alert.fire if kind.of_settings and alert.event is AlertEvent.BELOW else alert.fire
    return f"{kind.key}: {_number(alert.value)}{unit} ({alert.event} {_number(beyond)})"


def pair_words(pair: PairParameters) -> str:
    y, x = parse_instrument(pair.y), parse_instrument(pair.x)
    return f"{y.symbol} / {x.symbol}" if y.venue == x.venue else f"{pair.y} / {pair.x}"


def _title(alerts: Sequence[Alert]) -> str:
    if len(alerts) == 1:
        return f"{pair_words(alerts[0].parameters)}: {what_words(alerts[0])}"[:_LONGEST_TITLE]
    pairs = list(dict.fromkeys(pair_words(alert.parameters) for alert in alerts))
    more = f" and {len(pairs) - 2} more" if len(pairs) > 2 else ""
    return f"{len(alerts)} alerts: {', '.join(pairs[:2])}{more}"[:_LONGEST_TITLE]


def _values(alert: Alert, public_url: str) -> dict[str, str]:
    p = alert.parameters
    numbers = ("value", "fire", "clear", "z", "spread", "beta", "correlation")
    return {
        "pair": pair_words(p),
        "y": p.y,
        "x": p.x,
        "timeframe": p.timeframe.value,
        "what": what_words(alert),
        "kind": alert.kind.value,
        "event": alert.event.value,
        "time": f"{datetime.fromtimestamp(alert.at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC",
        "link": public_url + quote(p.path, safe="/:?&=%") if public_url else "",
        "alert": str(alert.id),
        "rule": str(alert.rule_id),
        **{name: _number(getattr(alert, name)) for name in numbers},
    }


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.4g}"
