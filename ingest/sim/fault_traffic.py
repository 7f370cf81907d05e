"""Faults of what is sent: silence, repeats, disorder, gaps, and frames that are none."""

# ruff: noqa: ARG002  # a fault need not use all that a point tells it

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import exp, log
from weakref import WeakKeyDictionary

from ingest.sim.faults import Faults, Link, OddFrame, Sent

SHUFFLE_MS = 400
"""How late a shuffled trade is: below the watermark after which bars close."""

MALFORMED = (
    '{"stream":"btcusdt@aggTrade","data":',
    b"\xff\xfe\x00\x01",
    '{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"NaN","q":"1","T":1,"E":1,"m":true}',
    '{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"-1","q":"1","T":1,"E":1,"m":true}',
    '{"e":"aggTrade","s":"BTCUSDT","a":1,"p":1e400,"q":"1","T":1,"E":1,"m":true}',
    '{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"1e400","q":"1","T":1,"E":1,"m":true}',
    '{"e":"aggTrade","s":"BTCUSDT"}',
    '{"e":"aggTrade","s":"BTCUSDT","a":"1","p":"1","q":"1","T":1,"E":1,"m":true}',
    '{"e":"somethingNew","s":"BTCUSDT","E":1}',
    '{"data":' * 200 + "1" + "}" * 200,
    "[" * 5_000,
    '{"e":"aggTrade","s":"BTC\\u0000USDT","a":1,"p":"1\\u0000","q":"1","T":1,"E":1,"m":true}',
    "\x00",
    "null",
    "[1,2,3]",
    '[{"e":"24hrMiniTicker","E":1,"s":"BTCUSDT","c":"NaN","q":"1"}]',
    '[{"e":"24hrMiniTicker","E":1,"s":"BTCUSDT","c":"-1","q":"1"}]',
    '{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"-1","i":"1","r":"0","T":1}',
    '{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"1","i":"1","r":"1e400","T":1}',
    '{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"1"}',
    '{"code":2,"msg":"Invalid request"}',
)
"""What no client should trip over: broken JSON, binary, NaN, negative, infinite, missing, unknown, nested, NUL."""

_STAMP = re.compile(r'"([ET])":(\d+)')


def is_trade(frame: Sent) -> bool:
    return frame.stream.endswith(("@aggTrade", "@trade"))


class Silent(Faults):
    """Nothing on streams that match; the connection lives."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        return [frame for frame in frames if not self._silences(frame.stream, link)]

    def _silences(self, stream: str, _link: Link) -> bool:
        return fnmatchcase(stream, self._pattern)


class Stuck(Silent):
    """Nothing on streams that match until they are subscribed anew by message."""

    def _silences(self, stream: str, link: Link) -> bool:
        return super()._silences(stream, link) and stream not in link.renewed


class Unfed(Silent):
    """Nothing, ever, on streams that match on connections opened from now on: acknowledged without data."""

    def __init__(self, pattern: str, since_s: float) -> None:
        super().__init__(pattern)
        self._since_s = since_s

    def _silences(self, stream: str, link: Link) -> bool:
        return super()._silences(stream, link) and link.opened_s >= self._since_s


class Stale(Silent):
    """Nothing on streams that match on connections that were open already: only a new one helps."""

    def __init__(self, pattern: str, since_s: float) -> None:
        super().__init__(pattern)
        self._since_s = since_s

    def _silences(self, stream: str, link: Link) -> bool:
        return super()._silences(stream, link) and link.opened_s < self._since_s


class Duplicates(Faults):
    """Each trade so many times."""

    def __init__(self, times: int) -> None:
        self._times = times

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        return [frame for frame in frames for _ in range(self._times if is_trade(frame) else 1)]


class Shuffle(Faults):
    """A share of the trades comes up to `SHUFFLE_MS` of the venue's time late, after others."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._random = random.Random(7)  # noqa: S311  # disorder, not secrets
        self._late: WeakKeyDictionary[Link, list[tuple[int, int, Sent]]] = WeakKeyDictionary()
        self._number = 0

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        waiting = self._late.pop(link, [])
        until_ms = max((frame.event_ms for frame in frames), default=0)
        for frame in frames:
            late = is_trade(frame) and self._random.random() < self._share
            delay_ms = self._random.randrange(1, SHUFFLE_MS) if late else 0
            self._number += 1
            waiting.append((frame.event_ms + delay_ms, self._number, frame))
        waiting.sort(key=lambda entry: entry[:2])
        self._late[link] = [entry for entry in waiting if entry[0] > until_ms]
        return [entry[2] for entry in waiting if entry[0] <= until_ms]


@dataclass(slots=True)
class _Run:
    """So many more trades of a stream pass, or are left out."""

    drops: bool
    left: int


class Gaps(Faults):
    """Runs of 1 to `longest` trades are left out, after ten times as many that pass; REST has them."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._random = random.Random(7)  # noqa: S311
        self._runs: WeakKeyDictionary[Link, dict[str, _Run]] = WeakKeyDictionary()

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        runs = self._runs.setdefault(link, {})
        return [frame for frame in frames if not (is_trade(frame) and self._drops(frame.stream, runs))]

    def _drops(self, stream: str, runs: dict[str, _Run]) -> bool:
        run = runs.setdefault(stream, _Run(drops=True, left=0))
        if run.left == 0:
            length = round(exp(self._random.uniform(0.0, log(self._longest))))
            run.drops, run.left = not run.drops, 10 * length if run.drops else length
        run.left -= 1
        return run.drops


class Malformed(Faults):
    """So many broken frames a second on each connection, among the good ones."""

    def __init__(self, per_s: float, start_s: float) -> None:
        self._per_s = per_s
        self._start_s = start_s
        self._sent: WeakKeyDictionary[Link, int] = WeakKeyDictionary()

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        sent = self._sent.get(link, 0)
        due = int((now_s - max(link.opened_s, self._start_s)) * self._per_s)
        self._sent[link] = max(sent, due)
        return [*frames, *(OddFrame(0, "", MALFORMED[number % len(MALFORMED)]) for number in range(sent, due))]


class Huge(Faults):
    """A message of so many megabytes, or one without end, to one connection each half minute."""

    def __init__(self, megabytes: float) -> None:
        self._megabytes = megabytes
        self._next_s = float("-inf")

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        if not frames or now_s < self._next_s:
            return frames
        self._next_s = now_s + 30.0
        endless = self._megabytes == float("inf")
        data: str | AsyncIterator[str] = _endless() if endless else "x" * int(self._megabytes * 1e6)
        return [*frames, OddFrame(0, "", data)]


async def _endless() -> AsyncIterator[str]:
    while True:
        yield "x" * 10_000


class Stamps(Faults):
    """Times in the frames shifted by some seconds, or, of every other frame, in microseconds."""

    def __init__(self, shift_s: float | None) -> None:
        self._shift_s = shift_s

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        return [self._stamped(frame, number) for number, frame in enumerate(frames)]

    def _stamped(self, frame: Sent, number: int) -> Sent:
        if not isinstance(frame.data, str) or isinstance(frame, OddFrame):
            return frame
        if self._shift_s is None:
            return frame._replace(data=_STAMP.sub(r'"\1":\g<2>000', frame.data)) if number % 2 else frame
        shift_ms = int(self._shift_s * 1000)
        return frame._replace(data=_STAMP.sub(lambda m: f'"{m[1]}":{int(m[2]) + shift_ms}', frame.data))
