"""`python -m store.imports [--venue spot|usdm] FILE…`: takes files of Binance's public archive into the history.

Zips of aggTrades and of 1 m klines, as they were loaded. Minutes go to DATABASE_URL, trades to
TICK_ARCHIVE where that is set. Exit code 0 when all were taken, 1 when some were not, each said with its
reason, 2 where the settings are of no use.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from store.dotenv import with_dotenv
from store.errors import StoreError
from store.imports.errors import BrokenImport
from store.imports.job import VENUES, Imported, Progress, import_file
from store.platform import on_platform
from store.sql.address import DEFAULT_DATABASE_URL
from store.sql.database import Database, open_database

if TYPE_CHECKING:
    from store.archive.archive import Archive


class _Teller:
    """Says how far a file is, at every tenth of each step."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said = ("", -1)

    def tell(self, progress: Progress) -> None:
        tenth = int(progress.share * 10)
        if (progress.step, tenth) != self._said:
            self._said = (progress.step, tenth)
            sys.stderr.write(f"{self._path.name}: {progress.step} {tenth * 10} %\n")


def main() -> int:
    parser = ArgumentParser(prog="python -m store.imports", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--venue", choices=VENUES, help="where a file does not show it")
    options = parser.parse_args()
    environ = with_dotenv(os.environ, Path(".env"))
    if on_platform(environ) and not environ.get("DATABASE_URL"):
        sys.stderr.write("DATABASE_URL must be set here: files of this platform vanish\n")
        return 2
    try:
        database = open_database(environ.get("DATABASE_URL") or DEFAULT_DATABASE_URL)
        archive = _archive(environ)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    refused = sum(not _taken(path, database, archive, options.venue) for path in options.files)
    database.close()
    return 1 if refused else 0


def _taken(path: Path, database: Database, archive: Archive | None, venue: str | None) -> bool:
    try:
        done = import_file(path, database, archive=archive, venue=venue, progress=_Teller(path).tell)
    except BrokenImport as error:
        sys.stderr.write(f"not taken: {error}\n")
        return False
    except StoreError as error:
        sys.stderr.write(f"not taken: {path.name}: {error}\n")
        return False
    sys.stdout.write(f"{path.name}: {_words(done)}\n")
    return True


def _words(done: Imported) -> str:
    words = [f"{done.instrument}", f"{done.lines:,} lines", f"{done.bars:,} minutes"]
    if done.missing is not None:
        words.append(f"{done.missing:,} trades missing")
    if done.ticks_archived:
        words.append(f"{done.ticks_archived:,} trades archived")
    return ", ".join(words)


def _archive(environ: Mapping[str, str]) -> Archive | None:
    address = environ.get("TICK_ARCHIVE")
    if not address:
        return None
    from store.archive.archive import open_archive  # noqa: PLC0415  # pyarrow, where there is an archive

    return open_archive(address)


if __name__ == "__main__":
    sys.exit(main())
