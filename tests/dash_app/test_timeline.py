"""The timeline of a pair and the badge of its stage, as the server makes them."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from dash_app.actions import act
from dash_app.export_timeline import timeline_rows
from dash_app.figures.alert_marks import note_marks
from dash_app.figures.panels import Frame
from dash_app.views.pair_timeline import SHOWN, stage_props, timeline
from dash_app.views.stage_words import STAGE_MARKS, decisions
from engine.board import Board
from engine.desk.notes import Note
from engine.desk.records import pair_record
from engine.desk.stages import PairStage
from engine.monitor.stages import record_alerts
from engine.parameters import PairParameters
from engine.stage_log import told_of
from engine.stages import BY_HAND, Cause, Stage
from store.sql.alerts import AlertRecord, append_alert
from tests.dash_app.conftest import PAIR as PAGE
from tests.dash_app.conftest import Ask
from tests.tools.rules import last_rule

PAIR = PairParameters("sim:YUSDT", "sim:XUSDT")
LEGS = {"y": PAIR.y, "x": PAIR.x}
SCRIPT = "<script>alert(1)</script>"
WHO = {"by": "Ann", "note": "merger"}


def _alert_moves(board: Board, close: int, said: str) -> None:
    """The pair's z rule fires or clears, as the monitor writes it."""
    rule = last_rule(board.desk)
    alert = AlertRecord(
        rule_id=rule.id, pair=pair_record(PAIR), kind="z", event=said, bar_ms=(close - 1) * 60_000,
        at_ms=close * 60_000, value=2.5, z=2.5, spread=1.0, beta=1.0, correlation=0.9, fire=2.0, clear=0.5,
        written_ms=9,
    )  # fmt: skip
    assert told_of([alert])
    with board.desk.database.write() as connection:
        assert append_alert(connection, alert)
        record_alerts(connection, [alert], 9)
    board.desk.changed()


@pytest.fixture
def told(board: Board) -> Board:
    """A life of four entries: watched, active, a note, an alert that moved nothing."""
    board.desk.watch(PAIR, effective_ms=0, by="Ann", reason="both follow the market")
    _alert_moves(board, 2, "above")
    _alert_moves(board, 4, "above")
    board.desk.add_note(PAIR.y, PAIR.x, SCRIPT, by="Bob", at_ms=180_000)
    return board


def test_stages_alerts_and_notes_stand_in_the_order_of_time_the_newest_first(told: Board) -> None:
    entries = timeline(told, PAIR, 9)
    assert [(each["kind"], each["head"], each["at_ms"] // 60_000) for each in entries] == [
        ("alert", "Alert", 4), ("note", "Note", 3), ("stage", "Active", 2), ("stage", "Watched", 0),
    ]  # fmt: skip
    assert [each["by"] for each in entries] == ["", "Bob", "", "Ann"]
    assert entries[2]["text"] == "z +2.50 crossed +2"
    assert [each["head"] for each in timeline(told, PAIR, 2)] == ["Alert", "Note"]


def test_other_parameters_have_the_notes_alone(told: Board) -> None:
    assert [each["head"] for each in timeline(told, replace(PAIR, window=60), 9)] == ["Note"]


def test_the_page_gets_the_timeline_once_and_again_when_it_changed(told: Board, ask: Ask) -> None:
    first = ask(PAGE)
    assert first is not None
    rows = first["sections"]["timeline"]["timeline"]["rows"]
    assert [(row["head"], row["text"]) for row in rows][1] == ("Note", SCRIPT)
    assert first["sections"]["timeline"]["props"]["stage"]["title"].startswith(
        "Active since 1970-01-01 00:02:00 UTC: z"
    )
    told.desk.add_note(PAIR.y, PAIR.x, "seen", by="Ann", at_ms=400_000)
    deadline = time.monotonic() + 10
    while not ((answer := ask(PAGE, first["seen"])) and "timeline" in answer["sections"]):
        assert time.monotonic() < deadline
    assert answer["sections"]["timeline"]["timeline"]["rows"][0]["text"] == "seen"
    assert "timeline" not in (ask(PAGE, {**first["seen"], **answer["seen"]}) or {"sections": {}})["sections"]


def test_everything_is_exported_and_what_a_spreadsheet_would_run_is_text(told: Board) -> None:
    told.desk.add_note(PAIR.y, PAIR.x, "=1+1", by="@Ann", at_ms=240_000)
    newest = told.desk.alerts()[0]
    told.desk.acknowledge(newest.id, "Ann", "a merger")
    rows = list(timeline_rows(told, PAIR))
    assert sorted(row[2] for row in rows)[::-1] == [row[2] for row in rows]
    assert [(row[0], row[4]) for row in rows] == [
        ("alert", "z +2.50 crossed +2"),
        ("note", "=1+1"),
        ("note", SCRIPT),
        ("stage", "z: 2.5 (above 2)"),
        ("alert", "z +2.50 crossed +2"),
        ("stage", "both follow the market"),
    ]
    assert [(row[1], row[5], row[7]) for row in rows if row[7]] == [(newest.id, "Ann", "a merger")]


def test_decisions_and_notes_by_orders_of_a_page(board: Board) -> None:
    board.desk.watch(PAIR, effective_ms=0)
    assert act(board, {"kind": "stage", **LEGS, "stage": "broken", **WHO})["ok"]
    stage = board.desk.stage(PAIR)
    assert stage is not None
    assert (stage.stage, stage.by, stage.reason) == (Stage.BROKEN, "Ann", "merger")
    assert act(board, {"kind": "add-note", **LEGS, **WHO})["ok"]
    (note,) = board.desk.notes(PAIR.y, PAIR.x)
    assert not act(board, {"kind": "delete-note", "id": str(note.id), "by": "Bob"})["ok"]
    assert act(board, {"kind": "delete-note", "id": str(note.id), "by": "Ann"})["ok"]
    assert board.desk.notes(PAIR.y, PAIR.x) == ()


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"kind": "stage", **LEGS, **WHO, "stage": "active"}, "only a signal"),
        ({"kind": "stage", **LEGS, **WHO, "stage": SCRIPT}, "choose one of"),
        ({"kind": "stage", **LEGS, "stage": "broken", "by": "Ann"}, "write a few words"),
        ({"kind": "stage", **LEGS, "stage": "broken", "note": "merger"}, "give your name"),
        ({"kind": "add-note", **LEGS, "note": "wide"}, "give your name"),
        ({"kind": "add-note", **LEGS, "by": "Ann"}, "write a few words"),
        ({"kind": "add-note", "y": "sim:NOPE", "x": PAIR.x, **WHO}, "There is no instrument"),
        ({"kind": "delete-note", "id": "7", "by": "Ann"}, "no note 7"),
        ({"kind": "delete-note", "id": "all", "by": "Ann"}, "number of an entry"),
    ],
)
def test_orders_that_are_refused_in_words(board: Board, order: dict[str, str], words: str) -> None:
    board.desk.watch(PAIR, effective_ms=0)
    done = act(board, order)
    assert (done["ok"], words in done["words"]) == (False, True), done


def test_each_stage_has_a_mark_of_its_own_and_words_for_every_decision() -> None:
    assert set(STAGE_MARKS) == set(Stage)
    assert len({mark for mark, _ in STAGE_MARKS.values()}) == len(Stage)
    for now in Stage:
        assert [asked for asked, _ in decisions(now)] == [*BY_HAND[now]]
        assert len({words for _, words in decisions(now)}) == len(BY_HAND[now])


def test_the_badge_says_since_when_why_and_by_whom() -> None:
    stage = PairStage(1, PAIR, Stage.COOLING, 60_000, Cause.HAND, None, "all quiet", "Ann", 0, 7_260_000)
    props = stage_props(stage)
    assert props["title"] == (
        "Cooling down since 1970-01-01 00:01:00 UTC, until 1970-01-01 02:01:00 UTC unless something comes: "
        "all quiet (Ann)"
    )
    assert stage_props(None)["children"] == ""


def test_a_note_is_marked_on_the_prices_with_its_first_words() -> None:
    note = Note(1, PAIR.y, PAIR.x, 60_000, "Ann", f"{SCRIPT}\n{'and more ' * 20}", 0)
    (mark,) = note_marks([note], Frame("dark", narrow=False))
    assert (mark["t"], mark["panel"], mark["note"]) == (60_000, "yaxis", True)
    assert mark["says"].startswith(f"Ann: {SCRIPT} and more")
    assert len(mark["says"]) < 70
    assert SHOWN > 9
