"""From a trade on the wire to its price on the screen: a real Chromium at a Pair page that refreshes once a second.

Run: python -m bench.latency [--seconds 60]

The bench listens to the simulated exchange beside the ingestor, so it knows when each trade was
sent. In the page an observer notes the prices shown, and when they were painted. A trade is visible once
the page shows it or a later one of its leg; most are overtaken by the next one before a refresh.
"""

from __future__ import annotations

import argparse
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright
from websockets.sync.client import connect

from bench.servers import HOST, Server, running_board, running_exchange
from bench.table import table, verdict

REFRESH_MS = 1_000
ALLOWED_MS = 150
LEGS = {"kpi-y": "ETHUSDT", "kpi-x": "BTCUSDT"}
LOOK_BACK_MS = 4_000  # nothing older is shown as the last price of a busy leg
WARM_S = 8.0  # page load, figures, first refreshes
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
OBSERVE = """
(places) => {
  window.benchSeen = [];
  const elements = places.map((place) => document.getElementById(place));
  const painted = () => requestAnimationFrame(() => setTimeout(() => window.benchSeen.push({
    at: performance.timeOrigin + performance.now(), texts: elements.map((element) => element.textContent),
  }), 0));
  const observer = new MutationObserver(painted);
  elements.forEach((element) => observer.observe(element, { childList: true, characterData: true, subtree: true }));
}
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A trade as the exchange sent it; `at_ms` is UTC."""

    at_ms: float
    price: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A price as it was painted; `at_ms` is UTC."""

    at_ms: float
    price: float


def visible_after_ms(sent: Sequence[Sent], shown: Sequence[Shown]) -> NDArray[np.float64]:
    """For each trade of a leg how long until it, or a later one, was on the screen. Both in order of time.

    A price shown belongs to a trade of this price among the last few seconds. Where several have it,
    trades between the first and the last of them may be visible or not: those are left out, as are
    the trades at the end that nothing shown has reached.
    """
    sent_ms = np.array([trade.at_ms for trade in sent])
    prices = np.array([trade.price for trade in sent])
    at_ms, first, last = [], [], []
    for each in shown:
        recent = (sent_ms <= each.at_ms) & (sent_ms > each.at_ms - LOOK_BACK_MS)
        matches = np.flatnonzero((prices == each.price) & recent)
        if len(matches):
            at_ms.append(each.at_ms)
            first.append(matches[0])
            last.append(matches[-1])
    certain = np.searchsorted(np.maximum.accumulate(np.array(first, int)), np.arange(len(sent)))
    possible = np.searchsorted(np.maximum.accumulate(np.array(last, int)), np.arange(len(sent)))
    known = (certain == possible) & (certain < len(at_ms))
    return np.array(np.array(at_ms)[certain[known]] - sent_ms[known])


class Listener:
    """Notes when each trade of the legs comes from the exchange, in a thread of its own."""

    def __init__(self, port: int) -> None:
        streams = "/".join(f"{symbol.lower()}@aggTrade" for symbol in LEGS.values())
        self._connection = connect(f"ws://{HOST}:{port}/stream?streams={streams}")
        self.sent: dict[str, list[Sent]] = {symbol: [] for symbol in LEGS.values()}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for message in self._connection:
            at_ms = time.time_ns() / 1e6
            data: dict[str, Any] = orjson.loads(message)["data"]
            self.sent[data["s"]].append(Sent(at_ms, float(data["p"])))

    def close(self) -> None:
        self._connection.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raise SystemExit in one sentence where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise SystemExit("this measurement needs Chromium: install it (Debian: sudo apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


def watch_page(board: Server, seconds: float) -> dict[str, list[Shown]]:
    """What a page showed of each leg during some seconds."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1_440, "height": 900})
        page.goto(f"http://{HOST}:{board.port}/pair/sim:ETHUSDT/sim:BTCUSDT")
        page.wait_for_function("() => /[0-9]/.test(document.getElementById('kpi-y')?.textContent)", timeout=30_000)
        page.wait_for_timeout(WARM_S * 1_000)
        page.evaluate(OBSERVE, list(LEGS))
        page.wait_for_timeout(seconds * 1_000)
        notes: list[dict[str, Any]] = page.evaluate("() => window.benchSeen")
    shown: dict[str, list[Shown]] = {symbol: [] for symbol in LEGS.values()}
    for note in notes:
        for symbol, text in zip(LEGS.values(), note["texts"], strict=True):
            shown[symbol].append(Shown(note["at"], float(text.replace(",", ""))))
    return shown


def during(sent: Sequence[Sent], shown: Sequence[Shown]) -> list[Sent]:
    """The trades sent while the page was watched, so that the first price shown starts no count."""
    first_ms = shown[0].at_ms if shown else np.inf
    return [trade for trade in sent if trade.at_ms >= first_ms]


def measure(seconds: float) -> dict[str, NDArray[np.float64]]:
    """Milliseconds from send to screen, by symbol."""
    with running_exchange() as exchange, running_board(exchange_port=exchange.port) as board:
        listener = Listener(exchange.port)
        shown = watch_page(board, seconds)
        listener.close()
    return {symbol: visible_after_ms(during(listener.sent[symbol], at), at) for symbol, at in shown.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to watch (default 60)")
    found = measure(parser.parse_args(arguments).seconds)
    limit_ms = REFRESH_MS + ALLOWED_MS
    rows, reached = [], []
    for symbol, waits_ms in found.items():
        if not len(waits_ms):
            raise SystemExit(f"no price of {symbol} changed on the page")
        p50_ms, p95_ms = np.percentile(waits_ms, (50, 95))
        reached.append(p95_ms <= limit_ms)
        cells = (f"{value:.0f}" for value in (p50_ms, p95_ms, waits_ms.max(), limit_ms))
        rows.append((symbol, str(len(waits_ms)), *cells, f"{p95_ms / limit_ms:.2f}"))
    print(table(("trade to screen, 1 Hz refresh", "trades", "p50 ms", "p95 ms", "max ms", "limit", "ratio"), rows))
    print(f"wanted: p95 <= refresh period + {ALLOWED_MS} ms: {verdict(all(reached))}")


if __name__ == "__main__":
    main()
