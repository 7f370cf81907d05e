"""What goes in and comes out of the API, for validation and for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from flask_openapi3 import FileStorage
from pydantic import ConfigDict, Field, JsonValue

from dash_app.api.described import Described
from engine.parameters import MAX_WINDOW, MAX_Z_WINDOW, MIN_WINDOW, MIN_Z_WINDOW

TimeframeName = Literal["1s", "1m", "5m", "15m", "1h"]
MethodName = Literal["rolling", "kalman", "ols", "tls", "fixed"]
MAX_LIMIT = 100_000
MAX_ID = 2**63 - 1  # of both databases
BARS: dict[str, JsonValue] = {"x-unit": "bars"}


class Asked(Described):
    """What comes in."""


class Closed(Asked):
    """A misspelt parameter or member is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class InstrumentPath(Asked):
    instrument: str = Field(description="venue:SYMBOL, as sim:BTCUSDT")


class PairPath(Asked):
    y: str = Field(description="dependent leg, venue:SYMBOL")
    x: str = Field(description="independent leg, venue:SYMBOL")


class RangeQuery(Closed):
    start: str | None = Field(None, description="ISO 8601 with a zone, or epoch milliseconds; included")
    end: str | None = Field(None, description="ISO 8601 with a zone, or epoch milliseconds; excluded")


class BarsQuery(RangeQuery):
    timeframe: TimeframeName = "1m"
    limit: int = Field(1_000, ge=1, le=MAX_LIMIT)


class PairQuery(Closed):
    timeframe: TimeframeName = "1m"
    window: int = Field(120, ge=MIN_WINDOW, le=MAX_WINDOW, description="bars of the fit", json_schema_extra=BARS)
    z_window: int = Field(
        60,
        ge=MIN_Z_WINDOW,
        le=MAX_Z_WINDOW,
        description="bars of mean and deviation of z; a Kalman z has none",
        json_schema_extra=BARS,
    )
    method: MethodName = "rolling"
    beta: float | None = Field(None, description="your own ratio, for method=fixed and no other")
    scale: Literal["log", "raw"] = "log"
    field: Literal["close", "mid"] = "close"


class SpanQuery(RangeQuery):
    """Of an export: without a start the newest rows."""


class BarsExportQuery(SpanQuery):
    timeframe: TimeframeName = "1m"


class ExportQuery(PairQuery, SpanQuery):
    pass


class SeriesQuery(PairQuery, RangeQuery):
    limit: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT, description="the newest rows, if there are more")


class WatchPath(Asked):
    watch_id: int = Field(ge=1, le=MAX_ID)


class SettingsBody(Closed):
    entry: float | None = Field(None, strict=True, description="level of |z| that opens a signal")
    exit: float | None = Field(None, strict=True, description="level of |z| that closes it")
    refresh_ms: int | None = Field(None, strict=True, description="period of the pages, 500 to 60000 ms")
    min_correlation: float | None = Field(None, strict=True)


class WatchBody(PairQuery):
    y: str
    x: str


class PreviewForm(Closed):
    file: FileStorage = Field(description="CSV with a header, or NDJSON; UTF-8, plain or gzip, at most 10 MB")
    zone: str = Field("", description="of times without one: UTC, Europe/Berlin, +02:00")


class UploadForm(PreviewForm):
    symbol: str = Field(
        "", description="name for it, else the file's own; a file of several instruments has their names already"
    )


class ParametersOut(Described):
    y: str
    x: str
    timeframe: TimeframeName
    window: int = Field(description="bars of the fit")
    z_window: int = Field(description="bars of mean and deviation of z; a Kalman z has none")
    method: MethodName
    scale: Literal["log", "raw"]
    field: Literal["close", "mid"]
    beta: float | None = Field(description="your own ratio, for method=fixed; null for the others")


class PairOut(ParametersOut):
    page: str = Field(description="address of the page that shows exactly this")


class WatchedOut(Described):
    id: int
    pair: PairOut
    added: str


class WatchlistOut(Described):
    items: list[WatchedOut]
    next: None = None


class SettingsOut(Described):
    entry: float
    exit: float
    refresh_ms: int
    min_correlation: float
    effective: str | None = Field(description="bars that close at or after it are judged so; null if never changed")


class BarOut(Described):
    open_time: str
    open: float
    high: float
    low: float
    close: float
    volume: float = Field(description="in the base currency")
    buy_volume: float | None = Field(description="what of it aggressors bought; null where a side is unknown")
    trades: int
    bid: float | None
    ask: float | None
    source: Literal["trades", "klines", "ticker", "upload"]
    completeness: float | None
    revision: int
    closed: bool


class BarsOut(Described):
    items: list[BarOut]
    next: str | None


class InstrumentOut(Described):
    id: str
    base: str
    quote: str
    tick_size: float
    first: str | None
    last: str | None
    completeness: float | None = Field(
        description="share of trade ids seen over its newest 60 minutes, of an upload over all of it; null: not known"
    )
    followed: bool = Field(description="whether something new may come of it")
    mark_price: float | None = Field(None, description="the venue's, where it is a perpetual future")
    funding_rate: float | None = Field(None, description="a share of the notional; positive: longs pay shorts")
    next_funding: str | None = Field(None, description="when that rate is paid")


class InstrumentsOut(Described):
    items: list[InstrumentOut]
    next: None = None


class RowOut(Described):
    time: str = Field(description="close of the bar, UTC")
    y: float | None
    x: float | None
    alpha: float | None = Field(description="for method=fixed the level: the mean of y - beta x over the window")
    beta: float | None
    beta_low: float | None = Field(description="of the 95 % interval of beta")
    beta_high: float | None
    effective_n: float | None = Field(None, description="independent bars that would tell as much of beta")
    r_squared: float | None
    spread: float | None = Field(description="y - alpha - beta x, in units of the scale; for kalman the innovation")
    spread_mean: float | None = Field(None, description="what z takes off the spread")
    spread_sd: float | None = Field(None, description="what z divides by")
    z: float | None
    correlation: float | None
    signal: Literal["short", "flat", "long"] | None
    trades_y: int | None = Field(None, description="in the bar")
    trades_x: int | None = None
    completeness_y: float | None = Field(None, description="share of the bar's trades that were seen")
    completeness_x: float | None = None
    window_completeness_y: float | None = Field(
        None, description="the same of the bars that beta was fitted on, of those whose trades have ids"
    )
    window_completeness_x: float | None = None
    window_absent: int | None = Field(None, description="bars of that window that a leg lacks")
    window_unknown: int | None = Field(
        None, description="other bars of it of which nobody can know whether trades are missing"
    )
    reason: str | None = Field(description="why the row has no z, or what to know of it")


class SnapshotOut(Described):
    parameters: ParametersOut
    as_of: str | None
    generation: int
    beta_note: str | None = Field(None, description="what the last tests say against beta on bars so short")


class LatestOut(RowOut, SnapshotOut):
    reasons: dict[str, str] = Field(description="of every column that is null: why")


class SeriesOut(SnapshotOut):
    items: list[RowOut]
    reasons: dict[str, str] = Field(description="of columns: why one is null where the row's own reason is not it")
    next: None = None


class FeedOut(Described):
    venue: str
    origin: Literal["SIMULATED", "REPLAY", "LIVE"]
    state: Literal["connecting", "warming", "streaming", "disconnected", "ended"]
    detail: str
    alarm: str = Field(description="what was dropped or given up for want of a store that answers and has room, if any")
    venue_time: str
    trades_per_s: float
    quotes_per_s: float
    lag_p95_ms: float | None
    reconnects: int
    rejected: int
    rejected_by: dict[str, int] = Field(description="the same by what was wrong with frames, or lines of a recording")


class HealthOut(Described):
    status: Literal["ok", "unfit"]
    reasons: list[str]
    store: Literal["ok", "slow", "unreachable"] = Field(description="slow: what is said here is as last known")
    monitor: Literal["ok", "silent"]
    worker: Literal["none"] = "none"
    data_age_ms: int | None
    feeds: list[FeedOut]


CSV: dict[str, Any] = {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "the whole table"}
XLSX: dict[str, Any] = {
    "content": {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
            "schema": {"type": "string", "format": "binary"}
        }
    },
    "description": "the whole table",
}
DELETED: dict[str, Any] = {"description": "it is gone"}
