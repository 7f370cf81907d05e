"""Words on the figure, placed in a real browser: none covers the line, a level, a mark or another word."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ASSETS = Path(__file__).resolve().parents[2] / "dash_app" / "assets"
HEIGHT, MARK = 12, 6  # of a line of words, and half a mark, in px
REACH, ENTRY, LEAVE = 4.3, 2.0, 0.5


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    window = chromium.new_page()
    window.evaluate("window.spreadboard = {}")
    window.evaluate((ASSETS / "41-labels.js").read_text(encoding="utf-8"))
    yield window
    window.close()


def scene(seed: int, width: int, height: int, bars: int) -> dict[str, Any]:
    """A panel of z in px: a mean-reverting walk with a gap, its entries and exits as marks."""
    rng = np.random.default_rng(seed)
    z = np.zeros(bars)
    for i in range(1, bars):
        z[i] = 0.9 * z[i - 1] + rng.normal(0, 0.6)

    def px(value: float) -> float:
        return float((REACH - value) / (2 * REACH) * height)

    x = np.linspace(0, width, bars)
    marks, state = [], 0
    for at, value in zip(x.tolist(), z.tolist(), strict=True):
        now = -1 if value >= ENTRY else 1 if value <= -ENTRY else state
        now = 0 if (state == -1 and value <= LEAVE) or (state == 1 and value >= -LEAVE) else now
        if now != state:
            text = f"{value:+.2f}".replace("-", "−") if now else ""
            marks.append({"x": at, "y": px(value), "text": text, "wide": 33 if text else 0, "up": now < 0})
        state = now
    line = [px(value) for value in z.tolist()]
    line[bars // 3 : bars // 3 + bars // 20] = [None] * (bars // 20)  # type: ignore[list-item]
    levels = [px(value) for value in (ENTRY, -ENTRY, LEAVE, -LEAVE, 0.0)]
    return {"marks": marks, "line": {"x": x.tolist(), "y": line}, "levels": levels, "size": [width, height]}


def placed(page: Page, drawn: dict[str, Any]) -> list[dict[str, Any]]:
    script = "s => window.spreadboard.labels.place(s.marks, s.line, s.levels, s.size[0], s.size[1])"
    return list(page.evaluate(script, drawn))


def crosses(line: dict[str, list[Any]], box: tuple[float, float, float, float]) -> bool:
    """Whether the line passes through a box, by looking at it every tenth of a px."""
    left, right, top, bottom = box
    x = np.arange(left, right, 0.1)
    y = np.interp(x, line["x"], [np.nan if value is None else value for value in line["y"]])
    return bool(((y > top) & (y < bottom)).any())


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("width", "height", "bars"), [(876, 105, 480), (304, 119, 480), (876, 105, 900)])
def test_a_label_covers_nothing(page: Page, seed: int, width: int, height: int, bars: int) -> None:
    drawn = scene(seed, width, height, bars)
    found = placed(page, drawn)
    boxes = [
        (at["x"] - at["wide"] / 2, at["x"] + at["wide"] / 2, at["y"] - HEIGHT / 2, at["y"] + HEIGHT / 2) for at in found
    ]
    for at, (left, right, top, bottom) in zip(found, boxes, strict=True):
        assert left >= 0
        assert right <= width
        assert top >= 0
        assert bottom <= height
        assert not crosses(drawn["line"], (left, right, top, bottom)), at
        assert all(y <= top or y >= bottom for y in drawn["levels"]), at
        assert not any(left < m["x"] + MARK and m["x"] - MARK < right and top < m["y"] + MARK and m["y"] - MARK < bottom
                       for m in drawn["marks"]), at  # fmt: skip
        assert abs(at["x"] - at["mark"]["x"]) < 60  # it stands beside its own mark
        assert abs(at["y"] - at["mark"]["y"]) < 50
        assert at["text"] == at["mark"]["text"] != ""
    for a, b in combinations(boxes, 2):
        assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]


def test_where_there_is_room_every_entry_has_its_z(page: Page) -> None:
    drawn = scene(3, 3_000, 105, 480)
    entries = [mark for mark in drawn["marks"] if mark["text"]]
    assert len(entries) > 5
    assert len(placed(page, drawn)) >= 0.8 * len(entries)


def test_the_newest_entry_is_labelled_before_an_older_one_beside_it(page: Page) -> None:
    mark = {"y": 25.0, "text": "+2.10", "wide": 33, "up": True}
    drawn = {
        "marks": [mark | {"x": 60.0}, mark | {"x": 62.0}],
        "line": {"x": [0, 300], "y": [60, 60]},
        "levels": [30, 80],
    }
    found = placed(page, drawn | {"size": [300, 40]})
    assert found[0]["mark"]["x"] == 62.0


@pytest.mark.parametrize("z", [4.2, 2.4, 2.0, 1.83, 1.0, 0.3, 0.0, -0.6, -1.5, -2.0, -3.0])
@pytest.mark.parametrize("scale", [12.2, 8.3, 3.7])  # px a unit of z, as the panel grows
def test_words_in_the_margin_are_parted_and_the_last_value_stays_at_its_height(
    page: Page, z: float, scale: float
) -> None:
    values = [ENTRY, 0.0, -ENTRY, z]
    items = [{"y": -value * scale, "held": i == 3} for i, value in enumerate(values)]
    heights = page.evaluate("items => window.spreadboard.labels.part(items, 13)", items)
    assert heights[3] == items[3]["y"]
    assert all(abs(a - b) >= 13 - 1e-9 for a, b in combinations(heights, 2))
    assert heights[0] < heights[1] < heights[2]  # levels stay in their order


def test_words_with_room_stay_where_they_are(page: Page) -> None:
    items = [{"y": y, "held": y == 40.0} for y in (-24.4, 0.0, 24.4, 40.0)]
    assert page.evaluate("items => window.spreadboard.labels.part(items, 13)", items) == [-24.4, 0.0, 24.4, 40.0]
