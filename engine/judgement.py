"""The verdict: what the findings say together, how sure that is, and what would change it. In words, and no advice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.completeness import completeness_of
from engine.diagnosis import Confidence, Diagnosis, Refit, Verdict
from engine.findings.finding import Finding, Outcome, Subject, pick
from engine.findings.keys import BOTH_WAYS, CUSUM, HALF_LIFE, NOISE_CHECK, PARTS, UNIT_ROOT
from engine.findings.legs import LEVEL
from engine.findings.noise import share_text
from engine.findings.registry import BY_KEY
from engine.findings.sample import Sample
from engine.spans import utc_text

MOST_TO_WATCH = 2
MANY_HALF_LIVES = 10.0
HELD_SHARE, HELD_RUNS = 1 / 3, 3
"""Of the runs before, so many must have passed for a pair that passes no more to be called broken."""
SURELY_HELD = 0.01
"""That a relation held in a part is claimed more carefully: clustered volatility makes parts of noise look good."""
FEWEST_REFITS = 4
RECENT_SHARE = 0.25
"""A noise check counts as long as no more of the sample than this is new since."""


class Tested(NamedTuple):
    """Which rows were tested: see `Diagnosis`."""

    as_of_ms: int
    generation: int


def judged(
    now: Tested, sample: Sample, findings: tuple[Finding, ...], refits: tuple[Refit, ...], dear_as_of_ms: int | None
) -> Diagnosis:
    """The diagnosis of a sample that could be tested, from what was found."""
    core = pick(findings, BOTH_WAYS, Subject.PAIR)
    p_value = core.numbers.get("p_value") if core else None
    recent = dear_as_of_ms is not None and now.as_of_ms - dear_as_of_ms <= RECENT_SHARE * sample.n * sample.bar_ms
    verdict, because = _verdict(findings, p_value, refits, noise_counts=recent)
    confidence, sure_because = _confidence(
        verdict, findings, p_value, refits, sample, noise_when=_of_another_bar(now.as_of_ms, dear_as_of_ms)
    )
    return Diagnosis(
        as_of_ms=now.as_of_ms,
        generation=now.generation,
        bars=sample.n,
        verdict=verdict,
        because=because,
        p_value=p_value,
        confidence=confidence,
        sure_because=sure_because,
        watch=_watch(findings),
        findings=findings,
        refits=refits,
        dear_as_of_ms=dear_as_of_ms,
        completeness=completeness_of(sample.rows),
    )


def _verdict(
    findings: Sequence[Finding], p_value: float | None, refits: Sequence[Refit], *, noise_counts: bool
) -> tuple[Verdict, str]:
    """None without the core test or where a leg is stationary; one that passes with a doubt is doubtful."""
    without = [each for each in findings if each.statistic in (BOTH_WAYS, UNIT_ROOT) and each.reason]
    if p_value is None or without:
        return Verdict.NO_RESULT, without[0].text if without else "the test of cointegration gave nothing"
    stationary = [each for each in findings if each.statistic == UNIT_ROOT and each.outcome is Outcome.BAD]
    if stationary:
        return Verdict.NO_RESULT, stationary[0].text
    noise = pick(findings, NOISE_CHECK, Subject.PAIR) if noise_counts else None
    least = noise.numbers.get("low") if noise else None
    if p_value >= LEVEL:
        return _not_found(findings, p_value, refits)
    if least is not None and least > LEVEL:
        return Verdict.NOT_COINTEGRATED, "the test passes, but noise with the legs' own volatility does too often"
    doubts = [each for each in findings if each.outcome in (Outcome.DOUBTFUL, Outcome.BAD)]
    if doubts:
        return Verdict.DOUBTFUL, f"the test passes, but: {doubts[0].text}"
    return Verdict.COINTEGRATED, "the test passes, and nothing that was checked speaks against it"


def _not_found(findings: Sequence[Finding], p_value: float, refits: Sequence[Refit]) -> tuple[Verdict, str]:
    crossing = pick(findings, CUSUM, Subject.PAIR)
    p_before = crossing.numbers.get("p_before") if crossing else None
    if crossing is not None and p_before is not None and p_before < LEVEL:
        return Verdict.BROKEN, f"{crossing.text}; before that the test passed"
    part = pick(findings, PARTS, Subject.PAIR)
    if part is not None and part.numbers.get("p_value", 1.0) < SURELY_HELD:
        return Verdict.BROKEN, f"{part.text}, but not over the whole sample"
    passed, ran = _passed(refits[:-1])
    if passed >= max(HELD_RUNS, HELD_SHARE * ran):
        return Verdict.BROKEN, f"the test passed in {passed} of the {ran} runs before, and does not any more"
    return Verdict.NOT_COINTEGRATED, f"legs without any relation look this good {100 * p_value:.0f} times in a hundred"


def _of_another_bar(as_of_ms: int, dear_as_of_ms: int | None) -> str:
    """When dear statistics were made, where that is not when the others were."""
    return "" if dear_as_of_ms is None or dear_as_of_ms == as_of_ms else f" (tested {utc_text(dear_as_of_ms)})"


def _confidence(
    verdict: Verdict,
    findings: Sequence[Finding],
    p_value: float | None,
    refits: Sequence[Refit],
    sample: Sample,
    *,
    noise_when: str,
) -> tuple[Confidence, tuple[str, ...]]:
    if p_value is None or verdict is Verdict.NO_RESULT:
        return Confidence.NONE, ()
    passed, ran = _passed(refits)
    grounds = [f"{passed} of the last {ran} runs passed, which overlap"]
    held, surely_held = _half_lives(findings, sample)
    if surely_held is None and held is not None:
        grounds.append("how many half-lives the sample holds is not known")
    elif held is not None:
        grounds.append(
            f"the sample holds {held:.0f} half-lives" if held >= 1 else "less than one half-life in the sample"
        )
    noise = pick(findings, NOISE_CHECK, Subject.PAIR)
    share = noise.numbers.get("share") if noise else None
    if noise is not None and share is not None:
        grounds.append(f"noise looks this good {share_text(share, noise.numbers['high'])} of the time{noise_when}")
    if verdict in (Verdict.COINTEGRATED, Verdict.DOUBTFUL):
        return _of_presence(passed, ran, held, share, sound=verdict is Verdict.COINTEGRATED), tuple(grounds)
    return _of_absence(passed, ran, p_value, surely_held), tuple(grounds)


def _of_presence(passed: int, ran: int, held: float | None, share: float | None, *, sound: bool) -> Confidence:
    steady = ran >= FEWEST_REFITS and passed >= 0.75 * ran
    enough = held is not None and held >= MANY_HALF_LIVES
    if steady and enough and sound and (share is None or share < LEVEL):
        return Confidence.HIGH
    if passed < 0.5 * ran or held is None or held < 1.0 or (share is not None and share >= 2 * LEVEL):
        return Confidence.LOW
    return Confidence.MODERATE


def _of_absence(passed: int, ran: int, p_value: float, surely_held: float | None) -> Confidence:
    """That a test finds nothing is weak evidence: in a sample of few half-lives it finds nothing anyway."""
    if p_value < 2 * LEVEL or passed >= 0.25 * ran or surely_held is None or surely_held < MANY_HALF_LIVES:
        return Confidence.LOW
    return Confidence.MODERATE


def _half_lives(findings: Sequence[Finding], sample: Sample) -> tuple[float | None, float | None]:
    """How many the sample holds by the half-life found, and by the longest that is not ruled out; None: unknown."""
    found = pick(findings, HALF_LIFE, Subject.SPREAD)
    numbers = found.numbers if found else {}
    bars, longest = numbers.get("bars"), numbers.get("high")
    if found is not None and found.broken:
        longest = None  # single bars bounce: it returns more slowly than it looks
    return (sample.n / bars if bars else None), (sample.n / longest if longest else None)


def _watch(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Of what did not pass, the first few: each statistic says what to look at in that case."""
    open_questions = [each.statistic for each in findings if each.outcome in (Outcome.BAD, Outcome.DOUBTFUL)]
    watch = [BY_KEY[key].watch for key in dict.fromkeys(open_questions) if BY_KEY[key].watch]
    return tuple(watch[:MOST_TO_WATCH]) or ("whether the test goes on to pass as new bars come in",)


def _passed(refits: Sequence[Refit]) -> tuple[int, int]:
    ran = [refit.passed for refit in refits if refit.passed is not None]
    return sum(ran), len(ran)
