"""What a soak found: a row a figure, with its limit and whether it was kept."""

from __future__ import annotations

from dataclasses import dataclass

from bench.table import table, verdict


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one row of the list of faults; `limit` None: it is only told."""

    row: int
    what: str
    measured: float
    limit: float | None
    unit: str

    @property
    def held(self) -> bool:
        return self.limit is None or self.measured <= self.limit


def soak_table(figures: list[Figure]) -> str:
    head = ("fault", "row", "measured", "limit", "verdict")
    rows = [
        (
            figure.what,
            str(figure.row),
            f"{figure.measured:,.4g} {figure.unit}",
            "" if figure.limit is None else f"{figure.limit:,.4g} {figure.unit}",
            "" if figure.limit is None else verdict(figure.held),
        )
        for figure in figures
    ]
    return table(head, rows)
