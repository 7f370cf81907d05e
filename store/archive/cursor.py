"""How far an instrument's tick stream was archived; it stands in the archive, beside what it speaks of."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson

from store.archive.files import ArchiveFiles
from store.archive.layout import folder_of
from store.errors import CorruptRecord
from store.instruments import parse_instrument

BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class TickCursor:
    """The last entry archived of the stream in the store of `epoch`, and the highest trade id so far (-1: none)."""

    epoch: str
    entry_id: str = BEGINNING
    last_id: int = -1


def read_cursor(files: ArchiveFiles, instrument: str) -> TickCursor | None:
    """None where nothing was archived yet. Raises `ArchiveUnavailable` or `CorruptRecord`."""
    raw = files.read_bytes(_name(instrument))
    if raw is None:
        return None
    try:
        return TickCursor(**orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise CorruptRecord(
            f"{_name(instrument)} of the archive is damaged: delete it, and some ids stand twice"
        ) from error


def write_cursor(files: ArchiveFiles, instrument: str, cursor: TickCursor) -> None:
    files.write_bytes(_name(instrument), orjson.dumps(asdict(cursor)))


def _name(instrument: str) -> str:
    return f"{folder_of(parse_instrument(instrument))}/_cursor.json"
