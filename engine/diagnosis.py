"""The slow tests of a pair as shown: is there anything to revert to, and how fast. Computed in `engine.diagnose`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import orjson
from redis import Redis

from engine.parameters import PairParameters
from store import keys
from store.client import store_errors
from store.timeframes import Timeframe

KEPT_S = 2 * 24 * 3600
PERIOD_BARS = {Timeframe.S1: 60, Timeframe.M1: 5, Timeframe.M5: 3}
"""Bars from one run of the tests to the next; 1 for the timeframes not named."""


class Verdict(StrEnum):
    COINTEGRATED = "cointegrated"
    DOUBTFUL = "doubtful"
    NOT_COINTEGRATED = "not cointegrated"
    NO_RESULT = "no result"


class Outcome(StrEnum):
    """Of one check: it speaks for the pair, leaves a doubt, speaks against it, or gave nothing."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the verdict's reasoning: in words, with the number that decided it, written out."""

    outcome: Outcome
    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class UnitRoot:
    """ADF of one leg, constant included, lags by AIC; H0: a unit root. Where numbers are None, `reason` says why."""

    stat: float | None = None
    p_value: float | None = None
    lags: int | None = None
    n: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cointegration:
    """Engle–Granger in one direction, constant included, lags by AIC; H0: no cointegration.

    `beta` is the first step's slope of the explained leg on the other. Where numbers are None,
    `reason` says why.
    """

    stat: float | None = None
    p_value: float | None = None
    lags: int | None = None
    n: int | None = None
    beta: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reversion:
    """Half-life of the spread in bars, with a 95 % interval; `high` None is unbounded."""

    bars: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the slow tests say of a pair, at a bar that the clock fixed.

    `as_of_ms` is the UTC close of the last bar tested, `bars` how many bars went in. The spread of
    `reversion` is that of one line fitted to these bars, or of the user's own ratio.
    """

    as_of_ms: int
    bars: int
    verdict: Verdict
    checks: tuple[Check, ...]
    unit_root_y: UnitRoot
    unit_root_x: UnitRoot
    y_on_x: Cointegration
    x_on_y: Cointegration
    reversion: Reversion

    @property
    def doubts(self) -> tuple[str, ...]:
        """The checks that did not pass, in words."""
        failed = (check for check in self.checks if check.outcome is not Outcome.GOOD)
        return tuple(f"{check.text}, {check.value}" if check.value else check.text for check in failed)


def due(parameters: PairParameters, open_time_ms: int) -> bool:
    """Whether the tests run at the bar that opens then: fixed by the clock, so that everybody agrees."""
    return last_due_ms(parameters, open_time_ms) == open_time_ms


def last_due_ms(parameters: PairParameters, open_time_ms: int) -> int:
    """The open time of the latest bar, not after the one given, at which the tests run."""
    timeframe = parameters.timeframe
    period = PERIOD_BARS.get(timeframe, 1)
    number = open_time_ms // timeframe.ms
    # A bar tested is the last of its period, so that "every five minutes" ends on the five minutes.
    return ((number + 1) // period * period - 1) * timeframe.ms


def encode_diagnosis(diagnosis: Diagnosis) -> bytes:
    return orjson.dumps(asdict(diagnosis))


def parse_diagnosis(raw: bytes) -> Diagnosis | None:
    """The diagnosis written by `encode_diagnosis`; None for anything else: it will be made again."""
    try:
        fields = orjson.loads(raw)
        return Diagnosis(
            as_of_ms=fields["as_of_ms"],
            bars=fields["bars"],
            verdict=Verdict(fields["verdict"]),
            checks=tuple(Check(Outcome(check["outcome"]), check["text"], check["value"]) for check in fields["checks"]),
            unit_root_y=UnitRoot(**fields["unit_root_y"]),
            unit_root_x=UnitRoot(**fields["unit_root_x"]),
            y_on_x=Cointegration(**fields["y_on_x"]),
            x_on_y=Cointegration(**fields["x_on_y"]),
            reversion=Reversion(**fields["reversion"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def save_diagnosis(client: Redis, parameters: PairParameters, diagnosis: Diagnosis) -> None:
    """Share it with every process; raises `StoreUnavailable`."""
    with store_errors():
        client.set(keys.tests(parameters.key), encode_diagnosis(diagnosis), ex=KEPT_S)


def load_diagnosis(client: Redis, parameters: PairParameters) -> Diagnosis | None:
    """The last one shared, None before the first; raises `StoreUnavailable`."""
    return load_diagnoses(client, [parameters.key])[0]


def load_diagnoses(client: Redis, pair_keys: Sequence[str]) -> list[Diagnosis | None]:
    """The same for many pairs, by `PairParameters.key`, in one round trip."""
    with store_errors():
        raws: Any = client.mget([keys.tests(key) for key in pair_keys])
    return [None if raw is None else parse_diagnosis(raw) for raw in raws]
