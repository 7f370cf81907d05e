"""Marks of alerts at the foot of the panel that shows what their rule judged (drawn by ``41-alerts.js``)."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from dash_app.figures.panels import Frame
from engine.desk.notes import Note
from engine.desk.types import Alert, RuleKind

_LONGEST = 60
_PRICES, _SPREAD, _Z, _BETA = "yaxis", "yaxis3", "yaxis4", "yaxis5"
_PANELS = MappingProxyType(
    {
        RuleKind.Z: _Z,
        RuleKind.Z_ABOVE: _Z,
        RuleKind.Z_BELOW: _Z,
        RuleKind.BETA_DRIFT: _BETA,
        RuleKind.CORRELATION: _PRICES,
        RuleKind.GAP: _PRICES,
        RuleKind.NO_DATA: _PRICES,
    }
)


def alert_marks(alerts: Sequence[tuple[Alert, str]], frame: Frame) -> list[dict[str, Any]]:
    """One mark an alert, given with its words: ``t`` (epoch ms), its ``panel``, and what the readout ``says``."""
    return [
        {
            "t": alert.at_ms,
            "panel": _PANELS.get(alert.kind, _SPREAD),
            "says": f"alert: {words}",
            "colour": frame.colour["text"],
        }
        for alert, words in alerts
    ]


def note_marks(notes: Sequence[Note], frame: Frame) -> list[dict[str, Any]]:
    """The same for notes, on the prices."""
    return [
        {
            "t": note.at_ms,
            "panel": _PRICES,
            "note": True,
            "says": f"{note.by}: {_first_words(note.note)}",
            "colour": frame.colour["text"],
        }
        for note in notes
    ]


def _first_words(note: str) -> str:
    line = " ".join(note.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"
