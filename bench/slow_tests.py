"""What the slow tests of a pair cost, whole and by part, beside statsmodels and arch on the same prices.

Run: python -m bench.slow_tests

A pair is tested on its last 720 bars at most, however many are kept. CPU time, the least of some
rounds: other work on the machine matters less. What parts share is counted to the first of them.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from arch.unitroot import VarianceRatio
from numpy.typing import NDArray
from statsmodels.tsa.stattools import adfuller, coint, kpss
from statsmodels.tsa.vector_ar.vecm import coint_johansen

from analytics.both_ways import engle_granger_both
from analytics.reduced_rank import johansen
from analytics.stationarity import kpss as our_kpss
from analytics.unit_root import adf
from analytics.variance import variance_ratio
from bench.snapshot import FIRST_SECOND
from bench.table import table, verdict
from engine.diagnose import diagnose
from engine.diagnosis import dear_period_ms, period_ms
from engine.findings.registry import STATISTICS
from engine.findings.sample import Sample, sample_of
from engine.findings.trades import PairTrades
from engine.monitor.turns import SHARE
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.snapshots.compute import compute_rows
from engine.snapshots.pair_bars import PairBars
from engine.thresholds import DEFAULT_THRESHOLD
from store.bars import PACKED_BAR
from store.timeframes import Timeframe

LENGTHS = (120, 720, 3_600)
BEFORE = 300  # bars that the first rows need
ROUNDS, PEER_ROUNDS = 5, 3
LAGS = 2
SECONDS = PairParameters("sim:Y", "sim:X", Timeframe.S1)
WANTED_PAIRS = 50  # of seconds, all looked at, that the monitor tests at every due bar

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Peer:
    """A test of ours and the same of another library, of y and x (n,)."""

    name: str
    ours: Callable[[Vector, Vector], object]
    theirs: Callable[[Vector, Vector], object]
    what: str


PEERS = (
    Peer("ADF of a leg, lags by AIC", lambda y, _: adf(y), lambda y, _: adfuller(y, autolag="AIC"), "adfuller"),
    Peer("KPSS of a leg", lambda y, _: our_kpss(y), lambda y, _: kpss(y, nlags="auto"), "kpss"),
    Peer("Engle-Granger, both ways", engle_granger_both, lambda y, x: (coint(y, x), coint(x, y)), "coint, twice"),
    Peer(
        "Johansen",
        lambda y, x: johansen(np.column_stack([y, x]), trend="rc"),
        lambda y, x: coint_johansen(np.column_stack([y, x]), 0, 1),
        "coint_johansen",
    ),
    Peer(
        "variance ratio",
        lambda y, _: variance_ratio(y, q=LAGS),
        lambda y, _: VarianceRatio(y, LAGS).stat,
        "arch VarianceRatio",
    ),
)


def made_snapshot(bars: int) -> Snapshot:
    """Rows of a planted pair: a walk, and a line of it with a spread that forgets 15 % each bar."""
    rng = np.random.default_rng(1)
    n = bars + BEFORE
    x = 11.0 + np.cumsum(rng.normal(0.0, 3e-4, n))
    spread = np.zeros(n)
    for i, shock in enumerate(rng.normal(0.0, 3e-4, n - 1), 1):
        spread[i] = 0.85 * spread[i - 1] + shock
    legs = [_bars(np.exp(prices)) for prices in (-1.0 + 0.8 * x + spread, x)]
    pair = PairBars(Timeframe.S1, FIRST_SECOND, *legs)
    rows = compute_rows(pair, pair.first, SECONDS, (DEFAULT_THRESHOLD,), before=np.empty(0, ROW_DTYPE))
    return Snapshot(SECONDS, 1, rows[-bars:], DEFAULT_THRESHOLD, have=1, need=1)


def _bars(prices: Vector) -> NDArray[np.void]:
    bars = np.zeros(len(prices), PACKED_BAR)
    bars["open_time_s"] = FIRST_SECOND + np.arange(len(prices))
    for name in ("open", "high", "low", "close", "bid", "ask"):
        bars[name] = prices
    bars["volume"], bars["trades"] = 1.0, 3
    return bars


def least_ms(work: Callable[[], object], rounds: int) -> float:
    def once() -> float:
        start = time.thread_time()
        work()
        return time.thread_time() - start

    return min(once() for _ in range(rounds)) * 1e3


def made_trades(snapshot: Snapshot) -> PairTrades:
    """Two trades a second of each leg, at times of their own, at the prices of the bars."""
    rng, rows = np.random.default_rng(2), snapshot.rows
    opens = np.repeat(rows["open_time_ms"], 2)
    times = [np.sort(opens + rng.integers(0, 1_000, len(opens))) for _ in "yx"]
    return PairTrades(times[0], np.repeat(rows["y"], 2), times[1], np.repeat(rows["x"], 2))


def part_ms(snapshot: Snapshot) -> dict[str, float]:
    """Each statistic on a sample of its own round, in the order of a diagnosis."""
    least: dict[str, float] = {}
    trades = made_trades(snapshot)
    for _ in range(ROUNDS):
        sample = replace(sample_of(snapshot.rows, snapshot.parameters), trades=trades)
        for statistic in STATISTICS:
            took = least_ms(lambda: tuple(statistic.find(sample)), 1)  # noqa: B023 - called at once
            least[statistic.key] = min(took, least.get(statistic.key, took))
    return least


def first_ms(snapshot: Snapshot) -> float:
    """A diagnosis of a pair that was never tested."""
    trades = made_trades(snapshot)
    return least_ms(lambda: diagnose(snapshot, None, lambda *_: trades), PEER_ROUNDS)


def core_share(again_ms: float, dear_ms: float) -> float:
    """Of a core, that a pair of seconds takes: its tests at each due bar, the dear ones at some of them."""
    return again_ms / period_ms(SECONDS) + dear_ms / dear_period_ms(SECONDS)


def peer_rows(samples: dict[int, Sample]) -> list[list[str]]:
    rows = []
    for bars, sample in samples.items():
        for peer in PEERS:
            y, x = sample.y, sample.x
            ours = least_ms(lambda: peer.ours(y, x), ROUNDS)  # noqa: B023 - called at once
            theirs = least_ms(lambda: peer.theirs(y, x), PEER_ROUNDS)  # noqa: B023
            rows.append(
                [f"{peer.name}, {bars} bars", f"{ours:.2f}", f"{theirs:.2f}", peer.what, f"{theirs / ours:.1f}x"]
            )
    return rows


def main() -> None:
    warnings.simplefilter("ignore")  # a peer's p-value may lie outside its table
    snapshots = {bars: made_snapshot(bars) for bars in LENGTHS}
    parts = {bars: part_ms(snapshot) for bars, snapshot in snapshots.items()}
    dear = {bars: sum(parts[bars][each.key] for each in STATISTICS if each.dear) for bars in LENGTHS}
    first = {bars: first_ms(snapshot) for bars, snapshot in snapshots.items()}
    again = {bars: sum(parts[bars][each.key] for each in STATISTICS if not each.dear) for bars in LENGTHS}
    rows = [
        ["first of all, refits included", *(f"{first[bars]:.1f}" for bars in LENGTHS)],
        ["at each due bar", *(f"{again[bars]:.1f}" for bars in LENGTHS)],
        ["and where dear ones are due", *(f"{dear[bars]:.1f}" for bars in LENGTHS)],
        *(
            [f"  {each.key}{', dear' * each.dear}", *(f"{parts[bars][each.key]:.2f}" for bars in LENGTHS)]
            for each in STATISTICS
        ),
    ]
    print(table(["CPU ms of a diagnosis", *(f"{bars} bars kept" for bars in LENGTHS)], rows))
    tested = {bars: sample_of(snapshots[bars].rows, SECONDS) for bars in LENGTHS[:2]}
    print()
    print(table(["CPU ms of a test", "ours", "peer", "", "ratio"], peer_rows(tested)))
    share = WANTED_PAIRS * core_share(again[LENGTHS[-1]], dear[LENGTHS[-1]])
    print(
        f"{WANTED_PAIRS} pairs of seconds take {share:.0%} of a core; wanted: <= {SHARE:.0%}, above which the monitor"
        f" tests them less often: {verdict(share <= SHARE)}"
    )


if __name__ == "__main__":
    main()
