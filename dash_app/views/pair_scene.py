"""What all sections of one answer about a pair are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash_app.figures.panels import Frame
from dash_app.figures.view import PairView
from dash_app.request import PageRequest
from dash_app.sections import Memo, Section
from engine.board import Board
from engine.desk.types import Settings

TABS = ("overview", "hedge", "correlation", "diagnostics", "data")
_SLOW_BARS = 10  # second bars between two looks at the other methods


@dataclass(frozen=True, slots=True)
class PairScene:
    """All that the sections of one answer are made from."""

    board: Board
    request: PageRequest
    view: PairView
    settings: Settings
    now_ms: int
    memo: Memo

    @property
    def frame(self) -> Frame:
        return Frame(self.request.theme, self.request.narrow)

    @property
    def look(self) -> str:
        """What a drawing depends on besides the data."""
        threshold = self.view.snapshot.threshold
        how = f"{self.request.theme}{int(self.request.narrow)}.{self.view.show}"
        return f"{how}.{threshold.entry:g}.{threshold.exit:g}"

    @property
    def bar(self) -> str:
        rows = self.view.snapshot.rows
        return f"{self.view.snapshot.generation}.{int(rows['open_time_ms'][-1]) if len(rows) else 0}"

    @property
    def tab(self) -> str:
        tab = self.request.view.get("tab", "")
        return tab if tab in TABS else TABS[0]

    def bar_seen(self, seen: str, prefix: str) -> int | None:
        """Open time of the last bar that a browser has, by a version, if of this generation and still kept."""
        generation, _, opened = seen.removeprefix(prefix).partition(".")
        rows = self.view.snapshot.rows
        if not seen.startswith(prefix) or generation != str(self.view.snapshot.generation) or not opened.isdecimal():
            return None
        known = len(rows) > 0 and int(rows["open_time_ms"][0]) <= int(opened) <= int(rows["open_time_ms"][-1])
        return int(opened) if known else None

    @property
    def slow_bar(self) -> str:
        """The version of what is worth a look every bar, but of second bars only every tenth."""
        rows = self.view.snapshot.rows
        if not len(rows):
            return "0"
        number = int(rows["open_time_ms"][-1]) // self.view.bar_ms
        step = _SLOW_BARS if self.view.bar_ms < 60_000 else 1
        return f"{self.view.snapshot.generation}.{number // step}"


def made(name: str, version: str, scope: str, make: Any) -> Section:
    return Section(name, version, f"{scope}|{name}|{version}", make)
