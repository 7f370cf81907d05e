"""State that cannot be read is refused by name, never half-loaded."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest

from ingest.core.core import Core
from store.errors import CorruptRecord


def test_state_survives_a_round_trip_to_the_bit(wire: SimpleNamespace) -> None:
    core = Core("sim", ["A"], hold_ms=0)
    frames = [
        wire.agg_trade(wire.tick(i, wire.START_MS + 11 * i, price=0.1 * i, quantity=1 / i), "A") for i in (1, 2, 5)
    ]
    core.feed([*frames, wire.book_ticker("A", 0.1, 0.3, wire.START_MS + 60)])
    saved = core.dump_state("A")
    again = Core("sim", ["A"], hold_ms=0)
    again.load_state("A", saved)
    assert again.dump_state("A") == saved
    assert again.wanted_gaps() == core.wanted_gaps() != ()


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]", b"\xff", b'{"version":1}', b'{"version":99}', b"null"])
def test_anything_else_is_a_corrupt_record(raw: bytes) -> None:
    with pytest.raises(CorruptRecord):
        Core("sim", ["A"]).load_state("A", raw)


def test_a_state_with_a_wrong_shape_is_a_corrupt_record(wire: SimpleNamespace) -> None:
    core = Core("sim", ["A"])
    core.feed([wire.agg_trade(wire.tick(1, wire.START_MS), "A")])
    saved = orjson.loads(core.dump_state("A"))
    saved["seconds"]["forming"][0][1].pop()
    with pytest.raises(CorruptRecord):
        Core("sim", ["A"]).load_state("A", orjson.dumps(saved))
