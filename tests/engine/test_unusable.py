"""Windows that are full and give no z: the cause is named, of legs that were made so that it is known."""

from __future__ import annotations

import math

import pytest
from redis import Redis

from engine.parameters import Method, PairParameters, PriceField, Scale
from store.bars import Bar
from store.epoch import ensure_epoch
from tests.engine.pair_data import Legs, X, Y, append_bars, made_legs, reader_of


def reason_of(client: Redis, legs: Legs, p: PairParameters) -> str:
    ensure_epoch(client)
    append_bars(client, Y, legs.y)
    append_bars(client, X, legs.x)
    return reader_of(client).snapshot(p).reason


def asked(method: Method, **options: PriceField | Scale) -> PairParameters:
    return PairParameters(
        Y, X, window=30, z_window=20, method=method, beta=0.8 if method is Method.FIXED else None, **options
    )


def quoted(bars: list[Bar], last: int) -> list[Bar]:
    """Only the last so many have quotes, as after a start with a history of trades."""
    return [bar._replace(bid=math.nan, ask=math.nan) for bar in bars[:-last]] + bars[-last:]


@pytest.mark.parametrize("method", [Method.ROLLING, Method.OLS, Method.TLS])
def test_bars_without_a_quote_are_counted(client: Redis, method: Method) -> None:
    legs = made_legs(100, gaps=False)
    made = Legs(legs.y, quoted(legs.x, 9))
    said = reason_of(client, made, asked(method, field=PriceField.MID))
    assert said == "9 of the window's 30 bars have mids of both legs, needs 24"


def test_of_the_users_own_ratio_the_window_of_z_is_counted(client: Redis) -> None:
    legs = made_legs(100, gaps=False)
    made = Legs(quoted(legs.y, 9), legs.x)
    said = reason_of(client, made, asked(Method.FIXED, field=PriceField.MID))
    assert said == "9 of the z window's 20 bars have mids of both legs, needs 16"


def test_bars_that_are_absent_are_counted(client: Redis) -> None:
    """Twelve of the last thirty have no bar of x, the last one has."""
    legs = made_legs(100, gaps=False)
    y, x = made_trade(legs.y), made_trade(legs.x)
    said = reason_of(client, Legs(y, [*x[:75], *x[87:]]), asked(Method.ROLLING))
    assert said == "18 of the window's 30 bars have prices of both legs, needs 24"


def test_bars_of_a_leg_that_did_not_trade_are_not_fresh(client: Redis) -> None:
    """A price is left out from the sixth bar without a trade on: ten of the sixteen."""
    legs = made_legs(100, gaps=False)
    x = [bar._replace(trades=int(not 75 <= place < 91)) for place, bar in enumerate(legs.x)]
    y = [bar._replace(trades=1) for bar in legs.y]
    said = reason_of(client, Legs(y, x), asked(Method.ROLLING))
    assert said == "19 of the window's 30 bars have fresh prices of both legs, needs 24"


def test_lines_that_are_there_for_too_few_bars_leave_too_few_spreads(client: Redis) -> None:
    """With quotes for 25 bars the first window with 24 of them ends at the last bar but one."""
    legs = made_legs(100, gaps=False)
    said = reason_of(client, Legs(legs.y, quoted(legs.x, 25)), asked(Method.ROLLING, field=PriceField.MID))
    assert said == "2 of the z window's 20 bars have a spread, needs 16"


def test_a_leg_that_stands_still_is_named_where_no_ratio_stands_in(client: Redis) -> None:
    legs = made_legs(100, gaps=False)
    still = [bar._replace(close=90_000.0, trades=1) for bar in legs.y]
    assert reason_of(client, Legs(still, made_trade(legs.x)), asked(Method.KALMAN)) == f"{Y} does not move"


@pytest.mark.parametrize("method", [Method.ROLLING, Method.OLS, Method.TLS, Method.KALMAN])
def test_two_legs_that_stand_still_are_named(client: Redis, method: Method) -> None:
    legs = made_legs(100, gaps=False)
    y, x = ([bar._replace(close=90_000.0, trades=1) for bar in leg] for leg in (legs.y, legs.x))
    assert reason_of(client, Legs(y, x), asked(method)) == f"{Y} and {X} do not move"


@pytest.mark.parametrize("method", list(Method))
def test_legs_on_one_line_are_called_so(client: Redis, method: Method) -> None:
    legs = made_legs(100, gaps=False)
    x = made_trade(legs.x)
    twin = [bar._replace(close=bar.close * (0.8 if method is Method.FIXED else 2.0)) for bar in x]
    said = reason_of(client, Legs(twin, x), asked(method, scale=Scale.RAW))
    assert said == "the legs are one line: nothing is left for a spread"


def made_trade(bars: list[Bar]) -> list[Bar]:
    return [bar._replace(trades=1) for bar in bars]
