"""Monitors killed while a recording plays: what they leave in the log, held against that of one left alone."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from bench.snapshot import private_store
from bench.soak_table import Figure
from store.client import connect_reader
from store.sql.alerts import AlertRecord
from tests.tools.alert_blows import cuts, kills, overlaps
from tests.tools.replayed_alerts import Log, Stage, last_bar_ms, record

SECONDS = 900  # of the recording
KILLS, OVERLAPS, CUTS = 20, 20, 20
SEED = 1


def alerts() -> list[Figure]:
    """Twenty of each blow, by chance of one seed."""
    with private_store() as url, tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as name:
        folder, client, chance = Path(name), connect_reader(url), Random(SEED)
        path = folder / "sim.frames.gz"
        record(path, SECONDS)
        last_ms = last_bar_ms(path, client)

        def stage(called: str) -> Stage:
            return Stage(path, last_ms, client, url, folder / f"{called}.sqlite")

        wanted = stage("alone").finish()
        figures = [Figure(2, "alerts of a monitor left alone", len(wanted.alerts), None, "")]
        for blow, count in ((kills, KILLS), (overlaps, OVERLAPS), (cuts, CUTS)):
            board = stage(blow.__name__)
            blow(board, chance, count)
            figures += _figures(f"{count} {blow.__name__}", board.finish(), wanted)
        client.close()
    return figures


def _figures(what: str, found: Log, wanted: Log) -> list[Figure]:
    there, due = Counter(map(_numbers, found.alerts)), Counter(map(_numbers, wanted.alerts))
    out_of_order = sum(one != other for one, other in zip(found.alerts, wanted.alerts, strict=False))
    elsewhere = sum(found.states.get(rule_id) != state for rule_id, state in wanted.states.items())
    return [
        Figure(2, f"{what}: alerts missing", (due - there).total(), 0, ""),
        Figure(2, f"{what}: twice, or others", (there - due).total(), 0, ""),
        Figure(2, f"{what}: in another place", out_of_order, 0, ""),
        Figure(2, f"{what}: deliveries lacking or twice", sum(count != 1 for count in found.deliveries), 0, ""),
        Figure(2, f"{what}: rules that stand elsewhere", elsewhere, 0, ""),
    ]


def _numbers(alert: AlertRecord) -> tuple[object, ...]:
    """All of it, but of the pair its key alone."""
    return (alert.pair.pair_key, *(value for name, value in alert._asdict().items() if name != "pair"))
