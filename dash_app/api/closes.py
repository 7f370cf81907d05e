"""The universe over HTTP: a price a minute of all that a venue trades, followed or not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.followed_models import ClosesQuery, VenuePath
from dash_app.api.models import CSV
from dash_app.api.problems import REFUSALS
from dash_app.api.rows_out import number
from dash_app.api.spreadsheet import Cell, attachment, csv_chunks
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.desk.followed import check_venue
from engine.errors import ParameterError
from engine.views import Universe

_TAG = Tag(name="universe", description="A price a minute of every symbol of a venue, followed or not")
_CHUNK_PRICES = 20_000  # written out at once: a venue has thousands of columns
_WORDS = (
    "The last price that the venue told within each minute, at most a second old at its end. Fewer minutes than asked "
    "for where it was not listened to for so long; one that nobody listened to is there, with completeness 0 and nulls."
)


class ClosesOut(Described):
    venue: str
    symbols: list[str] = Field(description="those with a price in these minutes, or those asked for, in their order")
    open_times: list[str] = Field(description="of minutes in a row, the oldest first")
    completeness: list[float] = Field(
        description="share of each minute's seconds that was listened to: where it is 1, a null did not trade"
    )
    closes: list[list[float | None]] = Field(description="a row a minute, a column a symbol; null: no price was told")
    next: None = None


def closes_api(board: Board) -> APIBlueprint:
    """The blueprint of the universe."""
    api = APIBlueprint("closes", __name__, abp_tags=[_TAG], abp_responses=REFUSALS)

    @api.get(
        "/venues/<string:venue>/closes", responses={200: ClosesOut}, summary="Its newest minutes", description=_WORDS
    )
    def closes(path: VenuePath, query: ClosesQuery) -> Response:
        return Response(_json(path.venue, _asked(board, path, query)), content_type="application/json")

    @api.get(
        "/venues/<string:venue>/closes.csv",
        responses={200: CSV},
        summary="Its newest minutes, as CSV: open_time and a column a symbol",
        description=_WORDS,
    )
    def closes_csv(path: VenuePath, query: ClosesQuery) -> Response:
        found = _asked(board, path, query)
        chunks = csv_chunks(("open_time", *found.symbols), _rows(found), chunk_rows=_chunk_rows(found))
        return attachment(chunks, f"{path.venue}-closes.csv", "text/csv; charset=utf-8")

    return api


def _asked(board: Board, path: VenuePath, query: ClosesQuery) -> Universe:
    symbols = None if query.symbols is None else [symbol.strip() for symbol in query.symbols.split(",")]
    if symbols is not None and not all(symbols):
        raise ParameterError("symbols", query.symbols, "write their names with commas between, as BTCUSDT,ETHUSDT")
    return board.reader.universe(check_venue(path.venue), query.bars, symbols=symbols)


def _json(venue: str, found: Universe) -> Iterator[bytes]:
    """Some rows at a time, so that they never stand whole as text in memory."""
    head = {
        "venue": venue,
        "symbols": found.symbols,
        "open_times": [iso_utc(ms) for ms in found.open_time_ms.tolist()],
        "completeness": found.completeness.tolist(),
    }
    yield orjson.dumps(head)[:-1] + b',"closes":['
    step = _chunk_rows(found)
    for first in range(0, len(found.closes), step):
        part = np.ascontiguousarray(found.closes[first : first + step])
        yield (b"," if first else b"") + orjson.dumps(part, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    yield b'],"next":null}'


def _chunk_rows(found: Universe) -> int:
    return max(_CHUNK_PRICES // max(len(found.symbols), 1), 1)


def _rows(found: Universe) -> Iterator[list[Cell]]:
    for open_ms, closes in zip(found.open_time_ms.tolist(), found.closes, strict=True):
        yield [iso_utc(open_ms), *map(number, closes.tolist())]
