"""`ringback tui` on a terminal of its own: what it shows, and that the terminal is given back."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from console import CAPTURE, COMMON
from harness import check

# What leaves the second screen of a terminal.
GIVEN_BACK = b"\x1b[?1049l"


def tui_gives_the_terminal_back(world):
    """A key, SIGTERM, SIGHUP and SIGINT end it, and each time the terminal is as it was before."""
    capture = world.folder / "calls.log"
    capture.write_bytes(CAPTURE.format(common=COMMON).encode())
    for end in [None, signal.SIGTERM, signal.SIGHUP, signal.SIGINT]:
        child, screen = pty.fork()
        if child == 0:
            os.environ["TERM"] = "xterm"
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execv(world.ringback, [world.ringback, "tui", str(capture)])
        try:
            read_until(screen, b"486", "the list shows the call")
            if end is None:
                os.write(screen, b"q")
            else:
                os.kill(child, end)
            read_until(screen, GIVEN_BACK, f"after {end} the terminal is given back")
        finally:
            ended = wait(child)
            os.close(screen)
        check(ended == 0, f"after {end} it ends well: {ended}")


def tui_ends_with_its_terminal(world):
    """A window that is closed tells its own programs so by SIGHUP, and others not at all; either ends."""
    capture = world.folder / "calls.log"
    capture.write_bytes(CAPTURE.format(common=COMMON).encode())
    for is_own in [True, False]:
        screen, window = pty.openpty()
        fcntl.ioctl(window, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        child = os.fork()
        if child == 0:
            os.close(screen)
            if is_own:
                os.login_tty(window)
            else:
                for stream in range(3):
                    os.dup2(window, stream)
            os.environ["TERM"] = "xterm"
            os.execv(world.ringback, [world.ringback, "tui", str(capture)])
        os.close(window)
        try:
            read_until(screen, b"486", "the list shows the call")
        finally:
            os.close(screen)
            ended = wait(child)
        check(ended == 0, f"its own terminal or not ({is_own}), it ends when that is gone: {ended}")


ALL = [tui_gives_the_terminal_back, tui_ends_with_its_terminal]


def read_until(screen, wanted, claim):
    """Reads the terminal until this comes."""
    seen, late = b"", time.monotonic() + 30
    while wanted not in seen and time.monotonic() < late:
        if select.select([screen], [], [], 1)[0]:
            try:
                seen += os.read(screen, 65536)
            except OSError:
                break
    check(wanted in seen, f"{claim}: {seen[-300:]!r}")


def wait(child):
    """The exit code; who does not end within a while is killed."""
    late = time.monotonic() + 15
    while time.monotonic() < late:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
