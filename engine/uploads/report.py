"""What was done to a file when it was accepted, kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import orjson

from engine.uploads.preview import Preview, Series
from engine.uploads.problems import LineProblem
from engine.uploads.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Report:
    """As a preview says it of the whole file, and `statistics`, `tick_size` and `period_s` of this one instrument."""

    columns: Mapping[str, str]
    problems: tuple[LineProblem, ...]
    problem_counts: Mapping[str, int]
    notes: tuple[str, ...]
    tick_size: float
    period_s: int | None
    statistics: Statistics

    @property
    def completeness(self) -> float | None:
        """Share of the trade ids between first and last that are there; None of bars, and of trades without ids."""
        rows, absent = self.statistics.rows, self.statistics.absent
        return None if self.period_s is not None or absent is None else rows / (rows + absent)

    @classmethod
    def of(cls, preview: Preview, series: Series) -> Report:
        return cls(
            columns=preview.columns,
            problems=preview.problems,
            problem_counts=preview.problem_counts,
            notes=preview.notes,
            tick_size=series.tick_size,
            period_s=series.period_s,
            statistics=series.statistics,
        )


def encode_report(report: Report) -> str:
    return orjson.dumps({**asdict(report), "problems": [list(problem) for problem in report.problems]}).decode()


def parse_report(text: str) -> Report:
    fields = orjson.loads(text)
    fields["problems"] = tuple(LineProblem(*problem) for problem in fields["problems"])
    fields["notes"] = tuple(fields["notes"])
    fields["statistics"] = Statistics(**fields["statistics"])
    return Report(**fields)
