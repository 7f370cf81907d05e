"""What one statistic found of a pair, and what a statistic is: as the page, the API and the verdict take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.findings.sample import Sample


class Outcome(StrEnum):
    """A finding speaks for the pair, leaves a doubt, speaks against it, gave nothing, or only describes."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"
    NONE = "none"
    PLAIN = "plain"


class Subject(StrEnum):
    """What of a pair a finding is about."""

    Y = "y"
    X = "x"
    Y_ON_X = "y on x"
    X_ON_Y = "x on y"
    SPREAD = "spread"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says it in words with the legs' full names, `value` is the number that decided it, written out.

    `numbers` holds everything that was computed, ready for JSON: what is not finite is None. Where there are
    none, `reason` says why. `broken` says which assumption of the method this sample breaks, as far as it is seen.
    """

    statistic: str
    subject: Subject
    outcome: Outcome
    text: str
    value: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    broken: str = ""
    reason: str = ""


def pick(findings: Iterable[Finding], statistic: str, subject: Subject) -> Finding | None:
    """The finding of a statistic about a subject, None where there is none."""
    return next((each for each in findings if each.statistic == statistic and each.subject is subject), None)


@dataclass(frozen=True, slots=True)
class MethodCard:
    """How a number is made: `formula` in plain signs, `reference` to the literature, `assumes` in words."""

    formula: str
    reference: str
    assumes: str


@dataclass(frozen=True, slots=True)
class Statistic:
    """An entry of the registry.

    `find` gives its findings of a sample and raises nothing for unusable data. `null` is the hypothesis that a
    low p speaks against, if there is one; `watch` says what to look at next where a finding is a doubt. A `dear`
    one runs at every tenth minute or so.
    """

    key: str
    name: str
    card: MethodCard
    find: Callable[[Sample], Iterable[Finding]]
    null: str = ""
    watch: str = ""
    dear: bool = False
