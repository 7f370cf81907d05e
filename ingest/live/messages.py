"""Messages out of the bytes of a websocket connection (RFC 6455). Pure: it holds back no more than its limit."""

from __future__ import annotations

from typing import NamedTuple

from ingest.errors import BrokenWire

MAX_MESSAGE_BYTES = 1_000_000
"""The largest that the venues send, the ticker array of whole markets, is a third of it."""

MAX_FRAGMENTS = 1_000
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR, TOO_LONG = 1002, 1009

_WHOLE_TEXT = 0x80 | TEXT
_MASKED = 0x80
_RESERVED = 0x70
_CONTROL = 0x8
_MAX_CONTROL_BYTES = 125


class Received(NamedTuple):
    """What a chunk of bytes completed: data messages, and control frames as (opcode, payload)."""

    data: list[bytes]
    controls: list[tuple[int, bytes]]


class MessageReader:
    """Reads what a venue sends after the handshake. Raises `BrokenWire` for what no venue may send.

    The size of a frame is judged by its header, before its body is there.
    """

    def __init__(self, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._limit = limit
        self._rest = b""
        self._parts: list[bytes] | None = None
        self._size = 0

    def take(self, chunk: bytes) -> Received:
        """The messages that end within `chunk`, which follows the chunks before it."""
        received = Received([], [])
        buffer = self._rest + chunk if self._rest else chunk
        at, end = 0, len(buffer)
        while end - at >= 2:
            size, start = buffer[at + 1], at + 2
            if size & _MASKED:
                raise BrokenWire("a masked frame", PROTOCOL_ERROR)
            if size >= 126:
                start += 2 if size == 126 else 8
                if end < start:
                    break
                size = int.from_bytes(buffer[at + 2 : start])
            if self._size + size > self._limit:
                raise BrokenWire(f"a message of {self._size + size:,} bytes, and more than {self._limit:,}", TOO_LONG)
            stop = start + size
            if stop > end:
                break
            if buffer[at] == _WHOLE_TEXT and self._parts is None:
                received.data.append(buffer[start:stop])
            else:
                self._place(buffer[at], buffer[start:stop], received)
            at = stop
        self._rest = buffer[at:]
        return received

    def _place(self, first: int, payload: bytes, received: Received) -> None:
        """Take a frame that is no whole text message."""
        opcode, final = first & 0x0F, bool(first & 0x80)
        if first & _RESERVED or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise BrokenWire(f"a frame that begins with {first:#04x}", PROTOCOL_ERROR)
        if opcode & _CONTROL:
            if not final or len(payload) > _MAX_CONTROL_BYTES:
                raise BrokenWire("a control frame in parts, or too long", PROTOCOL_ERROR)
            received.controls.append((opcode, payload))
            return
        if (self._parts is None) is (opcode == CONTINUATION):
            raise BrokenWire("a message within a message, or a part of none", PROTOCOL_ERROR)
        parts = [] if self._parts is None else self._parts
        parts.append(payload)
        self._parts, self._size = parts, self._size + len(payload)
        if final:
            received.data.append(b"".join(parts))
            self._parts, self._size = None, 0
        elif len(parts) > MAX_FRAGMENTS:
            raise BrokenWire(f"a message in more than {MAX_FRAGMENTS:,} parts", TOO_LONG)
