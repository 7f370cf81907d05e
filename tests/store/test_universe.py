"""Minutes of a universe go into the store and come out to the bit, in little room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import CorruptRecord
from store.universe import (
    FEWEST_MINUTES,
    MOST_MINUTES,
    UniverseMinute,
    encode_minute,
    minutes_kept,
    parse_minute,
)

OPEN_MS = 1_782_907_200_000
PRICES = st.tuples(st.floats(1e-12, 1e14), st.floats(0, 2.0**100, width=32))


@given(st.dictionaries(st.integers(0, 299), PRICES), st.integers(0, (1 << 60) - 1))
def test_a_minute_comes_back_to_the_bit(prices: dict[int, tuple[float, float]], heard: int) -> None:
    places = {f"S{number}": number for number in range(300)}
    minute = UniverseMinute(OPEN_MS, heard, {f"S{number}": pair for number, pair in prices.items()})
    back = parse_minute(encode_minute(minute, places))
    assert (back.open_time_ms, back.heard) == (OPEN_MS, heard)
    found = zip(back.places.tolist(), back.closes.tolist(), back.turnovers.tolist(), strict=True)
    assert {place: (close, turnover) for place, close, turnover in found} == prices


def test_five_hundred_symbols_take_six_kilobytes() -> None:
    places = {f"S{number}": number for number in range(500)}
    entry = encode_minute(UniverseMinute(OPEN_MS, 1, dict.fromkeys(places, (1.5, 2.5))), places)
    assert len(entry) <= 500 * 12 + 500 / 8 + 20


@pytest.mark.parametrize("cut", [slice(0, -3), slice(0, 9), slice(0, 0), slice(1, None)])
def test_other_bytes_are_no_minute(cut: slice) -> None:
    places = {"A": 0, "B": 1}
    entry = encode_minute(UniverseMinute(OPEN_MS, 1, {"B": (1.0, 2.0)}), places)
    with pytest.raises(CorruptRecord):
        parse_minute(entry[cut])


def test_what_is_kept_follows_from_the_room() -> None:
    entry = bytes(6_000)
    assert minutes_kept(0, entry) == FEWEST_MINUTES
    assert minutes_kept(6_100 * 500, entry) == 500
    assert minutes_kept(10**12, entry) == MOST_MINUTES
