"""Messages read out of bytes; the bytes are written by the `websockets` library."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from ingest.errors import BrokenWire
from ingest.live.messages import MAX_FRAGMENTS, PING, MessageReader

CONTROLS = [Opcode.PING, Opcode.PONG]


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True, mask: bool = False) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=mask)


def parts(payload: bytes, cuts: list[int]) -> bytes:
    """One text message in as many frames as there are cuts, and one more, with a ping before each of the later."""
    bounds = [0, *sorted(min(cut, len(payload)) for cut in cuts), len(payload)]
    frames = [
        frame(Opcode.TEXT if number == 0 else Opcode.CONT, payload[start:stop], fin=number == len(bounds) - 2)
        for number, (start, stop) in enumerate(pairwise(bounds))
    ]
    return frame(Opcode.PING, b"x").join(frames)


messages = st.lists(st.tuples(st.binary(max_size=70_000), st.lists(st.integers(0, 70_000), max_size=4)), max_size=6)


@given(messages, st.lists(st.integers(1, 5_000), min_size=1, max_size=40))
def test_messages_come_out_whole_however_they_are_cut(course: list[tuple[bytes, list[int]]], sizes: list[int]) -> None:
    stream = b"".join(parts(payload, cuts) for payload, cuts in course)
    reader, found, controls, at, turn = MessageReader(), [], 0, 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        received = reader.take(stream[at : at + size])
        found += received.data
        controls += len(received.controls)
        at, turn = at + size, turn + 1
    assert found == [payload for payload, _ in course]
    assert controls == sum(len(cuts) for _, cuts in course)


def test_a_ping_carries_its_payload() -> None:
    assert MessageReader().take(frame(Opcode.PING, b"echo")).controls == [(PING, b"echo")]


def test_a_long_message_is_refused_by_its_header() -> None:
    header = frame(Opcode.TEXT, b"x" * 2_000)[:4]
    with pytest.raises(BrokenWire, match="2,000 bytes") as broken:
        MessageReader(limit=1_999).take(header)
    assert broken.value.code == 1009
    assert MessageReader(limit=2_000).take(header).data == []


def test_parts_count_together() -> None:
    reader = MessageReader(limit=1_000)
    reader.take(frame(Opcode.TEXT, b"x" * 600, fin=False))
    with pytest.raises(BrokenWire, match="1,200 bytes"):
        reader.take(frame(Opcode.CONT, b"x" * 600))


def test_parts_without_end_are_refused_though_they_are_empty() -> None:
    reader = MessageReader()
    reader.take(frame(Opcode.TEXT, b"", fin=False))
    with pytest.raises(BrokenWire, match="parts"):
        reader.take(frame(Opcode.CONT, b"", fin=False) * MAX_FRAGMENTS)


@pytest.mark.parametrize(
    "raw",
    [
        frame(Opcode.TEXT, b"masked", mask=True),
        frame(Opcode.CONT, b"of nothing"),
        frame(Opcode.TEXT, b"a", fin=False) + frame(Opcode.TEXT, b"b"),
        b"\xc1\x00",  # a reserved bit: compression that nobody asked for
        b"\x83\x00",  # an opcode that is not assigned
        b"\x09\x00",  # a ping in parts
        b"\x89\x7e\x00\x7e" + b"x" * 126,  # a ping that is too long
    ],
    ids=["masked", "part of nothing", "in another", "compressed", "opcode", "ping in parts", "long ping"],
)
def test_what_no_venue_may_send_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenWire) as broken:
        MessageReader().take(raw)
    assert broken.value.code == 1002
