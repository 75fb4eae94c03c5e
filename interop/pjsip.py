"""Drives PJSIP, from the wheel `pjsua2-python` of PyPI: a phone is a process of its own (`pjsip_phone.py`)."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

from harness import DOMAIN, USERS, Skipped, check, wait_until
import tones

WHEEL = "pjsua2-python==2.15.1.post1"


def python():
    """The Python with PJSIP; skips the test when there is none."""
    program, why_not = installed()
    if why_not:
        raise Skipped(why_not)
    return program


@functools.cache
def installed():
    """The Python with PJSIP, made and filled once and kept in the user's cache; or why there is none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "ringback-interop" / f"{WHEEL}-py{sys.version_info.major}.{sys.version_info.minor}"
    program = folder / "bin" / "python"
    works = [program, "-c", "import pjsua2"]
    with_limit = {"capture_output": True, "timeout": 120}
    try:
        if program.exists() and subprocess.run(works, **with_limit).returncode == 0:
            return program, None
        if os.environ.get("RINGBACK_INSTALL", "1") != "1":
            return None, f"{WHEEL} is not installed, and RINGBACK_INSTALL forbids it"
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, **with_limit)
        pip = [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
        subprocess.run([*pip, WHEEL], check=True, **with_limit)
        subprocess.run(works, check=True, **with_limit)
    except (subprocess.SubprocessError, OSError) as why:
        said = (getattr(why, "stderr", b"") or b"").decode(errors="replace").strip().splitlines()
        return None, f"{WHEEL} cannot be installed by pip: {said[-1] if said else why}"
    return program, None


class Phone:
    """One PJSIP with an account at the server, a tone as its microphone, and a recording of each call."""

    def __init__(self, world, server, user, hertz, transport="udp", **settings):
        program = python()
        self.world, self.user, self.hertz = world, user, hertz
        self.log = f"pjsip-{user}"
        self.folder = world.folder / self.log
        self.folder.mkdir(exist_ok=True)
        tones.write(self.folder / "tone.wav", hertz)
        target = server.secure_target if transport == "tls" else server.target
        settings = {
            "address": f"sip:{user}@{DOMAIN}",
            "registrar": f"sip:{DOMAIN};transport={transport}",
            "proxy": f"sip:{target};transport={transport};lr",
            "user": user,
            "password": USERS[user],
            "folder": str(self.folder),
            "tone": str(self.folder / "tone.wav"),
            "log": str(world.folder / f"pjsip-{user}-own.log"),
            **settings,
        }
        if transport == "tls":
            settings["authority"] = str(server.authority)
        command = [program, Path(__file__).parent / "pjsip_phone.py", json.dumps(settings)]
        self.process = world.start(command, self.log, stdin=subprocess.PIPE)
        self.expect("ready", seconds=30)

    def order(self, do, **fields):
        """Gives an order."""
        self.process.stdin.write(json.dumps({"do": do, **fields}).encode() + b"\n")
        self.process.stdin.flush()

    def events(self, name):
        """The events of a name that have come so far."""
        lines = self.world.log(self.log).split("\n")[:-1]
        events = [json.loads(line) for line in lines if line.startswith("{")]
        refused = [event for event in events if event["event"] == "refused"]
        check(not refused, f"PJSIP of {self.user} takes every order: {refused}")
        return [event for event in events if event["event"] == name]

    def expect(self, name, seconds=20.0, **fields):
        """Waits for an event with these fields."""

        def seen():
            found = (e for e in self.events(name) if all(e.get(k) == v for k, v in fields.items()))
            return next(found, None)

        return wait_until(seen, f"PJSIP of {self.user} tells of {name} {fields or ''}", seconds)

    def registered(self):
        """Registers."""
        self.order("register")
        self.expect("registration", code=200, active=True)
        return self

    def state(self, call, state):
        """Waits for a state of a call."""
        return self.expect("call", call=call, state=state)

    def recording(self, call):
        """Where a call is recorded."""
        return self.folder / f"call-{call}.wav"

    def listens(self, call=0):
        """Waits until more has been heard in a call."""
        tones.wait_for_more(self.recording(call), f"PJSIP of {self.user}")

    def heard(self, hertz, call=0):
        """Checks that the recording of a call that is over holds the tone."""
        self.expect("gone", call=call)
        wait_until(lambda: tones.is_complete(self.recording(call)), f"PJSIP of {self.user} completes its recording")
        tones.check_heard(self.recording(call), f"PJSIP of {self.user}", hertz)

    def quit(self):
        """Ends the program; a phone that is registered unregisters first by itself, when the test asks for it."""
        self.order("quit")
        wait_until(lambda: self.process.poll() is not None, f"PJSIP of {self.user} ends")
