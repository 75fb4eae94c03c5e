"""Runs `ringback call` and `ringback listen`, and reads the events that they tell in JSON."""

import json
import os
import signal
import subprocess

from harness import DOMAIN, USERS, Failed, check, wait_until
import tones


class Agent:
    """One command of the user agent; without a server it talks to its peer directly."""

    def __init__(self, world, log, *arguments, user="", server=None, secure=False):
        self.world, self.name = world, log
        self.recording = world.folder / f"{log}.wav"
        proxy = ["--proxy", server.target] if server else []
        if secure:
            proxy = ["--proxy", server.secure_target, "--transport", "tls", "--ca", server.authority]
        command = [world.ringback, *arguments, *proxy, "--wav-out", self.recording, "--json"]
        password = USERS.get(user, "")
        self.process = world.start(command, log, env={**os.environ, "RINGBACK_PASSWORD": password})

    @classmethod
    def call(cls, world, target, *arguments, server=None, user="alice", secure=False):
        """A call in the name of a user."""
        named = ["--from", f"sip:{user}@{DOMAIN}"] if server else []
        return cls(world, "call", "call", target, *named, *arguments, user=user, server=server, secure=secure)

    @classmethod
    def listen(cls, world, *arguments, server=None, user="bob", secure=False):
        """A callee that takes calls from the moment that this returns."""
        named = ["--register", f"sip:{user}@{DOMAIN}"] if server else []
        agent = cls(world, "listen", "listen", *named, *arguments, user=user, server=server, secure=secure)
        agent.expect("listening")
        return agent

    def events(self):
        """What it has told so far."""
        lines = self.world.log(self.name).split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def expect(self, name, seconds=15.0):
        """Waits for an event."""

        def seen():
            return next((event for event in self.events() if event["event"] == name), None)

        return wait_until(seen, f"ringback {self.name} tells of {name}", seconds)

    def interrupt(self):
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def ends(self, code, seconds=15.0):
        """Waits for its end, and checks its exit code."""
        try:
            ended = self.process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"ringback {self.name} did not end within {seconds:g} s") from late
        check(ended == code, f"ringback {self.name} ends with {code}, not {ended}")

    def heard(self, hertz):
        """Checks that what came in holds the tone."""
        share, seconds = tones.share(self.recording, hertz)
        check(seconds > 1.0, f"the recording of ringback {self.name} lasts over a second, not {seconds:.2f} s")
        check(share > 0.8, f"ringback {self.name} hears {hertz} Hz: {share:.0%} of the energy")
