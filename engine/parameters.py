"""The parameters of a pair view: parsed once, refused clearly, written back canonically."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from engine.errors import ParameterError
from store.errors import InvalidInstrument, InvalidTimeframe
from store.instruments import parse_instrument
from store.timeframes import Timeframe as Timeframe
from store.timeframes import parse_timeframe

MIN_WINDOW, MAX_WINDOW = 10, 5_000
MIN_Z_WINDOW, MAX_Z_WINDOW = 5, 5_000
MAX_BETA = 1e6
E = TypeVar("E", bound=StrEnum)


class Method(StrEnum):
    """How the hedge ratio is found. All but `OLS` and `TLS` are causal: what was shown for t stays."""

    ROLLING = "rolling"
    KALMAN = "kalman"
    OLS = "ols"
    TLS = "tls"
    FIXED = "fixed"

    @property
    def causal(self) -> bool:
        return self not in (Method.OLS, Method.TLS)


class Scale(StrEnum):
    LOG = "log"
    RAW = "raw"


class PriceField(StrEnum):
    CLOSE = "close"
    MID = "mid"


@dataclass(frozen=True, slots=True)
class PairParameters:
    """A pair (y is explained by x) and how to look at it. Windows are in bars."""

    y: str
    x: str
    timeframe: Timeframe = Timeframe.M1
    window: int = 120
    z_window: int = 60
    method: Method = Method.ROLLING
    beta: float | None = None
    scale: Scale = Scale.LOG
    field: PriceField = PriceField.CLOSE
    key: str = dataclass_field(init=False, repr=False, compare=False)
    """One word for Redis keys and caches: equal parameters, equal key."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", "|".join((self.y, self.x, *self.query.values())))

    @property
    def query(self) -> dict[str, str]:
        """The parameters but the legs, each written out, in a fixed order."""
        query = {
            "timeframe": self.timeframe.value,
            "window": str(self.window),
            "z_window": str(self.z_window),
            "method": self.method.value,
            "scale": self.scale.value,
            "field": self.field.value,
        }
        if self.beta is not None:
            query["beta"] = repr(self.beta)
        return query

    @property
    def path(self) -> str:
        """The address of the page that shows exactly this."""
        return f"/pair/{self.y}/{self.x}?{urlencode(self.query)}"


def parse_parameters(y: str, x: str, query: Mapping[str, str]) -> PairParameters:
    """Validate what came from a URL; unknown keys are ignored, bad values raise `ParameterError`."""
    for name, leg in (("y", y), ("x", x)):
        try:
            parse_instrument(leg)
        except InvalidInstrument as error:
            raise ParameterError(name, leg, error.allowed) from error
    if y == x:
        raise ParameterError("x", x, "a pair needs two different instruments")
    try:
        timeframe = parse_timeframe(query.get("timeframe") or Timeframe.M1)
    except InvalidTimeframe as error:
        raise ParameterError("timeframe", error.text, f"use one of {', '.join(error.allowed)}") from error
    method = _choice("method", query, Method, Method.ROLLING)
    return PairParameters(
        y=y,
        x=x,
        timeframe=timeframe,
        window=_whole("window", query, 120, MIN_WINDOW, MAX_WINDOW),
        z_window=_whole("z_window", query, 60, MIN_Z_WINDOW, MAX_Z_WINDOW),
        method=method,
        beta=_beta(query, method),
        scale=_choice("scale", query, Scale, Scale.LOG),
        field=_choice("field", query, PriceField, PriceField.CLOSE),
    )


def _choice(name: str, query: Mapping[str, str], choices: type[E], default: E) -> E:
    text = query.get(name) or default
    try:
        return choices(text)
    except ValueError:
        raise ParameterError(name, text, f"use one of {', '.join(choices)}") from None


def _whole(name: str, query: Mapping[str, str], default: int, low: int, high: int) -> int:
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high):
        raise ParameterError(name, text, f"give a whole number of bars from {low} to {high}")
    return int(text)


def _beta(query: Mapping[str, str], method: Method) -> float | None:
    text = query.get("beta") or ""
    if method is not Method.FIXED:
        return None
    try:
        beta = float(text)
    except ValueError:
        beta = math.nan
    if not 0 < abs(beta) <= MAX_BETA:
        raise ParameterError("beta", text, "method=fixed needs your own ratio: a number other than 0, up to a million")
    return beta
