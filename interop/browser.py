"""WebSocket phones: JsSIP in headless Chromium, driven by browser/phones.mjs, registering and calling through the server."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from harness import DOMAIN, SERVER_PORTS, USERS, Skipped, check, free_ports, need

HERE = Path(__file__).parent / "browser"
# The origin of the page in which the phones run (phones.mjs).
ORIGIN = "http://localhost"


def browser_registers(world):
    """JsSIP in Chromium registers over ws:// and unregisters."""
    play(world, "register")


def browser_wrong_password(world):
    """JsSIP with a wrong password is refused, and told so."""
    play(world, "wrong_password")


def browser_call(world):
    """Two browsers call each other both ways with audio; each side hangs up once."""
    play(world, "call")


def browser_cancel(world):
    """A browser gives up while the other rings; both see a cancelled call."""
    play(world, "cancel")


def browser_busy(world):
    """A browser refuses with 486; the caller sees busy."""
    play(world, "busy")


def browser_hold(world):
    """A browser puts the other on hold and takes it back."""
    play(world, "hold")


ALL = [browser_registers, browser_wrong_password, browser_call, browser_cancel, browser_busy, browser_hold]


def play(world, scenario):
    """Plays one scenario of phones.mjs against a server of its own."""
    chromium = browser()
    port = free_ports(1, "127.0.0.1", SERVER_PORTS)
    world.serve(
        extra=f"""
[[listen]]
address = "127.0.0.1:{port}"
transports = ["ws"]

[websocket]
origins = ["{ORIGIN}"]
"""
    )
    options = {"url": f"ws://127.0.0.1:{port}", "domain": DOMAIN, "chromium": chromium, "users": USERS}
    drive(world, "phones", scenario, options, 90)


def browser():
    """The path of Chromium; node and its packages are there."""
    need("node")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise Skipped("chromium is not installed")
    modules()
    return chromium


def drive(world, script, scenario, options, seconds):
    """Plays a scenario of browser/SCRIPT.mjs, whose last line says what went wrong."""
    line = ["node", HERE / f"{script}.mjs", scenario, json.dumps(options)]
    code = world.run(line, script, seconds=seconds)
    check(code == 0, world.log(script).strip().rpartition("\n")[2] or f"{script}.mjs ended with {code}")


def modules():
    """Installs the packages of browser/package-lock.json when they are missing and may be installed."""
    if (HERE / "node_modules" / "jssip").exists():
        return
    if os.environ.get("RINGBACK_INSTALL", "1") != "1" or shutil.which("npm") is None:
        raise Skipped("the packages of interop/browser are not installed (npm ci)")
    try:
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired as late:
        raise Skipped("npm ci did not end") from late
    if done.returncode != 0:
        raise Skipped(f"npm ci failed: {done.stderr.strip().rpartition(chr(10))[2]}")
