"""What befalls monitors while a recording plays: each a way to play a part of it, by chance of a seed."""

from __future__ import annotations

import os
import signal
import time
from random import Random

from tests.tools.replayed_alerts import Stage


def kills(stage: Stage, chance: Random, count: int) -> None:
    """A monitor after the other, each killed with SIGKILL, some before they have looked at a bar."""
    for _ in range(count):
        stage.pass_lease_on()
        with stage.monitor() as process:
            stage.wait_led()
            _play(stage, chance, chance.randrange(1, 12))
            os.kill(process.pid, signal.SIGKILL)


def overlaps(stage: Stage, chance: Random, count: int) -> None:
    """Two monitors, of which now the one leads and now the other, each for a moment together with it."""
    with stage.monitor(), stage.monitor():
        stage.wait_led()
        for _ in range(count):
            _play(stage, chance, chance.randrange(1, 8))
            stage.pass_lease_on()
        stage.wait_led()


def cuts(stage: Stage, chance: Random, count: int) -> None:
    """One monitor, whose connections to the store are all closed now and then."""
    with stage.monitor():
        stage.wait_led()
        for _ in range(count):
            _play(stage, chance, chance.randrange(1, 8))
            stage.client.client_kill_filter(_type="normal", skipme=True)


def _play(stage: Stage, chance: Random, batches: int) -> None:
    """Batches of any size; where a blow falls between and after them is left to chance."""
    for _ in range(batches):
        if not stage.player.ended:
            stage.player.play(chance.choice((1, 7, 60, 250)))
        time.sleep(chance.uniform(0.0, 0.15))
