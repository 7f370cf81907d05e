"""Faults at their real durations and rates, which tests scale down: figures beside their limits.

Run: make soak, or python -m bench.soak [--minutes 30] [--only takeover,burst]

`--minutes` is how long the board is watched, and the outage lasts a third of it, ten minutes at most.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence

from bench.soak_alerts import alerts
from bench.soak_board import watched_board
from bench.soak_burst import burst
from bench.soak_ingest import outage, silence, takeover
from bench.soak_messages import endless_messages
from bench.soak_table import Figure, soak_table

OUTAGE_SHARE, LONGEST_OUTAGE = 1 / 3, 10.0

PARTS: dict[str, Callable[[float], list[Figure]]] = {
    "takeover": lambda _: takeover(),
    "silence": lambda _: silence(),
    "messages": lambda _: endless_messages(),
    "burst": lambda _: burst(),
    "outage": lambda minutes: outage(min(LONGEST_OUTAGE, minutes * OUTAGE_SHARE)),
    "alerts": lambda _: alerts(),
    "board": watched_board,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}, with commas")
    options = parser.parse_args(arguments)
    names = options.only.split(",")
    if unknown := [name for name in names if name not in PARTS]:
        parser.error(f"no part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.minutes:g} min")
    figures: list[Figure] = []
    for name in names:
        print(f"{name} ... load {os.getloadavg()[0]:.1f}", flush=True)
        figures += PARTS[name](options.minutes)
    print("\n" + soak_table(figures))
    return 0 if all(figure.held for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
