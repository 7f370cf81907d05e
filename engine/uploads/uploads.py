"""The uploads of a desk: accepted, listed, deleted, and built again in a store that was emptied."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from redis import Redis
from sqlalchemy.exc import IntegrityError

from engine.errors import NotFound
from engine.uploads.errors import UploadRefused
from engine.uploads.holes import lost_gaps
from engine.uploads.placing import MAX_MINUTES, Placed, place_bars, place_ticks
from engine.uploads.preview import Kind, Preview, Series
from engine.uploads.report import Report, encode_report, parse_report
from engine.uploads.symbols import parse_symbol
from store.catalogue import InstrumentInfo
from store.errors import StoreError
from store.history.minutes import IMPORTED, insert_minutes
from store.retention import Caps, stream_budget_mb, stream_caps
from store.sql.database import Database
from store.timeframes import Timeframe, parse_timeframe
from store.uploads.register import (
    UploadRow,
    append_upload,
    count_uploads,
    delete_upload,
    read_content,
    read_ids,
    read_upload,
    read_uploads,
)
from store.uploads.streams import VENUE, UploadStreams, drop_streams, put_streams, read_marks

MAX_UPLOADS = 100
_SHARE_OF_BUDGET = 0.125  # the rest is for what is live
_FEWEST_SHARES = 8  # so that the first upload does not take what the next ones need

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """What was accepted. Times are UTC ms; `zone` is the one named for times without any, empty where none was.

    `timeframe` is the finest that its bars can be seen at, `sha256` of the file as it came.
    """

    id: int
    symbol: str
    kind: Kind
    timeframe: Timeframe
    file_name: str
    uploaded_ms: int
    rows: int
    first_ms: int
    last_ms: int
    zone: str
    sha256: str
    report: Report

    @property
    def instrument(self) -> str:
        return f"{VENUE}:{self.symbol}"


class Uploads:
    """Safe between threads and processes. Every method may raise `store.errors.StoreUnavailable`.

    SQL is what counts: an upload is there when its row is. The streams follow, now or by `restore`.
    """

    def __init__(
        self, client: Redis, database: Database, *, clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        self._client = client
        self._database = database
        self._clock_ms = clock_ms

    def accept(self, preview: Preview, symbol: str) -> Upload:
        """Keep a file's one instrument under a name, or, of a file of several, the one of that name.

        Raises `UploadRefused` for a name that is taken or is none, and for times whose zone nobody named.
        """
        if len(preview.series) == 1:
            return self._accept(preview, [(preview.series[0], symbol)])[0]
        chosen = [series for series in preview.series if series.symbol == parse_symbol(symbol)]
        if not chosen:
            raise UploadRefused(f"the file has no symbol {symbol[:60]!r}: it has {', '.join(preview.symbols)[:400]}")
        return self._accept(preview, [(chosen[0], symbol)])[0]

    def accept_all(self, preview: Preview) -> tuple[Upload, ...]:
        """Keep every instrument of a file under its own name: all of them, or none."""
        return self._accept(preview, [(series, series.symbol) for series in preview.series])

    def all(self) -> tuple[Upload, ...]:
        """Every upload, by the order in which they came."""
        with self._database.read() as connection:
            return tuple(_upload(row) for row in read_uploads(connection))

    def rows(self, symbol: str) -> NDArray[np.void] | None:
        """The cleaned rows of an upload, as `Series.rows` has them; None where there is no such upload."""
        found = self._content(symbol)
        return None if found is None else found[1]

    def delete(self, symbol: str) -> None:
        """Delete an upload with its bars for good; raises `NotFound`."""
        name = f"{VENUE}:{symbol}"
        with self._database.write() as connection:
            if not delete_upload(connection, symbol, name):
                raise NotFound(f"no upload {symbol[:80]}")
        self._follow(lambda: drop_streams(self._client, name))

    def restore(self) -> int:
        """Make the store agree with SQL: build what it lacks, drop what is gone; how many that were."""
        marks = read_marks(self._client)
        with self._database.read() as connection:
            wanted = read_ids(connection)
        gone = [name for name in marks if name.removeprefix(f"{VENUE}:") not in wanted]
        lacking = [symbol for symbol, row_id in wanted.items() if marks.get(f"{VENUE}:{symbol}") != row_id]
        for name in gone:
            drop_streams(self._client, name)
        return len(gone) + sum(self._build(symbol) for symbol in lacking)

    def _accept(self, preview: Preview, named: Sequence[tuple[Series, str]]) -> tuple[Upload, ...]:
        if preview.needs_zone:
            raise UploadRefused("its times have no zone: name the one they are in, as UTC or Europe/Berlin")
        made = [self._row(preview, series, _symbol(text)) for series, text in named]
        rows = self._keep(made, named)
        for (_, placed), row, (series, _) in zip(made, rows, named, strict=True):
            self._follow(lambda row=row, series=series, placed=placed: self._put(row, series.rows, placed))  # type: ignore[misc]
        return tuple(_upload(row) for row in rows)

    def _row(self, preview: Preview, series: Series, symbol: str) -> tuple[UploadRow, Placed]:
        placed = _placed(series.rows, series.period_s, self._caps().bars_1s)
        report = Report.of(preview, series)
        row = UploadRow(
            id=0,
            symbol=symbol,
            kind=preview.kind,
            timeframe=series.timeframe.value,
            file_name=preview.file_name,
            uploaded_ms=self._clock_ms(),
            rows=len(series.rows),
            first_ms=series.statistics.first_ms,
            last_ms=series.statistics.last_ms,
            zone=preview.zone or "",
            sha256=preview.sha256,
            report=encode_report(report),
        )
        return row, placed

    def _keep(
        self, made: Sequence[tuple[UploadRow, Placed]], named: Sequence[tuple[Series, str]]
    ) -> tuple[UploadRow, ...]:
        """All in one transaction."""
        from store.uploads import content  # noqa: PLC0415  # pyarrow, where somebody brings a file

        rows: list[UploadRow] = []
        with self._database.write() as connection:
            if count_uploads(connection) + len(made) > MAX_UPLOADS:
                raise UploadRefused(f"{MAX_UPLOADS} uploads are kept at most: delete some first")
            for (row, placed), (series, _) in zip(made, named, strict=True):
                if read_upload(connection, row.symbol) is not None:
                    raise UploadRefused(f"there is an upload {row.symbol} already: delete it, or give another name")
                encode = content.encode_ticks if row.kind == "ticks" else content.encode_bars
                try:
                    upload_id = append_upload(connection, row, encode(series.rows))
                except IntegrityError as error:
                    raise UploadRefused(f"there is an upload {row.symbol} already: give another name") from error
                insert_minutes(connection, f"{VENUE}:{row.symbol}", placed.minutes, generation=IMPORTED)
                rows.append(row._replace(id=upload_id))
        return tuple(rows)

    def _build(self, symbol: str) -> bool:
        """Build the streams of an upload from its content; False where there is none to build them from."""
        found = self._content(symbol)
        if found is None:
            return False
        row, rows = found
        self._put(row, rows, _placed(rows, parse_report(row.report).period_s, self._caps().bars_1s))
        return True

    def _content(self, symbol: str) -> tuple[UploadRow, NDArray[np.void]] | None:
        from store.uploads import content  # noqa: PLC0415  # pyarrow, where there are uploads

        with self._database.read() as connection:
            row, packed = read_upload(connection, symbol), read_content(connection, symbol)
        if row is None or packed is None:
            return None
        try:
            return row, content.parse_ticks(packed) if row.kind == "ticks" else content.parse_bars(packed)
        except content.BROKEN:
            _LOG.exception("the content of upload %s cannot be read: delete it and bring it anew", symbol)
            return None

    def _put(self, row: UploadRow, rows: NDArray[np.void], placed: Placed) -> None:
        report = parse_report(row.report)
        info = InstrumentInfo(
            id=f"{VENUE}:{row.symbol}",
            base=row.symbol,
            quote="",
            tick_size=report.tick_size,
            position=row.id,
            finest=parse_timeframe(row.timeframe or Timeframe.S1),
            completeness=report.completeness,
        )
        ticks = rows if row.kind == "ticks" else rows[:0]
        gaps = lost_gaps(rows) if row.kind == "ticks" else ()
        streams = UploadStreams(ticks, placed.seconds, placed.minutes, gaps)
        put_streams(self._client, info, row.id, streams, self._caps())

    def _caps(self) -> Caps:
        with self._database.read() as connection:
            uploads = count_uploads(connection)
        budget_mb = stream_budget_mb(self._client, None) * _SHARE_OF_BUDGET
        return stream_caps(budget_mb, max(uploads, _FEWEST_SHARES))

    def _follow(self, change: Callable[[], None]) -> None:
        """Bring the store in line with SQL; where it does not answer, `restore` will."""
        try:
            change()
        except StoreError as error:
            _LOG.warning("the streams of an upload wait for the store: %s", error)


def _placed(rows: NDArray[np.void], period_s: int | None, most_seconds: int) -> Placed:
    placed = place_bars(rows, period_s) if period_s else place_ticks(rows, most_seconds=most_seconds)
    if len(placed.minutes) > MAX_MINUTES:
        raise UploadRefused(f"it spreads over {len(placed.minutes):,} minutes, and {MAX_MINUTES:,} are kept: cut it")
    return placed


def _symbol(text: str) -> str:
    symbol = parse_symbol(text)
    if symbol is None:
        raise UploadRefused(
            f"{text[:60]!r} is no name for an instrument: use up to 64 letters, digits, points, hyphens or underscores"
        )
    return symbol


def _upload(row: UploadRow) -> Upload:
    fields = row._asdict()
    timeframe = parse_timeframe(row.timeframe or Timeframe.S1)
    return Upload(**{**fields, "timeframe": timeframe, "report": parse_report(row.report)})
