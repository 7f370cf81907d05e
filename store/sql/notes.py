"""Notes that analysts wrote about pairs, whatever their parameters."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from store.sql.tables import PAIR_NOTES


class NoteRecord(NamedTuple):
    """A note about a pair at a time of its bars, and when it was written."""

    y: str
    x: str
    at_ms: int
    by: str
    note: str
    written_ms: int
    id: int = 0


def append_note(connection: Connection, note: NoteRecord) -> int:
    """Write a note; its id."""
    values = note._asdict()
    del values["id"]
    note_id: int = connection.execute(insert(PAIR_NOTES).values(values).returning(PAIR_NOTES.c.id)).scalar_one()
    return note_id


def read_notes(
    connection: Connection, y: str, x: str, *, limit: int, before: int | None = None
) -> tuple[NoteRecord, ...]:
    """Those of a pair that stand, by the time that they are about, the newest first.

    `before` is the id of the last one of the page before; one that is not there gives nothing.
    """
    wanted = [PAIR_NOTES.c.y == y, PAIR_NOTES.c.x == x, PAIR_NOTES.c.deleted_ms.is_(None)]
    if before is not None:
        at_ms = select(PAIR_NOTES.c.at_ms).where(PAIR_NOTES.c.id == before).scalar_subquery()
        wanted.append(or_(PAIR_NOTES.c.at_ms < at_ms, and_(PAIR_NOTES.c.at_ms == at_ms, PAIR_NOTES.c.id < before)))
    order = (PAIR_NOTES.c.at_ms.desc(), PAIR_NOTES.c.id.desc())
    rows = connection.execute(select(PAIR_NOTES).where(*wanted).order_by(*order).limit(limit))
    return tuple(_note(row) for row in rows)


def read_note(connection: Connection, note_id: int) -> NoteRecord | None:
    """One that stands."""
    wanted = (PAIR_NOTES.c.id == note_id, PAIR_NOTES.c.deleted_ms.is_(None))
    row = connection.execute(select(PAIR_NOTES).where(*wanted)).one_or_none()
    return None if row is None else _note(row)


def count_notes(connection: Connection, y: str, x: str) -> int:
    """How many of a pair stand."""
    wanted = (PAIR_NOTES.c.y == y, PAIR_NOTES.c.x == x, PAIR_NOTES.c.deleted_ms.is_(None))
    return int(connection.execute(select(func.count()).select_from(PAIR_NOTES).where(*wanted)).scalar_one())


def delete_note(connection: Connection, note_id: int, deleted_ms: int) -> bool:
    """Take a note away, its words too; False where no such note stands."""
    standing = (PAIR_NOTES.c.id == note_id) & PAIR_NOTES.c.deleted_ms.is_(None)
    values = {"deleted_ms": deleted_ms, "note": ""}
    return connection.execute(update(PAIR_NOTES).where(standing).values(values)).rowcount == 1


def _note(row: Any) -> NoteRecord:
    return NoteRecord(**{name: getattr(row, name) for name in NoteRecord._fields})
