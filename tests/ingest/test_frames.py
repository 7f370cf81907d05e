"""The queue of frames: bounded, and an interruption keeps its place in it."""

from __future__ import annotations

from ingest.frames import FrameQueue


def put(queue: FrameQueue, *numbers: int) -> None:
    for number in numbers:
        queue.put(number, b"")


def take(queue: FrameQueue, limit: int = 100) -> list[int]:
    return [number for number, _ in queue.take(limit)]


def part(queue: FrameQueue, limit: int = 100) -> tuple[list[str], list[int]]:
    streams, frames = queue.part(limit)
    return streams, [number for number, _ in frames]


def test_an_interruption_comes_after_what_came_before_it() -> None:
    queue = FrameQueue()
    put(queue, 1, 2)
    queue.interrupt(["a"])
    put(queue, 3)
    queue.interrupt(["b", "c"])
    assert part(queue, 1) == ([], [1])
    assert part(queue) == ([], [2])
    assert part(queue) == (["a"], [3])
    put(queue, 4)
    assert part(queue) == (["b", "c"], [4])
    assert part(queue) == ([], [])


def test_a_full_queue_keeps_the_newest_and_the_place_of_an_interruption() -> None:
    queue = FrameQueue(capacity=3)
    put(queue, 1, 2)
    queue.interrupt(["a"])
    put(queue, 3, 4, 5)
    assert queue.dropped == 2
    assert part(queue) == (["a"], [3, 4, 5])


def test_who_takes_frames_alone_is_not_held_up() -> None:
    queue = FrameQueue()
    put(queue, 1)
    queue.interrupt(["a"])
    put(queue, 2)
    assert take(queue) == [1, 2]
    assert part(queue) == ([], [])
