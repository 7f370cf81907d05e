"""The parameters of an instrument's view: parsed once, refused clearly, written back canonically."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from engine.errors import ParameterError
from store.errors import InvalidInstrument, InvalidTimeframe
from store.instruments import parse_instrument
from store.timeframes import Timeframe, parse_timeframe

MIN_SPAN, MAX_SPAN = 2, 500
OFF = "off"
DEFAULT_SMA, DEFAULT_EMA, DEFAULT_BOLLINGER = 50, 20, 20


@dataclass(frozen=True, slots=True)
class MarketParameters:
    """An instrument and how to look at it. Spans are in bars, None where the indicator is off."""

    instrument: str
    timeframe: Timeframe = Timeframe.M1
    sma: int | None = DEFAULT_SMA
    ema: int | None = DEFAULT_EMA
    bollinger: int | None = DEFAULT_BOLLINGER
    vwap: bool = True

    @property
    def query(self) -> dict[str, str]:
        """The parameters but the instrument, each written out, in a fixed order."""
        return {
            "timeframe": self.timeframe.value,
            "sma": _span_text(self.sma),
            "ema": _span_text(self.ema),
            "bollinger": _span_text(self.bollinger),
            "vwap": "on" if self.vwap else OFF,
        }

    @property
    def path(self) -> str:
        """The address of the page that shows exactly this."""
        return f"/market/{self.instrument}?{urlencode(self.query)}"

    @property
    def key(self) -> str:
        """One word for caches: equal parameters, equal key."""
        return "|".join((self.instrument, *self.query.values()))


def parse_market_parameters(instrument: str, query: Mapping[str, str]) -> MarketParameters:
    """Validate what came from a URL; unknown keys are ignored, bad values raise `ParameterError`."""
    try:
        parse_instrument(instrument)
    except InvalidInstrument as error:
        raise ParameterError("instrument", instrument, error.allowed) from error
    try:
        timeframe = parse_timeframe(query.get("timeframe") or Timeframe.M1)
    except InvalidTimeframe as error:
        raise ParameterError("timeframe", error.text, f"use one of {', '.join(error.allowed)}") from error
    return MarketParameters(
        instrument=instrument,
        timeframe=timeframe,
        sma=_span("sma", query, DEFAULT_SMA),
        ema=_span("ema", query, DEFAULT_EMA),
        bollinger=_span("bollinger", query, DEFAULT_BOLLINGER),
        vwap=_switch("vwap", query),
    )


def _span(name: str, query: Mapping[str, str], default: int) -> int | None:
    text = query.get(name) or str(default)
    if text == OFF:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and MIN_SPAN <= int(text) <= MAX_SPAN):
        raise ParameterError(name, text, f"give a whole number of bars from {MIN_SPAN} to {MAX_SPAN}, or {OFF}")
    return int(text)


def _switch(name: str, query: Mapping[str, str]) -> bool:
    text = query.get(name) or "on"
    if text not in ("on", OFF):
        raise ParameterError(name, text, f"give on or {OFF}")
    return text == "on"


def _span_text(span: int | None) -> str:
    return OFF if span is None else str(span)
