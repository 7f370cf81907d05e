"""Work in processes of its own, by the real ones: within limits, told when they are passed, nothing half-kept."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from redis import Redis

from engine.apart.apart import Apart
from engine.apart.children import ChildLimits, Children
from engine.errors import Busy, ChildFailed, ParameterError, StoreUnavailable, UnknownInstrument
from engine.uploads import Summary, UploadRefused, Uploads, preview
from store import keys
from store.sql.database import open_database
from store.sql.migrate import upgrade

START_S = 1_704_067_200
SMALL = b"timestamp,close\n" + b"".join(b"%d,%d\n" % (START_S + 60 * n, n + 1) for n in range(50))
TICKS = b"timestamp,price,size\n" + b"".join(b"%d,%d,1\n" % (START_S + n, n + 1) for n in range(50))
LIMIT_S = 60.0


class Watched(io.BytesIO):
    """A file that calls somebody when it is read for the first time: the child has begun by then."""

    def __init__(self, raw: bytes, then: Callable[[], object]) -> None:
        super().__init__(raw)
        self._then = then

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() == 0:
            self._then()
        return super().read(size)


def workers() -> list[int]:
    """Children of this process that work on uploads, by the system's own list."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes()
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == os.getpid() and b"engine.apart." in words:
            found.append(int(entry.name))
    return found


def kill_worker() -> None:
    (pid,) = workers()
    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/apart.sqlite"


@pytest.fixture
def uploads(client: Redis, address: str) -> Uploads:
    database = open_database(address)
    upgrade(database)
    return Uploads(client, database)


def apart_with(redis_url: str, address: str, **limits: float) -> Apart:
    return Apart(redis_url, address, children=Children(ChildLimits(**limits)))  # type: ignore[arg-type]


def keep(apart: Apart, uploads: Uploads, raw: bytes, symbol: str = "AB") -> tuple[str, ...]:
    kept = apart.accept(uploads, "ab.csv", io.BytesIO(raw), None, symbol=symbol, now_ms=7)
    return tuple(upload.instrument for upload in kept)


def test_the_same_is_found_and_kept_as_by_this_process_itself(redis_url: str, address: str, uploads: Uploads) -> None:
    apart = Apart(redis_url, address)
    raw = SMALL + b"1704070200,x\n"
    assert apart.preview("ab.csv", io.BytesIO(raw), None) == Summary.of(preview("ab.csv", raw))
    (kept,) = apart.accept(uploads, "ab.csv", io.BytesIO(raw), None, symbol="one", now_ms=7)
    own = uploads.accept(preview("ab.csv", raw), "two")
    assert kept.report == own.report
    assert (kept.sha256, kept.uploaded_ms, kept.instrument) == (own.sha256, 7, "upload:ONE")
    one, two = uploads.rows("ONE"), uploads.rows("TWO")
    assert one is not None
    assert two is not None
    assert one.tobytes() == two.tobytes()
    both = b'{"symbol":"A","ts":1704067200,"price":1,"size":1}\n{"symbol":"B","ts":1704067200,"price":1,"size":1}\n'
    assert keep(apart, uploads, both) == ("upload:A", "upload:B")
    assert workers() == []


def test_trades_of_an_upload_come_back_to_the_bit(redis_url: str, address: str, uploads: Uploads) -> None:
    apart = Apart(redis_url, address)
    keep(apart, uploads, TICKS)
    own = uploads.rows("AB")
    assert own is not None
    assert np.array_equal(apart.ticks("AB", start_ms=0, end_ms=1 << 62), own)
    some = apart.ticks("AB", start_ms=(START_S + 3) * 1000, end_ms=(START_S + 9) * 1000)
    assert np.array_equal(some, own[3:9])
    with pytest.raises(UnknownInstrument):
        apart.ticks("NONE", start_ms=0, end_ms=1)


def test_what_a_child_refuses_is_refused_as_it_said(redis_url: str, address: str, uploads: Uploads) -> None:
    apart = Apart(redis_url, address)
    with pytest.raises(UploadRefused, match="Excel workbook"):
        apart.preview("a.xlsx", io.BytesIO(b"PK\x03\x04" + bytes(99)), None)
    with pytest.raises(UploadRefused) as refused:
        apart.preview("a.csv", io.BytesIO(b"time,close\n1,nan\n"), None)
    assert refused.value.line == 2
    with pytest.raises(UploadRefused, match="no time zone"):
        apart.preview("a.csv", io.BytesIO(SMALL), "Mars")
    keep(apart, uploads, SMALL)
    with pytest.raises(UploadRefused, match="already"):
        keep(apart, uploads, SMALL)
    nowhere = Apart(redis_url, f"sqlite:///{address.removeprefix('sqlite:///')}-empty")
    with pytest.raises(StoreUnavailable):
        keep(nowhere, uploads, SMALL, "CD")


@pytest.mark.parametrize(
    ("limits", "words"), [({"memory_mb": 160}, "160 MB of memory"), ({"run_s": 0.01}, r"longer than the 0\.01 s")]
)
def test_a_file_that_takes_too_much_is_refused_and_nothing_kept(
    redis_url: str, address: str, uploads: Uploads, limits: dict[str, float], words: str
) -> None:
    long = b"timestamp,close\n" + b"".join(b"%d,%d\n" % (START_S + 60 * n, n + 1) for n in range(300_000))
    apart = apart_with(redis_url, address, **limits)
    with pytest.raises(UploadRefused, match=words):
        apart.preview("ab.csv", io.BytesIO(long), None)
    with pytest.raises(UploadRefused, match=words):
        keep(apart, uploads, long)
    assert uploads.all() == ()
    assert workers() == []


def test_a_child_that_breaks_off_is_a_refusal(redis_url: str, address: str, uploads: Uploads) -> None:
    apart = Apart(redis_url, address)
    with pytest.raises(UploadRefused, match=r"nothing of this file was kept: the process .* broke off \(status -9\)"):
        apart.preview("ab.csv", Watched(SMALL, kill_worker), None)
    with pytest.raises(UploadRefused, match="status -9"):
        apart.accept(uploads, "ab.csv", Watched(SMALL * 2, kill_worker), None, symbol="AB", now_ms=7)
    assert uploads.all() == ()
    assert apart.preview("ab.csv", io.BytesIO(SMALL), None).rows == 50


@pytest.mark.parametrize("when", ["in the transaction", "after it"])
def test_killed_while_it_writes_a_file_is_kept_whole_or_not_at_all(
    client: Redis, redis_url: str, address: str, uploads: Uploads, when: str
) -> None:
    """Killed when the database's log has grown by what cannot be all of it, or when the row can be read."""
    log = Path(f"{address.removeprefix('sqlite:///')}-wal")
    before = log.stat().st_size if log.exists() else 0
    long = b"timestamp,close\n" + b"".join(b"%d,%d\n" % (START_S + 60 * n, n % 99 + 1) for n in range(400_000))
    told: list[object] = []

    def accept() -> None:
        try:
            told.append(keep(Apart(redis_url, address), uploads, long))
        except UploadRefused as error:
            told.append(error)

    thread = Thread(target=accept)
    thread.start()
    give_up = time.monotonic() + LIMIT_S
    there = (lambda: log.exists() and log.stat().st_size > before + 4_000_000) if when != "after it" else uploads.all
    while not there() and thread.is_alive():
        assert time.monotonic() < give_up
        time.sleep(0.002)
    for pid in workers():
        os.kill(pid, signal.SIGKILL)
    thread.join(LIMIT_S)
    kept = tuple(upload.instrument for upload in uploads.all())
    if kept:
        assert told == [kept]
        uploads.restore()
        assert client.xlen(keys.bars("upload:AB", "1m")) > 0  # type: ignore[arg-type]
    else:
        assert when != "after it"
        assert isinstance(told[0], UploadRefused)
        assert client.hgetall(keys.INSTRUMENTS) == {}
        assert keep(Apart(redis_url, address), uploads, SMALL) == ("upload:AB",)


def test_some_wait_and_more_are_told_to_ask_again(redis_url: str, address: str) -> None:
    apart = apart_with(redis_url, address, waiting=1, wait_s=LIMIT_S)
    held, go_on = Event(), Event()
    done: list[object] = []

    def ask(file: io.BytesIO) -> None:
        try:
            done.append(apart.preview("ab.csv", file, None).rows)
        except Busy as error:
            done.append(str(error))

    callers = [Thread(target=ask, args=(Watched(SMALL, lambda: (held.set(), go_on.wait(LIMIT_S))),))]
    callers[0].start()
    assert held.wait(LIMIT_S)
    callers += [Thread(target=ask, args=(io.BytesIO(SMALL),)) for _ in range(2)]
    for caller in callers[1:]:
        caller.start()
    give_up = time.monotonic() + LIMIT_S
    while not done:
        assert time.monotonic() < give_up
        time.sleep(0.005)
    assert (len(workers()), done) == (1, ["other files and tables are worked on: ask again in a few seconds"])
    go_on.set()
    for caller in callers:
        caller.join(LIMIT_S)
    assert done[1:] == [50, 50]


def test_who_waits_too_long_is_told_to_ask_again(redis_url: str, address: str) -> None:
    apart = apart_with(redis_url, address, waiting=1, wait_s=0.05)
    held, go_on = Event(), Event()
    file = Watched(SMALL, lambda: (held.set(), go_on.wait(LIMIT_S)))
    first = Thread(target=apart.preview, args=("ab.csv", file, None))
    first.start()
    assert held.wait(LIMIT_S)
    with pytest.raises(Busy):
        apart.preview("ab.csv", io.BytesIO(SMALL), None)
    go_on.set()
    first.join(LIMIT_S)
    assert apart.preview("ab.csv", io.BytesIO(SMALL), None).rows == 50


def test_a_table_that_takes_too_much_is_told(redis_url: str, address: str) -> None:
    rows = ([[float(n), float(n)] for n in range(10_000)] for _ in range(30))
    apart = apart_with(redis_url, address, run_s=0.01)
    with pytest.raises(ChildFailed, match="longer"):
        apart.parquet([("a", "number"), ("b", "number")], rows, {})


def test_a_fault_among_the_rows_ends_the_child_and_is_raised_as_it_is(redis_url: str, address: str) -> None:
    def rows() -> Iterator[list[list[float]]]:
        yield [[1.0]]
        raise ParameterError("start", "1", "too long")

    with pytest.raises(ParameterError, match="too long"):
        Apart(redis_url, address).parquet([("a", "number")], rows(), {})
    assert workers() == []
