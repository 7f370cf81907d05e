"""Stages of pairs and notes on SQLite and PostgreSQL."""

from __future__ import annotations

from threading import Thread

from store.sql.database import Database
from store.sql.notes import NoteRecord, append_note, count_notes, delete_note, read_note, read_notes
from store.sql.pairs import PairRecord
from store.sql.stages import (
    StageRecord,
    append_stages,
    delete_stages_after,
    lock_lives,
    read_last_stage,
    read_last_stages,
    read_stages,
    replace_facts,
)
from store.sql.watchlist import append_watched, delete_watched

PAIR = PairRecord("sim:A|sim:B|1m", "sim:A", "sim:B", {"timeframe": "1m"})
OTHER = PairRecord("sim:A|sim:B|5m", "sim:A", "sim:B", {"timeframe": "5m"})


def stage_of(pair: PairRecord, number: int) -> StageRecord:
    return StageRecord(pair, "watched", number, "hand", "watched", None, f"reason {number}", "Ann", "{}", number)


def test_the_last_stage_of_each_pair_and_the_way_there(database: Database) -> None:
    with database.write() as connection:
        append_stages(connection, [])
        assert (append_watched(connection, PAIR, 1), append_watched(connection, OTHER, 1)) == (True, True)
        append_stages(connection, [stage_of(PAIR, 1), stage_of(OTHER, 2), stage_of(PAIR, 3)])
        last = read_last_stages(connection)
        assert {key: stage.at_ms for key, stage in last.items()} == {PAIR.pair_key: 3, OTHER.pair_key: 2}
        assert read_last_stages(connection, [OTHER.pair_key, "nothing"]) == {OTHER.pair_key: last[OTHER.pair_key]}
        replace_facts(connection, {last[PAIR.pair_key].id: '{"begun":true}'})
        assert read_last_stages(connection)[PAIR.pair_key] == last[PAIR.pair_key]._replace(facts='{"begun":true}')
        assert read_last_stage(connection, OTHER.pair_key) == last[OTHER.pair_key]
        assert read_last_stage(connection, "nothing") is None
        newest, older = read_stages(connection, limit=9, pair_key=PAIR.pair_key)
        assert (newest.at_ms, older.at_ms) == (3, 1)
        assert read_stages(connection, limit=9, before=newest.id, pair_key=PAIR.pair_key) == (older,)
        assert [stage.at_ms for stage in read_stages(connection, limit=2, legs=("sim:A", "sim:B"))] == [3, 2]
        assert read_stages(connection, limit=9, legs=("sim:B", "sim:A")) == ()
        delete_stages_after(connection, PAIR.pair_key, older.id)
        assert [stage.at_ms for stage in read_stages(connection, limit=9)] == [2, 1]
        delete_watched(connection, 1)
        assert (len(read_last_stages(connection)), read_last_stage(connection, PAIR.pair_key)) == (1, older)


def test_writers_of_one_pair_wait_for_each_other(database: Database) -> None:
    """Each reads the last stage and writes the next number: none is written twice, none is lost."""
    with database.write() as connection:
        append_watched(connection, PAIR, 1)
        append_stages(connection, [stage_of(PAIR, 0)])
    failures: list[Exception] = []

    def write(times: int) -> None:
        try:
            for _ in range(times):
                with database.write() as connection:
                    assert lock_lives(connection, [PAIR.pair_key, OTHER.pair_key]) == {PAIR.pair_key}
                    last = read_last_stages(connection, [PAIR.pair_key])[PAIR.pair_key]
                    append_stages(connection, [stage_of(PAIR, last.at_ms + 1)])
        except Exception as error:
            failures.append(error)

    writers = [Thread(target=write, args=(20,)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failures == []
    with database.read() as connection:
        stages = read_stages(connection, limit=100, pair_key=PAIR.pair_key)
    assert [stage.at_ms for stage in stages] == [*range(60, -1, -1)]


def test_notes_by_the_time_they_are_about(database: Database) -> None:
    texts = {3: "=cmd|' /C calc'!A0", 1: "<script>alert(1)</script>", 2: "zwei\nZeilen ≤ 2 σ"}
    with database.write() as connection:
        ids = {at: append_note(connection, NoteRecord("sim:A", "sim:B", at, "Ann", t, 9)) for at, t in texts.items()}
        append_note(connection, NoteRecord("sim:B", "sim:A", 5, "Bob", "the other way round", 9))
        found = read_notes(connection, "sim:A", "sim:B", limit=9)
        assert [(note.at_ms, note.note, note.id) for note in found] == [(at, texts[at], ids[at]) for at in (3, 2, 1)]
        assert read_notes(connection, "sim:A", "sim:B", limit=1, before=ids[3]) == (found[1],)
        assert count_notes(connection, "sim:A", "sim:B") == 3
        assert read_note(connection, ids[2]) == found[1]
        assert [delete_note(connection, ids[2], 10) for _ in range(2)] == [True, False]
        assert read_note(connection, ids[2]) is None
        assert [note.at_ms for note in read_notes(connection, "sim:A", "sim:B", limit=9)] == [3, 1]
