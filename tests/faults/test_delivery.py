"""Row 15: trades that come three times, in disorder and with gaps make the bars and the analytics of a clean delivery.

Both deliveries are of the same market of the simulated exchange, which is a function of its seed and of time: one over
sockets with the faults, into one database of a real store; one from a recording without any, into another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from engine.findings.trades import trades_of_store
from engine.parameters import PairParameters
from engine.reader import Reader
from engine.rows import ROW_DTYPE
from engine.thresholds import DEFAULT_THRESHOLD
from ingest.core.core import Core
from ingest.core.publisher import Publisher
from ingest.live.rest import PAGE
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from ingest.sim.recording import write_frames
from store.bars import Bar, encode_bar, parse_bar
from store.catalogue import InstrumentInfo
from store.client import connect_reader
from store.epoch import ensure_epoch
from store.retention import stream_caps
from store.ticks import Tick, parse_ticks
from store.timeframes import KEPT, Timeframe
from tests.faults.following import START_MS, choose
from tests.ingest.klines import minutes_of, own_bars
from tests.ingest.processes import running_ingestor, stored_feed, stored_ids
from tests.tools.waiting import until

SPEED = 40.0
SYMBOLS = ("BTCUSDT", "ETHUSDT")
WINDOW, Z_WINDOW = 20, 10
MINUTE_MS = 60_000
GAPS = (1, 2, 17, 300, 5_000)
NOT_OF_THE_WINDOW = {"revision_y", "revision_x", "signal"}
"""How often a bar was told, and a signal that goes on from before: all other columns are of the window's bars alone."""


@pytest.fixture
def clean(redis_url: str) -> Iterator[Redis]:
    """The second database of the server."""
    client = connect_reader(f"{redis_url}?db=1")
    yield client
    client.close()


def recorded(folder: Path, end_ms: int) -> list[tuple[int, bytes]]:
    """Receipt in µs and frame of what the exchange sends until then, without a fault and without a clock."""
    path = folder / "clean.frames"
    write_frames(path, seed=7, start_ms=START_MS, seconds=(end_ms - START_MS) / 1000, symbols=SYMBOLS)
    lines = (line.split(b" ", 1) for line in path.read_bytes().splitlines())
    return [(int(received_ns) // 1000, raw) for received_ns, raw in lines]


def deliver_cleanly(client: Redis, folder: Path, end_ms: int) -> None:
    """The same market into a store."""
    core = Core("sim", SYMBOLS)
    publisher = Publisher(client, "sim", stream_caps(512, len(SYMBOLS)))
    ensure_epoch(client)
    publisher.register(InstrumentInfo(f"sim:{name}", name[:3], "USDT", 0.01, i) for i, name in enumerate(SYMBOLS))
    core.feed(recorded(folder, end_ms))
    publisher.publish(core.take())


def bits(bars: list[Bar], start_ms: int, end_ms: int) -> list[bytes]:
    """Whole bars, quotes and completeness and all, but for the number of their revision."""
    return [encode_bar(bar._replace(revision=0)) for bar in bars if start_ms <= bar.open_time_ms < end_ms]


def all_filled(client: Redis) -> bool:
    feed = stored_feed(client, "sim")
    return feed is not None and len(feed.legs) == 2 and all(leg.gaps_open == 0 for leg in feed.legs.values())


@pytest.mark.parametrize("faults", ["duplicates=3,shuffle=0.1", "duplicates=3,shuffle=0.1,gaps=200"])
def test_bars_and_analytics_are_those_of_a_clean_delivery_bit_for_bit(
    faults: str, client: Redis, clean: Redis, redis_url: str, tmp_path: Path
) -> None:
    with SimulatedExchange(start_ms=START_MS, speed=SPEED, faults=ChosenFaults(faults)) as exchange:
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": ",".join(SYMBOLS)}
        with running_ingestor(tmp_path, **settings) as ingestor:
            until(lambda: min(minutes_of(client, name) for name in SYMBOLS) >= 5, "minutes under the faults")
            choose(exchange, "")
            known = minutes_of(client, SYMBOLS[0])
            until(lambda: minutes_of(client, SYMBOLS[0]) > known + 1, "minutes after them")
            until(lambda: all_filled(client), "every gap to be filled")
            feed = stored_feed(client, "sim")
            assert ingestor.end() == 0
        end_ms = exchange.clock.now_ms() // MINUTE_MS * MINUTE_MS
    assert feed is not None
    assert (feed.rejected, feed.duplicates > 1_000) == (0, True)
    assert (sum(leg.gaps for leg in feed.legs.values()) > 5) == ("gaps" in faults)
    deliver_cleanly(clean, tmp_path, end_ms + 5_000)
    minutes = [own_bars(client, f"sim:{name}", Timeframe.M1) for name in SYMBOLS]
    # The live store's first minutes are made of trades from before its stream, and know no quotes.
    start_ms = max(own[0].open_time_ms for own in minutes) + 2 * MINUTE_MS
    last_ms = min(own[-1].open_time_ms for own in minutes)
    for name in SYMBOLS:
        ids = stored_ids(client, f"sim:{name}")
        assert ids.tolist() == list(range(ids[0], ids[-1] + 1))
        for timeframe in KEPT:
            ours = bits(own_bars(client, f"sim:{name}", timeframe), start_ms, last_ms)
            theirs = bits(own_bars(clean, f"sim:{name}", timeframe), start_ms, last_ms)
            assert ours == theirs
            assert len(ours) >= (last_ms - start_ms) // timeframe.ms > 3
    assert_same_analytics(client, clean, start_ms, last_ms)


def assert_same_analytics(client: Redis, clean: Redis, start_ms: int, last_ms: int) -> None:
    """Rows of the pair whose windows lie within what both saw, and the trades behind them."""
    pair = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", Timeframe.S1, WINDOW, Z_WINDOW)
    first_ms = start_ms + (WINDOW + Z_WINDOW) * 1_000
    both = [Reader(store, lambda: (DEFAULT_THRESHOLD,)).snapshot(pair).rows for store in (client, clean)]
    chosen = [rows[(rows["open_time_ms"] >= first_ms) & (rows["open_time_ms"] < last_ms)] for rows in both]
    assert len(chosen[0]) == (last_ms - first_ms) // 1_000
    assert np.isfinite(chosen[0]["z"]).all()
    for column in set(ROW_DTYPE.names or ()) - NOT_OF_THE_WINDOW:
        assert chosen[0][column].tobytes() == chosen[1][column].tobytes(), column
    live, plain = (trades_of_store(store)(pair, last_ms) for store in (client, clean))
    since = live.times_y >= start_ms, plain.times_y >= start_ms
    assert live.times_y[since[0]].tolist() == plain.times_y[since[1]].tolist()
    assert live.prices_y[since[0]].tolist() == plain.prices_y[since[1]].tolist()


def test_gaps_of_one_to_five_thousand_ids_leave_no_trace_in_the_bars(tmp_path: Path) -> None:
    """Frames in triplicate, a tenth of the trades out of place, with runs left out that are filled page by page."""
    chance = np.random.default_rng(3)
    frames = recorded(tmp_path, START_MS + 12 * MINUTE_MS)
    clean = Core("sim", SYMBOLS)
    clean.feed(frames)
    plain = clean.take()
    stored = {leg.instrument: parse_ticks(b"".join(leg.ticks)) for leg in plain.legs}
    trades = [place for place, (_, raw) in enumerate(frames) if b'"aggTrade"' in raw]
    lost: set[int] = set()
    for start, length in zip(np.cumsum([300, 200, 200, 400, 800]), GAPS, strict=True):
        lost.update(trades[start : start + length])
    times = np.array([received_us for received_us, _ in frames])
    times[trades] += (chance.random(len(trades)) < 0.1) * chance.integers(0, 300_000, len(trades))
    mess = [frames[place] for place in np.argsort(times, kind="stable") if place not in lost for _ in range(3)]
    core, legs = Core("sim", SYMBOLS), []
    for start in range(0, len(mess), 500):
        core.feed(mess[start : start + 500])
        for gap in core.wanted_gaps():
            ticks = stored[f"sim:{gap.symbol}"]
            page = ticks[np.searchsorted(ticks["trade_id"], gap.first) :][: min(PAGE, gap.last - gap.first + 1)]
            core.fill(gap.symbol, [Tick(*tick) for tick in page.tolist()])
        legs += core.take().legs
    assert core.wanted_gaps() == ()
    assert sum(leg.gaps for leg in core.counts().legs.values()) >= len(GAPS)
    for leg in plain.legs:
        own = [each for each in legs if each.instrument == leg.instrument]
        ids = np.concatenate([parse_ticks(b"".join(each.ticks))["trade_id"] for each in own])
        assert np.sort(ids).tolist() == stored[leg.instrument]["trade_id"].tolist()
        for length in ("seconds", "minutes"):
            assert last_of([bar for each in own for bar in getattr(each, length)]) == last_of(getattr(leg, length))


def last_of(packed: Sequence[bytes]) -> list[bytes]:
    """The last revision of each bar, in order of time, without its number."""
    newest = {bar.open_time_ms: encode_bar(bar._replace(revision=0)) for bar in map(parse_bar, packed)}
    return [newest[time_ms] for time_ms in sorted(newest)]
