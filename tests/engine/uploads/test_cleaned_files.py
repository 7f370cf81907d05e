"""What was cleaned: which lines were left out, with their numbers; numbers and times against pandas and zoneinfo."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from engine.uploads import LineProblem, UploadRefused, preview
from store.bars import NO_TRADE_ID
from store.ticks import Side
from store.timeframes import Timeframe

START_S = 1_704_067_200  # 2024-01-01T00:00:00Z


def bars_csv(*rows: str, header: str = "timestamp,open,high,low,close,volume") -> bytes:
    return "\n".join([header, *rows]).encode()


def minute(number: int, close: float | str = 1.5) -> str:
    return f"{START_S + 60 * number},1,2,0.5,{close},3"


def test_lines_that_cannot_be_used_are_left_out_and_told() -> None:
    rows = [minute(n) for n in range(20)]
    rows[3] = minute(3, "nan")
    rows[5] = f"{START_S + 300},1,2,0.5,2.5,3"  # the close is above the high
    rows[7] = f"{START_S + 420},1,2"
    rows[8] = ""
    rows[9] = "yesterday,1,2,0.5,1.5,3"
    rows[11] = f"{START_S + 660},1,2,0.5,1.5,-3"
    rows[13] = f"{START_S + 781},1,2,0.5,1.5,3"
    found = preview("ab.csv", bars_csv(*rows))
    assert found.problems == (
        LineProblem(5, "close is not a number above 0", "nan"),
        LineProblem(7, "open or close lies beyond high or low", "2.5"),
        LineProblem(9, "has not 6 values as the header", f"{START_S + 420},1,2"),
        LineProblem(11, "time is none that is known, as 2026-11-21T08:00:00Z or 1795248000000", "yesterday"),
        LineProblem(13, "volume is not a number from 0", "-3"),
        LineProblem(15, "time is off the grid of bars of 1 min", ""),
    )
    assert (found.rows, found.timeframe, found.statistics.absent) == (13, Timeframe.M1, 7)
    assert sum(found.problem_counts.values()) == 6


def test_unsorted_and_repeated_times_are_put_in_order() -> None:
    order = [0, 1, 3, 2, 4, 5, 5, 6, 7]
    rows = [minute(number, 1 + place / 100) for place, number in enumerate(order)]
    found = preview("ab.csv", bars_csv(*rows))
    opens = found.series[0].rows["open_time_s"].astype(np.int64)
    assert opens.tolist() == [START_S + 60 * number for number in range(8)]
    assert found.series[0].rows["close"].tolist() == [1.0, 1.01, 1.03, 1.02, 1.04, 1.06, 1.07, 1.08]
    assert found.problems == (LineProblem(7, "time that stands in a later line too: that one was taken", ""),)
    assert any("1 lines step back in time" in note for note in found.notes)


def test_newest_first_is_turned_round() -> None:
    lines = [f"2024-01-01T00:00:{second:02}Z,{100 + second},1" for second in range(30)]
    lines += ["2024-01-01T00:00:29Z,999,1"]
    found = preview("ab.csv", bars_csv(*lines[::-1], header="time,price,size"))
    assert found.series[0].rows["price"].tolist() == [*(100.0 + second for second in range(30)), 999.0]
    assert "newest line first: turned round" in found.notes


def test_the_first_two_hundred_problems_stand_there_and_all_are_counted() -> None:
    rows = [minute(n, "nan" if n % 3 == 0 else 1.5) for n in range(900)]
    found = preview("ab.csv", bars_csv(*rows))
    assert len(found.problems) == 200
    assert found.problem_counts == {"close is not a number above 0": 300}
    assert [problem.line for problem in found.problems[:3]] == [2, 5, 8]


def test_more_bad_lines_than_good_are_refused() -> None:
    rows = [minute(n, "nan" if n % 3 else 1.5) for n in range(90)]
    with pytest.raises(UploadRefused, match="line 3: close is not a number above 0 'nan'; 60 of 90 lines"):
        preview("ab.csv", bars_csv(*rows))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1704067200", "2024-01-01T00:00:00Z"),
        ("1704067200.123456", "2024-01-01T00:00:00.123Z"),
        ("1704067200.999999", "2024-01-01T00:00:00.999Z"),
        ("1704067200123", "2024-01-01T00:00:00.123Z"),
        ("1704067200123999", "2024-01-01T00:00:00.123Z"),
        ("1704067200123999999", "2024-01-01T00:00:00.123Z"),
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
        ("2024-02-29 23:59:59.5+05:30", "2024-02-29T18:29:59.5Z"),
        ("2024-02-29T23:59:59.123456789-0500", "2024-03-01T04:59:59.123Z"),
        ("2024-02-29 23:59:59 UTC", "2024-02-29T23:59:59Z"),
        ("2024/02/29 23:59Z", "2024-02-29T23:59:00Z"),
    ],
)
def test_times_are_read_to_the_millisecond(text: str, expected: str) -> None:
    """Expected as Python's own datetime reads it. Twice: all alike, and in company of another form."""
    wanted = round(datetime.fromisoformat(expected).timestamp() * 1000)
    for other in (text, "2023-12-31T00:00:00.25Z"):
        raw = bars_csv(f"{other},1,1", f"{text},1,1", header="ts,price,size")
        assert preview("ab.csv", raw).series[0].rows["time_ms"][-1] == wanted


def test_every_time_of_a_day_and_of_four_centuries_of_dates() -> None:
    """Against Python's own datetime."""
    dates = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=97 * n, seconds=86_399 - n) for n in range(480)]
    raw = bars_csv(*(f"{moment:%Y-%m-%dT%H:%M:%S}Z,1,1" for moment in dates), header="ts,price,size")
    assert preview("ab.csv", raw).series[0].rows["time_ms"].tolist() == [
        round(moment.timestamp() * 1000) for moment in dates
    ]
    wrong = ["2023-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00", "2100-02-29"]
    rows = [f"{text}T00:00:00Z,1,1" for text in wrong] + ["2024-01-01T24:00:00Z,1,1", "2024-01-01T00:60:00Z,1,1"]
    good = [f"2024-01-01T00:{minute:02}:00Z,1,1" for minute in range(20)]
    found = preview("ab.csv", bars_csv(*rows, *good, header="ts,price,size"))
    assert [problem.line for problem in found.problems] == [2, 3, 4, 5, 6, 7, 8, 9]


def test_numbers_are_the_nearest_floats() -> None:
    """Against pandas , whose floats are the nearest too; texts of 17 digits and more."""
    rng = np.random.default_rng(11)
    prices = np.exp(rng.uniform(-18, 18, 2_000))
    texts = [f"{price:.{digits}g}" for price, digits in zip(prices, rng.integers(1, 25, 2_000), strict=True)]
    raw = bars_csv(*(f"{START_S + n},{text},{text}" for n, text in enumerate(texts)), header="ts,price,size")
    oracle = pd.read_csv(io.BytesIO(raw))
    rows = preview("ab.csv", raw).series[0].rows
    assert rows["price"].tobytes() == oracle["price"].to_numpy(np.float64).tobytes()
    ndjson = "\n".join(f'{{"symbol":"A","ts":{START_S + n},"price":{t},"size":"{t}"}}' for n, t in enumerate(texts))
    again = preview("ab.ndjson", ndjson.encode()).series[0].rows
    assert again["price"].tobytes() == again["quantity"].tobytes() == rows["price"].tobytes()


@pytest.mark.parametrize("text", ["1_000", "١٢", "0x1p3", "1,000", "", "1 000", "NaN", "Infinity", "-1", "0", "1e-400"])
def test_what_python_takes_for_a_number_may_be_none(text: str) -> None:
    good = [f"{START_S + n},2,1" for n in range(5)]
    found = preview("ab.csv", bars_csv(*good, f'{START_S + 9},"{text}",1', header="ts,price,size"))
    assert (found.rows, [problem.line for problem in found.problems]) == (5, [7])


def test_local_times_against_pandas() -> None:
    """A year of half-hours in Berlin: what was skipped or shown twice is left out, the rest as pandas has it."""
    local = pd.date_range("2024-01-01", "2024-12-31 23:30", freq="30min")
    raw = bars_csv(*(f"{stamp:%Y-%m-%d %H:%M:%S},1.5" for stamp in local), header="Date,Close")
    unsaid = preview("ab.csv", raw)
    assert unsaid.needs_zone
    assert unsaid.zone is None
    found = preview("ab.csv", raw, "Europe/Berlin")
    assert not found.needs_zone
    oracle = local.tz_localize("Europe/Berlin", ambiguous="NaT", nonexistent="NaT").tz_convert("UTC").dropna()
    opens = found.series[0].rows["open_time_s"].astype(np.int64)
    assert opens.tolist() == (oracle.as_unit("s").asi8).tolist()
    assert found.problem_counts == {
        "time that clocks of Europe/Berlin skipped": 2,
        "time that clocks of Europe/Berlin showed twice: write it with its offset": 2,
    }


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "+05:30", "-0330", "UTC", "z"])
def test_zones_by_name_and_by_offset(zone: str) -> None:
    raw = bars_csv(*(f"20240718 {9 + n // 60:02}:{n % 60:02},1.5" for n in range(90)), header="date_time,close")
    first = preview("ab.csv", raw, zone).first_ms
    named = {"+05:30": "Asia/Kolkata", "-0330": "Etc/GMT+3", "z": "UTC"}.get(zone, zone)
    expected = round(datetime(2024, 7, 18, 9, tzinfo=ZoneInfo(named)).timestamp() * 1000)
    assert first == expected + (1_800_000 if zone == "-0330" else 0)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "+99:00", "", "Europe"])
def test_a_zone_that_there_is_not_is_refused(zone: str) -> None:
    with pytest.raises(UploadRefused, match="no time zone"):
        preview("ab.csv", bars_csv("2024-01-01 00:00,1", "2024-01-01 00:01,1", header="time,close"), zone)


def test_mixed_offsets_are_each_taken_at_its_own() -> None:
    rows = ["2024-10-27T02:00:00+02:00,1", "2024-10-27T02:00:00+01:00,2", "2024-10-27T03:00:00+01:00,3"]
    found = preview("ab.csv", bars_csv(*rows, header="time,close"))
    assert np.diff(found.series[0].rows["open_time_s"].astype(np.int64)).tolist() == [3_600, 3_600]
    assert "times with 2 offsets from UTC: each was taken at its own" in found.notes


def test_ids_are_taken_once_and_only_if_they_are_a_sequence() -> None:
    rows = [f"{START_S + n},10,1,{n}" for n in range(100, 150)]
    repeated = preview("ab.csv", bars_csv(*rows, rows[3], f"{START_S + 120},99,1,120", header="ts,price,size,id"))
    assert repeated.rows == 50
    assert [problem.line for problem in repeated.problems] == [52, 53]
    assert repeated.statistics.absent == 0
    assert (repeated.series[0].rows["price"] == 10).all()
    holes = preview("ab.csv", bars_csv(*rows[:10], *rows[14:], header="ts,price,size,id"))
    assert holes.statistics.absent == 4
    for ids in (lambda n: 1000 - n, lambda n: n * 1_000_003):
        lines = (f"{START_S + n},10,1,{ids(n)}" for n in range(50))
        found = preview("ab.csv", bars_csv(*lines, header="ts,price,size,id"))
        assert (found.series[0].rows["trade_id"] == NO_TRADE_ID).all()
        assert found.statistics.absent is None


@pytest.mark.parametrize(
    ("header", "row", "kind"),
    [
        ("Timestamp,Open,High,Low,Close,Volume", "{iso},1,2,0.5,1.5,3", "bars"),
        ("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>", "{dots}\t{clock}\t1\t2\t0.5\t1.5\t3", "bars"),
        ('"open time";"close";"volume"', '"{iso}";"1.5";"3"', "bars"),
        ("unix,date,symbol,open,high,low,close,Volume BTC,Volume USD", "{unix},{iso},BTC/USD,1,2,0.5,1.5,3,9", "bars"),
        ("Date,Price", "{iso},1.5", "bars"),
        ("# span: a week\n# rows: 3\nopen_time,open,high,low,close,volume", "{iso},1,2,0.5,1.5,3", "bars"),
        ("T,S,P,Q,M\n".replace("T", "ts", 1).strip(), "{ms},BTC,1.5,3,true", "ticks"),
        ("agg_trade_id,price,quantity,transact_time,is_buyer_maker", "{n},1.5,3,{ms},false", "ticks"),
        ("time,side,price,amount", "{iso},sell,1.5,3", "ticks"),
    ],
)
def test_usual_spellings_are_known(header: str, row: str, kind: str) -> None:
    lines = []
    for n in range(6):
        moment = datetime(2024, 1, 1, 0, n, tzinfo=UTC)
        names = {"iso": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "dots": f"{moment:%Y.%m.%d}", "clock": f"{moment:%H:%M:%S}"}
        unix = int(moment.timestamp())
        lines.append(row.format(**names, unix=unix, ms=unix * 1000, n=n))
    found = preview("btc-usd.csv", bars_csv(*lines, header=header), "UTC")
    assert (found.kind, found.rows, found.problems) == (kind, 6, ())
    assert found.first_ms == START_S * 1000
    assert found.symbols[0] in ("BTC", "BTC-USD")
    assert found.statistics.last_price == 1.5
    assert found.statistics.volume == (0.0 if header == "Date,Price" else 18.0)


def test_several_symbols_are_several_instruments_and_sides_are_kept() -> None:
    lines = [
        f'{{"s":"{"btc" if n % 3 else "eth"}","ts":{START_S * 1000 + n},"p":"{n + 1}","q":0.5,"side":"{side}"}}'
        for n, side in enumerate(["buy", "sell", "huh"] * 20)
    ]
    found = preview("x.ndjson", "\n".join(["", *lines, "{", '"text"', "[]"]).encode())
    assert found.symbols == ("ETH", "BTC")
    eth, btc = found.series
    assert eth.rows["price"].tolist() == [float(n + 1) for n in range(0, 60, 3)]
    assert set(eth.rows["side"].tolist()) == {Side.BUY}
    assert set(btc.rows["side"].tolist()) == {Side.SELL, Side.UNKNOWN}
    assert [problem.line for problem in found.problems] == [62, 63, 64]


def test_gzip_is_read_and_the_name_proposes_a_symbol() -> None:
    found = preview("..\\data/Ether-2024.csv.gz", gzip.compress(bars_csv(*map(minute, range(9)))))
    assert (found.rows, found.symbols) == (9, ("ETHER",))
    assert preview("=cmd|x.csv", bars_csv(*map(minute, range(9)))).symbols == ("UPLOAD",)


def test_the_head_and_the_statistics_against_pandas() -> None:
    rng = np.random.default_rng(2)
    closes = np.round(100 + rng.normal(0, 1, 500), 2)
    rows = [f"{START_S + 60 * n},{c},{c + 1:.2f},{c - 1:.2f},{c},{n}" for n, c in enumerate(closes.tolist())]
    raw = bars_csv(*rows)
    found, frame = preview("ab.csv", raw), pd.read_csv(io.BytesIO(raw))
    assert [row["close"] for row in found.head] == frame["close"].head(20).tolist()
    s = found.statistics
    assert (s.least, s.most, s.volume) == (frame["low"].min(), frame["high"].max(), frame["volume"].sum())
    assert s.mean == pytest.approx(frame["close"].mean(), rel=1e-14)
    assert s.largest_step == pytest.approx(np.log(frame["close"]).diff().abs().max(), rel=1e-9)
    assert found.series[0].tick_size == 0.01
