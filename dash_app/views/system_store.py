"""The store, the database and the versions in words."""

from __future__ import annotations

from dash import html

from dash_app.components.cells import progress, text
from dash_app.words import duration, number, sentence
from engine.system import ServerInfo, SystemView

_DIALECTS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_MB, _GB = 1_000_000, 1_000_000_000


def size(count: int | None) -> tuple[str, str] | None:
    """A number of bytes and its unit, None where it is not known."""
    if count is None:
        return None
    return (number(count / _GB, 2), "GB") if count >= _GB else (number(count / _MB, 1), "MB")


def store_rows(view: SystemView) -> list[dict[str, str]]:
    """What the server tells; what a hosted one keeps back is blank."""
    server, database = view.store, view.database
    known = size(database.size_bytes)
    facts = {
        "server": text(f"{sentence(server.name)} {server.version}, up {duration(server.uptime_s)}"),
        "memory": _memory(server),
        "when it is full": text({"noeviction": "refuses writes"}.get(server.policy, server.policy)),
        "keys gone for lack of memory": number(server.evicted, 0),
        "fragmentation": number(server.fragmentation, 2),
        "connections": _of(server.clients, server.most_clients),
        "commands/s": number(server.commands_per_s, 0),
        "database": text(f"{_DIALECTS[database.dialect]}, {' '.join(known) if known else database.reason}"),
    }
    return [{"id": name, "name": name, "value": value} for name, value in facts.items()]


def versions(view: SystemView) -> list[html.Span]:
    """Of each library that a living process loaded, with who has which where processes differ."""
    found: dict[str, dict[str, set[str]]] = {}
    for process in view.processes:
        if not process.stale(view.now_ms):
            for library, version in process.versions.items():
                found.setdefault(library, {}).setdefault(version, set()).add(process.kind)
    return [html.Span([html.Span(name, className="sb-dim"), _version(by)]) for name, by in found.items()]


def _version(by: dict[str, set[str]]) -> html.Span:
    if len(by) == 1:
        return html.Span(f" {next(iter(by))}")
    each = (f"{version} ({', '.join(sorted(kinds))})" for version, kinds in sorted(by.items()))
    return html.Span(f" {'; '.join(each)}", className="sb-doubtful-text")


def _memory(server: ServerInfo) -> str:
    if server.used_mb is None:
        return ""
    peak = f", at most {number(server.peak_mb, 1)} so far" if server.peak_mb is not None else ""
    if server.limit_mb is None:
        return text(f"{number(server.used_mb, 1)} MB of no limit{peak}")
    bar = progress(round(server.used_mb), round(server.limit_mb))
    words = text(f"{number(server.used_mb, 1)} of {number(server.limit_mb, 0)} MB{peak}")
    return f'<span class="sb-lacking">{bar} {words}</span>'


def _of(count: int | None, most: int | None) -> str:
    return number(count, 0) + (f" of {most:,}" if count is not None and most else "")
