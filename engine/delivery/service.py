"""Sends one message by Apprise, and says in words what came of it, without a secret. Only the sender imports this."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, urlsplit

import apprise
from apprise.common import NotifyFormat, NotifyType, OverflowMode

from engine.delivery.guard import Guard
from engine.delivery.masking import shown_address, without_secrets
from engine.delivery.protocol import Answer, Letter
from engine.delivery.reach import reach

ID_HEADER = "X-Spreadboard-Id"
_LONGEST_REASON = 300
_UNUSABLE = "Apprise does not know such an address: write one as its documentation says, as mailto://… or slack://…"


def load_services() -> None:
    """Load every service now, so that a process that is forked from this one has them."""
    apprise.Apprise.instantiate("json://localhost")


def perform(letter: Letter, guard: Guard) -> Answer:
    """Send a letter, or check its address; never raises."""
    guard.closed = letter.check
    heard = _Heard()
    logging.getLogger("apprise").addHandler(heard)
    shown = ""
    try:
        plugin = _plugin(letter.url)
        if plugin is None:
            return Answer(letter.number, ok=False, reason=_UNUSABLE)
        shown = shown_address(str(plugin.url(privacy=True)))
        if letter.check:
            return _checked(plugin, letter, guard, shown)
        sent = _sent(plugin, letter)
    except Exception as error:
        heard.words.append(f"the service could not be asked ({type(error).__name__})")
        sent = False
    finally:
        logging.getLogger("apprise").removeHandler(heard)
    if sent:
        return Answer(letter.number, ok=True)
    said = heard.words[:1] or ["the service did not take it"]
    reason = guard.refusals[0] if guard.refusals else without_secrets(said[0], letter.url, shown)
    return Answer(letter.number, ok=False, reason=reason[:_LONGEST_REASON])


def _checked(plugin: apprise.NotifyBase, letter: Letter, guard: Guard, shown: str) -> Answer:
    found = reach(lambda: _sent(plugin, letter), guard)
    if found.refusal:
        return Answer(letter.number, ok=False, reason=without_secrets(found.refusal, letter.url, shown))
    return Answer(letter.number, ok=True, shown=shown, service=str(plugin.service_name), doubt=found.doubt)


def _plugin(url: str) -> apprise.NotifyBase | None:
    asset = apprise.AppriseAsset(
        app_id="Spreadboard", app_desc="Spreadboard", app_url="", image_url_mask="", image_url_logo=""
    )
    return apprise.Apprise.instantiate(url, asset=asset)


def _sent(plugin: apprise.NotifyBase, letter: Letter) -> bool:
    headers = getattr(plugin, "headers", None)
    if isinstance(headers, dict):
        headers[ID_HEADER] = letter.message_id
    if "overflow" not in parse_qs(urlsplit(letter.url).query):
        plugin.overflow_mode = OverflowMode.SPLIT  # several messages are better than one that is too long
    post = apprise.Apprise()
    post.add(plugin)
    kind = NotifyType.SUCCESS if letter.good else NotifyType.WARNING
    return bool(post.notify(body=letter.body, title=letter.title, notify_type=kind, body_format=NotifyFormat.TEXT))


class _Heard(logging.Handler):
    """What Apprise warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(" ".join(record.getMessage().split()))
