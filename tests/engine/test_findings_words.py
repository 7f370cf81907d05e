"""What findings say of themselves: how many draws were used, on what, as of when, and which signs numbers have."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.diagnose import diagnose
from engine.diagnosis import Diagnosis
from engine.findings.finding import Finding, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found
from engine.findings.keys import NOISE_CHECK
from engine.findings.noise import COMMON, DRAWS
from engine.findings.registry import BY_KEY
from engine.findings.sample import Sample
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.snapshots.compute import compute_rows
from engine.spans import utc_text
from engine.thresholds import DEFAULT_THRESHOLD
from tests.engine.pair_data import X, Y, made_legs, pair_of

Array = NDArray[np.float64]


def found_by(key: str, y: Array, x: Array) -> Finding:
    statistic: Statistic = BY_KEY[key]
    sample = Sample(PairParameters("made:Y", "made:X"), np.zeros(len(y), ROW_DTYPE), y, x, np.arange(len(y)))
    return next(iter(statistic.find(sample)))


def walks(seed: int, n: int = 200) -> tuple[Array, Array]:
    y, x = np.cumsum(np.random.default_rng(seed).standard_normal((2, n)), axis=1)
    return y, x


def test_a_noise_check_says_how_many_pairs_of_walks_were_looked_at() -> None:
    y, x = walks(1)
    common = found_by(NOISE_CHECK, y, x)
    draws = common.numbers["draws"]
    assert COMMON <= draws < DRAWS
    assert common.numbers["share"] == pytest.approx(COMMON / draws)
    assert common.value.endswith(f"%, {draws} pairs of walks were enough")
    held = x + np.random.default_rng(2).standard_normal(len(x))
    rare = found_by(NOISE_CHECK, held, x)
    assert rare.numbers["draws"] == DRAWS
    assert rare.value.endswith(f"%, {DRAWS} pairs of walks")


def test_its_card_says_which_test_is_run_on_noise() -> None:
    formula = BY_KEY[NOISE_CHECK].card.formula
    assert "Engle–Granger both ways" in formula
    assert "no other test" in formula
    assert f"{DRAWS} pairs, fewer once {COMMON} were as good" in formula


def test_a_doubt_about_beta_watches_its_sign_whatever_it_is() -> None:
    _, x = walks(3)
    unsure = found_by("beta", np.random.default_rng(4).standard_normal(200), x)
    assert unsure.numbers["beta_low"] < 0.0 < unsure.numbers["beta_high"]
    against = found_by("beta", -x + 0.1 * np.random.default_rng(5).standard_normal(200), x)
    assert (unsure.outcome, against.outcome) == (Outcome.DOUBTFUL, Outcome.DOUBTFUL)
    assert "negative" not in BY_KEY["beta"].watch
    assert "sign of the hedge ratio" in BY_KEY["beta"].watch
    assert "−1" in against.value
    assert "-" not in against.value


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("lag 1 -0.07, z +0.3", "lag 1 −0.07, z +0.3"),
        ("-1.2 (-3.0 – -.5)", "−1.2 (−3.0 – −.5)"),
        ("BTC-2, p 0.5", "BTC-2, p 0.5"),
    ],
)
def test_values_have_the_minus_of_all_other_numbers(written: str, shown: str) -> None:
    finding = found("beta", Subject.PAIR, "", lambda: 1.0, lambda _: Judged(Outcome.GOOD, "", written))
    assert finding.value == shown


def test_the_order_of_integration_has_the_statistic_of_its_p() -> None:
    y, x = walks(6)
    finding = found_by("integration_order", y, x)
    kpss = finding.numbers["level_kpss"]
    assert finding.value.startswith(f"KPSS {kpss['stat']:.3f}, p ")
    assert ("<" in finding.value or ">" in finding.value) is kpss["p_is_bound"]


def snapshot_until(bars: int) -> Snapshot:
    pair, p = pair_of(made_legs(400, gaps=False)), PairParameters(Y, X)
    rows = compute_rows(pair, pair.first, p, (), before=np.empty(0, ROW_DTYPE))
    return Snapshot(p, 1, rows[:bars], DEFAULT_THRESHOLD, have=0, need=0)


def noise_ground(diagnosis: Diagnosis) -> str:
    return next(each for each in diagnosis.sure_because if each.startswith("noise looks this good"))


def test_the_confidence_says_of_when_the_noise_check_is_where_that_is_another_bar() -> None:
    """The data begin at midnight: bar 400 closes at 06:40, when dear statistics are due, bar 395 at 06:35."""
    same, between = diagnose(snapshot_until(400)), diagnose(snapshot_until(395))
    assert same.dear_as_of_ms == same.as_of_ms
    assert "tested" not in noise_ground(same)
    assert between.dear_as_of_ms is not None
    assert between.as_of_ms - between.dear_as_of_ms == 5 * 60_000
    assert noise_ground(between).endswith(f" (tested {utc_text(between.dear_as_of_ms)})")
