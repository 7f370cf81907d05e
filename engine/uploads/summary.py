"""What is told of a file before it is kept: a preview without its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from engine.uploads.preview import Kind, Preview
from engine.uploads.problems import LineProblem
from engine.uploads.statistics import Statistics
from store.timeframes import Timeframe, parse_timeframe


@dataclass(frozen=True, slots=True)
class Summary:
    """Each as `Preview` says it."""

    file_name: str
    sha256: str
    kind: Kind
    timeframe: Timeframe
    rows: int
    first_ms: int
    last_ms: int
    zone: str | None
    needs_zone: bool
    symbols: tuple[str, ...]
    head: tuple[dict[str, Any], ...]
    columns: Mapping[str, str]
    problems: tuple[LineProblem, ...]
    problem_counts: Mapping[str, int]
    notes: tuple[str, ...]
    statistics: Statistics

    @classmethod
    def of(cls, preview: Preview) -> Summary:
        return cls(**{name: getattr(preview, name) for name in cls.__slots__})


def encode_summary(summary: Summary) -> bytes:
    return orjson.dumps({**asdict(summary), "problems": [list(problem) for problem in summary.problems]})


def parse_summary(told: bytes) -> Summary:
    fields = orjson.loads(told)
    fields["timeframe"] = parse_timeframe(fields["timeframe"])
    fields["problems"] = tuple(LineProblem(*problem) for problem in fields["problems"])
    for name in ("symbols", "head", "notes"):
        fields[name] = tuple(fields[name])
    fields["statistics"] = Statistics(**fields["statistics"])
    return Summary(**fields)
