"""How far the minutes of each instrument were taken over from its stream, moved on by compare-and-set."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from store.sql.insert import append_once
from store.sql.tables import MINUTE_CURSORS


class MinuteCursor(NamedTuple):
    """The last entry taken over, of the stream in the store of `epoch`; `generation` counts epochs from 1 on."""

    epoch: str
    entry_id: str
    generation: int


def read_cursors(connection: Connection) -> dict[str, MinuteCursor]:
    """Every instrument that was ever taken over from."""
    columns = [MINUTE_CURSORS.c[name] for name in MinuteCursor._fields]
    rows = connection.execute(select(MINUTE_CURSORS.c.instrument, *columns))
    return {instrument: MinuteCursor(*cursor) for instrument, *cursor in rows}


def replace_cursor(connection: Connection, instrument: str, before: MinuteCursor | None, after: MinuteCursor) -> bool:
    """Move on from `before` (None: there was none) to `after`; False where somebody else did so first."""
    if before is None:
        return append_once(connection, MINUTE_CURSORS, {"instrument": instrument, **after._asdict()})
    unmoved = (
        (MINUTE_CURSORS.c.instrument == instrument)
        & (MINUTE_CURSORS.c.epoch == before.epoch)
        & (MINUTE_CURSORS.c.entry_id == before.entry_id)
    )
    return connection.execute(update(MINUTE_CURSORS).where(unmoved).values(after._asdict())).rowcount == 1
