"""The folder or bucket of an archive, by pyarrow. A file appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from store.archive.columns import DELTAS, REPEATED, SCHEMA
from store.archive.errors import ArchiveUnavailable, InvalidArchiveAddress
from store.archive.layout import UNFINISHED

ROWS_OF_A_GROUP = 65_536  # 2.7 MB before compression: what a reader holds at least


class ArchiveFiles:
    """Reads and writes below one root. Every method raises `ArchiveUnavailable`."""

    def __init__(self, filesystem: fs.FileSystem, root: str) -> None:
        self.filesystem = filesystem
        self._root = root.rstrip("/")

    def path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def list(self, folder: str, *, recursive: bool = False) -> list[fs.FileInfo]:
        """What is in a folder, by path; nothing where there is no such folder."""
        with archive_errors():
            selector = fs.FileSelector(self.path(folder), allow_not_found=True, recursive=recursive)
            return sorted(self.filesystem.get_file_info(selector), key=lambda info: info.path)

    def read_bytes(self, name: str) -> bytes | None:
        """A small file, None where it is not there."""
        with archive_errors():
            if self.filesystem.get_file_info(self.path(name)).type is fs.FileType.NotFound:
                return None
            with self.filesystem.open_input_stream(self.path(name)) as stream:
                content: bytes = stream.read()
                return content

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write or replace a small file."""
        with self._appearing(name) as path, self.filesystem.open_output_stream(path) as stream:
            stream.write(content)

    def write_table(self, name: str, tables: Iterable[pa.Table]) -> int:
        """Write or replace a file of ticks, row group by row group; how many ticks it holds."""
        rows = 0
        with (
            self._appearing(name) as path,
            self.filesystem.open_output_stream(path) as stream,
            pq.ParquetWriter(
                stream, SCHEMA, compression="zstd", use_dictionary=REPEATED, column_encoding=DELTAS
            ) as writer,
        ):
            for table in tables:
                writer.write_table(table, row_group_size=ROWS_OF_A_GROUP)
                rows += table.num_rows
        return rows

    def delete(self, names: Iterable[str]) -> None:
        with archive_errors():
            for name in names:
                self.filesystem.delete_file(self.path(name))

    def relative(self, path: str) -> str:
        """A listed path, below the root."""
        return path[len(self._root) + 1 :]

    @contextmanager
    def _appearing(self, name: str) -> Iterator[str]:
        """A path to write to, which gets its name when all is written, and is gone when that fails."""
        folder, _, last = self.path(name).rpartition("/")
        unfinished = f"{folder}/{UNFINISHED}{token_hex(4)}-{last}"
        with archive_errors():
            self.filesystem.create_dir(folder, recursive=True)
            try:
                yield unfinished
                self._keep(unfinished)
                self.filesystem.move(unfinished, self.path(name))
            except BaseException:
                self._discard(unfinished)
                raise

    def _keep(self, path: str) -> None:
        """On a disk of our own, make sure that it is on the disk before it gets its name."""
        if isinstance(self.filesystem, fs.LocalFileSystem):
            with Path(path).open("rb") as file:
                os.fsync(file.fileno())

    def _discard(self, path: str) -> None:
        try:
            self.filesystem.delete_file(path)
        except OSError:
            return  # it was never there, or whoever cannot write cannot delete: its name says what it is


def open_files(address: str) -> ArchiveFiles:
    """The files at a folder's path or an ``s3://`` address; raises `InvalidArchiveAddress`."""
    if not address.startswith("s3://"):
        if "://" in address or not address:
            raise InvalidArchiveAddress
        return ArchiveFiles(fs.LocalFileSystem(), str(Path(address).resolve()))
    if "allow_delayed_open=" not in address:  # so that a small file is one request, not an upload in parts
        address += f"{'&' if '?' in address else '?'}allow_delayed_open=true"
    try:
        filesystem, root = fs.FileSystem.from_uri(address)
    except (pa.ArrowInvalid, ValueError, OSError) as error:
        raise InvalidArchiveAddress from error
    if not root:
        raise InvalidArchiveAddress
    return ArchiveFiles(filesystem, root)


@contextmanager
def archive_errors() -> Iterator[None]:
    """Turn what pyarrow and the system raise into `ArchiveUnavailable`."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        words = (str(error).splitlines() or [type(error).__name__])[0]
        raise ArchiveUnavailable(f"the archive of ticks cannot be used: {words[:200]}") from error
