"""The data files of this folder, as columns of numbers; where they come from stands in README.md."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def column() -> Callable[[str, str], NDArray[np.float64]]:
    """`column("nile", "volume")`: the numbers of one column, cells without one left out."""

    def read(table: str, name: str) -> NDArray[np.float64]:
        with (DATA / f"{table}.csv").open(newline="") as file:
            return np.array([float(row[name]) for row in csv.DictReader(file) if row[name]])

    return read


@pytest.fixture(scope="session")
def digits() -> Callable[[str], list[dict[str, str]]]:
    """`digits("nist_filip")`: the rows as they are written, for arithmetic that rounds nothing."""

    def read(table: str) -> list[dict[str, str]]:
        with (DATA / f"{table}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    return read
