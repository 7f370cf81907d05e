"""Calls about a pair agree with the data that was planted, and refuse what makes no sense."""

from __future__ import annotations

import csv
import io

import numpy as np
import openpyxl
import pytest
from flask.testing import FlaskClient
from statsmodels.api import OLS, add_constant

from tests.api.legs import BARS, FIRST_MS

PAIR = "/api/v1/pairs/sim:YUSDT/sim:XUSDT"


def test_latest_names_its_bar_and_its_parameters(api: FlaskClient) -> None:
    answer = api.get(f"{PAIR}/latest?window=120&z_window=60").get_json()
    assert answer["as_of"] == answer["time"] == "2026-01-01T06:40:00Z"  # 400 minutes after midnight
    assert answer["parameters"]["window"] == 120
    assert answer["beta_low"] < answer["beta"] < answer["beta_high"]
    assert answer["reason"] is None


def test_the_ratio_is_the_one_that_statsmodels_finds_in_the_exported_prices(api: FlaskClient) -> None:
    rows = api.get(f"{PAIR}/series?window=300").get_json()["items"][-300:]
    y, x = (np.log([row[leg] for row in rows]) for leg in ("y", "x"))
    expected = OLS(y, add_constant(x)).fit()
    latest = api.get(f"{PAIR}/latest?window=300&method=ols").get_json()
    assert latest["beta"] == pytest.approx(expected.params[1], rel=1e-9)
    low, high = expected.conf_int()[1]  # which takes the residuals for white: ours, which do not, are never nearer
    assert latest["beta_low"] < low < high < latest["beta_high"]
    assert latest["beta_low"] + latest["beta_high"] == pytest.approx(low + high, rel=1e-9)
    assert latest["spread"] == pytest.approx(expected.resid[-1], rel=1e-6)


def test_latest_is_the_last_of_the_series(api: FlaskClient) -> None:
    for method in ("rolling", "kalman", "ols", "fixed&beta=0.8"):
        latest = api.get(f"{PAIR}/latest?method={method}").get_json()
        last = api.get(f"{PAIR}/series?method={method}").get_json()["items"][-1]
        assert {name: latest[name] for name in last} == last


def test_a_window_too_long_says_what_it_needs(api: FlaskClient) -> None:
    answer = api.get(f"{PAIR}/latest?window=1000").get_json()
    assert answer["z"] is None
    assert "1060" in answer["reason"] or "1059" in answer["reason"]
    assert str(BARS) in answer["reason"]


def test_the_series_is_cut_by_half_open_times(api: FlaskClient) -> None:
    answer = api.get(f"{PAIR}/series?start=2026-01-01T03:00:00Z&end={FIRST_MS + 190 * 60_000}").get_json()
    assert [row["time"] for row in answer["items"]][:: len(answer["items"]) - 1] == [
        "2026-01-01T03:01:00Z",  # opens at 03:00, named by its close
        "2026-01-01T03:10:00Z",
    ]


def test_csv_and_xlsx_hold_the_same_numbers_as_json(api: FlaskClient) -> None:
    rows = api.get(f"{PAIR}/series").get_json()["items"]
    text = api.get(f"{PAIR}/series.csv")
    assert text.content_type == "text/csv; charset=utf-8"
    read = list(csv.DictReader(io.StringIO(text.get_data(as_text=True))))
    assert len(read) == len(rows) == BARS
    for row, cells in zip(rows, read, strict=True):
        assert cells["time"] == row["time"]
        assert cells["z"] == ("" if row["z"] is None else repr(row["z"]))
    sheet = openpyxl.load_workbook(io.BytesIO(api.get(f"{PAIR}/series.xlsx").data)).active
    assert sheet is not None
    header, *lines = sheet.iter_rows(values_only=True)
    column = header.index("beta")
    betas = [(line[column], row["beta"]) for line, row in zip(lines, rows, strict=True)]
    assert all(cell == beta if beta is None else cell == pytest.approx(beta, rel=1e-15) for cell, beta in betas)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("windw=120", "windw"),
        ("window=0", "window"),
        ("window=-1", "window"),
        ("window=NaN", "window"),
        ("window=1000000000", "window"),
        ("z_window=4", "z_window"),
        ("timeframe=2m", "timeframe"),
        ("method=magic", "method"),
        ("method=fixed", "beta"),
        ("method=fixed&beta=nan", "beta"),
        ("scale=sqrt", "scale"),
        ("start=yesterday", "start"),
        ("start=2026-01-01T00:00:00", "start"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(api: FlaskClient, query: str, parameter: str) -> None:
    answer = api.get(f"{PAIR}/series?{query}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["parameter"] == parameter
    assert problem["allowed"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/pairs/sim:XUSDT/sim:XUSDT/latest", 400),
        ("/api/v1/pairs/nowhere:XUSDT/sim:YUSDT/latest", 400),
        ("/api/v1/pairs/sim:NOSUCH/sim:XUSDT/latest", 404),
        ("/api/v1/pairs/sim:YUSDT/sim:XUSDT/nothing", 404),
        ("/api/v1/bars/sim:NOSUCH", 404),
    ],
)
def test_what_is_not_there_is_a_problem_document(api: FlaskClient, path: str, status: int) -> None:
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["detail"]


def test_a_row_without_a_z_has_no_signal(api: FlaskClient) -> None:
    first = api.get(f"{PAIR}/series").get_json()["items"][0]
    assert (first["z"], first["signal"], first["reason"]) == (None, None, "warming up")
