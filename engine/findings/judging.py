"""From the result of a statistic, or its refusal, to a finding."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np

from analytics.errors import AnalyticsError
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.sample import Sample

R = TypeVar("R")
LONGEST_LIST = 32  # a number for each bar is a chart and no finding


class Judged(NamedTuple):
    """How a result reads: see `Finding`."""

    outcome: Outcome
    text: str
    value: str = ""
    broken: str = ""


def found(
    statistic: str, subject: Subject, label: str, compute: Callable[[], R], judge: Callable[[R], Judged]
) -> Finding:
    """What `compute` gives, as `judge` reads it; `label` names it where there is no result."""
    try:
        result = compute()
    except AnalyticsError as error:
        return Finding(statistic, subject, Outcome.NONE, f"{label}: {error}", reason=str(error))
    judged = judge(result)
    return Finding(
        statistic, subject, judged.outcome, judged.text, _true_minus(judged.value), numbers_of(result), judged.broken
    )


def _true_minus(value: str) -> str:
    """Numbers in values have the minus that all other numbers of a page have."""
    return re.sub(r"(?<![^\W_])-(?=[\d.])", "−", value)


def described(
    statistic: str, compute: Callable[[Sample], R], words: Callable[[R], str], subject: Subject = Subject.PAIR
) -> Callable[[Sample], Iterable[Finding]]:
    """The `find` of a statistic that only describes: its result in words, or why there is none."""

    def find(sample: Sample) -> Iterable[Finding]:
        yield found(
            statistic, subject, statistic.replace("_", " ").capitalize(), lambda: compute(sample),
            lambda result: Judged(Outcome.PLAIN, words(result)),
        )  # fmt: skip

    return find


def numbers_of(result: Any) -> dict[str, Any]:
    """Every field of a result that JSON can carry, short arrays as lists, what is not finite as None."""
    if not is_dataclass(result):
        return {"value": _plain(result)}
    plain = {each.name: _plain(getattr(result, each.name)) for each in fields(result)}
    return {name: value for name, value in plain.items() if not isinstance(value, list) or len(value) <= LONGEST_LIST}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return numbers_of(value) if is_dataclass(value) else value


def p_text(p_value: float) -> str:
    """As people read it: three places, and no false zero."""
    return "p < 0.001" if p_value < 0.001 else f"p {p_value:.3f}"
