"""Run a command that ends when its parent ends: ``python -m store.parent_death -- COMMAND …``.

On Linux the kernel sends SIGTERM when the parent dies, even of SIGKILL, and the command replaces
this process, so that nothing stands between it and its parent. (The kernel means the parent's
thread that started us: start commands from a main thread.) Elsewhere this process stays, and
passes on the end of its parent and every signal.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.2


def end_with_parent(parent: int) -> None:
    """Ask Linux for SIGTERM when process `parent` dies; end now if it already has."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit(143)


def watch_parent(command: Sequence[str], parent: int) -> int:
    """Run `command` and end it when `parent` is gone: for systems without parent-death signals."""
    child = subprocess.Popen(command)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    while True:
        try:
            return child.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            if os.getppid() != parent:
                child.terminate()
                parent = os.getppid()


def main(arguments: Sequence[str]) -> int:
    parent = os.getppid()
    if len(arguments) < 2 or arguments[0] != "--":
        sys.stderr.write("usage: python -m store.parent_death -- COMMAND [ARGUMENT …]\n")
        return 2
    command = list(arguments[1:])
    if sys.platform != "linux":
        return watch_parent(command, parent)
    end_with_parent(parent)
    return os.execvp(command[0], command)  # noqa: S606  # the command is our own, and no shell is wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
