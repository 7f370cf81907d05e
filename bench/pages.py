"""What one new bar costs a web process: the page made anew, handed out again, and asked for with nothing new.

Run: python -m bench.pages

The whole application answers the requests that a browser sends, in this process and without a web
server around it, over a store in which bars close one by one. CPU time, medians over bars: other
work on the machine matters less. Beside them an empty Dash callback, called in the same way.
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backports import zstd

from bench import empty_dash
from bench.snapshot import HOUR, made_prices, private_store, publish_bars, reader_of, register
from bench.table import table, verdict
from bench.viewer import PATH, Answer, Viewer
from bench.viewers import pair_values
from dash_app.app import create_app
from engine.board import Board, open_board
from engine.parameters import PairParameters
from engine.reader import Reader
from store.client import connect_reader
from store.sql.migrate import upgrade
from store.timeframes import Timeframe

BARS = 60
SETTLE_S = 0.25  # longer than a page and a look at the store are good for
Y, X = "sim:YUSDT", "sim:XUSDT"
LOADED = f"{PATH}?endId=bench"  # as a page load of a browser is called
MOST_REPEATED = 1.0  # of an empty callback
Application = Callable[[dict[str, Any], Callable[..., object]], Any]
MARKET = {"page": "market", "instrument": Y, "timeframe": "1s", "sma": "50", "ema": "20", "bollinger": "20",
          "vwap": "on", "show": "normal", "bars": "0"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU ms of an answer: the first one that brings a new bar, the same for the next browser, and nothing new."""

    made: float
    repeated: float
    nothing: float


def value(view: Mapping[str, str]) -> dict[str, Any]:
    """What the browser's gate sends for a view."""
    return {"id": "1", "page": view["page"], "view": view, "theme": "dark", "narrow": False}


def ask(application: Application, viewer: Viewer) -> float:
    """One request, answered and taken: CPU ms of the application alone."""
    head, _, body = viewer.request().partition(b"\r\n\r\n")
    environ = _environ(head.decode(), body)
    said: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        said.append((int(status[:3]), {name.lower(): text for name, text in headers}))

    start_s = time.thread_time()
    parts = application(environ, start_response)
    answered = b"".join(parts)
    took_s = time.thread_time() - start_s
    if hasattr(parts, "close"):
        parts.close()
    status, headers = said[-1]
    decoded = zstd.decompress(answered) if headers.get("content-encoding") == "zstd" else answered
    viewer.accept(Answer(status, decoded, len(answered)))
    return took_s * 1e3


def _environ(head: str, body: bytes) -> dict[str, Any]:
    first, *lines = head.split("\r\n")
    method, address, _ = first.split(" ")
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "bench", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.multithread": True, "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }  # fmt: skip
    named = (line.partition(": ") for line in lines if not line.lower().startswith("content-"))
    return environ | {"HTTP_" + name.upper().replace("-", "_"): text for name, _, text in named}


def empty_ms() -> float:
    """An empty Dash callback."""
    viewer = Viewer("bench", "answer.data", "tick.data", {"id": "1"}, path=LOADED)
    return statistics.median(ask(empty_dash.server, viewer) for _ in range(10 * BARS))


class Bars:
    """Two legs of which one second more closes when it is told to; `other` is a reader of another process."""

    def __init__(self, url: str) -> None:
        self._client, self._prices = connect_reader(url), made_prices()
        register(self._client, (Y, X))
        publish_bars(self._client, (Y, X), self._prices, 0, HOUR)
        self._second = HOUR
        self.other: Reader = reader_of(url, HOUR)

    def close(self) -> None:
        publish_bars(self._client, (Y, X), self._prices, self._second, self._second + 1)
        self._second += 1


def page_costs(application: Application, view: Mapping[str, str], bars: Bars, before: Callable[[], object]) -> Costs:
    """`before` runs between the close of a bar and the first question about it."""
    one, two = (Viewer("bench", "answer.data", "tick.data", value(view), path=LOADED) for _ in range(2))
    costs: list[tuple[float, float, float]] = []
    for _ in range(BARS):
        bars.close()
        before()
        time.sleep(SETTLE_S)
        costs.append((ask(application, one), ask(application, two), ask(application, one)))
    return Costs(*(statistics.median(kind) for kind in zip(*costs[5:], strict=True)))


def measure(board: Board, bars: Bars) -> Iterator[tuple[str, Costs]]:
    application: Application = create_app(board).server
    pair = pair_values([(Y, X)], "1s")[0]["view"]
    shared = PairParameters(Y, X, Timeframe.S1)
    yield "Pair, computing the row", page_costs(application, pair, bars, lambda: None)
    yield "Pair, reading the row", page_costs(application, pair, bars, lambda: bars.other.snapshot(shared))
    yield "Market", page_costs(application, MARKET, bars, lambda: None)


def main() -> None:
    empty = empty_ms()
    rows: list[tuple[str, ...]] = [("empty callback", f"{empty:.2f}", "", "", "")]
    ratios = []
    with private_store() as url, tempfile.TemporaryDirectory() as folder:
        board = open_board(url, f"sqlite:///{folder}/bench.sqlite", history_bars=HOUR)
        upgrade(board.desk.database)
        for name, costs in measure(board, Bars(url)):
            figures = (f"{each:.2f}" for each in (costs.made, costs.repeated, costs.nothing))
            ratios.append(costs.repeated / empty)
            rows.append((name, *figures, f"{ratios[-1]:.2f}"))
        board.desk.database.close()
    print(table(("CPU ms an answer", "made", "repeated", "nothing new", "repeated / empty"), rows))
    reached = verdict(max(ratios) <= MOST_REPEATED)
    print(f"wanted: an answer repeated costs <= {MOST_REPEATED:g} of an empty callback: {reached}")


if __name__ == "__main__":
    main()
