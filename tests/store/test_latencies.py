"""Percentiles of the last minute against numpy's on the same times."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from store.latencies import BUCKETS, LEAST_S, STEPS, Latencies, Latency

OFF = 2 ** (1 / (2 * STEPS)) - 1 + 0.005  # half a bucket, and the three digits that are told


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [1, 2, 19, 100, 3_000])
def test_percentiles_are_numpy_s_to_half_a_bucket(n: int, seed: int) -> None:
    """The oracle is numpy's inverted CDF, the nearest rank."""
    times_s = np.random.default_rng(seed).lognormal(mean=-6, sigma=1.5, size=n)
    latencies = Latencies(Clock())
    for time_s in times_s:
        latencies.note(float(time_s))
    told = latencies.last_minute()
    wanted = np.percentile(times_s * 1000, [50, 95, 99], method="inverted_cdf")
    assert told.n == n
    assert [told.p50, told.p95, told.p99] == pytest.approx(wanted, rel=OFF)


def test_what_is_older_than_a_minute_is_forgotten_and_the_total_is_not() -> None:
    clock = Clock()
    latencies = Latencies(clock)
    for _ in range(10):
        latencies.note(1.0)
    clock.now_s += 54.9
    latencies.note(0.001)
    both = latencies.last_minute()
    assert both.n == 11
    assert both.p95 == pytest.approx(1_000, rel=OFF)
    clock.now_s += 5.2
    alone = latencies.last_minute()
    assert alone.n == 1
    assert alone.p99 == pytest.approx(1, rel=OFF)
    clock.now_s += 3_600
    assert latencies.last_minute() == Latency(None, None, None, 0)
    assert latencies.total == 11


def test_the_rate_is_of_the_last_minute_or_since_the_beginning() -> None:
    clock = Clock()
    latencies = Latencies(clock)
    for _ in range(40):
        clock.now_s += 0.25
        latencies.note(0.01)
    assert latencies.per_s == pytest.approx(4, rel=0.01)
    for _ in range(400):
        clock.now_s += 0.5
        latencies.note(0.01)
    assert latencies.per_s == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("seconds", [-1.0, 0.0, LEAST_S, 99.0, 1e9])
def test_any_length_of_time_falls_into_a_bucket(seconds: float) -> None:
    latencies = Latencies(Clock())
    latencies.note(seconds)
    least, most = LEAST_S * 1000, LEAST_S * 1000 * 2 ** (BUCKETS / STEPS)
    p50 = latencies.last_minute().p50
    assert p50 is not None
    assert least <= p50 <= most


def test_threads_lose_no_note() -> None:
    latencies = Latencies()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [latencies.note(0.001) for _ in range(2_000)], range(8)))
    assert latencies.total == latencies.last_minute().n == 16_000


def test_a_note_costs_microseconds() -> None:
    latencies = Latencies()
    best_s = min(_each_s(latencies) for _ in range(5))
    assert best_s < 20e-6  # it takes about 1 µs: the rest is for a machine that does other things too


def _each_s(latencies: Latencies) -> float:
    began_s = time.perf_counter()
    for _ in range(2_000):
        latencies.note(0.003)
    return (time.perf_counter() - began_s) / 2_000
