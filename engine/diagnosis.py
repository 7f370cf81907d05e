"""The slow tests of a pair as shown: is there anything to revert to, and how sure. Computed in `engine.diagnose`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import orjson
from redis import Redis

from engine.completeness import UNTOLD, Completeness
from engine.findings.finding import Finding, Outcome, Subject, pick
from engine.findings.keys import HALF_LIFE
from engine.parameters import PairParameters
from store import keys
from store.client import store_errors
from store.timeframes import Timeframe

KEPT_S = 2 * 24 * 3600
PERIOD_BARS = {Timeframe.S1: 60, Timeframe.M1: 5, Timeframe.M5: 3}
"""Bars from one run of the tests to the next; 1 for the timeframes not named."""

DEAR_EVERY = {Timeframe.S1: 3, Timeframe.M1: 2}
"""Dear statistics run at every so many runs of the tests; at each for the timeframes not named."""


class Verdict(StrEnum):
    COINTEGRATED = "cointegrated"
    DOUBTFUL = "doubtful"
    NOT_COINTEGRATED = "not cointegrated"
    BROKEN = "broken"
    NO_RESULT = "no result"


class Confidence(StrEnum):
    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Refit:
    """Whether the test of both directions passed at 5 % on the sample that ended then; None: it gave nothing."""

    as_of_ms: int
    passed: bool | None


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

    `as_of_ms` is the UTC close of the last bar tested, `generation` that of its rows, `bars` how many went in,
    `p_value` that of cointegration for having tried both directions. `because` gives the grounds of the
    verdict, `confidence` how sure it is and `sure_because` why, `watch` what would change it. `refits` are the last
    runs of the tests, oldest first. Dear statistics are of `dear_as_of_ms`; None where none have run. `completeness`
    is that of the bars looked at, absent ones among them.
    """

    as_of_ms: int
    generation: int
    bars: int
    verdict: Verdict
    because: str
    p_value: float | None
    confidence: Confidence
    sure_because: tuple[str, ...]
    watch: tuple[str, ...]
    findings: tuple[Finding, ...]
    refits: tuple[Refit, ...]
    dear_as_of_ms: int | None = None
    completeness: Completeness = UNTOLD

    @property
    def checks(self) -> tuple[Finding, ...]:
        """The findings that judge; the others only describe."""
        return tuple(finding for finding in self.findings if finding.outcome is not Outcome.PLAIN)

    @property
    def doubts(self) -> tuple[str, ...]:
        """The checks that did not pass, in words."""
        failed = (check for check in self.checks if check.outcome is not Outcome.GOOD)
        return tuple(f"{check.text}, {check.value}" if check.value else check.text for check in failed)

    @property
    def passed(self) -> bool:
        """Whether noise was rejected at 5 %, doubts or not."""
        return self.verdict in (Verdict.COINTEGRATED, Verdict.DOUBTFUL)

    def finding(self, statistic: str, subject: Subject) -> Finding | None:
        return pick(self.findings, statistic, subject)

    @property
    def reversion(self) -> Reversion:
        found = self.finding(HALF_LIFE, Subject.SPREAD)
        if found is None:
            return Reversion(reason=self.because)
        numbers = found.numbers
        return Reversion(numbers.get("bars"), numbers.get("low"), numbers.get("high"), found.reason)


def due(parameters: PairParameters, open_time_ms: int) -> bool:
    """Whether the tests run at the bar that opens then: fixed by the clock, so that everybody agrees."""
    return last_due_ms(parameters, open_time_ms) == open_time_ms


def period_ms(parameters: PairParameters) -> int:
    """From one run of the tests to the next."""
    return PERIOD_BARS.get(parameters.timeframe, 1) * parameters.timeframe.ms


def dear_period_ms(parameters: PairParameters) -> int:
    """From one run of the dear statistics to the next."""
    return DEAR_EVERY.get(parameters.timeframe, 1) * period_ms(parameters)


def last_due_ms(parameters: PairParameters, open_time_ms: int, *, every: int = 1) -> int:
    """The open time of the latest bar, not after the one given, at which the tests run; or every so-many-th run.

    A bar tested is the last of its period, so that "every five minutes" ends on the five minutes.
    """
    bar_ms, step_ms = parameters.timeframe.ms, every * period_ms(parameters)
    return (open_time_ms + bar_ms) // step_ms * step_ms - bar_ms


def encode_diagnosis(diagnosis: Diagnosis) -> bytes:
    return orjson.dumps(asdict(diagnosis))


def parse_diagnosis(raw: bytes) -> Diagnosis | None:
    """The diagnosis written by `encode_diagnosis`; None for anything else: it will be made again."""
    try:
        fields = orjson.loads(raw)
        return Diagnosis(
            **{
                **fields,
                "verdict": Verdict(fields["verdict"]),
                "confidence": Confidence(fields["confidence"]),
                "sure_because": tuple(fields["sure_because"]),
                "watch": tuple(fields["watch"]),
                "findings": tuple(_finding(each) for each in fields["findings"]),
                "completeness": Completeness(**fields["completeness"]),
                "refits": tuple(Refit(**each) for each in fields["refits"]),
            }
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def _finding(fields: Mapping[str, Any]) -> Finding:
    return Finding(**{**fields, "subject": Subject(fields["subject"]), "outcome": Outcome(fields["outcome"])})


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
