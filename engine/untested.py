"""What there is to say of a pair before its first slow tests: when they come, and what they do not depend on."""

from __future__ import annotations

from engine.diagnosis import period_ms
from engine.findings.sample import MIN_BARS
from engine.parameters import PairParameters
from engine.spans import span_text


def untested_words(p: PairParameters) -> str:
    """Sentences; other parameters of the pair may have been tested already."""
    every = span_text(period_ms(p))
    return (
        f"The monitor takes up what is watched or looked at within seconds, tests it as of the last full {every}, and "
        f"again every {every}. Cointegration is tested of the legs: that part is the same by every method. "
        f"It takes {MIN_BARS} bars."
    )
