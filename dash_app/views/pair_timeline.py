"""The timeline of a pair: its stages, alerts and analysts' notes, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.sections import Section, encode, raw_section
from dash_app.views.pair_rail import alert_words
from dash_app.views.pair_scene import PairScene
from dash_app.views.stage_words import STAGE_MARKS, decisions, stage_title, stage_word
from dash_app.words import full_time, moment
from engine.board import Board
from engine.desk.notes import Note
from engine.desk.stages import PairStage
from engine.desk.types import Alert
from engine.parameters import PairParameters
from engine.stages import Cause

SHOWN = 40
_DAY_MS = 86_400_000
_NONE = "None yet: stages of this pair, its alerts and your notes will stand here."
Entry = dict[str, Any]


def timeline_section(scene: PairScene) -> Section:
    """It goes out when something of it changed, and for the dates of its times once a day."""
    p, desk, now_ms = scene.view.parameters, scene.board.desk, scene.now_ms

    def make() -> Section:
        return raw_section("timeline", p.key, encode(_content(scene.board, p, now_ms)))

    return scene.memo.section(f"{p.key}|timeline", f"{desk.version()}.{now_ms // _DAY_MS}", make)


def _content(board: Board, p: PairParameters, now_ms: int) -> dict[str, Any]:
    stage = board.desk.stage(p)
    entries = timeline(board, p, SHOWN + 1)
    shown = entries[:SHOWN]
    order = f"newest first, the last {SHOWN}: exports have all" if len(entries) > SHOWN else "newest first"
    export = urlencode({"y": p.y, "x": p.x, **p.query})
    return {
        "timeline": {
            "rows": [_row(each, now_ms) for each in shown],
            "decisions": [] if stage is None else [{"stage": s.value, "label": w} for s, w in decisions(stage.stage)],
        },
        "props": {
            ids.STAGE: stage_props(stage),
            ids.TIMELINE_NOTE: {"children": order if shown else _NONE},
            ids.TIMELINE_CSV: {"href": f"/export/timeline.csv?{export}"},
            ids.TIMELINE_XLSX: {"href": f"/export/timeline.xlsx?{export}"},
        },
    }


def stage_props(stage: PairStage | None) -> dict[str, Any]:
    """The badge; nothing for a pair that is not watched."""
    if stage is None:
        return {"children": "", "title": "", "className": "sb-stage"}
    mark, tone = STAGE_MARKS[stage.stage]
    words = [icon(mark), html.Span(stage_word(stage.stage))]
    return {"children": words, "title": stage_title(stage), "className": f"sb-stage sb-{tone}" if tone else "sb-stage"}


def timeline(board: Board, p: PairParameters, limit: int) -> list[Entry]:
    """The last things that befell a pair; an alert that moved it is told with the stage that it led to.

    Stages and alerts are those of exactly these parameters, notes are about the legs.
    """
    stages, alerts = board.desk.stage_history(pair=p, limit=limit), board.desk.alerts(limit=limit, pair=p)
    entries = [*_of_stages(stages, alerts), *map(_of_note, board.desk.notes(p.y, p.x, limit=limit))]
    told = {(stage.at_ms, stage.rule_id) for stage in stages if stage.cause is Cause.ALERT}
    entries += [_of_alert(alert) for alert in alerts if (alert.at_ms, alert.rule_id) not in told]
    return sorted(entries, key=lambda each: (each["at_ms"], each["written_ms"]), reverse=True)[:limit]


def _of_stages(stages: Sequence[PairStage], alerts: Sequence[Alert]) -> list[Entry]:
    words = {(alert.at_ms, alert.rule_id): alert_words(alert) for alert in reversed(alerts)}
    return [
        {
            "kind": "stage",
            "id": stage.id,
            "at_ms": stage.at_ms,
            "written_ms": stage.written_ms,
            "mark": STAGE_MARKS[stage.stage],
            "head": stage_word(stage.stage),
            "text": words.get((stage.at_ms, stage.rule_id or 0), stage.reason),
            "by": stage.by,
        }
        for stage in stages
    ]


def _of_alert(alert: Alert) -> Entry:
    seen = "" if alert.acknowledged_ms is None else f"acknowledged{f', {alert.note}' if alert.note else ''}"
    return {
        "kind": "alert",
        "id": alert.id,
        "at_ms": alert.at_ms,
        "written_ms": alert.written_ms,
        "mark": ("bell", "dim"),
        "head": "Alert",
        "text": " · ".join(filter(None, (alert_words(alert), "silenced" if alert.silenced else "", seen))),
        "by": alert.acknowledged_by,
    }


def _of_note(note: Note) -> Entry:
    return {
        "kind": "note",
        "id": note.id,
        "at_ms": note.at_ms,
        "written_ms": note.written_ms,
        "mark": ("note", ""),
        "head": "Note",
        "text": note.note,
        "by": note.by,
    }


def _row(entry: Entry, now_ms: int) -> dict[str, Any]:
    mark, tone = entry["mark"]
    at_ms = entry["at_ms"]
    return {
        "kind": entry["kind"],
        "id": entry["id"],
        "when": moment(at_ms, now_ms) if at_ms else "first bar",
        "title": full_time(at_ms) if at_ms else "from the first bar of the recording on",
        "icon": f"sb-i sb-i-{mark}" + (f" sb-{tone}" if tone else ""),
        "head": entry["head"],
        "text": entry["text"],
        "by": entry["by"],
    }
