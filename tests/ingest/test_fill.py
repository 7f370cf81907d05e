"""Missing ids are fetched, each once, whatever the venue answers in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import orjson

from ingest.errors import VenueError
from ingest.live.fill import LONGEST_PAUSE_S, SAID_AFTER, Filled, GapFiller, MissingIds
from ingest.live.rest import RestClient
from ingest.live.venues import USDM, Venue, at, simulated
from ingest.sim.exchange import SimulatedExchange
from store.ticks import Tick
from tests.ingest.scripted import Answer, http_server
from tests.tools.waiting import until


@contextmanager
def filler_at(venue: Venue) -> Iterator[GapFiller]:
    filler = GapFiller(RestClient(venue))
    filler.start()
    yield filler
    filler.stop()


def wait_for_end(filler: GapFiller) -> list[Filled]:
    """All results up to the one that is final."""
    results: list[Filled] = []

    def ended() -> bool:
        results.extend(filler.results())
        return any(result.final for result in results)

    until(ended, "the end of the filling")
    return results


def ticks_of(results: list[Filled]) -> list[Tick]:
    return [tick for result in results for tick in result.ticks]


def page(*ids: int) -> Answer:
    return Answer(orjson.dumps([{"a": n, "p": "1", "q": "1", "f": n, "l": n, "T": n, "m": True} for n in ids]))


def test_a_gap_of_several_pages_is_filled_exactly() -> None:
    with SimulatedExchange(start_ms=1_782_907_245_000) as exchange:
        venue = simulated(exchange.rest_url)
        newest = RestClient(venue).trades("BTCUSDT")[-1].trade_id
        gap = MissingIds("BTCUSDT", newest - 5000, newest - 2500)
        with filler_at(venue) as filler:
            filler.want(gap)
            filler.want(MissingIds("BTCUSDT", gap.first + 10, gap.last))  # part of what is on its way
            results = wait_for_end(filler)
            assert filler.results() == []
    assert [tick.trade_id for tick in ticks_of(results)] == list(range(gap.first, gap.last + 1))


def test_limits_and_failures_in_between_lose_nothing() -> None:
    answers = [page(5), Answer(b"", 429, {"Retry-After": "0"}), Answer(b"", 503), page(6, 7, 8)]
    with http_server(answers, []) as address, filler_at(at(USDM, stream_url="", rest_url=address)) as filler:
        filler.want(MissingIds("BTCUSDT", 5, 7))
        assert [tick.trade_id for tick in ticks_of(wait_for_end(filler))] == [5, 6, 7]


def test_what_the_venue_does_not_have_is_given_up_and_not_asked_for_again() -> None:
    asked: list[str] = []
    with http_server([Answer(b"[]")], asked) as address, filler_at(at(USDM, stream_url="", rest_url=address)) as filler:
        filler.want(MissingIds("BTCUSDT", 5, 7))
        assert ticks_of(wait_for_end(filler)) == []
        filler.want(MissingIds("BTCUSDT", 6, 7))
        filler.want(MissingIds("ETHUSDT", 1, 1))
        wait_for_end(filler)
    assert len(asked) == 2
    assert "symbol=ETHUSDT" in asked[1]


class Pauses(Event):
    """An event that is never waited for, and remembers for how long it would have been."""

    def __init__(self, seen: list[float]) -> None:
        super().__init__()
        self._seen = seen

    def wait(self, timeout: float | None = None) -> bool:
        self._seen.append(timeout or 0.0)
        return False


def test_a_venue_that_does_not_answer_for_long_is_asked_until_it_does() -> None:
    """Far beyond what is said in the log; other gaps have their turns meanwhile, and nothing is called lost."""
    down = [Answer(b"", 503)] * (SAID_AFTER + 3)
    answers = [*down, page(1), page(5, 6), Answer(b"", 503), page(7)]  # the two take turns, and the first began
    asked: list[str] = []
    results: list[Filled] = []
    with http_server(answers, asked) as address:
        filler = GapFiller(RestClient(at(USDM, stream_url="", rest_url=address)))
        filler._pause = lambda error: None  # type: ignore[method-assign]  # noqa: ARG005  # no waiting in a test
        filler.want(MissingIds("BTCUSDT", 5, 7))
        filler.want(MissingIds("ETHUSDT", 1, 1))
        filler.start()

        def both_ended() -> bool:
            results.extend(filler.results())
            return sum(result.final for result in results) == 2

        until(both_ended, "both gaps")
        filler.stop()
    assert sorted(tick.trade_id for tick in ticks_of(results)) == [1, 5, 6, 7]
    assert len(asked) == len(answers)


def test_pauses_grow_up_to_a_few_seconds_and_end_with_the_first_answer() -> None:
    filler = GapFiller(RestClient(at(USDM, stream_url="", rest_url="http://127.0.0.1:9")))
    paused: list[float] = []
    filler._stop = Pauses(paused)
    for _ in range(12):
        filler._pause(VenueError("away"))
    assert paused[0] <= 2.0
    assert max(paused) == LONGEST_PAUSE_S
