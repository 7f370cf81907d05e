"""The one place where tables are made."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dash_table
from dash.development.base_component import Component


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text: numbers are written by the server, whole numbers at full precision are in the exports."""

    id: str
    name: str
    numeric: bool = False
    width: int = 0  # px, 0 for as wide as it needs
    rich: bool = False  # cells are markup of our own, every text from data in them escaped


def data_table(identity: str, columns: Sequence[Column], tints: Sequence[dict[str, Any]] = ()) -> Component:
    """A read-only table without paging of its own; columns keep their width while values change."""
    with warnings.catch_warnings():
        # Every construction warns that the table leaves Dash in version 5, which is not installed here.
        warnings.filterwarnings("ignore", message="The dash_table.DataTable", category=DeprecationWarning)
        table: Component = dash_table.DataTable(  # type: ignore[attr-defined]
            id=identity,
            columns=table_columns(columns),
            data=[],
            page_action="none",
            cell_selectable=False,
            style_as_list_view=True,
            markdown_options={"html": True, "link_target": "_self"},
            style_cell={"fontFamily": "inherit", "textAlign": "left", "backgroundColor": "transparent"},
            style_header={"backgroundColor": "transparent", "fontWeight": "400"},
            style_cell_conditional=[_style(column) for column in columns if column.numeric or column.width],
            style_data_conditional=list(tints),
            css=[{"selector": ".dash-spreadsheet-menu", "rule": "display: none"}],
        )
    return table


def table_columns(columns: Sequence[Column], names: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The table's `columns` property, with other names where data decide on units."""
    return [_column(column, (names or {}).get(column.id, column.name)) for column in columns]


def tint(filter_query: str, column: str, **style: str) -> dict[str, Any]:
    """Cells of a column in rows that match, in a style."""
    return {"if": {"filter_query": filter_query, "column_id": column}, **style}


def _column(column: Column, name: str) -> dict[str, Any]:
    out: dict[str, Any] = {"id": column.id, "name": name, "type": "text"}
    return out | {"presentation": "markdown"} if column.rich else out


def _style(column: Column) -> dict[str, Any]:
    style: dict[str, Any] = {"if": {"column_id": column.id}}
    style |= {"textAlign": "right"} if column.numeric else {}
    return style | ({"width": f"{column.width}px", "maxWidth": f"{column.width}px"} if column.width else {})
