"""The Alerts page in real browsers: rules edited in place, alerts that come by themselves, acknowledged for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.system.conftest import OpenWindow
from tests.system.running_board import RunningBoard
from tests.system.test_layout import check_layout
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

SECONDS = {"y": "sim:BTCUSDT", "x": "sim:ETHUSDT", "timeframe": "1s", "window": 60, "z_window": 30}
LOW = {"kind": "z", "fire": 0.2, "clear": 0.05, "min_correlation": 0.0}  # crossed within seconds
TOAST = "document.getElementById('toast').classList.contains('sb-on')"
FIELDS = "document.querySelectorAll('#rules input[data-field=fire]').length > 0"


# What else stands where the toast is.
COVERED = """() => {
    const t = document.getElementById('toast').getBoundingClientRect();
    const others = document.querySelectorAll('.sb-bar a, .sb-bar button, .sb-status > *, main *');
    return [...others].filter((e) => !e.closest('#toast') && e.checkVisibility()).filter((e) => {
        const b = e.getBoundingClientRect();
        return b.right > t.left + 1 && b.left < t.right - 1 && b.bottom > t.top + 1 && b.top < t.bottom - 1;
    }).map((e) => e.id || e.className);
}"""
WHOLE = """() => {
    const box = document.querySelector('.sb-cell-refused');
    box.scrollIntoView({ block: 'center', behavior: 'instant' });
    const b = box.getBoundingClientRect();
    const at = [[b.left + 2, b.top + 4], [b.right - 2, b.bottom - 4]].map((p) => document.elementFromPoint(...p));
    return at.every((e) => e === box);
}"""
INSIDE = "(b => b.left >= 0 && b.right <= innerWidth)(document.getElementById('ask').getBoundingClientRect())"
# Times of the marks on the chart.
MARKED = """(document.querySelector('#figure .js-plotly-plot')?._fullLayout.shapes ?? [])
    .filter((s) => s.name === 'alert').map((s) => new Date(window.spreadboard.time(s.x0)).toISOString().slice(0, 19))"""


def rules(board: RunningBoard) -> dict[int, dict[str, Any]]:
    return {rule["id"]: rule for rule in board.get("/rules")["items"]}


@pytest.fixture
def rule(board: RunningBoard) -> Iterator[int]:
    """A rule on bars of a minute, ended after the test."""
    body = {"y": "sim:BTCUSDT", "x": "sim:ETHUSDT", "kind": "z above"}
    yield from _kept(board, body)


@pytest.fixture
def firing(board: RunningBoard) -> Iterator[int]:
    """A rule that will fire within seconds, and again and again, ended after the test."""
    yield from _kept(board, SECONDS | LOW)


def _kept(board: RunningBoard, body: dict[str, Any]) -> Iterator[int]:
    made = requests.post(f"{board.url}/api/v1/rules", json=body, timeout=20)
    assert made.status_code == 201, made.text
    yield int(made.json()["id"])
    requests.delete(f"{board.url}/api/v1/rules/{made.json()['id']}", timeout=20)


def field(rule_id: int, name: str) -> str:
    return f"#rules input[data-rule='{rule_id}'][data-field='{name}']"


def refused(rule_id: int, name: str) -> str:
    return f'document.querySelector("{field(rule_id, name)} + .sb-cell-refused")?.innerText'


def test_a_rule_is_edited_where_it_stands_and_refused_there(
    open_page: OpenWindow, board: RunningBoard, rule: int
) -> None:
    page = open_page("/alerts")
    page.mark()
    page.wait(FIELDS, "the rules")
    fire, clear = field(rule, "fire"), field(rule, "clear")
    assert page.page.get_attribute(fire, "placeholder") == "2"
    page.page.fill(clear, "3")
    page.page.press(clear, "Enter")
    words = page.wait(refused(rule, "clear"), "the refusal beside it")
    assert "clear cannot be 3" in words
    assert page.page.get_attribute(clear, "aria-invalid") == "true"
    assert rules(board)[rule]["clear"] is None
    page.page.fill(fire, "4")
    page.page.press(fire, "Tab")
    until(lambda: (rules(board)[rule]["fire"], rules(board)[rule]["clear"]) == (4.0, 3.0), "both levels to be taken")
    page.wait(f"!{refused(rule, 'clear')}", "the refusal gone")
    assert page.look("document.activeElement.dataset.field") == "clear", "a tab leads to the next field"

    page.page.fill(clear, "x")
    page.page.press(clear, "Escape")
    assert page.page.input_value(clear) == "3", "as it stands"
    page.page.fill(field(rule, "cooldown_bars"), "15")
    page.page.press(field(rule, "cooldown_bars"), "Enter")
    page.page.uncheck(field(rule, "enabled"))
    until(lambda: rules(board)[rule]["cooldown_bars"] == 15 and not rules(board)[rule]["enabled"], "the rest")
    page.page.fill(fire, "")
    page.page.fill(clear, "")
    page.page.press(clear, "Enter")
    until(lambda: rules(board)[rule]["fire"] is None, "the usual levels")
    assert page.stayed
    page.reload()
    page.wait(FIELDS, "the rules")
    assert [page.page.input_value(each) for each in (fire, clear, field(rule, "cooldown_bars"))] == ["", "", "15"]
    assert not page.page.is_checked(field(rule, "enabled"))


def test_what_one_types_is_not_taken_away_by_what_another_saves(
    open_page: OpenWindow, board: RunningBoard, rule: int
) -> None:
    page = open_page("/alerts")
    page.wait(FIELDS, "the rules")
    page.page.type(field(rule, "fire"), "2.2")
    words, version = {"clear": 0.25, "cooldown_bars": 7}, "window.spreadboard.seen.rules"
    before = page.look(version)
    assert requests.put(f"{board.url}/api/v1/rules/{rule}", json=words, timeout=20).ok
    page.wait(f"was => {version} !== was", "what the other saved", before)
    assert page.page.input_value(field(rule, "fire")) == "2.2"
    page.page.press(field(rule, "fire"), "Enter")
    until(lambda: rules(board)[rule]["fire"] == 2.2, "the level")
    assert (rules(board)[rule]["clear"], rules(board)[rule]["cooldown_bars"]) == (0.25, 7), "only what was typed"
    page.page.click("#rules-note")
    page.wait(f"document.querySelector(\"{field(rule, 'cooldown_bars')}\").value === '7'", "the other's change")


def test_a_rule_is_added_silenced_and_deleted(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page("/alerts")
    page.wait("document.querySelectorAll('#rule-pair option').length > 0", "the watched pairs")
    before = set(rules(board))
    page.page.click("#rule-open")
    page.page.select_option("#rule-kind", "spread above")
    page.wait_text("rule-unit", "basis points")
    page.page.click("#rule-add")
    page.wait_text("rule-add-note", "The parameter fire")
    page.page.select_option("#rule-kind", "beta drift")
    page.wait("document.getElementById('rule-fire').placeholder === '25'", "the kind's level")
    page.page.click("#rule-add")
    page.wait_text("rule-add-note", "Judges bars from")
    (made,) = set(rules(board)) - before
    assert (rules(board)[made]["kind"], rules(board)[made]["fire"]) == ("beta drift", None)

    silence = f"#rules [data-silence='{made}']"
    page.wait(f'document.querySelector("{silence}") !== null', "its row")
    page.page.click(silence)
    page.page.fill("#ask-by", "Ann")
    page.page.fill("#ask-note", "roll-over")
    page.page.select_option("#ask-minutes", "240")
    page.page.click("#ask-do")
    page.wait_text("silences", "roll-over")
    page.page.click("#silences [data-end-silence]")
    page.wait(f'document.querySelector("{silence}") !== null', "it to be over")

    page.page.click(f"#rules [data-delete-rule='{made}']")
    page.page.click("#sure-keep")
    assert made in rules(board)
    page.page.click(f"#rules [data-delete-rule='{made}']")
    page.page.click("#sure-delete")
    until(lambda: made not in rules(board), "its end")
    page.wait(f'document.querySelector("{silence}") === null', "its row gone")


@pytest.fixture
def target(board: RunningBoard) -> Iterator[int]:
    """A target at an address that nothing answers at, ended after the test."""
    body = {"name": "Desk", "url": "json://user:secret@127.0.0.2:9/hook", "everything": False, "template": "{pair}"}
    made = requests.post(f"{board.url}/api/v1/targets", json=body, timeout=40)
    assert made.status_code == 201, made.text
    yield int(made.json()["id"])
    requests.delete(f"{board.url}/api/v1/targets/{made.json()['id']}", timeout=20)


def test_a_kept_target_is_said_anew_and_its_message_shown_first(
    open_page: OpenWindow, board: RunningBoard, target: int
) -> None:
    def kept() -> dict[str, Any]:
        return next(each for each in board.get("/targets")["items"] if each["id"] == target)

    page = open_page("/alerts")
    page.mark()
    edit = f"#targets [data-edit-target='{target}']"
    page.wait(f'document.querySelector("{edit}") !== null', "the target")
    page.page.click(edit)
    page.wait("document.getElementById('target-name').value === 'Desk'", "what stands")
    assert page.page.input_value("#target-template") == "{pair}"
    assert page.page.input_value("#target-url") == "", "an address is told to nobody"
    assert page.page.get_attribute("#target-url", "placeholder") == "as it is: json://127.0.0.2:9/…"
    assert "{correlation}" in page.text("target-box")

    page.page.fill("#target-template", "{pair} {nonsense}")
    page.page.click("#target-add")
    page.wait_text("target-add-note", "The parameter template cannot be “{nonsense}”")
    assert page.page.get_attribute("#target-template", "aria-invalid") == "true"
    assert kept()["template"] == "{pair}"
    page.page.fill("#target-template", "<b>{pair}</b> said {what}")
    page.page.click("#target-preview-ask")
    page.wait_text("target-preview", "</b> said ")
    assert "X-Spreadboard-Id" in page.text("target-preview")
    assert page.page.get_attribute("#target-template", "aria-invalid") is None
    assert kept()["template"] == "{pair}", "a preview keeps nothing"

    page.page.set_viewport_size({"width": 400, "height": 800})
    assert page.look("document.documentElement.scrollWidth") <= 400
    page.page.fill("#target-url", "json://127.0.0.1/hook")
    page.page.click("#target-add")
    page.wait_text("target-add-note", "ALERT_ALLOWED_NETS does not allow it")
    assert page.page.get_attribute("#target-url", "aria-invalid") == "true"
    page.page.fill("#target-url", "")
    page.page.fill("#target-name", "Night desk")
    page.page.fill("#target-rate", "7")
    page.page.check("#target-everything")
    page.page.click("#target-add")
    said = {"name": "Night desk", "template": "<b>{pair}</b> said {what}", "per_minute": 7, "everything": True}
    stands = {**said, "address": "json://127.0.0.2:9/…"}
    until(lambda: stands.items() <= kept().items(), "all to be kept, the address as it was")
    page.wait("document.getElementById('target-box').hidden", "the form to close")
    page.wait_text("targets", "Night desk")
    page.page.click("#target-open")
    page.wait("document.getElementById('target-title').textContent === 'A new target'", "a form for another")
    assert page.page.input_value("#target-name") == ""
    assert page.stayed


def waiting_of(board: RunningBoard) -> set[int]:
    return {alert["id"] for alert in board.get("/alerts", limit=100, unacknowledged="true")["items"]}


def test_an_alert_shows_on_the_monitor_without_a_reload_and_is_acknowledged_for_all(
    open_page: OpenWindow, board: RunningBoard, firing: int
) -> None:
    ann, ben = open_page("/"), open_page("/alerts")
    ann.mark()
    ben.mark()
    count = "Number(document.getElementById('alerts-count').textContent)"
    ann.wait(TOAST, "the toast")
    ann.wait_text("toast-words", "BTC / ETH 1s: z ")
    ann.wait(f"{count} > 0 && document.title.startsWith('(')", "the badge")
    assert ann.look(COVERED) == []
    off = {"fire": 0.2, "clear": 0.05, "enabled": False}
    assert requests.put(f"{board.url}/api/v1/rules/{firing}", json=off, timeout=20).ok
    ann.page.keyboard.press("Escape")
    ann.wait(f"!{TOAST}", "it gone")

    (waiting, *_) = board.get("/alerts", limit=100, unacknowledged="true")["items"]
    button = f"#unacknowledged [data-acknowledge='{waiting['id']}']"
    ann.wait(f'document.querySelector("{button}") !== null', "it among those that wait")
    ann.page.click(button)
    ann.page.fill("#ask-by", "Ann")
    ann.page.fill("#ask-note", "a test of ours")
    ann.page.press("#ask-note", "Enter")
    row = "[...document.querySelectorAll('#log td[data-dash-column=action]')].find(e => e.innerText.includes('{}'))"
    ben.wait(row.format("by Ann a test of ours"), "it in the other browser")
    ann.wait(f'document.querySelector("{button}") === null', "it gone from those that wait")
    alert = next(each for each in board.get("/alerts", limit=100)["items"] if each["id"] == waiting["id"])
    assert (alert["acknowledged_by"], alert["note"]) == ("Ann", "a test of ours")

    assert ann.stayed
    assert ben.stayed


def test_all_that_is_shown_is_acknowledged_at_once_and_the_badge_goes(
    open_page: OpenWindow, board: RunningBoard, firing: int
) -> None:
    ann, ben = open_page("/"), open_page("/alerts")
    count = "Number(document.getElementById('alerts-count').textContent)"
    ann.wait(f"{count} > 0 && document.title.startsWith('(')", "the badge")
    off = {"fire": 0.2, "clear": 0.05, "enabled": False}
    assert requests.put(f"{board.url}/api/v1/rules/{firing}", json=off, timeout=20).ok
    shown = ben.wait("document.getElementById('acknowledge-all').dataset.ids", "alerts that wait")
    ben.page.click("#acknowledge-all")
    ben.page.fill("#ask-by", "Ben")
    ben.page.click("#ask-do")
    seen = {int(number) for number in shown.split(",")}
    until(lambda: not seen & waiting_of(board), "those that waited to be seen")

    def none_waits() -> bool:
        for number in waiting_of(board):  # the board's own pairs go on
            requests.post(f"{board.url}/api/v1/alerts/{number}/ack", json={"by": "Ben", "note": ""}, timeout=20)
        ann.page.wait_for_timeout(20)  # lets the browser work
        return bool(ann.look(f"{count} === 0"))

    until(none_waits, "none that waits")
    ann.wait("!document.title.startsWith('(')", "the title")


def test_a_filter_of_the_log_stands_in_the_address_and_in_the_export(open_page: OpenWindow) -> None:
    page = open_page("/alerts")
    page.page.select_option("#log-kind", "gap")
    page.wait_text("log-note", "No alert of the log is such.")
    assert page.look("location.search") == "?kind=gap"
    assert page.look("document.getElementById('alerts-csv').search") == "?kind=gap"


def test_it_sounds_only_where_that_was_wanted_and_moves_nothing_where_that_was_not(
    open_page: OpenWindow, firing: int
) -> None:
    page = open_page("/alerts")
    page.page.emulate_media(reduced_motion="reduce")
    note_tones = """window.sbTones = [];
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...when) {
            window.sbTones.push(performance.now());
            return start.apply(this, when);
        };"""
    page.look(f"() => {{ {note_tones} }}")
    page.wait(TOAST, "the toast")
    assert page.look("window.sbTones") == []
    assert page.look("getComputedStyle(document.getElementById('toast')).animationName") == "none"
    page.page.focus("#toast-close")
    page.page.keyboard.press("Enter")
    assert not page.look(TOAST)
    assert page.look("document.activeElement.id") == "alerts-link"
    page.page.click("#sound")
    page.wait_text("sound", "Sound on")
    tried = len(page.look("window.sbTones"))
    assert tried > 0, "one hears what it will be like"
    page.wait("was => window.sbTones.length > was", "the tones of a new alert", tried)
    known = page.look("Number(sessionStorage.getItem('sb-alert-known'))")
    page.wait("was => Number(sessionStorage.getItem('sb-alert-known')) > was", "one more alert", known)
    first, *later = page.look("window.sbTones")[tried:]
    assert not [tone for tone in later if 1_000 < tone - first < 29_000], "once in half a minute"
    page.reload()
    page.wait_text("sound", "Sound on")
    assert page.page.get_attribute("#sound", "aria-pressed") == "true"


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_overlaps_and_nothing_scrolls_sideways(open_page: OpenWindow, rule: int, width: int) -> None:
    page = open_page("/alerts", width=width)
    page.wait(FIELDS, "the rules")
    page.page.click("#rule-open")
    page.page.click("#target-open")
    page.page.fill(field(rule, "clear"), "30")
    page.page.press(field(rule, "clear"), "Enter")
    page.wait(refused(rule, "clear"), "the refusal")
    check_layout(page, width)
    assert page.look(WHOLE), "the refusal can be read"
    page.page.click(f"#rules [data-silence='{rule}']")
    page.wait("document.getElementById('ask').open", "the dialog")
    assert page.look(INSIDE)
    page.page.keyboard.press("Escape")
    page.wait("!document.getElementById('ask').open", "its end")


APART = """[...document.querySelectorAll('#rules tr:has(.sb-pair-how)')].every((row) => {
    const box = (what) => row.querySelector(what).getBoundingClientRect();
    const how = box('.sb-pair-how'), kind = box('td[data-dash-column=kind] b');
    return how.width > 0 && (how.bottom <= kind.top + 1 || how.right <= kind.left);
})"""


def test_on_a_phone_a_rule_is_folded_to_what_it_fires_at(open_page: OpenWindow, rule: int) -> None:
    page = open_page("/alerts", width=400)
    page.wait(FIELDS, "the rules")
    assert page.page.is_visible(field(rule, "fire"))
    assert not page.page.is_visible(field(rule, "pending_bars"))
    assert page.look(APART), "which pair and what it judges can both be read"
    page.page.check(f"#rules tr:has([data-rule='{rule}']) .sb-card-fold input")
    page.page.fill(field(rule, "pending_bars"), "2")
    page.page.press(field(rule, "pending_bars"), "Enter")
    page.wait_text("notice", "Holds for bars from")
    assert page.page.is_visible(field(rule, "pending_bars"))


def test_alerts_stand_on_the_chart_of_their_pair(open_page: OpenWindow, board: RunningBoard, firing: int) -> None:
    page = open_page("/pair/sim:BTCUSDT/sim:ETHUSDT?timeframe=1s&window=60&z_window=30")
    page.wait(f"{MARKED}.length > 0", "a mark")
    drawn = set(page.look(MARKED))
    first = f"{min(drawn)}Z"  # the log grows by the second, and has more than one page of it
    fired = board.get("/alerts", y="sim:BTCUSDT", x="sim:ETHUSDT", start=first, fired="true", limit=1000)["items"]
    assert drawn <= {alert["bar_close"][:19] for alert in fired}
