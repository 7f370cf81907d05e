"""The one place where tables are made."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dash_table


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text: numbers are written by the server, whole numbers at full precision are in the exports."""

    id: str
    name: str
    numeric: bool = False
    rich: bool = False  # cells are markup of our own, every text from data in them escaped


def data_table(identity: str, columns: Sequence[Column]) -> dash_table.DataTable:
    """A read-only table without paging of its own; columns keep their width while values change."""
    with warnings.catch_warnings():
        # Every construction warns that the table leaves Dash in version 5, which is not installed here.
        warnings.filterwarnings("ignore", message="The dash_table.DataTable", category=DeprecationWarning)
        return dash_table.DataTable(
            id=identity,
            columns=[_column(column) for column in columns],
            data=[],
            page_action="none",
            cell_selectable=False,
            style_as_list_view=True,
            markdown_options={"html": True, "link_target": "_self"},
            style_cell={"fontFamily": "inherit", "textAlign": "left"},
            style_cell_conditional=[{"if": {"column_id": c.id}, "textAlign": "right"} for c in columns if c.numeric],
            css=[{"selector": ".dash-spreadsheet-menu", "rule": "display: none"}],
        )


def _column(column: Column) -> dict[str, Any]:
    out: dict[str, Any] = {"id": column.id, "name": column.name, "type": "text"}
    return out | {"presentation": "markdown"} if column.rich else out
