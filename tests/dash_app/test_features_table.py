"""The feature table on the data tab: every column, each as the export has it, and only new rows after the first."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from redis import Redis

from engine.features import FEATURES
from store import keys
from store.bars import Bar, Source, encode_bar
from store.timeframes import Timeframe
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import PAIR, Ask

VIEW = PAIR | {"tab": "data", "window": "60", "z_window": "30"}


def features_of(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    section: dict[str, Any] = answer["sections"]["features"]
    return section


def number(text: str) -> float | None:
    """A number as the page writes it, read back."""
    return float(text.replace("−", "-").replace(",", "")) if text else None


def test_every_column_of_the_export_stands_on_the_page(ask: Ask) -> None:
    section = features_of(ask(VIEW))
    columns = section["props"]["features"]["columns"]
    assert [column["id"] for column in columns] == [feature.name for feature in FEATURES]
    names = {column["id"]: column["name"] for column in columns}
    assert names["close_y"] == "close y, USDT"
    assert names["spread"] == "spread, bp"
    assert names["return_x"] == "return x, bp"
    assert all(set(names) <= set(row) for row in section["features"]["rows"])


def test_every_cell_is_the_number_of_the_api_in_the_units_of_its_column(ask: Ask, web: FlaskClient) -> None:
    shown = features_of(ask(VIEW))["features"]["rows"]
    query = {name: VIEW[name] for name in ("timeframe", "window", "z_window", "method", "scale", "field")}
    items = web.get("/api/v1/pairs/sim:YUSDT/sim:XUSDT/features", query_string=query).get_json()["items"]
    bp, percent = (
        dict.fromkeys(("return", "volatility", "spread"), 1e4),
        dict.fromkeys(("imbalance", "completeness"), 100.0),
    )
    assert len(shown) == 20
    for cells, item in zip(shown, items[::-1][:20], strict=True):
        assert cells["time"] == item["time"][11:19]
        assert cells["signal"] == item["signal"]
        assert cells["reason"] == (item["reason"] or "")
        for feature in FEATURES:
            value = item[feature.name]
            if feature.unit in ("UTC", "word", "words"):
                continue
            if value is None:
                assert cells[feature.name] == ""
                continue
            read = number(cells[feature.name])
            assert read is not None
            digits = len(cells[feature.name].partition(".")[2])
            factor = (bp | percent).get(feature.name.partition("_")[0], 1.0)
            assert abs(read - factor * value) <= 0.5 * 10.0**-digits + 1e-9, feature.name


def test_after_one_more_bar_only_its_row_is_sent(ask: Ask, client: Redis) -> None:
    first = ask(VIEW)
    assert first is not None
    for name, price in (("sim:YUSDT", 1_650.0), ("sim:XUSDT", 3_000.0)):
        bar = Bar(FIRST_MS + BARS * 60_000, *[price] * 4, 1.0, 3, 1, 3, price, price, Source.TRADES, 0, 0)
        client.xadd(keys.bars(name, Timeframe.M1), {keys.FIELD: encode_bar(bar)})
    answer = None
    while answer is None or "features" not in answer["sections"]:
        answer = ask(VIEW, first["seen"]) or answer
    part = answer["sections"]["features"]["features"]
    assert [row["time"] for row in part["new"]] == ["06:41:00"]
    assert "rows" not in part
    assert part["new"][0]["close_y"] == "1,650.00"
    note = answer["sections"]["features"]["props"]["features-note"]["children"]
    assert f"newest 20 of {BARS + 1} rows" in note


def test_a_fit_drawn_back_has_no_features_and_says_why(ask: Ask) -> None:
    section = features_of(ask(VIEW | {"method": "ols"}))
    assert section["features"]["rows"] == []
    assert section["props"]["features-csv"]["href"] is None
    assert "choose rolling" in section["props"]["features-note"]["children"]
    causal = features_of(ask(VIEW))["props"]["features-csv"]["href"]
    assert causal.startswith("/api/v1/pairs/sim:YUSDT/sim:XUSDT/features.csv?")
