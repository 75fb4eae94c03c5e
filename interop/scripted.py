"""The interop tests of `ringback phone --script`: agents that follow scripts, through the server."""

import os
from pathlib import Path

import tones
from harness import USERS, Failed, check, wait_until

SCRIPTS = Path(__file__).parent / "scripts"


def two_scripts_talk_to_each_other(world):
    """Two processes, a script each: message, presence, a call with audio, digits and hold by both, 486 and 404."""
    server = world.serve()
    bob = start(world, "callee", server)
    wait_until(lambda: '"step":"register"' in world.log("callee"), "bob is registered", 20)
    alice = start(world, "caller", server)
    ends(world, alice, "caller", 0)
    ends(world, bob, "callee", 0)
    tones.check_heard(world.folder / "caller.wav", "alice", 880)
    tones.check_heard(world.folder / "callee.wav", "bob", 440)


def a_script_transfers_calls(world):
    """Three agents of one script: blind and attended transfer, and one to nobody."""
    server = world.serve()
    ends(world, start(world, "transfers", server), "transfers", 0)


def a_script_that_fails_says_where(world):
    """A wrong password ends with 41, a call to nobody with 44, silence with 70, a bad script with 2."""
    server = world.serve()
    agent = "agent alice sip:alice@interop.test\n"
    rows = [
        ("refused", f"{agent}register\n", 41, {"RINGBACK_PASSWORD_ALICE": "wrong"}),
        ("nobody", f"{agent}call sip:nobody@interop.test\nexpect 180\n", 44, {}),
        ("silence", f"{agent}register\nexpect call within 200ms\n", 70, {}),
        ("bad", f"{agent}regster\n", 2, {}),
    ]
    for name, text, code, variables in rows:
        (world.folder / f"{name}.script").write_text(text)
        ends(world, start(world, name, server, world.folder, **variables), name, code)
    check('"line":2' in world.log("bad"), "the line of the fault is told")


ALL = [two_scripts_talk_to_each_other, a_script_transfers_calls, a_script_that_fails_says_where]


def start(world, name, server, folder=SCRIPTS, **variables):
    """Starts a script; each agent has the password of its user."""
    passwords = {f"RINGBACK_PASSWORD_{user.upper()}": password for user, password in USERS.items()}
    command = [world.ringback, "phone", "--script", folder / f"{name}.script", "--proxy", server.target,
               "--timeout", "30s", "--json"]
    return world.start(command, name, env={**os.environ, **passwords, **variables})


def ends(world, process, name, code):
    """Waits for the end of a script, and checks its exit code."""
    wait_until(lambda: process.poll() is not None, f"the script {name} ends", 90)
    if process.returncode != code:
        raise Failed(f"the script {name} ends with {code}, not {process.returncode}")
