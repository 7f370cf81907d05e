"""Trades of an instrument to take away: of its stream as far back as that is kept, of an upload all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.board import Board
from engine.errors import ParameterError, UnknownInstrument

_AHEAD = 1 << 62
_UPLOADED = "upload:"


def exported_ticks(board: Board, instrument: str, *, start_ms: int | None, end_ms: int | None) -> NDArray[np.void]:
    """Ticks (n,) of `store.ticks.TICK_DTYPE` with start <= exchange time < end, in order, each once.

    Raises `UnknownInstrument`, `ParameterError` for an upload of bars, `StoreUnavailable`; for uploads `Busy` and
    `ChildFailed`.
    """
    start, end = start_ms or 0, _AHEAD if end_ms is None else end_ms
    board.reader.instrument(instrument)
    if not instrument.startswith(_UPLOADED):
        return board.reader.ticks(instrument, start_ms=start, end_ms=end)
    upload = next((each for each in board.uploads.all() if each.instrument == instrument), None)
    if upload is None:
        raise UnknownInstrument(instrument)
    if upload.kind != "ticks":
        raise ParameterError("instrument", instrument, "it came as bars and has no trades: take its bars")
    return board.apart.ticks(upload.symbol, start_ms=start, end_ms=end)
