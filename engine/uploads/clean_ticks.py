"""Trades of a table, cleaned: in order, each id once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.uploads.numbers import MAX_PRICE, MAX_SIZE, Mask, decimals, whole_numbers
from engine.uploads.problems import Cleaning
from store.bars import NO_TRADE_ID
from store.ticks import NOT_RECEIVED, TICK_DTYPE, Side
from store.trade_columns import MAKER, SIDES

Ticks = NDArray[np.void]
NO_PRICE = "price is not a number above 0"
NO_SIZE = "size is not a number above 0"
_DENSE = 0.5


class CleanTicks(NamedTuple):
    """Ticks (n,) of `TICK_DTYPE` in order, the row of each, and what was noticed."""

    ticks: Ticks
    rows: NDArray[np.int64]
    notes: tuple[str, ...]


def read_ticks(columns: Mapping[str, Sequence[str]], times_ms: NDArray[np.int64], cleaning: Cleaning) -> Ticks:
    """Each row as a tick; rows without a price or a size are taken out."""
    ticks = np.zeros(len(times_ms), TICK_DTYPE)
    price, size = decimals(columns["price"]), decimals(columns["size"])
    cleaning.take_out(~((price > 0) & (price < MAX_PRICE)), NO_PRICE, columns["price"])
    cleaning.take_out(~((size > 0) & (size < MAX_SIZE)), NO_SIZE, columns["size"])
    ticks["price"], ticks["quantity"], ticks["time_ms"] = price, size, times_ms
    ticks["received_us"] = NOT_RECEIVED
    ticks["side"] = _sides(columns)
    ticks["trade_id"] = NO_TRADE_ID
    if "id" in columns:
        ids, bad = whole_numbers(columns["id"])
        cleaning.take_out(bad, "trade id is no whole number", columns["id"])
        ticks["trade_id"] = ids
    return ticks


def order_ticks(ticks: Ticks, rows: NDArray[np.int64], cleaning: Cleaning) -> CleanTicks:
    """One symbol's ticks by time, those of a millisecond by id or as they stood; `rows` are their places.

    Ids that do not ascend with the time, or are no sequence, are dropped: they show no gap. A repeated id is
    taken once.
    """
    notes: list[str] = []
    if len(ticks) > 1 and ticks["time_ms"][0] > ticks["time_ms"][-1]:
        ticks, rows = ticks[::-1], rows[::-1]
        notes.append("newest line first: turned round")
    back = int((ticks["time_ms"] < np.maximum.accumulate(ticks["time_ms"])).sum())
    if back:
        notes.append(f"{back:,} lines step back in time: put in order")
    if (ticks["trade_id"] != NO_TRADE_ID).any():
        order = np.lexsort((ticks["trade_id"], ticks["time_ms"]))
        ticks, rows = _each_id_once(ticks[order], rows[order], cleaning)
        trouble = _trouble_with_ids(ticks["trade_id"])
        if trouble:
            notes.append(trouble)
            ticks["trade_id"] = NO_TRADE_ID
    else:
        order = np.argsort(ticks["time_ms"], kind="stable")
        ticks, rows = ticks[order], rows[order]
        alike = _alike(ticks)
        if alike:
            notes.append(f"{alike:,} lines equal another in all: kept, as trades without ids may be alike")
    return CleanTicks(ticks, rows, tuple(notes))


def _each_id_once(ticks: Ticks, rows: NDArray[np.int64], cleaning: Cleaning) -> tuple[Ticks, NDArray[np.int64]]:
    """Of a repeated id the line that stands first."""
    by_id = np.lexsort((rows, ticks["trade_id"]))
    repeats = np.zeros(len(ticks), np.bool_)
    repeats[by_id[1:]] = ticks["trade_id"][by_id[1:]] == ticks["trade_id"][by_id[:-1]]
    if not repeats.any():
        return ticks, rows
    out: Mask = np.zeros(len(cleaning.kept), np.bool_)
    out[rows[repeats]] = True
    cleaning.take_out(out, "trade id that stands in an earlier line too")
    return ticks[~repeats], rows[~repeats]


def _trouble_with_ids(ids: NDArray[np.int64]) -> str:
    if (np.diff(ids) <= 0).any():
        return "trade ids do not ascend with the time: not used"
    if len(ids) > 1 and len(ids) < _DENSE * (float(ids[-1]) - float(ids[0]) + 1):
        return "trade ids leave out more than they name: taken for no sequence, so gaps are not known"
    return ""


def _alike(ticks: Ticks) -> int:
    order = np.lexsort((ticks["quantity"], ticks["price"], ticks["time_ms"]))
    names = ("time_ms", "price", "quantity")
    same = np.logical_and.reduce([ticks[name][order][1:] == ticks[name][order][:-1] for name in names])
    return int(same.sum())


def _sides(columns: Mapping[str, Sequence[str]]) -> NDArray[np.uint8]:
    for column, words in (("maker", MAKER), ("side", SIDES)):
        if column in columns:
            known = {text: words.get(text.strip().lower(), Side.UNKNOWN) for text in set(columns[column])}
            return np.array([known[text] for text in columns[column]], np.uint8)
    return np.zeros(len(columns["time"]), np.uint8)
