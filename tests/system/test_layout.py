"""Pages hold together at both widths and in both themes: nothing overlaps, nothing scrolls sideways."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard

pytestmark = pytest.mark.browser

PAIR = "/pair/sim:BTCUSDT/sim:ETHUSDT"
UNITS = re.compile(r"USDT|\bbp\b|log price|raw prices|\bbars\b|%|\bz\b|standard dev|\(\w+\)", re.IGNORECASE)

# Boxes of what stands side by side on top of a page: the innermost element that a person takes for one thing.
BOXES = """() => {
    const things = document.querySelectorAll(
        '.sb-bar a, .sb-bar button, .sb-badge, .sb-connection, .sb-clock, .sb-head label, .sb-head button,' +
        '.sb-head .sb-segments, .sb-kpi, .sb-hero > div, .sb-feed > div, .sb-toolbar h2, .sb-toolbar button,' +
        '.sb-toolbar summary, .sb-toolbar .sb-segments, .sb-toolbar .sb-dim, .sb-tab, .sb-shown > *');
    const over = (e) => e.closest('.sb-toast') && getComputedStyle(e.closest('.sb-toast')).position === 'fixed';
    const shown = [...things].filter((e) => e.checkVisibility() && !e.classList.contains('sb-skip') && !over(e));
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


LONG_WORDS = """() => document.querySelectorAll("#watchlist td[data-dash-column=alert]").forEach((cell) => {
    const words = "correlation breakdown: −0.1346, at or below 0.5";
    cell.innerHTML = '01:37:00 <span class="sb-dim sb-two-lines">' + words + "</span>";
})"""


@pytest.mark.parametrize("width", [900, 1280])
def test_long_words_of_alerts_leave_the_page_as_wide_as_it_is(open_page: OpenWindow, width: int) -> None:
    page = open_page("/", width=width)
    page.wait("document.querySelectorAll('#watchlist td[data-dash-column=alert]').length > 0", "the watchlist")
    page.look(LONG_WORDS)
    assert page.look("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [400, 600, 900, 1040, 1280])
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
    for path in ("/alerts", "/system", "/data", "/market/sim:BTCUSDT"):
        page.go(path)
        page.wait("document.querySelectorAll('.sb-table td').length > 0 || !document.querySelector('.sb-table')", path)
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


# Every word of the chart with its box, the box's upper and lower edge drawn in to what the letters fill.
WORDS = """() => [...document.querySelectorAll('#figure .main-svg text')].filter((e) => e.textContent).map((e) => {
    const b = e.getBoundingClientRect(), middle = (b.top + b.bottom) / 2, half = (b.bottom - b.top) / 2 - 3;
    return { name: e.textContent, left: b.left, right: b.right, top: middle - half, bottom: middle + half };
})"""

# The z values beside entries, and whether the line of z or a level passes through them.
LABELS = """(() => {
    const graph = document.querySelector('#figure .js-plotly-plot'), full = graph?._fullLayout;
    if (!full?.yaxis4) return [];
    const at = graph.getBoundingClientRect();
    const px = (t) => at.left + full.xaxis._offset + full.xaxis.l2p(t);
    const py = (z) => at.top + full.yaxis4._offset + full.yaxis4.l2p(z);
    const z = graph.data.find((t) => t.uid === 'z');
    const levels = full.shapes.filter((s) => s.type === 'line' && s.yref === 'y4').map((s) => py(s.y0));
    return [...graph.querySelectorAll('.textpoint text')].map((e) => {
        const b = e.getBoundingClientRect(), middle = (b.top + b.bottom) / 2;
        const crossed = z.x.some((t, i) => {
            if (!i || z.y[i] === null || z.y[i - 1] === null) return false;
            const x0 = px(z.x[i - 1]), x1 = px(t), y0 = py(z.y[i - 1]), y1 = py(z.y[i]);
            for (let k = 0; k <= 20; k++) {
                const x = x0 + ((x1 - x0) * k) / 20, y = y0 + ((y1 - y0) * k) / 20;
                if (x > b.left && x < b.right && Math.abs(y - middle) < 5) return true;
            }
            return false;
        });
        return { text: e.textContent, covered: crossed || levels.some((y) => Math.abs(y - middle) < 4.5) };
    });
})()"""
ABOUT = "document.querySelector('#figure .js-plotly-plot')?._fullLayout?.uirevision"
SPAN = "document.querySelector('#figure .js-plotly-plot')._fullLayout.xaxis.range.join()"


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("how", ["", "?timeframe=1s&window=60&z_window=20"])
def test_no_word_of_a_chart_covers_another_or_the_line(open_page: OpenWindow, width: int, how: str) -> None:
    page = open_page(f"{PAIR}{how}", width=width)
    page.wait_other("kpi-z", "–")
    for tab, about in (("overview", "sim:"), ("hedge", "hedge"), ("correlation", "correlation")):
        page.page.click(f"#tab-{tab}")
        page.wait(f"about => {ABOUT}?.startsWith(about)", f"the chart of {tab}", about)
        words = page.look(WORDS)
        assert len(words) > 10
        assert overlapping(words) == [], tab
        right = page.look("document.getElementById('figure-box').getBoundingClientRect().right")
        assert [word["name"] for word in words if word["right"] > right + 1] == [], "words are cut off at the right"
        if tab == "overview":
            assert [label for label in page.look(LABELS) if label["covered"]] == []


def test_words_are_placed_anew_where_a_person_zooms(open_page: OpenWindow) -> None:
    page = open_page(f"{PAIR}?timeframe=1s&window=60&z_window=20&show=long")
    page.wait(f"{LABELS}.length > 3", "z values beside entries")
    left, top = page.look(
        "(() => { const b = document.getElementById('figure').getBoundingClientRect(); return [b.left, b.top]; })()"
    )
    before = page.look(SPAN)
    page.page.mouse.move(left + 400, top + 40)
    page.page.mouse.down()
    page.page.mouse.move(left + 600, top + 42, steps=5)
    page.page.mouse.up()
    page.wait(f"before => {SPAN} !== before", "the zoomed axis", before)
    zoomed = page.look(SPAN)
    for _ in range(2):
        page.wait_other("kpi-as-of", page.text("kpi-as-of"))
        assert [label for label in page.look(LABELS) if label["covered"]] == []
    assert page.look(SPAN) == zoomed  # what a person chose stays while bars come
    page.page.mouse.dblclick(left + 500, top + 60)
    page.wait(f"zoomed => {SPAN} !== zoomed", "all of it again", zoomed)
    page.wait_other("kpi-as-of", page.text("kpi-as-of"))
    end = f"Date.parse({SPAN}.split(',')[1].replace(' ', 'T') + 'Z')"
    page.wait(f"before => {end} > Date.parse(before + 'Z')", "the newest bar", before.split(",")[1].replace(" ", "T"))


def test_a_long_lag_and_many_alerts_have_room_on_a_phone(open_page: OpenWindow) -> None:
    page = open_page("/", width=400)
    page.look("document.getElementById('connection-lag').textContent = '990 ms'")
    page.look("document.getElementById('alerts-count').textContent = '1234'")
    assert page.look("document.documentElement.scrollWidth") <= 400
    assert overlapping(page.look(BOXES)) == []


@pytest.mark.parametrize("width", [400, 1280])
def test_the_monitor_says_as_of_when_and_z_stands_under_its_name(open_page: OpenWindow, width: int) -> None:
    page = open_page("/", width=width)
    page.wait("document.querySelectorAll('#watchlist .sb-wz').length > 3", "values of z")
    assert re.search(r"as of \d\d:\d\d UTC", page.text("watchlist-note"))
    assert re.fullmatch(r"\d\d:\d\d:\d\d", page.text("feed-as-of"))
    ends = page.look(
        """() => {
            const right = (e) => Math.round(e.getBoundingClientRect().right);
            const head = document.querySelector('#watchlist th[data-dash-column=z] .column-header-name');
            return [right(head), ...[...document.querySelectorAll('#watchlist .sb-wz')].map(right)];
        }"""
    )
    assert max(ends) - min(ends) <= 1


def test_the_clock_shows_the_time_from_its_first_frame_on(board: RunningBoard, open_any: OpenWindow) -> None:
    page = open_any(board.url)
    page.page.add_init_script(
        """const look = () => {
            const clock = document.getElementById('clock');
            if (clock) window.sbFirstClock = clock.textContent || 'blank'; else window.requestAnimationFrame(look);
        };
        window.requestAnimationFrame(look);"""
    )
    page.go("/")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", page.wait("window.sbFirstClock", "the clock"))


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
