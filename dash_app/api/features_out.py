"""The feature table, written out for the API and for exports from the engine's own list of columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, create_model

from dash_app.api.described import Described
from dash_app.api.models import ParametersOut
from dash_app.api.rows_out import REASONS, SIGNAL_NAMES, number
from dash_app.api.times import iso_utc
from engine.features import FEATURES, NUMBERS
from engine.rows import Note, Signal

FEATURE_COLUMNS = tuple(feature.name for feature in FEATURES)
_LIST = "\n".join(f"- `{name}` ({unit}): {meaning}" for name, unit, meaning in FEATURES)
FEATURES_WORDS = (
    "Each row is what was known at its bar's close: nothing looks ahead, so later bars change no earlier row "
    f"(a revised bar does). What is not known is null, or empty. Methods: rolling, kalman, fixed.\n\n{_LIST}"
)


def _kind(name: str) -> Any:
    if name in NUMBERS:
        return float | None
    return int if name.startswith("trades") else str if name.endswith("time") else str | None


_fields: dict[str, Any] = {name: (_kind(name), ...) for name in FEATURE_COLUMNS}
FeatureOut: type[BaseModel] = create_model("FeatureOut", **_fields)


class FeaturesOut(Described):
    parameters: ParametersOut
    as_of: str | None
    items: list[FeatureOut]  # type: ignore[valid-type]  # made from the engine's list
    next: None = None


def feature_dicts(rows: NDArray[np.void], bar_ms: int) -> Iterator[dict[str, Any]]:
    """One dict of `FEATURE_COLUMNS` a row; `time` names the bar by its close."""
    for row in rows:
        opened = int(row["open_time_ms"])
        out: dict[str, Any] = {"time": iso_utc(opened + bar_ms), "open_time": iso_utc(opened)}
        for name in FEATURE_COLUMNS[2:-2]:
            value = row[name]
            out[name] = int(value) if name.startswith("trades") else number(value)
        out["signal"] = None if out["z"] is None else SIGNAL_NAMES[Signal(int(row["signal"]))]
        out["reason"] = REASONS[Note(int(row["note"]))]
        yield out
