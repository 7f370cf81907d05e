"""What is done with a file that an analyst brought, in a process of its own: ``python -m engine.apart.upload_work``."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import Any, BinaryIO

import orjson

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # others set a gigabyte of addresses aside

from engine.apart.child import serve
from engine.errors import UnknownInstrument
from engine.uploads import Uploads, preview
from engine.uploads.summary import Summary, encode_summary
from store.client import connect_reader
from store.sql.database import open_database
from store.uploads.streams import VENUE

Task = dict[str, Any]


def work(task: Task, body: BinaryIO, answer: BinaryIO) -> None:
    """`task` has `do`, and what the function of that name takes."""
    {"preview": _preview, "accept": _accept, "ticks": _ticks}[task["do"]](task, body, answer)


def _preview(task: Task, body: BinaryIO, answer: BinaryIO) -> None:
    answer.write(encode_summary(Summary.of(preview(task["file_name"], body.read(), task["zone"]))))


def _accept(task: Task, body: BinaryIO, answer: BinaryIO) -> None:
    """Answers with the ids of what was kept."""
    found = preview(task["file_name"], body.read(), task["zone"])
    with closing(_Desk(task)) as desk:
        if len(found.series) > 1:
            kept = desk.uploads.accept_all(found)
        else:
            kept = (desk.uploads.accept(found, task["symbol"] or found.symbols[0]),)
    answer.write(orjson.dumps([upload.id for upload in kept]))


def _ticks(task: Task, _body: BinaryIO, answer: BinaryIO) -> None:
    with closing(_Desk(task)) as desk:
        rows = desk.uploads.rows(task["symbol"])
    if rows is None:
        raise UnknownInstrument(f"{VENUE}:{task['symbol']}")
    chosen = rows[(rows["time_ms"] >= task["start_ms"]) & (rows["time_ms"] < task["end_ms"])]
    answer.write(chosen.tobytes())


class _Desk:
    def __init__(self, task: Task) -> None:
        self._client = connect_reader(task["redis_url"], max_connections=1)
        self._database = open_database(task["database_url"])
        self.uploads = Uploads(self._client, self._database, clock_ms=lambda: int(task["now_ms"]))

    def close(self) -> None:
        self._database.close()
        self._client.close()


if __name__ == "__main__":
    sys.exit(serve(work))
