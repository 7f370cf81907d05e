"""Reading a ``.env`` file: ``NAME=value`` lines, ``#`` comments, optional quotes and ``export``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def parse_dotenv(text: str) -> dict[str, str]:
    """The variables of a ``.env`` file. Lines without ``=`` are ignored, as shells' comments are."""
    variables: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not separator or not name or name.startswith("#"):
            continue
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        variables[name] = value
    return variables


def with_dotenv(environ: Mapping[str, str], path: Path) -> dict[str, str]:
    """`environ` over what the file says; a file that is not there says nothing."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return dict(environ)
    return {**parse_dotenv(text), **environ}
