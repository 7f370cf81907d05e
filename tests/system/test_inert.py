"""What people typed stays text on every page; what an address of a target holds is told by nothing."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.system.conftest import OpenWindow
from tests.system.running_board import RunningBoard
from tests.system.test_alerts_page import FIELDS, LOW, SECONDS
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

EVIL = (
    "<script>sbOwned=1</script><img src=x onerror=sbOwned=1><svg onload=sbOwned=1>"
    "[x](javascript:sbOwned=1)\"'>&lt;b&gt;"
)
CANARY = "CaNaRy7731"
HOOK = f"json://user:{CANARY}@127.0.0.2:9/{CANARY}?+Authorization={CANARY}&-token={CANARY}"
PAIR = "/pair/sim:BTCUSDT/sim:ETHUSDT?timeframe=1s&window=60&z_window=30"
PAGES = ("/", "/alerts", PAIR, "/market/sim:BTCUSDT", "/data", "/system")
LISTEN = "addEventListener('securitypolicyviolation', (e) => (window.sbViolations ??= []).push(e.violatedDirective))"
FOUND = """() => ({
    ran: window.sbOwned ?? null,
    refused: window.sbViolations ?? [],
    made: document.querySelectorAll('img[src="x"], a[href^="javascript:"], [onerror], [onload]').length,
})"""
NOTHING = {"ran": None, "refused": [], "made": 0}


def call(board: RunningBoard, method: str, path: str, **body: Any) -> dict[str, Any]:
    answer = requests.request(method, f"{board.url}/api/v1{path}", json=body or None, timeout=40)
    assert answer.ok, answer.text
    return dict(answer.json()) if answer.content else {}


@pytest.fixture
def target(board: RunningBoard) -> Iterator[int]:
    """A target with a name, a template and an address that are up to no good."""
    made = call(board, "POST", "/targets", name=EVIL[:120], url=HOOK, everything=False, template=f"{{pair}} {EVIL}")
    yield made["id"]
    call(board, "DELETE", f"/targets/{made['id']}")


@pytest.fixture
def alert(board: RunningBoard, target: int) -> Iterator[int]:
    """An alert that goes to the target, acknowledged with script text, of a rule and a pair with more of it."""
    rule_id = call(board, "POST", "/rules", **SECONDS, **LOW)["id"]
    call(board, "PUT", f"/rules/{rule_id}/targets", targets=[target])
    (fired, *_) = until(lambda: board.get("/alerts", rule=rule_id)["items"], "an alert")
    call(board, "PUT", f"/rules/{rule_id}", fire=19.0, clear=18.0)
    silence = call(board, "POST", "/silences", rule_id=rule_id, minutes=60, by=EVIL[:120], note=EVIL)
    note = call(board, "POST", "/notes", y=SECONDS["y"], x=SECONDS["x"], by=EVIL[:120], note=EVIL)
    call(board, "POST", f"/alerts/{fired['id']}/ack", by=EVIL[:120], note=EVIL)
    yield fired["id"]
    call(board, "DELETE", f"/silences/{silence['id']}")
    call(board, "DELETE", f"/notes/{note['id']}?{urlencode({'by': EVIL[:120]})}")
    call(board, "DELETE", f"/rules/{rule_id}")


def test_script_text_is_inert_wherever_it_is_shown(open_page: OpenWindow, alert: int) -> None:
    page = open_page("/system")
    page.context.add_init_script(LISTEN)
    assert alert
    for path in PAGES:
        page.go(path)
        if path in ("/alerts", PAIR):
            page.wait("document.body.textContent.includes('<img src=x onerror')", "the text as it was typed")
        assert page.look(FOUND) == NOTHING, path


def test_script_text_is_inert_in_forms_and_questions(open_page: OpenWindow, alert: int, target: int) -> None:
    page = open_page("/system")
    page.context.add_init_script(LISTEN)
    page.go("/alerts")
    assert alert
    page.wait(FIELDS, "the rules")
    edit = f"#targets [data-edit-target='{target}']"
    page.wait(f'document.querySelector("{edit}") !== null', "the target")
    page.page.click(edit)
    page.wait("document.getElementById('target-template').value.includes('<script>')", "its words")
    page.page.click("#target-preview-ask")
    page.wait_text("target-preview", "<img src=x onerror")
    page.page.click(f"#targets [data-delete-target='{target}']")
    page.wait_text("sure-words", "<script>")
    page.page.click("#sure-keep")
    page.page.click("#rules [data-rule-targets]")
    page.wait_text("ask-targets", "<script>")
    assert page.look(FOUND) == NOTHING


def test_the_secrets_of_an_address_are_told_by_nothing(
    open_page: OpenWindow, board: RunningBoard, alert: int, target: int
) -> None:
    assert alert
    call(board, "POST", f"/targets/{target}/test")
    failed = until(
        lambda: [each for each in board.get("/deliveries", target=target)["items"] if each["error"]],
        "a delivery that failed",
    )
    refused = requests.put(f"{board.url}/api/v1/targets/{target}", json={"name": "x", "url": HOOK + "\nx"}, timeout=40)
    assert refused.status_code == 400
    told = [str(failed), refused.text]
    calls = ("targets", "deliveries", "alerts?limit=5", "rules", "silences", "system", "openapi.json")
    addresses = [f"/api/v1/{each}" for each in calls]
    addresses += ["/metrics", "/export/alerts.csv", "/export/watchlist.csv"]
    told += [requests.get(board.url + each, timeout=20).text for each in addresses]
    book = zipfile.ZipFile(BytesIO(requests.get(f"{board.url}/export/alerts.xlsx", timeout=20).content))
    told += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    for path in PAGES:
        page = open_page(path)
        told += [page.page.content(), str(page.look("JSON.stringify(window.spreadboard.targets ?? null)"))]
    logs = sorted((board.folder / "var" / "log").glob("*.log*"))
    assert {"monitor.log", "web.log"} <= {log.name for log in logs}
    told += [*board.lines, *(log.read_text(errors="replace") for log in logs)]
    assert all(told[:12])
    assert [text[:200] for text in told if CANARY in text] == []
