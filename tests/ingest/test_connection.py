"""A connection against a real websocket server that misbehaves."""

from __future__ import annotations

import itertools
import time
from http import HTTPStatus
from threading import Event, Thread

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from ingest.frames import FrameQueue
from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.opener import Clock
from ingest.live.venues import StreamAddress
from tests.ingest.scripted import stream_server
from tests.tools.waiting import until


def connection_to(url: str, queue: FrameQueue, *, silent_after_s: float = 15.0) -> StreamConnection:
    address = StreamAddress("test", f"{url}/stream", ())
    return StreamConnection(address, queue.put, patience=Patience(silent_after_s=silent_after_s))


def test_frames_arrive_in_order_with_their_receive_time() -> None:
    done = Event()

    def handler(socket: ServerConnection) -> None:
        for number in range(500):
            socket.send(f"{number}")
        socket.send("é" * 70_000)  # a long frame, in the 64-bit length form
        done.wait(30)

    queue = FrameQueue()
    with stream_server(handler) as url:
        connection = connection_to(url, queue)
        connection.start()
        until(lambda: len(queue) == 501, "501 frames")
        until(lambda: connection.state.connected, "the connection to say so")
        connection.stop()
        done.set()
    frames = queue.take(1000)
    assert [raw for _, raw in frames[:500]] == [b"%d" % number for number in range(500)]
    assert len(frames[500][1]) == 140_000
    assert [time for time, _ in frames] == sorted(time for time, _ in frames)
    assert not connection.state.connected


def test_a_cut_connection_is_opened_again_and_pings_are_answered() -> None:
    ponged, count = Event(), itertools.count(1)

    def handler(socket: ServerConnection) -> None:
        number = next(count)
        socket.send(f"connection {number}")
        if number == 2 and socket.ping(b"echo").wait(20):
            ponged.set()

    queue = FrameQueue()
    with stream_server(handler) as url:
        connection = connection_to(url, queue)
        connection.start()
        until(ponged.is_set, "the answer to a ping on the second connection")
        assert connection.state.opened >= 2
        connection.stop()
    assert [raw for _, raw in queue.take(2)] == [b"connection 1", b"connection 2"]


def test_a_connection_that_is_alive_but_silent_is_given_up() -> None:
    ended = Event()

    def handler(socket: ServerConnection) -> None:
        while not ended.is_set():
            socket.ping()  # alive, and yet no data
            ended.wait(0.02)

    with stream_server(handler) as url:
        connection = connection_to(url, FrameQueue(), silent_after_s=0.3)
        connection.start()
        until(lambda: "silent" in connection.state.detail, "the watchdog")
        until(lambda: connection.state.opened >= 2, "a second connection")
        ended.set()
        connection.stop()


@pytest.mark.parametrize("status", [451, 503])
def test_a_refused_handshake_is_final_only_for_the_region(status: int) -> None:
    attempts = itertools.count(1)
    made = [0]

    def refuse(_socket: ServerConnection, _request: Request) -> Response:
        made[0] = next(attempts)
        return Response(HTTPStatus(status).value, HTTPStatus(status).phrase, Headers(), b"")

    with serve(lambda _: None, "127.0.0.1", 0, process_request=refuse) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        connection = connection_to(f"ws://127.0.0.1:{server.socket.getsockname()[1]}", FrameQueue())
        connection.start()
        if status == 451:
            until(lambda: connection.state.refused, "the refusal")
            assert "another region" in str(connection.state.refused)
        else:
            until(lambda: made[0] >= 2, "a second attempt")
            assert connection.state.refused is None
            assert "503" in connection.state.detail
        connection.stop()
        server.shutdown()
        thread.join(5)


def test_a_full_queue_lets_the_oldest_go_and_counts() -> None:
    queue = FrameQueue(capacity=3)
    for number in range(5):
        queue.put(number, b"%d" % number)
    assert queue.dropped == 2
    assert queue.take(2) == [(2, b"2"), (3, b"3")]
    assert queue.take(2) == [(4, b"4")]
    assert queue.take(2) == []


def test_a_process_that_slept_does_not_take_the_venue_for_silent() -> None:
    """A clock that leaps while frames come is our own sleep: nothing is closed for it."""
    ended, leap = Event(), [0.0]

    def handler(socket: ServerConnection) -> None:
        while not ended.is_set():
            socket.send("alive")
            ended.wait(0.02)

    queue = FrameQueue()
    with stream_server(handler) as url:
        address = StreamAddress("test", f"{url}/stream", ())
        clock = Clock(now_s=lambda: time.monotonic() + leap[0])
        connection = StreamConnection(address, queue.put, clock=clock)
        connection.start()
        for _ in range(3):
            seen = len(queue)
            until(lambda known=seen: len(queue) > known + 20, "frames")
            leap[0] += 3600.0
        seen = len(queue)
        until(lambda: len(queue) > seen + 50, "frames after the leaps")
        assert (connection.state.opened, connection.state.lost) == (1, 0)
        ended.set()
        connection.stop()
