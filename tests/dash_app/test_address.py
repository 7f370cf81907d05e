"""What an address has too much of is left out, and said."""

from __future__ import annotations

from typing import Any

import dash
import pytest
from dash import Dash
from dash._pages import _parse_query_string

from dash_app import ids
from dash_app.address import read_address, without_idle_ratio

KNOWN = ("window", "method", "beta")


def test_an_address_without_fault_is_read_as_it_stands() -> None:
    """As Dash itself reads it, valid or not."""
    address = read_address(_parse_query_string("?window=60&method=nonsense&utm=1&utm=2&beta="), KNOWN)
    assert address.texts == {"window": "60", "method": "nonsense", "utm": "1", "beta": ""}
    assert address.left_out == ()


def test_of_what_stands_twice_the_first_is_taken_and_that_is_said() -> None:
    address = read_address(_parse_query_string("?window=60&window=120&method=ols&window=&method=ols"), KNOWN)
    assert address.texts == {"window": "60", "method": "ols"}
    assert address.left_out == (
        "The address has window more than once (60, 120, ): the first is taken",
        "The address has method more than once (ols, ols): the first is taken",
    )


@pytest.mark.parametrize("method", [None, "rolling", "kalman", "nonsense"])
def test_a_ratio_that_the_method_does_not_take_is_left_out_and_that_is_said(method: str | None) -> None:
    query = {"beta": "0.8"} | ({"method": method} if method else {})
    address = without_idle_ratio(read_address(query, KNOWN))
    assert "beta" not in address.texts
    assert address.left_out == ("The address has beta = 0.8, which only the own ratio takes: it is left out",)


def test_a_ratio_that_the_method_takes_stays_and_an_empty_one_says_nothing() -> None:
    for query in ({"beta": "0.8", "method": "fixed"}, {"beta": "", "method": "ols"}, {}):
        address = without_idle_ratio(read_address(query, KNOWN))
        assert (address.texts, address.left_out) == (query, ())


@pytest.mark.filterwarnings(r"ignore:\s*The dash_table.DataTable:DeprecationWarning")
@pytest.mark.parametrize(
    ("page", "leg", "query", "said"),
    [
        ("dash_app.pages.pair", {"y": "sim:YUSDT", "x": "sim:XUSDT"}, {"window": ["60", "120"], "beta": "2"}, 2),
        ("dash_app.pages.pair", {"y": "sim:YUSDT", "x": "sim:XUSDT"}, {"window": "60"}, 0),
        ("dash_app.pages.market", {"instrument": "sim:YUSDT"}, {"sma": ["20", "50"]}, 1),
        ("dash_app.pages.alerts", {}, {"pair": "zz", "kind": "yy", "show": "blah"}, 3),
        ("dash_app.pages.alerts", {}, {"pair": "sim:YUSDT sim:XUSDT", "kind": "beta drift", "show": "fired"}, 0),
        ("dash_app.pages.market", {"instrument": ["sim:YUSDT", "sim:XUSDT"]}, {}, 1),
    ],
)
def test_pages_say_it_above_what_they_show(
    app: Dash, page: str, leg: dict[str, Any], query: dict[str, Any], said: int
) -> None:
    layout = dash.page_registry[page]["layout"](**leg, **query)
    notes = [child for child in layout.children if getattr(child, "id", "") == ids.ADDRESS_NOTE]
    assert [len(note.children) for note in notes] == ([said] if said else [])
    places = [getattr(child, "id", "") for child in layout.children]
    assert not said or places.index(ids.ADDRESS_NOTE) < places.index(ids.STATE)
