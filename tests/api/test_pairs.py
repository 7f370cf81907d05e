"""Calls about a pair agree with the data that was planted, and refuse what makes no sense."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable

import numpy as np
import openpyxl
import pytest
from flask.testing import FlaskClient
from redis import Redis
from statsmodels.api import OLS, add_constant

from analytics.tls import tls_hedge
from engine.diagnosis import Confidence, Diagnosis, Verdict, save_diagnosis
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.keys import SYNCHRONY
from engine.parameters import parse_parameters
from store import keys
from store.bars import UNKNOWN_MISSING, encode_bar, parse_bar
from store.timeframes import Timeframe
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


def test_rows_say_how_complete_the_bars_are_that_beta_was_fitted_on(api: FlaskClient, client: Redis) -> None:
    """Three bars of seven trades lack some, one within the last 120 bars comes without ids, one is not there at all."""
    for number, missing in ((330, 3), (340, 4), (399, 7), (350, UNKNOWN_MISSING)):
        (entry,) = (e for e in client.xrange(keys.bars("sim:YUSDT", Timeframe.M1)) if _opened(e) == number)
        bar = parse_bar(entry[1][keys.FIELD])._replace(missing=missing, revision=1)
        client.xadd(keys.bars("sim:YUSDT", Timeframe.M1), {keys.FIELD: encode_bar(bar)})
    (gone,) = (e for e in client.xrange(keys.bars("sim:XUSDT", Timeframe.M1)) if _opened(e) == 360)
    client.xdel(keys.bars("sim:XUSDT", Timeframe.M1), gone[0])
    latest = api.get(f"{PAIR}/latest").get_json()
    seen = 7 * (120 - 1)  # all bars of y but the one without ids
    assert latest["window_completeness_y"] == pytest.approx(seen / (seen + 3 + 4 + 7), rel=1e-6)
    assert (latest["window_completeness_x"], latest["window_absent"], latest["window_unknown"]) == (1.0, 1, 1)
    assert (latest["completeness_y"], latest["trades_y"]) == (0.5, 7)
    rows = list(csv.DictReader(io.StringIO(api.get(f"{PAIR}/series.csv").get_data(as_text=True))))
    assert float(rows[-1]["window_completeness_y"]) == latest["window_completeness_y"]
    assert (rows[-1]["window_absent"], rows[-1]["window_unknown"]) == ("1", "1")
    assert (rows[0]["window_completeness_y"], rows[0]["window_absent"]) == ("", "")
    features = api.get(f"{PAIR}/features").get_json()["items"]
    assert [features[number]["completeness_y"] for number in (330, 350, 399)] == [0.7, None, 0.5]


def _opened(entry: tuple[bytes, dict[bytes, bytes]]) -> int:
    return (parse_bar(entry[1][keys.FIELD]).open_time_ms - FIRST_MS) // 60_000


def test_latest_is_the_last_of_the_series(api: FlaskClient) -> None:
    for method in ("rolling", "kalman", "ols", "fixed&beta=0.8"):
        latest = api.get(f"{PAIR}/latest?method={method}").get_json()
        last = api.get(f"{PAIR}/series?method={method}").get_json()["items"][-1]
        assert {name: latest[name] for name in last} == last


METHODS = ("rolling", "kalman", "ols", "tls", "fixed&beta=0.8")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("window", [30, 120, 1_000])
def test_every_null_says_why(api: FlaskClient, method: str, window: int) -> None:
    query = f"window={window}&z_window=40&method={method}"
    latest = api.get(f"{PAIR}/latest?{query}").get_json()
    empty = {name for name, value in latest.items() if value is None} - {"reason", "beta_note"}
    assert set(latest["reasons"]) == empty
    assert all(latest["reasons"].values())
    series = api.get(f"{PAIR}/series?{query}").get_json()
    for row in series["items"]:
        unsaid = [name for name, value in row.items() if value is None and name not in series["reasons"]]
        assert unsaid in ([], ["reason"]) or row["reason"]


def test_an_unknown_completeness_says_which_of_its_causes_it_is(api: FlaskClient, client: Redis) -> None:
    """The last 150 bars of y come without ids, the last of x is not there."""
    stream = keys.bars("sim:YUSDT", Timeframe.M1)
    for entry in [e for e in client.xrange(stream) if _opened(e) >= BARS - 150]:
        bar = parse_bar(entry[1][keys.FIELD])._replace(missing=UNKNOWN_MISSING, revision=1)
        client.xadd(stream, {keys.FIELD: encode_bar(bar)})
    untold = "nobody can tell whether trades are missing: they have no ids, or nobody listened"
    reasons = api.get(f"{PAIR}/latest?window=120").get_json()["reasons"]
    assert reasons["window_completeness_y"] == f"of all its bars {untold}"
    assert reasons["completeness_y"] == untold
    assert not {"window_completeness_x", "completeness_x"} & set(reasons)
    reasons = api.get(f"{PAIR}/latest?window=1000").get_json()["reasons"]
    assert reasons["window_completeness_y"] == reasons["window_completeness_x"] == "not 1000 bars yet"
    last = client.xrevrange(keys.bars("sim:XUSDT", Timeframe.M1), count=1)[0]
    client.xdel(keys.bars("sim:XUSDT", Timeframe.M1), last[0])
    rows = api.get(f"{PAIR}/series").get_json()
    assert rows["reasons"]["completeness_x"] == f"no bar where there is no price, else {untold}"


def test_what_a_method_never_gives_is_said_of_the_method(api: FlaskClient) -> None:
    for method in ("kalman", "tls", "fixed&beta=0.8"):
        latest = api.get(f"{PAIR}/latest?method={method}").get_json()
        assert latest["reasons"]["r_squared"] == "R² is of least squares only"
    assert "your own" in latest["reasons"]["beta_low"]
    assert api.get(f"{PAIR}/latest").get_json()["reasons"] == {}


def test_total_least_squares_has_the_interval_of_the_exported_prices(api: FlaskClient) -> None:
    rows = api.get(f"{PAIR}/series?window=300").get_json()["items"][-300:]
    fit = tls_hedge(*(np.log([row[leg] for row in rows]) for leg in ("y", "x")))
    latest = api.get(f"{PAIR}/latest?window=300&method=tls").get_json()
    for name in ("beta", "beta_low", "beta_high"):
        assert latest[name] == pytest.approx(getattr(fit, name), rel=1e-9)


def test_the_spread_of_ones_own_ratio_is_about_its_level(api: FlaskClient) -> None:
    latest = api.get(f"{PAIR}/latest?method=fixed&beta=0.8").get_json()
    assert latest["alpha"] == pytest.approx(1.0, abs=0.01)  # as it is planted
    assert abs(latest["spread"]) < 0.01
    assert latest["z"] == pytest.approx((latest["spread"] - latest["spread_mean"]) / latest["spread_sd"], rel=1e-6)


def test_beside_beta_stands_what_the_last_tests_say_of_bars_so_short(api: FlaskClient, client: Redis) -> None:
    p = parse_parameters("sim:YUSDT", "sim:XUSDT", {})
    assert api.get(f"{PAIR}/latest").get_json()["beta_note"] is None
    numbers = {"bar_ms": 300_000}
    finding = Finding(SYNCHRONY, Subject.PAIR, Outcome.DOUBTFUL, "too short", numbers=numbers)
    tested = Diagnosis(FIRST_MS, 1, 400, Verdict.DOUBTFUL, "", 0.5, Confidence.NONE, (), (), (finding,), ())
    save_diagnosis(client, p, tested)
    note = "drawn towards zero: legs out of step at 1 min; advised bar 5 min"
    assert _until(lambda: api.get(f"{PAIR}/latest").get_json()["beta_note"]) == note
    assert api.get(f"{PAIR}/series").get_json()["beta_note"] == note
    numbers_of_bars = api.get(f"{PAIR}/tests").get_json()["bar_numbers"]
    assert {each["name"]: each["assumption_broken"] for each in numbers_of_bars}["beta"] == note


def _until(ask: Callable[[], str | None]) -> str | None:
    """An answer that is kept for two seconds."""
    for _ in range(100):
        if (answer := ask()) is not None:
            return answer
        time.sleep(0.05)
    return None


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
