"""The codec of bars: what is packed comes back, and so does what an earlier version packed."""

from __future__ import annotations

import math
from struct import Struct

import numpy as np
import pytest

from store.bars import PACKED_BAR, Bar, encode_bar, parse_bar, parse_bars
from store.errors import CorruptRecord
from tests.store.bar_data import made_bar

FORMER = Struct("<I5dIqI2dBHH")  # 81 bytes, as bars were packed before they had a buy volume


def packed_formerly(bar: Bar) -> bytes:
    ids = (bar.first_id, bar.last_id - bar.first_id)
    last = (bar.bid, bar.ask, bar.source, bar.missing, bar.revision)
    return FORMER.pack(bar.open_time_ms // 1000, *bar[1:6], bar.trades, *ids, *last)


def test_a_bar_comes_back_as_it_was_but_for_the_digits_of_its_buy_volume() -> None:
    bar = made_bar(3)._replace(buy_volume=1 / 3)
    back = parse_bar(encode_bar(bar))
    assert back._replace(buy_volume=0) == bar._replace(buy_volume=0)
    assert back.buy_volume == float(np.float32(1 / 3))
    assert len(encode_bar(bar)) == PACKED_BAR.itemsize == 85


def test_bars_of_an_earlier_version_are_read_and_their_buy_volume_is_unknown() -> None:
    bars = [made_bar(number) for number in range(4)]
    mixed = [packed_formerly(bar) if bar.open_time_ms % 2_000 else encode_bar(bar) for bar in bars]
    rows = parse_bars(mixed)
    assert rows["close"].tolist() == [bar.close for bar in bars]
    assert np.isnan(rows["buy_volume"]).tolist() == [False, True, False, True]
    one = parse_bar(packed_formerly(bars[0]))
    assert math.isnan(one.buy_volume)
    assert one[:-1] == bars[0][:-1]


@pytest.mark.parametrize("size", [0, 80, 82, 84, 86])
def test_other_bytes_are_no_bar(size: int) -> None:
    with pytest.raises(CorruptRecord):
        parse_bar(bytes(size))
    with pytest.raises(CorruptRecord):
        parse_bars([encode_bar(made_bar(1)), bytes(size)])
