"""Every public function asked with what cannot be used: the answer of the table, never nonsense, never a warning."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import analytics
from analytics.errors import AnalyticsError, InvalidOption, NumericalTrouble, TooShort
from tests.analytics.guard_table import JUDGES, OF_NUMBERS, OF_ONE, OF_TWO, Answer, Guarded

Array = NDArray[np.float64]
OF_SERIES = {**OF_ONE, **OF_TWO}
BARS = 300
LONGEST_MESSAGE = 200
ASKED = [(name, fault) for name in OF_SERIES for fault in JUDGES if name in OF_TWO or fault != "twins"]


def walk(seed: int, bars: int = BARS) -> Array:
    """Prices around 100 that stay positive."""
    return 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, bars)))


def faulty(fault: str) -> Array:
    """A series with the fault, of its own length."""
    values = walk(1)
    if fault == "nothing there":
        return np.full(BARS, np.nan)
    if fault in ("a hole", "an infinity"):
        values[100] = np.nan if fault == "a hole" else np.inf
        return values
    if fault == "flat":
        return np.full(BARS, 5.1)
    bars = {"exploding far": 1_500, "overflowing": 2_000}.get(fault, 200)
    with np.errstate(over="ignore"):
        grown: Array = (-1.5 if fault == "swinging ever wider" else 1.5) ** np.arange(float(bars))
    return grown


def twins(x: Array) -> Iterator[Array]:
    """The same line as x, as far as floats can tell."""
    noise = np.random.default_rng(3).standard_normal(len(x))
    yield from (x.copy(), 3.0 * x, 2.5 + x, x + 1e-15 * noise, x * (1.0 + 1e-16 * noise))


def cases(guard: Guarded, fault: str) -> Iterator[tuple[Array, ...]]:
    if fault == "twins":
        x = walk(2)
        yield from ((twin, x) for twin in twins(x))
    elif guard.legs == 1:
        yield (faulty(fault),)
    else:
        leg = faulty(fault)
        other = walk(2, len(leg))
        yield from ((leg, other), (other, leg))


def numbers(result: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every float of a result, with the name of its field."""
    if is_dataclass(result):
        for field in fields(result):
            yield from numbers(getattr(result, field.name), field.name)
    elif isinstance(result, dict):
        for entry in result.values():
            yield from numbers(entry, name)
    elif isinstance(result, tuple | list):
        for entry in result:
            yield from numbers(entry, name)
    elif isinstance(result, np.ndarray):
        yield name, result
    elif isinstance(result, float):
        yield name, np.array([result])


def answer(ask: Callable[..., Any], *given: Any) -> tuple[Answer, Any]:
    """That it gave a number, and the result; or how it refused."""
    refused: AnalyticsError | None = None
    try:
        result = ask(*given)
    except AnalyticsError as error:
        refused = error
    if refused is None:
        return "a number", result
    assert len(str(refused)) <= LONGEST_MESSAGE
    return type(refused), None


def assert_sound(result: Any, gaps: tuple[str, ...]) -> None:
    """No infinity, and nothing missing but in a series of bars."""
    for name, values in numbers(result):
        bars = values.ndim and len(values) > 1
        assert name in gaps or not (np.isinf(values).any() or (np.isnan(values).any() and not bars)), name


def test_every_public_function_is_in_the_table() -> None:
    functions = {name for name in analytics.__all__ if not isinstance(getattr(analytics, name), type)}
    assert functions == {*OF_SERIES, *OF_NUMBERS}
    assert all(set(guard.answers) == set(JUDGES) for guard in OF_SERIES.values())


@pytest.mark.parametrize(("name", "fault"), ASKED)
def test_what_cannot_be_used_is_refused_by_name_or_left_out(name: str, fault: str) -> None:
    guard = OF_SERIES[name]
    for series in cases(guard, fault):
        got, result = answer(guard.ask, *series)
        wanted = guard.answers[fault]
        assert got in wanted if isinstance(wanted, tuple) else got == wanted
        assert_sound(result, guard.gaps)


@pytest.mark.parametrize("name", OF_SERIES)
def test_too_few_bars_are_said_and_the_least_number_is_enough(name: str) -> None:
    guard = OF_SERIES[name]
    for bars in {0, 1, 2, 3, guard.least - 1} & set(range(guard.least)):
        assert answer(guard.ask, *(walk(seed, bars) for seed in range(guard.legs))) == (TooShort, None)
    assert answer(guard.ask, *(walk(seed, guard.least) for seed in range(guard.legs)))[0] == "a number"


@pytest.mark.parametrize("size", [1e-306, 1e-300, 1e300, 1e305])
@pytest.mark.parametrize("name", OF_SERIES)
def test_prices_of_any_size_are_the_same_data_or_refused_or_gaps(name: str, size: float) -> None:
    guard = OF_SERIES[name]
    legs = [walk(seed) for seed in range(guard.legs)]
    plain = guard.ask(*legs)
    for place in range(guard.legs):
        got, result = answer(guard.ask, *(leg * size if i == place else leg for i, leg in enumerate(legs)))
        assert got in ("a number", NumericalTrouble, InvalidOption)
        assert_sound(result, guard.gaps)
        if got == "a number" and guard.alike is not None:
            same, other = (np.asarray(guard.alike(found), dtype=np.float64) for found in (plain, result))
            assert np.isnan(other).all() or np.allclose(other, same, rtol=1e-6, atol=0.0, equal_nan=True)


@pytest.mark.parametrize("name", OF_NUMBERS)
@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf, -1.0, 0.0, 1e-308, 1e308])
def test_numbers_that_cannot_be_are_refused_or_give_numbers(name: str, given: float) -> None:
    for ask in OF_NUMBERS[name]:
        _, result = answer(ask, given)
        assert all(np.isfinite(values).all() for _, values in numbers(result))


def test_a_message_repeats_only_the_beginning_of_what_was_given() -> None:
    long = np.full(900, 1.25)
    for ask in (
        lambda: analytics.kalman_start(long),
        lambda: analytics.kalman_start((0.0, 0.0), np.ones((30, 30))),
        lambda: analytics.variance_ratios(walk(1), qs=[2] * 500),
        lambda: analytics.rolling_zscore(walk(1), window=long),  # type: ignore[arg-type]
        lambda: analytics.adf(walk(1), trend="c" * 999),  # type: ignore[arg-type]
    ):
        with pytest.raises(AnalyticsError) as refused:
            ask()
        assert 40 < len(str(refused.value)) <= LONGEST_MESSAGE
        assert "\n" not in str(refused.value)


def test_a_verdict_on_innovations_that_have_lost_all_measure_is_short() -> None:
    health = analytics.kalman_health(1e40 * np.random.default_rng(1).standard_normal(100) + 1e41)
    assert not health.healthy
    assert all(len(reason) <= LONGEST_MESSAGE for reason in health.reasons)
