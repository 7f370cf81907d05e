"""Ticks of many files in the order of their ids, by DuckDB: a stretch of ids at a time, so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from store.archive.columns import NAMES, SCHEMA, Ticks, ticks_of
from store.archive.errors import ArchiveUnavailable
from store.archive.files import ArchiveFiles, archive_errors
from store.bars import NO_TRADE_ID
from store.ticks import TICK_DTYPE

IDS_AT_ONCE = 200_000  # 8 MB of ticks, if none stands twice
_MOST_STRETCHES = 100_000  # where ids lie far apart the stretches are longer
_LATEST_MS = 2**62
_SETTINGS: dict[str, str | int | float | list[str]] = {
    "memory_limit": "128MB",
    "threads": 1,
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_QUERY = f"SELECT {', '.join(NAMES)} FROM ticks ORDER BY trade_id, received_us DESC, time_ms"  # noqa: S608


class _File(NamedTuple):
    """A file and its lowest and highest trade id."""

    path: str
    first: int
    last: int


def sorted_ticks(files: ArchiveFiles, paths: Sequence[str], *, start_ms: float, end_ms: float) -> Iterator[Ticks]:
    """Ticks with start <= exchange time < end of all files, in id order, each id once, received live if so.

    Files are read by pyarrow, so that a bucket needs nothing more than a folder. Raises `ArchiveUnavailable`.
    """
    known = [file for path in paths if (file := _ids_of(files, path)) is not None]
    if not known:
        return
    times = (ds.field("time_ms") >= int(start_ms)) & (ds.field("time_ms") < int(min(end_ms, _LATEST_MS)))
    first, last = min(file.first for file in known), max(file.last for file in known)
    step = max(IDS_AT_ONCE, (last - first) // _MOST_STRETCHES)
    with closing(duckdb.connect(config=_SETTINGS)) as connection:
        for start in range(first, last + 1, step):
            chosen = [file.path for file in known if file.first < start + step and file.last >= start]
            if chosen:
                ids = (ds.field("trade_id") >= start) & (ds.field("trade_id") < start + step)
                ticks = _stretch(connection, files, chosen, times & ids)
                if len(ticks):
                    yield ticks


def _ids_of(files: ArchiveFiles, path: str) -> _File | None:
    """None of a file without ticks."""
    place = NAMES.index("trade_id")
    with archive_errors(), files.filesystem.open_input_file(path) as file:
        metadata = pq.read_metadata(file)
    groups = [metadata.row_group(number).column(place).statistics for number in range(metadata.num_row_groups)]
    if any(group is None or not group.has_min_max for group in groups):
        raise ArchiveUnavailable(f"{path} says nothing of its trade ids: it is not a file of this archive")
    if not groups:
        return None
    return _File(path, min(group.min for group in groups), max(group.max for group in groups))


def _stretch(connection: Any, files: ArchiveFiles, paths: list[str], wanted: Any) -> Ticks:
    try:
        dataset = ds.dataset(paths, schema=SCHEMA, format="parquet", filesystem=files.filesystem)
        # As it comes, a scanner would hold sixteen files at once.
        scanner = dataset.scanner(filter=wanted, batch_readahead=1, fragment_readahead=1)
        connection.register("ticks", scanner.to_reader())
        parts = [ticks_of(batch) for batch in connection.sql(_QUERY).to_arrow_reader()]
    except (duckdb.Error, OSError) as error:
        words = (str(error).splitlines() or [type(error).__name__])[0]
        raise ArchiveUnavailable(f"the archive of ticks cannot be read: {words[:200]}") from error
    ticks = np.concatenate([np.empty(0, TICK_DTYPE), *parts])
    ids = ticks["trade_id"]
    repeated = np.zeros(len(ids), np.bool_)
    repeated[1:] = (ids[1:] == ids[:-1]) & (ids[1:] != NO_TRADE_ID)
    once: Ticks = ticks[~repeated]
    return once
