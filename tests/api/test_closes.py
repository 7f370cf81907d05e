"""The universe's closes over HTTP are those that were written, row by row, and what cannot be is refused."""

from __future__ import annotations

import csv
import io
from math import isnan, nan

import numpy as np
import pytest
from flask.testing import FlaskClient
from redis import Redis

from dash_app.api.times import iso_utc
from engine.universe import MOST_PRICES
from store import keys
from store.universe import UniverseMinute, encode_minute

MINUTE_MS = 60_000
START_MS = 1_782_907_200_000
CALL = "/api/v1/venues/usdm/closes"
SECOND_HALF = (1 << 60) - (1 << 30)
WHOLE = (1 << 60) - 1


def write(client: Redis, minutes: list[UniverseMinute], symbols: list[str], *, venue: str = "usdm") -> None:
    places = {symbol: place for place, symbol in enumerate(symbols)}
    pipe = client.pipeline(transaction=False)
    pipe.rpush(keys.universe_symbols(venue), *symbols)
    for minute in minutes:
        pipe.xadd(keys.universe(venue), {keys.FIELD: encode_minute(minute, places)})
    pipe.execute()


@pytest.fixture(autouse=True)
def _minutes(client: Redis) -> None:
    """Minute 2 in two parts, minute 3 not heard; 币安人生 is told later than ETHUSDT."""
    write(
        client,
        [
            UniverseMinute(START_MS, WHOLE, {"ETHUSDT": (3_000.1, 1.0)}),
            UniverseMinute(START_MS + MINUTE_MS, WHOLE, {"ETHUSDT": (0.1 + 0.2, 1.0), "币安人生": (0.25, 1.0)}),
            UniverseMinute(START_MS + 2 * MINUTE_MS, WHOLE - SECOND_HALF, {"ETHUSDT": (7.0, 1.0), "=A": (9.0, 1.0)}),
            UniverseMinute(START_MS + 2 * MINUTE_MS, SECOND_HALF >> 15, {"ETHUSDT": (8.0, 1.0)}),
            UniverseMinute(START_MS + 4 * MINUTE_MS, WHOLE, {"币安人生": (0.5, 1.0)}),
        ],
        ["ETHUSDT", "币安人生", "=A", "OLDUSDT"],
    )


def test_closes_are_a_row_a_minute_and_a_column_a_symbol(api: FlaskClient) -> None:
    assert api.get(CALL).get_json() == {
        "venue": "usdm",
        "symbols": ["ETHUSDT", "币安人生", "=A"],
        "open_times": [iso_utc(START_MS + n * MINUTE_MS) for n in range(5)],
        "completeness": [1.0, 1.0, 45 / 60, 0.0, 1.0],
        "closes": [
            [3_000.1, None, None],
            [0.1 + 0.2, 0.25, None],
            [8.0, None, 9.0],
            [None, None, None],
            [None, 0.5, None],
        ],
        "next": None,
    }


def test_the_newest_minutes_of_the_symbols_asked_for_in_their_order(api: FlaskClient) -> None:
    body = api.get(f"{CALL}?bars=3&symbols=币安人生, OLDUSDT,ETHUSDT").get_json()
    assert body["symbols"] == ["币安人生", "OLDUSDT", "ETHUSDT"]
    assert body["open_times"][0] == iso_utc(START_MS + 2 * MINUTE_MS)
    assert body["closes"] == [[None, None, 8.0], [None, None, None], [0.5, None, None]]


def test_the_csv_has_the_same_cells_and_no_formula(api: FlaskClient) -> None:
    answer = api.get(f"{CALL}.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    header, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    assert header == ["open_time", "ETHUSDT", "币安人生", "'=A"]
    body = api.get(CALL).get_json()
    assert [row[0] for row in rows] == body["open_times"]
    assert [[float(cell) if cell else None for cell in row[1:]] for row in rows] == body["closes"]


def test_more_minutes_than_are_read_at_once_are_those_that_were_written(api: FlaskClient, client: Redis) -> None:
    rng = np.random.default_rng(5)
    symbols = [f"S{n}" for n in range(40)]
    told = np.where(rng.random((1_500, 40)) < 0.3, nan, rng.lognormal(0, 2, (1_500, 40)))
    minutes = [
        UniverseMinute(
            START_MS + n * MINUTE_MS, WHOLE, {s: (p, 1.0) for s, p in zip(symbols, row, strict=True) if not isnan(p)}
        )
        for n, row in enumerate(told.tolist())
    ]
    write(client, minutes, symbols, venue="spot")
    body = api.get("/api/v1/venues/spot/closes?bars=1440").get_json()
    assert body["open_times"][0] == iso_utc(START_MS + 60 * MINUTE_MS)
    np.testing.assert_array_equal(np.array(body["closes"], dtype=float), told[60:])


def test_a_venue_that_told_nothing_yet_has_no_minute(api: FlaskClient) -> None:
    body = api.get("/api/v1/venues/spot/closes").get_json()
    assert (body["symbols"], body["open_times"], body["closes"]) == ([], [], [])
    assert api.get("/api/v1/venues/spot/closes.csv").text.strip() == "open_time"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (f"{CALL}?bars=0", "The parameter bars cannot be 0: give a whole number of bars from 1 to 1440."),
        (f"{CALL}.csv?bars=1441", "The parameter bars cannot be 1441: give a whole number of bars from 1 to 1440."),
        (f"{CALL}?bar=3", "The parameter bar cannot be 3: this call has no such parameter, it takes bars, symbols."),
        (f"{CALL}?symbols=NOPE,ETHUSDT", "The parameter symbols cannot be NOPE: usdm told no price of them yet"),
        (f"{CALL}?symbols=", "The parameter symbols is missing: write their names with commas between"),
        (f"{CALL}?symbols=ETHUSDT,", "The parameter symbols cannot be “ETHUSDT,”: write their names"),
        ("/api/v1/venues/replay/closes", "The parameter venue cannot be replay"),
        ("/api/v1/venues/nasdaq/closes.csv", "The parameter venue cannot be nasdaq"),
    ],
)
def test_what_cannot_be_asked_is_refused(api: FlaskClient, call: str, words: str) -> None:
    answer = api.get(call)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.get_json()["detail"].startswith(words)


def test_an_answer_of_too_many_prices_is_refused_before_it_is_read(api: FlaskClient, client: Redis) -> None:
    client.rpush(keys.universe_symbols("usdm"), *(f"S{n}" for n in range(MOST_PRICES // 1_000)))
    answer = api.get(f"{CALL}?bars=1000")
    assert answer.status_code == 400
    assert "of 1,004 symbols at most 996" in answer.get_json()["detail"]
    assert api.get(f"{CALL}?bars=1000&symbols=ETHUSDT").status_code == 200


def test_it_stands_in_the_description(api: FlaskClient) -> None:
    paths = api.get("/api/v1/openapi.json").get_json()["paths"]
    for path in ("/api/v1/venues/{venue}/closes", "/api/v1/venues/{venue}/closes.csv"):
        assert {each["name"] for each in paths[path]["get"]["parameters"]} == {"venue", "bars", "symbols"}
