"""Which rows are drawn: about 1,200 of however many, chosen so that every peak survives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxLTTBDownsampler

LIMIT = 1_200
_SERIES = ("y", "x", "spread", "z", "beta")


def chosen_rows(rows: NDArray[np.void], limit: int = LIMIT) -> NDArray[np.int64]:
    """Ascending indices of about `limit` rows: peaks of each series, edges of gaps, both ends."""
    if len(rows) <= limit:
        return np.arange(len(rows))
    kept = [np.array([0, len(rows) - 1]), _edges(np.isnan(rows["y"]) | np.isnan(rows["x"]))]
    kept += [_peaks(rows[name], limit // len(_SERIES)) for name in _SERIES]
    return np.unique(np.concatenate(kept))


def _edges(values: NDArray[Any]) -> NDArray[np.int64]:
    """Both neighbours of every change."""
    changes = np.flatnonzero(values[1:] != values[:-1])
    return np.concatenate([changes, changes + 1])


def _peaks(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    known = np.flatnonzero(np.isfinite(values))
    if len(known) <= count:
        return known
    picked: NDArray[np.uint64] = MinMaxLTTBDownsampler().downsample(np.ascontiguousarray(values[known]), n_out=count)
    return np.asarray(known[picked.astype(np.int64)])
