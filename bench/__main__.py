"""``python -m bench [NAME …]``: the measurements, each a process of its own, all of them unless some are named."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.servers import ROOT

_END_S = 20.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """A module of `bench` that prints one table; `limit_s` is when it is ended, measured or not."""

    module: str
    title: str
    limit_s: float = 180.0


MEASUREMENTS = {
    "throughput": Measurement("bench.ingest_throughput", "Frames into the tick stream, beside cryptofeed"),
    "kalman": Measurement("bench.kalman", "Kalman hedge, beside pykalman"),
    "calibration": Measurement("bench.calibration", "Verdicts on noise and on planted pairs", 600.0),
    "intervals": Measurement("bench.calibration_intervals", "Intervals of beta that hold the planted one", 300.0),
    "snapshot": Measurement("bench.snapshot", "A refresh, as the window kept grows"),
    "pages": Measurement("bench.pages", "What one new bar costs a web process, beside an empty Dash callback"),
    "tests": Measurement("bench.slow_tests", "The slow tests of a pair, beside statsmodels and arch"),
    "tables": Measurement("bench.tables", "Tables of our own simulations, again", 300.0),
    "latency": Measurement("bench.latency", "From a trade on the wire to the screen"),
    "viewers": Measurement("bench.viewers", "Viewers at 1 Hz, beside an empty Dash callback", 420.0),
    "memory": Measurement("bench.memory", "Memory"),
    "rules": Measurement("bench.rules", "A desk's rules at one bar a second", 300.0),
}


def run(name: str) -> bool:
    """Print one measurement; False where it failed, by its exit code or its limit."""
    measurement = MEASUREMENTS[name]
    print(f"\n== {measurement.title} (python -m {measurement.module})\n", flush=True)
    start_s = time.monotonic()
    command = (sys.executable, "-m", "store.parent_death", "--", sys.executable, "-m", measurement.module)
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        code = process.wait(measurement.limit_s)
    except subprocess.TimeoutExpired:
        print(f"not done within {measurement.limit_s:.0f} s")
        code = -1
    finally:
        _end(process)
    print(f"({time.monotonic() - start_s:.0f} s, load of the machine {os.getloadavg()[0]:.1f})", flush=True)
    return code == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does, so that it ends what it started and leaves no folder behind."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(MEASUREMENTS)}")
    names: list[str] = parser.parse_args(arguments).names or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"no measurement {', '.join(unknown)}: choose from {', '.join(MEASUREMENTS)}")
    machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}")
    results = [run(name) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
