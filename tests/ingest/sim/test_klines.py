"""Klines are the trades folded, to the last tick and step: held against a slow loop over them."""

from __future__ import annotations

import pytest

from ingest.sim.catalogue import HOUR_MS
from ingest.sim.klines import KlineBook, Klines
from ingest.sim.ticker import day_ticker
from ingest.sim.world import World, instrument_spec

START = 1_790_000_000_000 // HOUR_MS * HOUR_MS


def slow_klines(
    world: World, symbol: str, slot_ms: int, *, start_ms: int, end_ms: int, until_ms: int
) -> list[tuple[int, ...]]:
    before = world.trades_between(symbol, start_ms - HOUR_MS, start_ms - 1)
    close = int(before.price_ticks[-1])
    trades = world.trades_between(symbol, start_ms - 1, min(end_ms - 1, until_ms))
    rows = list(
        zip(
            trades.time_ms.tolist(),
            trades.price_ticks.tolist(),
            trades.quantity_steps.tolist(),
            trades.seller_aggressed.tolist(),
            strict=True,
        )
    )
    klines = []
    for open_ms in range(start_ms, min(end_ms, until_ms + 1), slot_ms):
        mine = [row for row in rows if open_ms <= row[0] < open_ms + slot_ms]
        prices = [price for _, price, _, _ in mine] or [close]
        close = prices[-1]
        bought = [row for row in mine if not row[3]]
        klines.append(
            (
                open_ms,
                prices[0],
                max(prices),
                min(prices),
                close,
                sum(q for _, _, q, _ in mine),
                sum(p * q for _, p, q, _ in mine),
                len(mine),
                sum(q for _, _, q, _ in bought),
                sum(p * q for _, p, q, _ in bought),
            )
        )
    return klines


def rows(klines: Klines) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(klines, name).tolist() for name in Klines.__slots__), strict=True))


@pytest.mark.parametrize(
    ("symbol", "slot_ms", "start_ms", "slots"),
    [
        ("TRXUSDT", 1_000, START + HOUR_MS - 60_000, 120),  # mostly empty seconds, over an hour's turn
        ("TRXUSDT", 60_000, START - 600_000, 30),
        ("BCHUSDT", 1_000, START, 200),
        ("ETHUSDT", 60_000, START - 300_000, 10),
        ("XRPUSDT", 300_000, START - HOUR_MS, 24),
        ("DOTUSDT", HOUR_MS, START - HOUR_MS, 3),
    ],
)
def test_klines_equal_a_slow_fold_of_the_trades(symbol: str, slot_ms: int, start_ms: int, slots: int) -> None:
    world = World(7)
    end_ms = start_ms + slots * slot_ms
    for until_ms in (end_ms + 10, end_ms - slot_ms // 3, start_ms + slot_ms // 2):
        folded = KlineBook(world).klines(symbol, slot_ms, start_ms, end_ms, until_ms)
        assert rows(folded) == slow_klines(world, symbol, slot_ms, start_ms=start_ms, end_ms=end_ms, until_ms=until_ms)


def test_an_unfinished_hour_asked_for_first_does_not_stay_unfinished() -> None:
    book = KlineBook(World(7))
    early = book.klines("ADAUSDT", 60_000, START, START + HOUR_MS, START + 90_000)
    late = book.klines("ADAUSDT", 60_000, START, START + HOUR_MS, START + 2 * HOUR_MS)
    assert (len(early), len(late)) == (2, 60)
    assert rows(early)[0] == rows(late)[0]


def test_the_day_ticker_is_the_day_of_minutes() -> None:
    world = World(7)
    book, spec = KlineBook(world), instrument_spec("LTCUSDT")
    for until_ms in (START + 17 * 60_000 + 12_345, START, START + HOUR_MS - 1):
        start_ms = (until_ms - 24 * HOUR_MS) // 60_000 * 60_000
        day = rows(KlineBook(world).klines("LTCUSDT", 60_000, start_ms, until_ms + 1, until_ms))
        ticker = day_ticker(book, spec, until_ms)
        assert ticker.open == day[0][1]
        assert ticker.high == max(row[2] for row in day)
        assert ticker.low == min(row[3] for row in day)
        assert ticker.close == day[-1][4]
        assert ticker.volume == sum(row[5] for row in day)
        assert ticker.turnover == sum(row[6] for row in day)
