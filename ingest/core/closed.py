"""The bars closed lately, remembered so that they can be revised."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from operator import itemgetter

from store.bars import Bar, encode_bar, parse_bar

_MAX_REVISION = 0xFFFF
_NUMBER = itemgetter(0)


class ClosedBars:
    """The last `keep` closed bars, packed; `out` holds what is to be published of them, in order."""

    __slots__ = ("_bars", "keep", "out")

    def __init__(self, *, keep: int) -> None:
        self.keep = keep
        self.out: list[bytes] = []
        self._bars: deque[tuple[int, bytes]] = deque(maxlen=keep)

    def __len__(self) -> int:
        return len(self._bars)

    def append(self, number: int, bar: Bar) -> None:
        """Add and publish the bar `number`, higher than all before."""
        packed = encode_bar(bar)
        self._bars.append((number, packed))
        self.out.append(packed)

    def publish(self, bar: Bar) -> None:
        """Publish a bar that need not be remembered."""
        self.out.append(encode_bar(bar))

    def take(self) -> tuple[bytes, ...]:
        """What is to be published since the last call."""
        out, self.out = tuple(self.out), []
        return out

    def remember(self, number: int, packed: bytes) -> None:
        """Add a bar that was published before."""
        self._bars.append((number, packed))

    def index(self, number: int) -> int | None:
        """Where the bar `number` stands; None if it is forgotten or never was."""
        index = bisect_left(self._bars, number, key=_NUMBER)
        return index if index < len(self._bars) and self._bars[index][0] == number else None

    def at(self, index: int) -> tuple[int, Bar]:
        number, packed = self._bars[index]
        return number, parse_bar(packed)

    def replace(self, index: int, bar: Bar) -> bool:
        """Publish `bar` again with a higher revision if it differs from what stands there; whether it does."""
        number, packed = self._bars[index]
        revision = parse_bar(packed).revision
        if encode_bar(bar._replace(revision=revision)) == packed:
            return False
        fresh = encode_bar(bar._replace(revision=min(revision + 1, _MAX_REVISION)))
        self._bars[index] = (number, fresh)
        self.out.append(fresh)
        return True
