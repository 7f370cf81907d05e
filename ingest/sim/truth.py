"""What is planted, for whoever wants to check what a board says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import log
from typing import Any

import numpy as np

from ingest.sim.catalogue import (
    BREAK_CYCLE_H,
    BREAK_FIRST_H,
    HOUR_MS,
    INSTRUMENTS,
    PAIRS,
    PairPlan,
    Relation,
)
from ingest.sim.errors import UnknownPair
from ingest.sim.world import World, beta_path, instrument_spec

_DAY_H = 24


@dataclass(frozen=True, slots=True)
class Break:
    """One spell in which a pair is apart, half-open; `size` (log) where somebody planted it."""

    start_ms: int
    end_ms: int
    size: float | None = None


@dataclass(frozen=True, slots=True)
class PairTruth:
    """The planted relation of one pair at one time: ``log y = alpha + beta * log x + spread``.

    `alpha`, `beta`, `half_life_s` and `spread_sd` are None where nothing holds the legs together. `spread`
    contains the break while the pair is `broken`.
    """

    pair: str
    y: str
    x: str
    relation: Relation
    time_ms: int
    alpha: float | None
    beta: float | None
    half_life_s: float | None
    spread_sd: float | None
    spread: float | None
    broken: bool
    note: str


class Truth:
    """Answers what is planted in a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def at(self, pair: str, time_ms: int) -> PairTruth:
        """The truth of `pair` (``Y-X``) at one time; raise `UnknownPair`."""
        plan = find_plan(pair)
        alpha, beta, spread = None, None, None
        if plan.beta is not None:
            beta = float(beta_path(plan, np.array([float(time_ms)]))[0])
            alpha = log(instrument_spec(plan.y).price) - beta * log(instrument_spec(plan.x).price)
            log_y, log_x = (self._world.log_price_at(symbol, time_ms) for symbol in (plan.y, plan.x))
            spread = log_y - alpha - beta * log_x
        return PairTruth(
            pair=plan.name,
            y=plan.y,
            x=plan.x,
            relation=plan.relation,
            time_ms=time_ms,
            alpha=alpha,
            beta=beta,
            half_life_s=plan.half_life_s,
            spread_sd=plan.spread_sd,
            spread=spread,
            broken=bool(self.breaks(plan, time_ms, time_ms + 1)),
            note=plan.note,
        )

    def describe(self, time_ms: int) -> dict[str, Any]:
        """Everything planted, as one JSON document: instruments, pairs now, beta paths, breaks a day around."""
        return {
            "seed": self._world.seed,
            "time_ms": time_ms,
            "instruments": [asdict(spec) for spec in INSTRUMENTS],
            "pairs": [self._described(plan, time_ms) for plan in PAIRS],
        }

    def _described(self, plan: PairPlan, time_ms: int) -> dict[str, Any]:
        path = {
            "formula": "beta = centre + amplitude * sin(2 * pi * time_ms / period_ms)",
            "centre": plan.beta,
            "amplitude": plan.beta_amplitude,
            "period_ms": plan.beta_period_ms,
        }
        day_ms = _DAY_H * HOUR_MS
        return asdict(self.at(plan.name, time_ms)) | {
            "beta_path": path if plan.relation is Relation.VARYING else None,
            "breaks": [_spell_text(spell) for spell in self.breaks(plan, time_ms - day_ms, time_ms + day_ms)],
        }

    def breaks(self, plan: PairPlan, start_ms: int, end_ms: int) -> tuple[Break, ...]:
        """The spells of `breaks`, and those that somebody planted, oldest first."""
        planted = (each for each in self._world.planted if each.pair == plan.name)
        spells = [Break(each.start_ms, each.end_ms, each.size) for each in planted]
        spells = [spell for spell in spells if spell.end_ms > start_ms and spell.start_ms < end_ms]
        return tuple(sorted([*breaks(plan, start_ms, end_ms), *spells], key=lambda spell: spell.start_ms))


def find_plan(pair: str) -> PairPlan:
    """The plan named ``Y-X``; raise `UnknownPair`."""
    for plan in PAIRS:
        if plan.name == pair:
            return plan
    raise UnknownPair(pair)


def breaks(plan: PairPlan, start_ms: int, end_ms: int) -> tuple[Break, ...]:
    """The spells of its schedule in which the pair is apart that touch ``start_ms <= t < end_ms``, oldest first."""
    if plan.relation is not Relation.BREAKING:
        return ()
    cycle_ms = BREAK_CYCLE_H * HOUR_MS
    cycles = range(start_ms // cycle_ms, (end_ms - 1) // cycle_ms + 1)
    spells = [Break(n * cycle_ms + BREAK_FIRST_H * HOUR_MS, (n + 1) * cycle_ms) for n in cycles]
    return tuple(spell for spell in spells if spell.end_ms > start_ms and spell.start_ms < end_ms)


def _spell_text(spell: Break) -> dict[str, Any]:
    start, end = (datetime.fromtimestamp(ms / 1000, UTC).isoformat() for ms in (spell.start_ms, spell.end_ms))
    times = {"start_ms": spell.start_ms, "end_ms": spell.end_ms, "start": start, "end": end}
    return times if spell.size is None else times | {"size": spell.size}
