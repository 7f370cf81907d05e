"""Numbers and times as people read them here: tabular, signed where it matters, blank where unknown, UTC."""

from __future__ import annotations

import math
from datetime import UTC, datetime

MINUS = "−"
UNBOUNDED = "unbounded"


def price_digits(tick_size: float) -> int:
    """Decimals that a price step asks for, at most 12."""
    if not 0 < tick_size < math.inf:
        return 2
    digits = 0
    while digits < 12 and abs(round(tick_size, digits) - tick_size) > tick_size * 1e-6:
        digits += 1
    return digits


def number(value: float | None, digits: int) -> str:
    """`value` with thousands commas and a true minus; blank where it is not finite."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:,.{digits}f}".replace("-", MINUS)


def quantity(value: float | None) -> str:
    """An amount traded: the larger, the fewer its decimals; blank where it is not finite."""
    size = 0.0 if value is None else abs(value)
    return number(value, 3 if size < 100 else 1 if size < 10_000 else 0)


def significant(value: float | None, digits: int) -> str:
    """`value` to so many significant digits, whole numbers as they are; blank where it is not finite."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:,}" if isinstance(value, int) else f"{value:#.{digits}g}".rstrip(".")
    return text.replace("-", MINUS)


def signed(value: float | None, digits: int) -> str:
    """Like `number`, always with its sign; what rounds to zero is +0."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:+,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.replace("-", "+")
    return text.replace("-", MINUS)


def interval(low: float | None, high: float | None, digits: int) -> str:
    """``0.812 – 0.908``, blank unless both ends are known."""
    ends = number(low, digits), number(high, digits)
    return " – ".join(ends) if all(ends) else ""


def p_value(p: float | None) -> str:
    if p is None or not math.isfinite(p):
        return ""
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def duration(seconds: float | None) -> str:
    """``6 min 30 s``, ``41 min``, ``2 h 10 min``; infinite is `UNBOUNDED`, NaN and None are blank."""
    if seconds is None or math.isnan(seconds):
        return ""
    if math.isinf(seconds):
        return UNBOUNDED
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    step = 10 if seconds < 1_200 else 60 if seconds < 7_200 else 600
    whole = round(seconds / step) * step
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    named = [f"{count} {unit}" for count, unit in units if count]
    return " ".join(named[:2])


def span(milliseconds: int) -> str:
    """A length of time kept or shown, roughly: ``4 h``, ``30 h``, ``7 d``, ``40 min``."""
    minutes = milliseconds / 60_000
    if minutes < 100:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"


def clock(ms: int | None) -> str:
    """``12:03:05`` UTC of epoch milliseconds, blank for None."""
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S")


def minute(ms: int | None) -> str:
    """``12:03`` UTC of epoch milliseconds, blank for None."""
    return clock(ms)[:5]


def bar_time(ms: int | None, bar_ms: int) -> str:
    """A bar's close as it is said of bars of that length: with seconds where they are shorter than a minute."""
    return clock(ms) if bar_ms < 60_000 else minute(ms)


def moment(ms: int | None, now_ms: int) -> str:
    """A time of day, with its date where that is not today's."""
    if ms is None:
        return ""
    then, now = (datetime.fromtimestamp(t / 1000, UTC) for t in (ms, now_ms))
    return then.strftime("%H:%M:%S") if then.date() == now.date() else then.strftime("%d %b %H:%M")


def date(ms: int) -> str:
    """``21 Nov 2026`` UTC."""
    then = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{then.day} {then.strftime('%b %Y')}"


def day_time(ms: int, bar_ms: int, now_ms: int) -> str:
    """``14:00 UTC 21 Nov``, with its year where that is not this one: of a bar's close."""
    then, now = (datetime.fromtimestamp(t / 1000, UTC) for t in (ms, now_ms))
    day = date(ms) if then.year != now.year else f"{then.day} {then.strftime('%b')}"
    return f"{bar_time(ms, bar_ms)} UTC {day}"


def ready_words(lacking: int, bar_ms: int, as_of_ms: int | None, *, what: str = "") -> str:
    """How long so many bars take that are lacking, and when the last of them closes: then `what` comes."""
    length = f"{lacking} more take {duration(lacking * bar_ms / 1000)}"
    if as_of_ms is None:
        return f"{length}."
    return f"{length}: {what}at {moment(as_of_ms + lacking * bar_ms, as_of_ms)} UTC if none is absent."


def full_time(ms: int) -> str:
    """``2026-11-21 12:03:05 UTC``."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def listed(*words: str) -> str:
    """Those that are not blank: ``USDT, last close``; an upload has no currency."""
    return ", ".join(filter(None, words))


def sentence(words: str) -> str:
    """With a capital at its beginning."""
    return words[:1].upper() + words[1:]


def symbol(instrument: str) -> str:
    """``BTCUSDT`` of ``sim:BTCUSDT``."""
    return instrument.partition(":")[2] or instrument
