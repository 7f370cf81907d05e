"""The bar on top of every page: where one is, where data come from, whether they are alive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dash import dcc, html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.icon import icon


class NavEntry(NamedTuple):
    """A page that exists."""

    name: str
    label: str
    href: str


def top_bar(entries: Iterable[NavEntry]) -> html.Header:
    links = [dcc.Link(e.label, href=e.href, id=f"{ids.NAV_PREFIX}{e.name}", className="sb-nav-link") for e in entries]
    return html.Header(
        [
            html.A("Skip to content", href="#_pages_content", className="sb-skip"),
            dcc.Link("Spreadboard", href="/", className="sb-brand"),
            html.Nav(links, className="sb-nav", id="nav", **attributes(label="Pages")),
            _toast(),
            html.Div(
                [
                    html.Span(id=ids.BADGE, className="sb-badge"),
                    html.Span(
                        [
                            html.Span(id=ids.CONNECTION_MARK, className="sb-i sb-i-warming sb-dim"),
                            html.Span("Connecting", id=ids.CONNECTION_WORD, className="sb-wide"),
                            html.Span(id=ids.CONNECTION_LAG, className="sb-lag"),
                        ],
                        id=ids.CONNECTION,
                        className="sb-connection",
                        role="status",
                    ),
                    html.Span([html.Span(id=ids.CLOCK), html.Span(" UTC", className="sb-dim")], className="sb-clock"),
                    dcc.Link(
                        [icon("bell"), html.B(id=ids.ALERTS_COUNT), html.Span(" alerts", className="sb-wide")],
                        href="/alerts",
                        className="sb-control sb-alerts",
                        id=ids.ALERTS_LINK,
                        title="Alerts not acknowledged",
                    ),
                    html.Button(
                        icon("moon"),
                        id=ids.THEME_BUTTON,
                        className="sb-control sb-plain sb-theme",
                        title="Dark or light",
                        **attributes(label="Switch between dark and light"),
                    ),
                    html.Button(
                        icon("menu"),
                        id=ids.MENU_BUTTON,
                        className="sb-control sb-plain sb-menu",
                        **attributes(label="Pages", controls="nav", expanded="false"),
                    ),
                ],
                className="sb-status",
            ),
        ],
        className="sb-bar",
    )


def _toast() -> html.Div:
    """A new alert, in the bar's free space: it covers nothing there."""
    return html.Div(
        [
            html.Span(
                dcc.Link([icon("bell"), html.Span(id="toast-words")], href="/alerts", id=ids.TOAST_LINK),
                role="status",
                className="sb-toast-says",
            ),
            html.Button(
                "×",
                id=ids.TOAST_CLOSE,
                type="button",
                className="sb-control sb-plain",
                title="Dismiss (Esc)",
                **attributes(label="Dismiss"),
            ),
        ],
        id=ids.TOAST,
        className="sb-toast",
    )
