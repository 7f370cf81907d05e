"""The system page without its data: a strip, processes, their times, connections, feeds, store and versions."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.table import Column, data_table

# What the strip shows: name and label. Its values come by the ids system-<name> and system-<name>-note.
STRIP = (
    ("processes", "processes alive"),
    ("trades", "trades"),
    ("lag", "lag, p95 of 10 s"),
    ("answers", "refresh, p95 of 60 s"),
    ("gaps", "gaps open"),
    ("missed", "trades unread"),
    ("reconnects", "reconnects"),
    ("dropped", "frames dropped"),
    ("memory", "memory of processes"),
    ("store", "memory of the store"),
    ("database", "database"),
    ("as-of", "as of, UTC"),
)
PROCESS_COLUMNS = (
    Column("process", "process", rich=True),
    Column("since", "up since, UTC", rich=True),
    Column("memory", "memory, MB", numeric=True),
    Column("cpu", "of a core, %", numeric=True),
    Column("threads", "threads", numeric=True),
    Column("files", "files open", numeric=True),
    Column("does", "does"),
    Column("counts", "since its start"),
    Column("notes", "says of itself"),
)
LATENCY_COLUMNS = (
    Column("process", "process", rich=True),
    Column("what", "what"),
    Column("p50", "p50, ms", numeric=True),
    Column("p95", "p95, ms", numeric=True),
    Column("p99", "p99, ms", numeric=True),
    Column("n", "times", numeric=True),
)
CONNECTION_COLUMNS = (
    Column("connection", "connection", rich=True),
    Column("host", "host"),
    Column("state", "state", rich=True),
    Column("streams", "streams", numeric=True),
    Column("silent", "silent", numeric=True, rich=True),
    Column("frame", "last frame", numeric=True),
    Column("since", "open since, UTC", numeric=True),
    Column("rotation", "replaced by, UTC", numeric=True),
    Column("tried", "attempts", numeric=True),
    Column("lost", "lost", numeric=True),
    Column("replaced", "replaced", numeric=True),
    Column("skew", "venue's clock, s", numeric=True),
)
FEED_COLUMNS = (
    Column("venue", "feed", rich=True),
    Column("state", "state"),
    Column("trades", "trades/s", numeric=True),
    Column("quotes", "quotes/s", numeric=True),
    Column("lag", "lag p95, ms", numeric=True),
    Column("gaps", "gaps", numeric=True),
    Column("open", "gaps open", numeric=True),
    Column("missing", "ids missing", numeric=True),
    Column("rejected", "rejected", numeric=True),
    Column("duplicates", "came twice", numeric=True),
    Column("reconnects", "reconnects", numeric=True),
    Column("since", "since, UTC", numeric=True),
)
FACT_COLUMNS = (Column("name", "what"), Column("value", "value", rich=True))
STALE = [{"if": {"filter_query": '{tone} = "stale"'}, "color": "var(--sb-stale)"}]


def system_strip() -> html.Section:
    return html.Section([_figure(*entry) for entry in STRIP], className="sb-feed sb-system", **attributes(label="All"))


def processes_box() -> html.Section:
    return _box("Processes", ids.PROCESSES, PROCESS_COLUMNS, ids.PROCESSES_NOTE, "processes")


def latencies_box() -> html.Section:
    return _box("Times of the last minute", ids.LATENCIES, LATENCY_COLUMNS, ids.LATENCIES_NOTE, "latencies")


def store_box() -> html.Section:
    return _box("Store and database", ids.STORE_FACTS, FACT_COLUMNS, "", "server")


def versions_box() -> html.Section:
    head = html.Div(html.H2("Versions"), className="sb-toolbar")
    return html.Section([head, html.P(id=ids.VERSIONS, className="sb-versions")], **attributes(label="Versions"))


def connections_box() -> html.Section:
    return _box("Connections to venues", ids.CONNECTIONS, CONNECTION_COLUMNS, ids.CONNECTIONS_NOTE, "connections")


def feeds_box() -> html.Section:
    return _box("Feeds", ids.FEEDS, FEED_COLUMNS, ids.FEEDS_NOTE, "feeds")


def _box(title: str, identity: str, columns: Sequence[Column], note_id: str, name: str) -> html.Section:
    note = [html.Span(id=note_id, className="sb-dim")] if note_id else []
    table = html.Div(data_table(identity, columns, STALE), className=f"sb-table sb-{name}")
    return html.Section(
        [html.Div([html.H2(title), *note], className="sb-toolbar"), table], **attributes(label=title)
    )  # fmt: skip


def _figure(name: str, label: str) -> html.Div:
    value = [html.Span("–", id=f"system-{name}", className="sb-kpi-value"), html.Span(id=f"system-{name}-note")]
    return html.Div([html.Div(label, className="sb-kpi-name"), html.Div(value)], className=f"sb-system-{name}")
