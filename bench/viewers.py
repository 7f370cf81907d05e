"""Viewers at 1 Hz: how many hold on the Pair page's real callback, beside an empty Dash callback in the same run.

Run: python -m bench.viewers [--timeframe 1s]

A whole board runs over its embedded store against the simulated exchange, with the project's own
gunicorn configuration; an equal gunicorn serves `bench.empty_dash`. `bench.load` plays the
viewers. All share this machine's cores. A number of viewers holds when p95 is within 250 ms and
no request fails over a window of some seconds.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from types import TracebackType
from typing import Any

import orjson

from bench.capacity import FEWEST, most_held
from bench.load import Plan, Window
from bench.processes import cpu_s, process_tree
from bench.servers import HOST, ROOT, Server, fetch, running_board, running_web
from bench.table import table, verdict
from bench.viewer import PATH

LIMIT_P95_MS = 250.0
WANTED = {"one pair page": 1_500, "50 pair pages": 1_000}
WANTED_SHARE = 0.6  # of what an empty callback holds
PAGES = 50
MOST_VIEWERS = 4_000
WARM_S, SETTLE_S, WATCH_S = 10.0, 1.0, 5.0  # pages that were never asked for are read and tested first
TRIAL_VIEWERS = 150  # enough to see what one costs
EXPECTED_LOAD = 1.3  # cores' worth of web workers at which the staircase starts
MOST_TRIALS = 7
WARM_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A window, and what the web workers spent on each answer."""

    window: Window
    cpu_ms_each: float

    @property
    def held(self) -> bool:
        return self.window.errors == 0 and self.window.p95_ms <= LIMIT_P95_MS


class Generator:
    """The load generator as a process; ends with its `with` block."""

    def __init__(self, plan: Plan) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "store.parent_death", "--", sys.executable, "-m", "bench.load"),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._write(asdict(plan))

    def __enter__(self) -> Generator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def set_viewers(self, count: int) -> None:
        self._ask({"viewers": count})

    def measure(self, seconds: float) -> Window:
        return Window(**self._ask({"measure_s": seconds}))

    def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        self._write(order)
        assert self._process.stdout is not None
        answer: dict[str, Any] = orjson.loads(self._process.stdout.readline())
        return answer

    def _write(self, content: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps(content) + b"\n")
        self._process.stdin.flush()


def pair_values(pairs: Sequence[tuple[str, str]], timeframe: str) -> tuple[dict[str, Any], ...]:
    """What the browser's gate sends for the page of each pair, at its default parameters."""
    around = {
        "timeframe": timeframe,
        "method": "rolling",
        "beta": "",
        "window": "120",
        "z_window": "60",
        "scale": "log",
        "field": "close",
        "show": "normal",
        "tab": "overview",
        "bars": "0",
    }
    return tuple(
        {
            "id": "1",
            "page": "pair",
            "view": {"page": "pair", "y": y, "x": x, **around},
            "theme": "dark",
            "narrow": False,
        }
        for y, x in pairs
    )


def most_viewers(server: Server, plan: Plan, *, verbose: bool) -> tuple[int, Trial]:
    """How many viewers of `plan` a server holds, and how it did with so many; 0, with the first trial, if none."""
    with Generator(plan) as generator:

        def trial(viewers: int) -> Trial:
            generator.set_viewers(viewers)
            generator.measure(SETTLE_S)
            spent_s = -web_cpu_s(server)
            window = generator.measure(WATCH_S)
            spent_s += web_cpu_s(server)
            found = Trial(window, spent_s / max(window.answers, 1) * 1e3)
            if verbose:
                sys.stderr.write(f"{viewers} viewers: {found}\n")
            return found

        generator.set_viewers(TRIAL_VIEWERS)
        generator.measure(WARM_S)
        one = trial(TRIAL_VIEWERS)
        expected = int(EXPECTED_LOAD * 1e3 / max(one.cpu_ms_each, 0.1))
        first = min(max(expected, FEWEST), MOST_VIEWERS)
        return most_held(trial, first=first, limit=MOST_VIEWERS, trials=MOST_TRIALS) or (0, one)


def web_cpu_s(server: Server) -> float:
    """CPU time of the web server's processes, a board's others left out."""
    tree = process_tree(server.pid)
    masters = [each for each in tree if "gunicorn" in each.command]
    return cpu_s(masters[0].pid) if masters else 0.0


def wait_warm(server: Server) -> tuple[str, ...]:
    """The instruments of a board, once each has an hour of seconds behind it."""
    give_up = time.monotonic() + WARM_LIMIT_S
    while time.monotonic() < give_up:
        items = orjson.loads(fetch(server.port, "/api/v1/instruments")[1] or b"{}").get("items", [])
        if items and all(item["first"] and item["last"] for item in items):
            return tuple(item["id"] for item in items)
        time.sleep(0.5)
    raise SystemExit(f"the board has no bars of every instrument after {WARM_LIMIT_S:.0f} s")


def plan_for(server: Server, values: Sequence[Mapping[str, Any]]) -> Plan:
    """The plan for the callback that answers a tick, found as the browser finds it."""
    for callback in orjson.loads(fetch(server.port, "/_dash-dependencies")[1]):
        inputs = [f"{each['id']}.{each['property']}" for each in callback["inputs"]]
        if inputs == ["tick.data"] and not callback["clientside_function"]:
            path = f"{PATH}?endId={_end_id(server)}"
            return Plan(HOST, server.port, path, callback["output"], inputs[0], values)
    raise SystemExit("the page has no server callback for a tick")


def _end_id(server: Server) -> str:
    """What the server calls a page load: its page's browser says it in every question."""
    config = re.search(rb'<script id="_dash-config" type="application/json">(.*?)</script>', fetch(server.port, "/")[1])
    if config is None:
        raise SystemExit("the page has no configuration for Dash's scripts")
    return str(orjson.loads(config[1])["end_id"])


def measure(timeframe: str, *, verbose: bool) -> Iterator[tuple[str, int, Trial]]:
    """What was asked for, how many viewers held, and the window they held in: the empty callback first."""
    with running_board() as board:
        names = wait_warm(board)
        pairs = list(combinations(names, 2))[:PAGES]
        with running_web("bench.empty_dash:server") as empty:
            yield "empty callback", *most_viewers(empty, plan_for(empty, [{"id": "1"}]), verbose=verbose)
        yield "one pair page", *most_viewers(board, plan_for(board, pair_values(pairs[:1], timeframe)), verbose=verbose)
        yield (
            f"{len(pairs)} pair pages",
            *most_viewers(board, plan_for(board, pair_values(pairs, timeframe)), verbose=verbose),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.viewers", description=__doc__)
    parser.add_argument("--timeframe", default="1s", help="of the pages: 1s brings something new each time (default)")
    parser.add_argument("--verbose", action="store_true", help="say what each trial showed")
    options = parser.parse_args(arguments)
    rows, reached, floor = [], [], 0
    for what, viewers, trial in measure(options.timeframe, verbose=options.verbose):
        window = trial.window
        floor = floor or viewers
        wanted = WANTED.get(what)
        rows.append(
            (
                what,
                str(viewers),
                f"{window.p50_ms:.0f}",
                f"{window.p95_ms:.0f}",
                str(window.errors),
                f"{trial.cpu_ms_each:.2f}",
                f"{window.bytes_each / 1e3:.2f}",
                f"{window.cpu_share:.0%}",
                f">= {wanted}" if wanted else "",
                f"{viewers / floor:.0%}",
            )
        )
        if wanted:
            reached.append(viewers >= wanted and viewers >= WANTED_SHARE * floor)
    head = (f"at 1 Hz, {options.timeframe} bars", "viewers", "p50 ms", "p95 ms", "errors", "cpu ms each", "kB each")
    print(table((*head, "generator", "wanted", "of empty"), rows))
    limits = f"p95 <= {LIMIT_P95_MS:.0f} ms, no error, >= {WANTED_SHARE:.0%} of empty"
    print(f"wanted: {limits}: {verdict(all(reached))}")


if __name__ == "__main__":
    main()
