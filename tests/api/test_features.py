"""The feature table over HTTP: whole, the same in all three forms, described column by column."""

from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from engine.features import FEATURES
from tests.api.legs import BARS

PATH = "/api/v1/pairs/sim:YUSDT/sim:XUSDT/features"


def test_every_row_has_every_column_and_the_newest_is_known_whole(api: FlaskClient) -> None:
    answer = api.get(f"{PATH}?window=60&z_window=30").get_json()
    items = answer["items"]
    assert len(items) == BARS
    assert [tuple(item) for item in items[:: BARS - 1]] == [tuple(feature.name for feature in FEATURES)] * 2
    last = items[-1]
    assert (last["open_time"], last["time"]) == ("2026-01-01T06:39:00Z", "2026-01-01T06:40:00Z")
    assert answer["as_of"] == last["time"]
    unknown = {name for name, value in last.items() if value is None}
    assert unknown <= {"imbalance_y", "imbalance_x", "reason", "half_life_bars"}, "the legs here know no sides"
    assert items[0]["z"] is None
    assert items[0]["reason"] == "warming up"


def test_csv_and_spreadsheet_say_what_json_says(api: FlaskClient) -> None:
    query = "?window=60&z_window=30&start=2026-01-01T03:00:00Z&limit=50"
    items = api.get(PATH + query).get_json()["items"]
    assert len(items) == 50
    answer = api.get(f"{PATH}.csv{query}")
    assert "sim-YUSDT-sim-XUSDT-1m-rolling-60-30-features.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    sheet = load_workbook(io.BytesIO(api.get(f"{PATH}.xlsx{query}").data)).active
    head, *cells = sheet.iter_rows(values_only=True)
    assert list(head) == list(rows[0])
    for item, row, line in zip(items, rows, cells, strict=True):
        for name, cell in zip(head, line, strict=True):
            if item[name] is None:
                assert (row[name], cell) == ("", None)
            elif isinstance(item[name], float):
                assert float(row[name]) == item[name] == pytest.approx(cell, rel=1e-14)
            else:
                assert (row[name], str(cell)) == (str(item[name]),) * 2


def test_a_fit_that_looks_back_is_refused_with_what_is_allowed(api: FlaskClient) -> None:
    for form in ("", ".csv", ".xlsx"):
        answer = api.get(f"{PATH}{form}?method=ols")
        assert answer.status_code == 400
        problem = answer.get_json(force=True)
        assert problem["parameter"] == "method"
        assert "rolling, kalman, fixed" in problem["allowed"]
    assert api.get(PATH.replace("sim:XUSDT", "sim:NOPE")).status_code == 404


def test_the_description_names_every_column_with_its_unit(api: FlaskClient) -> None:
    document = api.get("/api/v1/openapi.json").get_json()
    words = document["paths"]["/api/v1/pairs/{y}/{x}/features"]["get"]["description"]
    assert all(f"`{name}` ({unit})" in words for name, unit, _ in FEATURES)
    members = document["components"]["schemas"]["FeatureOut"]["properties"]
    assert set(members) == {feature.name for feature in FEATURES}


def test_bars_come_as_a_spreadsheet_too(api: FlaskClient) -> None:
    items = api.get("/api/v1/bars/sim:XUSDT?limit=30").get_json()["items"]
    head, *cells = load_workbook(io.BytesIO(api.get("/api/v1/bars/sim:XUSDT.xlsx?limit=30").data)).active.iter_rows(
        values_only=True
    )
    assert len(cells) == len(items) == 30
    assert list(head) == list(items[0])
    for item, row in zip(items, cells, strict=True):  # a spreadsheet keeps sixteen digits
        for (name, value), cell in zip(item.items(), row, strict=True):
            assert cell == pytest.approx(value, rel=1e-15) if isinstance(value, float) else cell == value, name
