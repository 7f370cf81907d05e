"""One bar of many paths at once is to the bit the bar of each path alone, as `kalman_mixture` has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import NumericalTrouble
from analytics.filter_mixture import KalmanMixture, MixtureState, kalman_mixture, mixture_start
from analytics.kalman import kalman_start
from analytics.mixture_step import FilterStates, MixtureNoises, MixtureStep, mixture_step

WANDERS = (0.1, 2.0, 40.0)


class Path:
    """A path of its own noises after some bars, and the prices of the next."""

    def __init__(self, seed: int, next_bar: tuple[float, float] | None = None) -> None:
        rng = np.random.default_rng(seed)
        self.beta_var, self.alpha_var = 10.0 ** rng.uniform(-6, -2, 2)
        self.obs_var, self.memory = float(rng.uniform(1.0, 4.0)), float(rng.uniform(0.9, 1.0))
        x = np.cumsum(rng.standard_normal(12))
        y = 0.8 * x + rng.standard_normal(12)
        y[rng.random(12) < 0.1] = np.nan
        self.before = self.on(y[:-1], x[:-1], mixture_start(kalman_start(), 3)).last
        self.y, self.x = next_bar or (float(y[-1]), float(x[-1]))

    def on(self, y: object, x: object, state: MixtureState) -> KalmanMixture:
        return kalman_mixture(
            y,  # type: ignore[arg-type]
            x,  # type: ignore[arg-type]
            state_vars=[(wander * self.beta_var, self.alpha_var) for wander in WANDERS],
            obs_var=self.obs_var,
            fit_var=1.0,
            memory=self.memory,
            resume=state,
        )

    @property
    def alone(self) -> KalmanMixture:
        return self.on([self.y], [self.x], self.before)


def step_of(paths: list[Path]) -> MixtureStep:
    states = [np.array([[getattr(each, name) for each in path.before.filters] for path in paths])
              for name in FilterStates._fields]  # fmt: skip
    noises = MixtureNoises(
        beta_var=np.array([[wander * path.beta_var for wander in WANDERS] for path in paths]),
        alpha_var=np.array([[path.alpha_var] for path in paths]),
        obs_var=np.array([path.obs_var for path in paths]),
        fit_var=1.0,
        memory=np.array([path.memory for path in paths]),
    )
    y, x = np.array([path.y for path in paths]), np.array([path.x for path in paths])
    return mixture_step(y, x, FilterStates(*states), np.array([path.before.likelihoods for path in paths]), noises)


def assert_same(step: MixtureStep, place: int, path: KalmanMixture) -> None:
    for name in ("alpha", "beta", "p_beta", "innovation"):
        assert getattr(step, name)[place].tobytes() == getattr(path, name)[0].tobytes(), name
    for name in FilterStates._fields:
        wanted = [float(getattr(each, name)[0]) for each in path.filters]
        assert getattr(step.states, name)[place].tolist() == wanted, name
    assert step.likelihoods[place].tolist() == path.likelihoods[0].tolist()


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_many_paths_step_to_the_bits_of_each(seeds: list[int]) -> None:
    paths = [Path(seed) for seed in seeds]
    step = step_of(paths)
    assert step.sound.all()
    for place, path in enumerate(paths):
        assert_same(step, place, path.alone)


def test_a_missing_price_and_one_in_trouble_touch_no_other_path() -> None:
    paths = [
        Path(1),
        Path(2, (np.nan, 1.0)),
        Path(3, (1.0, np.inf)),
        Path(4, (1.0, 1e160)),
        Path(5, (1e200, 1.0)),
        Path(6),
    ]
    step = step_of(paths)
    assert step.sound.tolist() == [True, True, True, False, False, True]
    for place, path in enumerate(paths):
        if step.sound[place]:
            assert_same(step, place, path.alone)
        else:
            with pytest.raises(NumericalTrouble), np.errstate(all="ignore"):
                _ = path.alone
