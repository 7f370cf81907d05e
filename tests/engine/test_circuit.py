"""What the other threads are told while one asks a store in trouble, and when a slow one counts as down."""

from __future__ import annotations

import pytest

from engine.circuit import PATIENCE_S, RETRY_AFTER_S, Circuit
from store.errors import StoreSlow, StoreUnavailable

SLOW, DOWN = StoreSlow("it is slow"), StoreUnavailable("it is gone")


class Conversation:
    """One circuit, asked at times of our own."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.asked = 0
        self._circuit = Circuit(lambda: self.now_s)

    def ask(self, trouble: StoreUnavailable | None = None, *, takes_s: float = 0.0) -> type[StoreUnavailable] | None:
        """How it ended, as the caller sees it."""
        try:
            with self._circuit.closed():
                self.asked += 1
                self.now_s += takes_s
                if trouble is not None:
                    raise trouble
        except StoreUnavailable as error:
            return type(error)
        return None


@pytest.mark.parametrize("trouble", [SLOW, DOWN])
def test_a_fresh_failure_is_passed_on_without_asking_again(trouble: StoreUnavailable) -> None:
    store = Conversation()
    assert store.ask(trouble) is type(trouble)
    store.now_s += RETRY_AFTER_S - 0.01
    assert store.ask() is type(trouble)
    assert store.asked == 1
    store.now_s += 0.02
    assert store.ask() is None
    assert store.ask() is None


def test_a_store_that_is_slow_for_too_long_is_down() -> None:
    """Asked again and again, each time for a second, as a server that stands still is."""
    store, found = Conversation(), []
    while len(found) < 6:
        found.append(store.ask(SLOW, takes_s=1.0))
        store.now_s += RETRY_AFTER_S
    # The first question was asked at 0 s; it has been silent for 1, 3, 5, 7, … seconds.
    assert found == [StoreSlow, StoreSlow, *[StoreUnavailable] * 4]
    assert PATIENCE_S == 5.0


def test_one_answer_ends_the_silence() -> None:
    store = Conversation()
    for _ in range(4):
        assert store.ask(SLOW, takes_s=1.0) is StoreSlow
        store.now_s += RETRY_AFTER_S
        assert store.ask(takes_s=0.9) is None
        store.now_s += RETRY_AFTER_S


def test_a_store_that_comes_back_slow_is_slow_again() -> None:
    store = Conversation()
    assert store.ask(DOWN) is StoreUnavailable
    store.now_s += PATIENCE_S
    assert store.ask(SLOW, takes_s=1.0) is StoreSlow


def test_the_words_of_the_failure_are_kept_for_the_others() -> None:
    circuit = Circuit(lambda: 5.0)
    with pytest.raises(StoreSlow, match="it is slow"), circuit.closed():
        raise SLOW
    with pytest.raises(StoreSlow, match="it is slow"), circuit.closed():
        pytest.fail("the store is not asked")
