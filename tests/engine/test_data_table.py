"""Statistics of all instruments, against pandas and scipy on the same bars; made once, however many look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from redis import Redis
from scipy import stats

from engine.data_stats import Cell, Span
from engine.data_table import DataTable, DataView, InstrumentData
from engine.parameters import Timeframe
from engine.reader import Reader
from store import keys
from store.bars import UNKNOWN_MISSING, Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.gap_ledger import GapRecord, GapState, gap_fields
from store.history.minutes import append_minutes
from store.sql.database import Database
from tests.api.legs import BARS, FIRST_MS, write_legs

MINUTE_MS = 60_000
X = "sim:XUSDT"


class Clock:
    """Seconds that pass when told to."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass(frozen=True)
class Looked:
    """The table, and the reader and database beside it."""

    data: DataTable
    reader: Reader
    database: Database


@pytest.fixture
def board(client: Redis, database: Database, clock: Clock) -> Looked:
    write_legs(client)
    reader = Reader(client, list, database=database, now_s=clock)
    return Looked(DataTable(client, reader.instruments, database=database, now_s=clock), reader, database)


def add(
    client: Redis, number: int, price: float, *, missing: int = 0, source: Source = Source.TRADES, revision: int = 0
) -> None:
    bar = Bar(
        FIRST_MS + number * MINUTE_MS, price, price + 1, price - 1, price, 2.0, 9, 1, 9, price, price, source,
        missing, revision,
    )  # fmt: skip
    client.xadd(keys.bars(X, Timeframe.M1), {keys.FIELD: encode_bar(bar)})


def of(view: DataView, name: str = X) -> InstrumentData:
    return next(each for each in view.instruments if each.id == name)


def frame(board: Looked, count: int) -> pd.DataFrame:
    """The last slots as pandas has them: absent minutes are rows of NaN."""
    bars = board.reader.bars(X, Timeframe.M1, limit=10_000)
    table = pd.DataFrame({name: bars[name] for name in ("open_time_s", "close", "high", "low", "trades", "missing")})
    table = table.set_index("open_time_s")
    end = int(table.index[-1])
    return table.reindex(range(end - (count - 1) * 60, end + 60, 60))


@pytest.mark.parametrize(("span", "slots"), [(Span.H1, 60), (Span.H6, 360), (Span.D7, BARS)])
def test_they_are_those_of_pandas(board: Looked, span: Span, slots: int) -> None:
    found = of(board.data.view(Timeframe.M1, span)).bars
    table = frame(board, slots)
    assert found is not None
    returns = np.log(table["close"]).diff().dropna()
    assert (found.slots, found.bars, found.absent, found.trades) == (slots, slots, 0, 7 * slots)
    assert (found.last, found.low, found.high) == (table["close"].iloc[-1], table["low"].min(), table["high"].max())
    assert found.mean == pytest.approx(table["close"].mean(), rel=1e-12)
    assert found.completeness == 1.0
    assert found.sources == ((Source.TRADES, slots),)
    assert found.returns is not None
    assert found.returns.mean == pytest.approx(returns.mean(), rel=1e-9, abs=1e-15)
    assert found.returns.sd == pytest.approx(returns.std(), rel=1e-9)
    assert found.returns.skew == pytest.approx(stats.skew(returns, bias=False), rel=1e-7, abs=1e-9)
    assert found.returns.kurtosis == pytest.approx(stats.kurtosis(returns, bias=False), rel=1e-7, abs=1e-9)


def test_what_is_absent_or_lacks_trades_is_counted_and_stands_in_the_strip(board: Looked, client: Redis) -> None:
    add(client, BARS, 3_000.0, missing=3)
    add(client, BARS + 5, 3_010.0, missing=UNKNOWN_MISSING, source=Source.KLINES)
    found = of(board.data.view(Timeframe.M1, Span.H1)).bars
    assert found is not None
    assert (found.slots, found.bars, found.absent, found.incomplete) == (60, 56, 4, 1)
    seen = 54 * 7 + 9
    assert found.completeness == pytest.approx(seen / (seen + 3), rel=1e-12)
    assert found.trades == seen + 9
    assert found.sources == ((Source.TRADES, 55), (Source.KLINES, 1))
    assert found.strip.tolist() == [Cell.WHOLE] * 54 + [Cell.TRADES_MISSING] + [Cell.BAR_ABSENT] * 4 + [Cell.WHOLE]
    assert found.returns is not None
    assert found.returns.count == np.log(frame(board, 60)["close"]).diff().notna().sum() == 54


def test_time_before_the_first_bar_is_blank_and_a_long_stretch_is_summed_up(board: Looked) -> None:
    """400 minutes of 1,440 are there: the last 66 * 400 / 1440 = 18.3 cells."""
    found = of(board.data.view(Timeframe.M1, Span.D1)).bars
    assert found is not None
    assert len(found.strip) == 66
    assert found.strip.tolist() == [Cell.BEFORE] * 47 + [Cell.WHOLE] * 19


def test_coarser_bars_are_derived(board: Looked) -> None:
    found = of(board.data.view(Timeframe.M15, Span.H6)).bars
    hours = board.reader.bars(X, Timeframe.M15, limit=24)
    assert found is not None
    assert (found.slots, found.bars, found.last) == (24, 24, hours["close"][-1])
    assert found.trades == hours["trades"].sum()


def test_more_bars_than_are_looked_at_are_said(board: Looked) -> None:
    assert board.data.view(Timeframe.S1, Span.D7).shown_ms == 10_080_000
    assert board.data.view(Timeframe.H1, Span.D7).shown_ms == Span.D7.ms


def test_nothing_is_made_anew_until_a_bar_changes_and_then_only_what_is_of_it(
    board: Looked, client: Redis, clock: Clock
) -> None:
    before = board.data.view(Timeframe.M1, Span.H1)
    clock.now_s += 10
    assert board.data.view(Timeframe.M1, Span.H1) is before
    add(client, BARS, 3_333.0)
    clock.now_s += 10
    after = board.data.view(Timeframe.M1, Span.H1)
    assert after.version > before.version
    now, then = of(after).bars, of(before).bars
    assert now is not None
    assert then is not None
    assert (now.last, now.last_ms - then.last_ms) == (3_333.0, MINUTE_MS)
    assert of(after, "sim:YUSDT").bars is of(before, "sim:YUSDT").bars
    add(client, BARS - 30, 1.0, revision=1)
    clock.now_s += 10
    revised = of(board.data.view(Timeframe.M1, Span.H1)).bars
    assert revised is not None
    assert revised.low == 0.0


def test_gaps_of_the_stretch_are_counted_by_what_became_of_them(board: Looked, client: Redis, clock: Clock) -> None:
    def gap(first: int, minutes_ago: int, state: GapState) -> GapRecord:
        at_ms = FIRST_MS + (BARS - minutes_ago) * MINUTE_MS
        return GapRecord(first, first + 1, 0 if state == "filled" else 2, at_ms - 5, at_ms, at_ms, at_ms, state)

    records = [gap(1, 300, "lost"), gap(10, 20, "lost"), gap(20, 10, "open"), gap(30, 9, "open"), gap(40, 8, "filled")]
    fields = gap_fields(records)
    client.hset(keys.gaps(X), mapping=dict(zip(fields[::2], fields[1::2], strict=True)))
    hour, day = (of(board.data.view(Timeframe.M1, span)) for span in (Span.H1, Span.D1))
    assert (hour.gaps_open, hour.gaps_lost) == (2, 1)
    assert (day.gaps_open, day.gaps_lost) == (2, 2)
    client.delete(keys.gaps(X))
    clock.now_s += 10
    assert of(board.data.view(Timeframe.M1, Span.H1)).gaps_open == 0


def test_the_first_bar_is_that_of_what_is_kept_for_good(board: Looked, clock: Clock) -> None:
    assert of(board.data.view(Timeframe.M1, Span.H1)).first_ms == FIRST_MS
    old = board.reader.bars(X, Timeframe.M1, limit=1).copy()
    old["open_time_s"] = FIRST_MS // 1000 - 86_400
    with board.database.write() as connection:
        append_minutes(connection, X, old, generation=0)
    clock.now_s += 100
    assert of(board.data.view(Timeframe.M1, Span.H1)).first_ms == FIRST_MS - 86_400_000


def test_an_instrument_without_bars_stands_there_and_one_that_came_is_taken_up(
    board: Looked, client: Redis, clock: Clock
) -> None:
    board.data.view(Timeframe.M1, Span.H1)
    client.hset(keys.INSTRUMENTS, "sim:NEWUSDT", encode_info(InstrumentInfo("sim:NEWUSDT", "NEW", "USDT", 0.01, 7)))
    clock.now_s += 10
    fresh = of(board.data.view(Timeframe.M1, Span.H1), "sim:NEWUSDT")
    assert (fresh.bars, fresh.first_ms) == (None, None)
