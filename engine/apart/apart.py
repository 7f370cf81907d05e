"""What pages and API have done apart: files read and kept, trades of uploads, tables written as Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from engine.apart.children import Children
from engine.errors import ChildFailed
from engine.uploads.errors import UploadRefused
from engine.uploads.summary import Summary, parse_summary
from engine.uploads.uploads import Upload, Uploads
from store.ticks import TICK_DTYPE

_UPLOADS, _PARQUET = "engine.apart.upload_work", "engine.apart.parquet_work"
_PART = 64 << 10


class Apart:
    """Safe between threads. Everything may raise `Busy`, and what reads or keeps may raise `StoreUnavailable`.

    The addresses are the board's own, of its store and its database.
    """

    def __init__(self, redis_url: str, database_url: str, *, children: Children | None = None) -> None:
        self._addresses = {"redis_url": redis_url, "database_url": database_url}
        self._children = children or Children()

    def preview(self, file_name: str, file: IO[bytes], zone: str | None) -> Summary:
        """What a file would bring (`engine.uploads.preview`); raises `UploadRefused`."""
        task = {"do": "preview", "file_name": file_name, "zone": zone}
        try:
            with self._children.run(_UPLOADS, task, _parts(file)) as answer:
                return parse_summary(answer.read())
        except ChildFailed as error:
            raise _refusal(error) from error

    def accept(
        self, uploads: Uploads, file_name: str, file: IO[bytes], zone: str | None, *, symbol: str, now_ms: int
    ) -> tuple[Upload, ...]:
        """Keep a file's instruments, all or none: one of them as `symbol`, several by their own names.

        Raises `UploadRefused`. Where the child ended after it had kept them, they are kept, and told as such.
        """
        before = {upload.id for upload in uploads.all()}
        digest = hashlib.sha256()
        task = {"do": "accept", "file_name": file_name, "zone": zone, "symbol": symbol, "now_ms": now_ms}
        try:
            with self._children.run(_UPLOADS, task | self._addresses, _parts(file, digest.update)) as answer:
                ids = frozenset(orjson.loads(answer.read()))
        except ChildFailed as error:
            sha256 = digest.hexdigest()
            ids = frozenset(each.id for each in uploads.all() if each.id not in before and each.sha256 == sha256)
            if not ids:
                raise _refusal(error) from error
        return tuple(each for each in uploads.all() if each.id in ids)

    def ticks(self, symbol: str, *, start_ms: int, end_ms: int) -> NDArray[np.void]:
        """Trades (n,) of an upload, `TICK_DTYPE`, with start <= time < end.

        Raises `UnknownInstrument`, `ChildFailed`.
        """
        task = {"do": "ticks", "symbol": symbol, "start_ms": start_ms, "end_ms": end_ms, "now_ms": 0}
        with self._children.run(_UPLOADS, task | self._addresses) as answer:
            return np.fromfile(answer, TICK_DTYPE)

    def parquet(
        self, columns: Sequence[tuple[str, str]], chunks: Iterator[Sequence[Any]], metadata: Mapping[str, str]
    ) -> BinaryIO:
        """A Parquet file of chunks of rows; `columns` are names and kinds (`engine.apart.parquet_work`).

        Raises `ChildFailed`. The caller closes it.
        """
        lines = (orjson.dumps(chunk, option=orjson.OPT_APPEND_NEWLINE) for chunk in chunks)
        return self._children.run(_PARQUET, {"columns": columns, "metadata": metadata}, lines)


def _parts(file: IO[bytes], each: Callable[[bytes], object] = len) -> Iterator[bytes]:
    while part := file.read(_PART):
        each(part)
        yield part


def _refusal(error: ChildFailed) -> UploadRefused:
    return UploadRefused(f"nothing of this file was kept: {error}. Cut it, or try again later")
