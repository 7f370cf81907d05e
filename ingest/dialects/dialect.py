"""What differs from venue to venue on the wire. The design stands in `ingest.dialects`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Literal, NamedTuple, Protocol

from ingest.core.events import Event, LegT
from ingest.core.rejections import Rejection
from ingest.dialects.calls import Calls, Weights

Asking = Literal["subscribe", "unsubscribe"]


class Word(NamedTuple):
    """A frame that is of no stream at a glance: of one after all, or the venue's word that it shuts down."""

    stream: bytes = b""
    shutting_down: bool = False


class Dialect(Protocol):
    """One wire. `trades` are the endings of the names of streams that carry trades."""

    trades: tuple[bytes, ...]

    def decode(
        self, frames: Iterable[tuple[int, bytes]], legs: Mapping[str, LegT], rejected: MutableMapping[Rejection, int]
    ) -> list[Event[LegT]]:
        """Frames as events: an `ingest.core.decode.Decode`."""
        ...

    def address(self, base: str, streams: Sequence[str]) -> str:
        """Where to connect for these streams; `base` is host and path."""
        ...

    def subscribed_by_address(self, streams: Sequence[str]) -> tuple[str, ...]:
        """Those of `streams` that a connection to their address carries without another word."""
        ...

    def request(self, asking: Asking, streams: Sequence[str], number: int) -> bytes:
        """The message that subscribes these streams, or ends them."""
        ...

    def names(self, frames: Sequence[bytes]) -> list[bytes]:
        """The name of each frame's stream, as far as it shows at a glance; anything else where it does not."""
        ...

    def word(self, raw: bytes) -> Word:
        """A second look at a frame whose name is none of a stream."""
        ...

    def calls(self, weights: Weights, *, info_by_symbol: bool) -> Calls:
        """The venue's REST interface; with `info_by_symbol` symbols are asked for one by one."""
        ...
