"""What analysts noted about pairs."""

from __future__ import annotations

from dataclasses import dataclass

from engine.desk.base import DeskBase
from engine.desk.changes import MAX_NAME, MAX_NOTE, check_effective_ms, check_needed
from engine.desk.event_time import venue_now_ms
from engine.errors import NotFound, ParameterError
from engine.parameters import parse_parameters
from store.instruments import parse_instrument
from store.sql.notes import NoteRecord, append_note, count_notes, delete_note, read_note, read_notes

MAX_NOTES = 1_000
MAX_NOTES_OF_PAIR = 10_000
MAX_AHEAD_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Note:
    """A note about a pair, whatever its parameters, at a time of its bars (`at_ms`)."""

    id: int
    y: str
    x: str
    at_ms: int
    by: str
    note: str
    written_ms: int


class NotesDesk(DeskBase):
    """Notes stand on a pair's timeline until their author takes them away."""

    def notes(self, y: str, x: str, *, limit: int = 100, before: int | None = None) -> tuple[Note, ...]:
        """Those about a pair, the newest first; `before` is the id of the last one of the page before."""
        if not 1 <= limit <= MAX_NOTES:
            raise ParameterError("limit", limit, f"give a whole number from 1 to {MAX_NOTES}")
        return self._cached(
            ("notes", y, x, limit, before),
            lambda connection: tuple(map(_note_of, read_notes(connection, y, x, limit=limit, before=before))),
        )

    def note(self, note_id: int) -> Note:
        """One note; raise `NotFound`."""
        with self.database.read() as connection:
            record = read_note(connection, note_id)
        if record is None:
            raise NotFound(f"no note {note_id}")
        return _note_of(record)

    def add_note(self, y: str, x: str, note: str, *, by: str, at_ms: int | None = None) -> Note:
        """Note something about a pair, now by the clock of its venue or at `at_ms`; raise `ParameterError`."""
        parse_parameters(y, x, {})
        by, note = check_needed("by", by, MAX_NAME), check_needed("note", note, MAX_NOTE)
        now_ms = self._clock_ms()
        venue_ms = venue_now_ms(self._client, parse_instrument(y).venue, now_ms)
        if at_ms is None:
            at_ms = venue_ms
        if at_ms > max(now_ms, venue_ms) + MAX_AHEAD_MS:
            raise ParameterError("at", at_ms, "give a time that has come, or is at most a day ahead")
        record = NoteRecord(y, x, check_effective_ms(at_ms), by, note, now_ms)
        with self.database.write() as connection:
            if count_notes(connection, y, x) >= MAX_NOTES_OF_PAIR:
                raise ParameterError("note", "", f"there are {MAX_NOTES_OF_PAIR:,} about this pair: delete some first")
            note_id = append_note(connection, record)
        self.changed()
        return _note_of(record._replace(id=note_id))

    def delete_note(self, note_id: int, *, by: str) -> None:
        """Take one's own note away. Raise `NotFound`, and `ParameterError` for a note of somebody else."""
        author = self.note(note_id).by
        if check_needed("by", by, MAX_NAME) != author:
            raise ParameterError("by", by, f"this note is by {author}, who alone takes it away")
        with self.database.write() as connection:
            if not delete_note(connection, note_id, self._clock_ms()):
                raise NotFound(f"no note {note_id}")
        self.changed()


def _note_of(record: NoteRecord) -> Note:
    return Note(**record._asdict())
