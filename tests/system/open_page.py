"""A page in a real browser, and all that went wrong on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from tests.tools.waiting import LIMIT_S, pauses

LEFT_ALONE = "net::ERR_ABORTED"  # a request that the browser gave up because one went elsewhere


class OpenPage:
    """One browser window on a board. Every complaint of the browser is kept in `complaints`; `loads` counts pages."""

    def __init__(self, browser: Browser, url: str, *, width: int = 1280, height: int = 800) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.url = url
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        self.loads = 0
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", self._request)
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        self.addresses.append(request.url)
        self.loads += request.is_navigation_request()
        if urlsplit(request.url).scheme not in ("data", "blob") and not request.url.startswith(f"{self.url}/"):
            self.complaints.append(f"outside: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT_ALONE:
            self.complaints.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"status {response.status}: {response.url}")

    def close(self) -> None:
        self.context.close()

    # going and looking

    def go(self, path: str) -> None:
        """Open an address of the board and wait until the first answer stands on the page."""
        self.page.goto(self.url + path)
        self.wait_answered()

    def reload(self) -> None:
        self.page.reload()
        self.wait_answered()

    def wait_answered(self) -> None:
        self.wait("document.querySelector('#badge')?.textContent", "the first answer")

    def look(self, script: str, argument: Any = None) -> Any:
        """What a JavaScript expression gives on the page."""
        return self.page.evaluate(script, argument)

    def wait(self, script: str, what: str, argument: Any = None, *, limit_s: float = LIMIT_S) -> Any:
        """Wait until a JavaScript expression gives something true. (The page's policy forbids the driver's own way.)"""
        for pause_s in pauses(limit_s):
            if found := self.look(script, argument):
                return found
            self.page.wait_for_timeout(1_000 * pause_s)
        raise AssertionError(f"waited {limit_s:g} s for {what}; the page shows: {self.words()}")

    def text(self, identity: str) -> str:
        """Visible words of an element by id; blank where it is absent."""
        return str(self.look("id => (document.getElementById(id)?.innerText ?? '').trim()", identity))

    def wait_text(self, identity: str, part: str, *, limit_s: float = LIMIT_S) -> str:
        """Wait until an element's words have `part`."""
        script = (
            "([id, part]) => { const t = document.getElementById(id)?.innerText ?? ''; return t.includes(part) && t; }"
        )
        return str(self.wait(script, f"{part!r} in #{identity}", [identity, part], limit_s=limit_s))

    def wait_other(self, identity: str, before: str, *, limit_s: float = LIMIT_S) -> str:
        """Wait until an element shows something, and not `before`."""
        script = (
            "([id, was]) => { const t = (document.getElementById(id)?.innerText ?? '').trim(); return t !== was && t; }"
        )
        return str(self.wait(script, f"#{identity} other than {before!r}", [identity, before], limit_s=limit_s))

    def words(self) -> str:
        return str(self.look("document.body.innerText"))[:1500]

    # staying

    def mark(self) -> None:
        """Leave a mark that a reload would wipe out."""
        self.look("window.sbTestMark = true")

    @property
    def stayed(self) -> bool:
        """Whether the page was not loaded anew since `mark`."""
        return self.look("window.sbTestMark === true") is True
