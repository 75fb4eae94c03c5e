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
        recorded = ["--wav-out", self.recording] if arguments[0] in ("call", "listen") else []
        command = [world.ringback, *arguments, *proxy, *recorded, "--json"]
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

    def told(self, name):
        """The events of one name."""
        return [event for event in self.events() if event["event"] == name]

    def expect(self, name, seconds=15.0):
        """Waits for the first event of a name."""

        def seen():
            return next(iter(self.told(name)), None)

        return wait_until(seen, f"ringback {self.name} tells of {name}", seconds)

    def seen_open(self):
        """Whether who is watched can be reached, by what was told last."""
        told = [event["presence"]["open"] for event in self.told("notified") if event["presence"]]
        return told[-1] if told else None

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

    def listens(self):
        """Waits until more has been heard."""
        tones.wait_for_more(self.recording, f"ringback {self.name}")

    def heard(self, hertz):
        """Checks that what came in holds the tone."""
        tones.check_heard(self.recording, f"ringback {self.name}", hertz)
