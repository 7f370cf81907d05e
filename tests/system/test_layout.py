"""Pages hold together at both widths and in both themes: nothing overlaps, nothing scrolls sideways."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage

pytestmark = pytest.mark.browser

PAIR = "/pair/sim:BTCUSDT/sim:ETHUSDT"
UNITS = re.compile(r"USDT|\bbp\b|log price|raw prices|\bbars\b|%|\bz\b|standard dev|\(\w+\)", re.IGNORECASE)

# Boxes of what stands side by side on top of a page: the innermost element that a person takes for one thing.
BOXES = """() => {
    const things = document.querySelectorAll(
        '.sb-bar a, .sb-bar button, .sb-badge, .sb-connection, .sb-clock, .sb-head label, .sb-head button,' +
        '.sb-head .sb-segments, .sb-kpi, .sb-hero > div, .sb-feed > div, .sb-toolbar h2, .sb-toolbar button,' +
        '.sb-toolbar summary, .sb-toolbar .sb-segments, .sb-toolbar .sb-dim, .sb-tab, .sb-shown > *');
    const shown = [...things].filter((e) => e.checkVisibility() && !e.classList.contains('sb-skip'));
    const outer = shown.filter((e) => !shown.some((o) => o !== e && o.contains(e)));
    return outer.map((e) => {
        const b = e.getBoundingClientRect();
        return { name: e.id || e.className || e.innerText, left: b.left, right: b.right, top: b.top, bottom: b.bottom };
    }).filter((b) => b.right > b.left && b.bottom > b.top);
}"""

# Texts of the strip that do not fit in their own box.
CUT_OFF = """() => [...document.querySelectorAll(
        '.sb-kpi-value, .sb-z, .sb-signal, .sb-kpi-name, .sb-badge, .sb-clock')]
    .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
    .map((e) => e.id || e.innerText)"""


def overlapping(boxes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    def apart(a: dict[str, Any], b: dict[str, Any]) -> bool:
        sideways: bool = a["right"] <= b["left"] + 1 or b["right"] <= a["left"] + 1
        upright: bool = a["bottom"] <= b["top"] + 1 or b["bottom"] <= a["top"] + 1
        return sideways or upright

    return [(a["name"], b["name"]) for a, b in combinations(boxes, 2) if not apart(a, b)]


def check_layout(page: OpenPage, width: int) -> None:
    assert page.look("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
    boxes = page.look(BOXES)
    assert len(boxes) > 5
    assert overlapping(boxes) == []
    assert all(box["left"] >= -1 and box["right"] <= width + 1 for box in boxes), boxes
    assert page.look(CUT_OFF) == []


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_overlaps_and_nothing_scrolls_sideways(open_page: OpenWindow, width: int) -> None:
    page = open_page("/", width=width)
    page.wait("document.querySelectorAll('#watchlist a.sb-pair').length > 0", "the watchlist")
    check_layout(page, width)
    page.go(PAIR)
    page.wait_other("kpi-z", "–")
    page.wait("document.querySelectorAll('#bars td').length > 0", "the table")
    check_layout(page, width)
    for tab in ("hedge", "correlation", "diagnostics", "data"):
        page.page.click(f"#tab-{tab}")
        page.wait("tab => document.querySelector('.sb-page').dataset.tab === tab", tab, tab)
        check_layout(page, width)
    page.go("/alerts")
    check_layout(page, width)


def panels(page: OpenPage) -> list[str]:
    """The title of each panel that has a vertical axis, found above its top edge; blank where it has none."""
    script = """() => {
        const layout = document.querySelector('#figure .js-plotly-plot')?._fullLayout;
        if (!layout || !layout.annotations?.length) return null;
        const axes = Object.keys(layout).filter((k) => /^yaxis\\d*$/.test(k));
        return axes.filter((k) => layout[k].visible && !layout[k].overlaying).map((k) => {
            const top = layout[k].domain[1];
            const title = layout.annotations.find((a) => a.yref === 'paper' && a.x === 0 && Math.abs(a.y - top) < 1e-6);
            return title ? title.text.replace(/<[^>]*>/g, '') : '';
        });
    }"""
    return list(page.wait(script, "a chart with titles"))


@pytest.mark.parametrize("width", [400, 1280])
def test_every_axis_of_every_chart_has_a_title_with_its_unit(open_page: OpenWindow, width: int) -> None:
    page = open_page(PAIR, width=width)
    seen: list[str] = []
    for tab in ("overview", "hedge", "correlation"):
        page.page.click(f"#tab-{tab}")
        before = seen
        page.wait("tab => document.querySelector('.sb-page').dataset.tab === tab", tab, tab)
        while (seen := panels(page)) == before:
            page.page.wait_for_timeout(20)
        assert len(seen) >= 1
        assert all(UNITS.search(title) for title in seen), (tab, seen)


def test_the_theme_stays_after_a_reload(open_page: OpenWindow) -> None:
    page = open_page(PAIR)
    page.wait_other("kpi-z", "–")
    ink = "document.querySelector('#figure .js-plotly-plot')?._fullLayout.font.color"
    dark, paper = page.wait(ink, "a chart"), page.look("getComputedStyle(document.body).backgroundColor")
    page.page.click("#theme-button")
    page.wait(f"before => {ink} !== before", "the chart in other colours", dark)
    light = page.look(ink)
    page.reload()
    assert page.look("document.documentElement.getAttribute('data-bs-theme')") == "light"
    assert page.look("getComputedStyle(document.body).backgroundColor") != paper
    page.wait(f"light => {ink} === light", "the chart in light colours", light)
    check_layout(page, 1280)
