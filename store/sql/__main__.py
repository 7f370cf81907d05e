"""`python -m store.sql upgrade`: bring the database of DATABASE_URL to the form of this version."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from store.dotenv import with_dotenv
from store.errors import StoreError
from store.platform import on_platform
from store.sql.address import DEFAULT_DATABASE_URL
from store.sql.database import open_database
from store.sql.migrate import upgrade


def main() -> int:
    """Exit code 0 when done, 1 where the database cannot be used, 2 where a platform names none."""
    parser = ArgumentParser(prog="python -m store.sql", description=__doc__)
    parser.add_argument("command", choices=["upgrade"])
    parser.parse_args()
    environ = with_dotenv(os.environ, Path(".env"))
    if on_platform(environ) and not environ.get("DATABASE_URL"):
        sys.stderr.write("DATABASE_URL must be set here: files of this platform vanish\n")
        return 2
    try:
        database = open_database(environ.get("DATABASE_URL") or DEFAULT_DATABASE_URL)
        upgrade(database)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
