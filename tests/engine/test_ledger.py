"""Gap ledgers as pages read them: many in one go, the same object while nothing changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from redis import Redis

from engine.completeness import Completeness, completeness_of, missing_trades
from engine.diagnose import diagnose
from engine.diagnosis import encode_diagnosis, parse_diagnosis
from engine.ledger import NO_GAPS, LedgerShelf
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.snapshots.compute import compute_rows
from engine.thresholds import DEFAULT_THRESHOLD
from store import keys
from store.bars import UNKNOWN_MISSING
from store.errors import CorruptRecord
from store.gap_ledger import GapRecord, gap_fields, read_gaps
from tests.engine.pair_data import Legs, X, Y, made_legs, pair_of

P = PairParameters(Y, X)


def write(client: Redis, name: str, gaps: Sequence[GapRecord]) -> None:
    fields = gap_fields(gaps)
    client.hset(keys.gaps(name), mapping=dict(zip(fields[::2], fields[1::2], strict=True)))


def gap(first: int, missing: int = 3, *, at_ms: int = 0) -> GapRecord:
    return GapRecord(first, first + 2, missing, at_ms - 500, at_ms, at_ms, at_ms)


def test_each_instrument_has_its_own_by_the_time_after_them(client: Redis) -> None:
    gaps = [gap(number, at_ms=1_000 * (number % 7) + number) for number in range(50)]
    write(client, Y, gaps)
    y, x = LedgerShelf(client).load([Y, X])
    assert x is NO_GAPS
    assert y.gaps == read_gaps(client, Y)
    assert y.since(3_000) == tuple(each for each in y.gaps if each.before_ms >= 3_000)
    assert y.since(10**9) == ()
    assert y.since(0) == y.gaps


def test_the_version_changes_with_a_gap_and_the_object_with_the_version(client: Redis) -> None:
    write(client, Y, [gap(1), gap(9)])
    shelf = LedgerShelf(client)
    (before,) = shelf.load([Y])
    assert shelf.load([Y])[0] is before
    write(client, Y, [gap(9).found_one(7)])
    (after,) = shelf.load([Y])
    assert after.version != before.version
    assert [each.missing for each in after.gaps] == [3, 2]
    client.delete(keys.gaps(Y))
    assert shelf.load([Y]) == [NO_GAPS]


def test_what_is_no_ledger_is_said_to_be_none(client: Redis) -> None:
    client.hset(keys.gaps(Y), "1", b"{}")
    with pytest.raises(CorruptRecord):
        LedgerShelf(client).load([Y])


def damaged(legs: Legs) -> Legs:
    y = [bar._replace(missing=place % 4) if place % 9 == 0 and bar.trades else bar for place, bar in enumerate(legs.y)]
    x = [bar._replace(missing=UNKNOWN_MISSING) if place < 30 else bar for place, bar in enumerate(legs.x)]
    return Legs(y, x)


def test_a_diagnosis_knows_how_complete_its_bars_are() -> None:
    """Counted from the bars themselves, of the 720 that are looked at."""
    legs = damaged(made_legs(740))
    pair = pair_of(legs)
    rows = compute_rows(pair, pair.first, P, (), before=np.empty(0, ROW_DTYPE))
    y, x = pair.y[-720:], pair.x[-720:]
    absent = np.isnan(y["close"]) | np.isnan(x["close"])
    missing, trades = int(y["missing"].sum()), int(y["trades"].sum())
    assert missing_trades(rows[-720:], "y") == missing > 0
    assert missing_trades(rows[-720:], "x") == 0
    found = completeness_of(rows[-720:])
    assert found.share == trades / (trades + missing)
    assert found.absent == absent.sum() > 0
    assert found.unknown == int((~absent & (x["missing"] == UNKNOWN_MISSING)).sum()) > 0
    assert not found.whole
    diagnosis = diagnose(Snapshot(P, 1, rows, DEFAULT_THRESHOLD, have=0, need=0))
    assert diagnosis.completeness == found
    assert parse_diagnosis(encode_diagnosis(diagnosis)) == diagnosis


def test_nothing_is_known_where_no_trade_has_an_id() -> None:
    legs = made_legs(60, gaps=False)
    blind = Legs(*([bar._replace(missing=UNKNOWN_MISSING) for bar in leg] for leg in (legs.y, legs.x)))
    pair = pair_of(blind)
    rows = compute_rows(pair, pair.first, P, (), before=np.empty(0, ROW_DTYPE))
    assert completeness_of(rows) == Completeness(None, 0, 60)
    assert completeness_of(rows).whole, "nothing is known to be missing"
