"""A quiet instrument that was interrupted is asked for: what was missed comes, and where nothing was that is known."""

from __future__ import annotations

import orjson

from ingest.core.core import Core
from ingest.live.doubts import FIRST_S, Doubts
from ingest.live.fill import GapFiller
from ingest.live.rest import RestClient
from ingest.live.venues import USDM, at
from store.bars import UNKNOWN_MISSING, parse_bar
from store.ticks import Side
from tests.ingest.scripted import Answer, http_server
from tests.tools.waiting import until

START_MS = 1_700_000_040_000
QUIET, BUSY = "TRXUSDT", "BTCUSDT"


def tick(trade_id: int, at_ms: int) -> tuple[int, float, float, int, int, int]:
    return (trade_id, 100.0, 1.0, START_MS + at_ms, 0, int(Side.BUY))


def page(*trades: tuple[int, int]) -> Answer:
    rows = [
        {"a": number, "p": "100", "q": "1", "f": number, "l": number, "T": START_MS + at_ms, "m": False}
        for number, at_ms in trades
    ]
    return Answer(orjson.dumps(rows))


class Board:
    """A core that was interrupted, what asks for it, and the bars that it told last."""

    def __init__(self, address: str) -> None:
        self.core = Core("usdm", (QUIET, BUSY))
        for symbol in (QUIET, BUSY):
            self.core.expect(symbol, 1)
            self.core.feed_ticks(symbol, [tick(1, 100)])
        self.filler = GapFiller(RestClient(at(USDM, stream_url="", rest_url=address)))
        self.doubts = Doubts(self.core, self.filler)
        self.seconds: dict[int, tuple[int, int | None]] = {}
        self.answers = 0
        self.filler.start()
        self.core.interrupt()
        self.core.feed_ticks(BUSY, [tick(2, 5_600)])

    def ask(self) -> None:
        self.doubts.look(0.0, listening=True)
        self.doubts.look(FIRST_S, listening=True)

    def take(self) -> None:
        for filled in self.filler.results():
            self.answers += filled.final
            self.core.fill(filled.gap.symbol, filled.ticks)
            self.doubts.answered(filled)
        for leg in self.core.take().legs:
            if leg.instrument == f"usdm:{QUIET}":
                for bar in map(parse_bar, leg.seconds):
                    missing = None if bar.missing == UNKNOWN_MISSING else bar.missing
                    self.seconds[(bar.open_time_ms - START_MS) // 1000] = (bar.trades, missing)

    def wait_answers(self, count: int) -> None:
        def came() -> bool:
            self.take()
            return self.answers == count

        until(came, f"{count} answers")
        self.take()


def test_trades_that_nobody_heard_come_though_no_later_one_tells_of_them() -> None:
    with http_server([page((2, 1_500), (3, 3_200)), Answer(b"[]")], []) as address:
        board = Board(address)
        board.take()
        assert board.seconds[3] == (0, None)
        board.ask()
        board.wait_answers(1)
        board.filler.stop()
    assert board.seconds == {0: (1, 0), 1: (1, 0), 2: (0, 0), 3: (1, 0), 4: (0, 0)}
    assert board.core.doubted() == ()


def test_where_nothing_was_traded_that_is_known() -> None:
    asked: list[str] = []
    with http_server([Answer(b"[]")], asked) as address:
        board = Board(address)
        board.ask()
        board.wait_answers(1)
        board.doubts.look(2 * FIRST_S, listening=True)
        board.filler.stop()
    assert set(board.seconds.values()) == {(1, 0), (0, 0)}
    assert len(asked) == 1
    assert "fromId=2" in asked[0]


def test_a_refusal_tells_nothing() -> None:
    with http_server([Answer(b'{"code":-1121,"msg":"Invalid symbol."}', 400)], []) as address:
        board = Board(address)
        board.ask()
        board.wait_answers(1)
        board.filler.stop()
    assert board.seconds[3] == (0, None)
    assert board.core.doubted() == (QUIET,)


def test_an_answer_from_before_another_interruption_tells_nothing() -> None:
    with http_server([Answer(b"[]")], []) as address:
        board = Board(address)
        board.ask()
        board.core.interrupt()
        board.doubts.begin_anew()
        board.wait_answers(1)
        board.filler.stop()
    assert QUIET in board.core.doubted()


def test_nobody_is_asked_while_nobody_listens() -> None:
    asked: list[str] = []
    with http_server([Answer(b"[]")], asked) as address:
        board = Board(address)
        board.doubts.look(0.0, listening=True)
        board.doubts.look(FIRST_S, listening=False)
        board.doubts.look(FIRST_S + 1, listening=True)  # the time begins anew
        board.filler.stop()
    assert asked == []
