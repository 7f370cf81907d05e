"""What the environment may say, and that all that is wrong is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import InvalidSettings
from ingest.settings import MAX_SPEED, read_settings
from store.dotenv import parse_dotenv, with_dotenv

STORE = {"REDIS_URL": "redis://127.0.0.1:6379/0"}


def test_defaults_play_the_simulated_feed_with_the_venues_own_symbols() -> None:
    settings = read_settings(STORE)
    assert settings.feeds == ("sim",)
    assert settings.symbols == ()
    assert settings.speed == 1.0
    assert settings.log_level == "INFO"


def test_several_feeds_symbols_and_paces_are_read() -> None:
    settings = read_settings(
        {
            **STORE,
            "FEED": "binance-usdm, sim",
            "SYMBOLS": "btcusdt, ETHUSDT,btcusdt",
            "SPEED": "max",
            "RETENTION_MB": "64",
        }
    )
    assert settings.feeds == ("sim", "binance-usdm")
    assert settings.symbols == ("BTCUSDT", "ETHUSDT")
    assert settings.speed == MAX_SPEED
    assert settings.retention_mb == 64


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        read_settings(
            {
                "FEED": "nasdaq",
                "SYMBOLS": "A B",
                "SPEED": "-1",
                "RETENTION_MB": "lots",
                "SIM_URL": "x",
                "LOG_LEVEL": "loud",
            }
        )
    said = str(refusal.value)
    for name in ("FEED", "SYMBOLS", "SPEED", "RETENTION_MB", "SIM_URL", "LOG_LEVEL", "REDIS_URL"):
        assert name in said
    assert len(refusal.value.problems) == 7
    assert "\n" not in said


@pytest.mark.parametrize("speed", ["0", "nan", "inf", "-3", "fast"])
def test_impossible_speeds_are_refused(speed: str) -> None:
    with pytest.raises(InvalidSettings, match="SPEED"):
        read_settings({**STORE, "SPEED": speed})


def test_a_replay_needs_its_file() -> None:
    with pytest.raises(InvalidSettings, match="FILE"):
        read_settings({**STORE, "FEED": "replay"})


def test_a_recording_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(InvalidSettings, match=r"FILE='xxx.*cannot be reached"):
        read_settings({**STORE, "FEED": "replay", "FILE": "x" * 300})


def test_a_platform_without_a_store_is_told_so() -> None:
    with pytest.raises(InvalidSettings, match="platform") as refusal:
        read_settings({"DYNO": "ingest.1"})
    assert len(refusal.value.problems) == 1


def test_the_environment_wins_over_the_dotenv_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a comment\nexport FEED=replay\nFILE='a b.gz'\nSPEED=20 # fast\nnonsense\n", encoding="utf-8")
    assert parse_dotenv(file.read_text(encoding="utf-8")) == {"FEED": "replay", "FILE": "a b.gz", "SPEED": "20"}
    assert with_dotenv({"FEED": "sim"}, file)["FEED"] == "sim"
    assert with_dotenv({"FEED": "sim"}, tmp_path / "absent") == {"FEED": "sim"}
