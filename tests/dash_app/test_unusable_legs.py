"""Legs that explode, and legs that are one line: a named reason on the page and in the API, no score and no signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from redis import Redis

from engine.board import Board
from engine.diagnose import diagnose
from engine.diagnosis import save_diagnosis
from engine.findings.keys import BOTH_WAYS, UNIT_ROOT
from engine.parameters import PairParameters, parse_parameters
from store import keys
from store.timeframes import Timeframe
from tests.api.legs import BARS, write_prices
from tests.dash_app.conftest import PAIR, Ask

CALL = "/api/v1/pairs/sim:YUSDT/sim:XUSDT"
CAUSAL = ("rolling", "kalman", "fixed&beta=1")
EXPLODING = [100.0 * 1.1**n for n in range(BARS)]
# Of these tests each judges legs together.
JUDGES = {BOTH_WAYS, "engle_granger", "johansen", "cusum", "gregory_hansen", "noise_check"}


def walk() -> list[float]:
    return [float(price) for price in 3_000.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 1e-3, BARS)))]


def write(client: Redis, y: Sequence[float], x: Sequence[float]) -> None:
    """In the place of what was there."""
    for name in ("sim:YUSDT", "sim:XUSDT"):
        client.delete(keys.bars(name, Timeframe.M1))
    write_prices(client, {"sim:YUSDT": y, "sim:XUSDT": x})


def results_of(board: Board, client: Redis, web: FlaskClient, query: str) -> dict[str, Any]:
    """What the API says of the slow tests, run now."""
    p: PairParameters = parse_parameters(
        "sim:YUSDT", "sim:XUSDT", dict(part.split("=") for part in query.split("&") if part)
    )
    save_diagnosis(client, p, diagnose(board.reader.snapshot(p)))
    body: dict[str, Any] = web.get(f"{CALL}/tests?{query}").get_json()
    return body


@pytest.mark.parametrize("leg", ["y", "x"])
@pytest.mark.parametrize("method", CAUSAL)
def test_an_exploding_leg_is_named_by_every_test_that_judges(  # noqa: PLR0917 (fixtures)
    board: Board, client: Redis, web: FlaskClient, ask: Ask, leg: str, method: str
) -> None:
    write(client, *((EXPLODING, walk()) if leg == "y" else (walk(), EXPLODING)))
    body = results_of(board, client, web, f"scale=raw&method={method}")
    assert body["verdict"] == "no result"
    assert "exploding leg" in body["because"]
    items = {(item["statistic"], item["subject"]): item for item in body["items"]}
    for (statistic, _), item in items.items():
        assert item["numbers"] or item["reason"]
        assert statistic not in JUDGES or "exploding leg" in item["reason"]
    assert "exploding values" in items[UNIT_ROOT, leg]["reason"]
    name, _, beta = method.partition("&beta=")
    answer = ask(PAIR | {"scale": "raw", "method": name, "beta": beta, "tab": "diagnostics"})
    assert "exploding leg" in str(answer)


@pytest.mark.parametrize("scale", ["log", "raw"])
@pytest.mark.parametrize("method", [*CAUSAL, "ols", "tls"])
def test_legs_that_are_multiples_of_each_other_have_no_z_no_signal_and_a_reason(
    board: Board, client: Redis, web: FlaskClient, scale: str, method: str
) -> None:
    """The rounding of the prices once was scored, and traded."""
    x = walk()
    ratio = 1.0 if method.startswith("fixed") and scale == "raw" else 3.7
    write(client, [ratio * price for price in x], x)
    query = f"scale={scale}&method={method}"
    if method in CAUSAL:
        body = results_of(board, client, web, query)
        assert body["verdict"] == "no result"
        assert "y is a multiple of x" in body["because"]
    rows = web.get(f"{CALL}/series?{query}").get_json()["items"]
    assert len(rows) > 100
    assert {(row["z"], row["signal"]) for row in rows} == {(None, None)}
    latest = web.get(f"{CALL}/latest?{query}").get_json()
    assert "the legs are one line" in latest["reason"]
