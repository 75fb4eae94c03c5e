"""What the interop tests share: free ports, processes that are ended by their id, servers, a small SIP client."""

import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

DOMAIN = "interop.test"
# Of four digits: sipsak 0.9.8 drops the last digit of a port of five that stands in a URI. From 7000: a browser opens
# no connection to some ports below it (6000, 6566, 6665 to 6669, 6697).
SERVER_PORTS = range(7000, 10000)
USERS = {"alice": "alice-secret-1", "bob": "bob-secret-2", "carol": "carol-secret-3"}


NO_CONSOLE = """[console]
enabled = false
"""


class Failed(AssertionError):
    """A test's claim does not hold."""


class Skipped(Exception):
    """A test cannot run here; the text says what is missing."""


def need(*programs):
    """Skips the test when one of the programs is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            raise Skipped(f"{program} is not installed")


def check(condition, claim):
    """Fails the test when its claim does not hold."""
    if not condition:
        raise Failed(claim)


def wait_until(condition, claim, seconds=10.0):
    """Waits for a condition; fails with the claim when it does not come true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failed(f"{claim}: not within {seconds:g} s")


def is_free(port, address):
    """Whether a port can be bound over UDP and TCP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(family, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def free_ports(count=1, address="127.0.0.1", among=range(11000, 32000)):
    """The first of `count` neighbouring ports that are free; below the range that the kernel hands out."""
    for _ in range(1000):
        port = random.choice(among[::2])
        if all(is_free(port + n, address) for n in range(count)):
            return port
    raise Skipped("no free ports")


class World:
    """One test's folder and processes; all of them are gone when the test ends."""

    def __init__(self, name, ringback, peer):
        self.folder = Path(tempfile.mkdtemp(prefix=f"ringback-{name}-"))
        self.ringback = ringback
        self.peer = peer
        self.processes = []

    def start(self, command, log, **options):
        """Starts a program in the background; its output goes to a file of the test's folder."""
        out = open(self.folder / f"{log}.log", "wb")
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            start_new_session=True,
            **{"stdin": subprocess.DEVNULL, **options},
        )
        out.close()
        self.processes.append(process)
        return process

    def run(self, command, log, seconds=120, **options):
        """Runs a program to its end and returns its exit code."""
        process = self.start(command, log, **options)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{command[0]} did not end within {seconds} s") from late

    def certify(self, folder, name):
        """Makes an authority and a server's certificate for `name`."""
        command = [self.ringback, "cert", "--dev", "--out", folder, "--name", name]
        made = subprocess.run(command, capture_output=True, timeout=30)
        check(made.returncode == 0, f"ringback cert: {made.stderr.decode()}")

    def log(self, name):
        """What a program has written so far."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / f"{name}.log").read_text(errors="replace")
        return ""

    def logs(self):
        """The ends of all logs, for the reader of a failure."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-25:]
            parts.append(f"--- {path.name}\n" + "\n".join(tail))
        return "\n".join(parts)

    def close(self, keep=False):
        """Ends every process that the test started, by its id, and removes the folder."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 5
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, end - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the process and what it started: a session of its own
            process.wait()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self, auth=True, address="127.0.0.1", extra="", secure=False):
        """Starts the server under test and waits until it answers; `extra`: more lines of its configuration; `secure`:
        TLS at the next port."""
        if (extra or secure) and self.peer == "kamailio":
            raise Skipped("Kamailio has a configuration of its own here")
        server = Kamailio(self, auth, address) if self.peer == "kamailio" else Ringback(self, auth, address, extra)
        if secure:
            server.certify()
        server.start()
        return server


class Ringback:
    """`ringback serve` with a configuration of its own."""

    def __init__(self, world, auth, address, extra=""):
        self.world = world
        self.auth = auth
        self.address = address
        self.port = free_ports(2, address, SERVER_PORTS)
        self.config = world.folder / "ringback.toml"
        data = world.folder / "data"
        data.mkdir()
        self.config.write_text(
            f"""domains = ["{DOMAIN}"]
data = "{data}"
workers = 2

[[listen]]
address = "{self.host}:{self.port}"
transports = ["udp", "tcp"]

[auth]
required = {"true" if auth else "false"}

[http]
enabled = false
{"" if "[console]" in extra else NO_CONSOLE}
{extra}"""
        )

    def certify(self):
        """Makes a test authority and a certificate, and listens with them at the port after the server's own."""
        self.world.certify(self.world.folder, self.address)
        self.authority = self.world.folder / "authority.pem"
        with self.config.open("a") as config:
            config.write(
                f"""
[[listen]]
address = "{self.host}:{self.port + 1}"
transports = ["tls"]

[[certificate]]
chain = "server.pem"
key = "server.key"
"""
            )

    @property
    def host(self):
        """The address as it stands in a URI."""
        return f"[{self.address}]" if ":" in self.address else self.address

    @property
    def target(self):
        """Address and port."""
        return f"{self.host}:{self.port}"

    @property
    def secure_target(self):
        """Address and port for TLS."""
        return f"{self.host}:{self.port + 1}"

    def start(self):
        """Adds the users, starts the server, waits for its first answer."""
        self.add_users()
        self.run()
        wait_until(self.answers, "the server answers OPTIONS", 15)

    def run(self):
        """Starts the server."""
        self.process = self.world.start([self.world.ringback, "serve", "--config", self.config], "ringback")

    def add_users(self):
        """Gives every user a password."""
        for name in [f"{user}@{DOMAIN}" for user in USERS]:
            added = subprocess.run(
                [self.world.ringback, "user", "add", name, "--config", self.config, "--password-stdin"],
                input=USERS[name.partition("@")[0]].encode(),
                capture_output=True,
                timeout=30,
                check=False,
            )
            check(added.returncode == 0, f"`ringback user add {name}` succeeds: {added.stderr.decode()}")

    def answers(self):
        """Whether the server answers OPTIONS."""
        check(self.process.poll() is None, f"the server stays up: it ended with {self.process.returncode}")
        with Client(self) as client:
            return client.ask("OPTIONS", f"sip:{self.target}", seconds=0.5) is not None

    def kill(self):
        """Ends the server at once, as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks the server to end and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


class Kamailio(Ringback):
    """Kamailio in the server's place, to tell a fault of ours from a fault of a test."""

    def run(self):
        """Starts Kamailio with a small configuration."""
        config = self.world.folder / "kamailio.cfg"
        text = (Path(__file__).parent / "kamailio.cfg").read_text()
        words = {
            "@LISTEN@": self.target,
            "@HOST@": self.host,
            "@PORT@": str(self.port),
            "@DOMAIN@": DOMAIN,
            "@AUTH@": "1" if self.auth else "0",
            **{f"@{user}@": password for user, password in USERS.items()},
        }
        for word, value in words.items():
            text = text.replace(word, value)
        config.write_text(text)
        command = ["kamailio", "-DD", "-E", "-f", config, "-P", self.world.folder / "pid", "-Y", self.world.folder]
        self.process = self.world.start(command, "kamailio")

    def add_users(self):
        """The configuration holds the passwords."""

    def kill(self):
        """This Kamailio keeps its bindings in memory."""
        raise Skipped("Kamailio keeps no bindings over a restart here")


class Client:
    """A SIP client over UDP: one request at a time, with digest."""

    def __init__(self, server):
        family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
        self.server = server
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((server.address, 0))
        port = self.socket.getsockname()[1]
        self.here = f"{server.host}:{port}"
        self.call_id = os.urandom(6).hex()
        self.cseq = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def register(self, user, password, contact):
        """Binds a contact and returns the status code of the last answer."""
        address, uri = f"sip:{user}@{DOMAIN}", f"sip:{DOMAIN}"
        headers = [f"Contact: <{contact}>", "Expires: 300"]
        answer = self.ask("REGISTER", uri, headers, address=address)
        if answer and answer[0] == 401:
            credentials = digest(answer[1], "REGISTER", uri, user, password)
            answer = self.ask("REGISTER", uri, [*headers, credentials], address=address)
        return answer and answer[0]

    def ask(self, method, uri, headers=(), seconds=4.0, address=None):
        """Sends a request and returns its final response as (code, header lines), or None."""
        mark = os.urandom(6).hex()
        self.cseq += 1
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.here};branch=z9hG4bK{mark};rport",
            "Max-Forwards: 70",
            f"From: <{address or 'sip:probe@elsewhere.test'}>;tag={mark}",
            f"To: <{address or uri}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {method}",
            *headers,
            "Content-Length: 0",
            "",
            "",
        ]
        request = "\r\n".join(lines).encode()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.socket.sendto(request, (self.server.address, self.server.port))
                self.socket.settimeout(min(0.5, max(0.01, end - time.monotonic())))
                while True:
                    head = self.socket.recv(65535).decode(errors="replace").split("\r\n\r\n")[0].split("\r\n")
                    code = int(head[0].split()[1])
                    if code >= 200 and any(mark in line for line in head):
                        return code, head[1:]
            time.sleep(0.02)
        return None


def digest(headers, method, uri, user, password):
    """The Authorization header for the first challenge that we can answer (RFC 7616)."""
    algorithms = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
    for line in headers:
        name, _, challenge = line.partition(":")
        if name.strip().lower() != "www-authenticate":
            continue
        asked = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
        algorithm = asked.get("algorithm", "MD5")
        if algorithm in algorithms:
            break
    else:
        raise Failed(f"a challenge that we can answer: {headers}")

    def hashed(text):
        return hashlib.new(algorithms[algorithm], text.encode()).hexdigest()

    secret = hashed(f"{user}:{asked['realm']}:{password}")
    request = hashed(f"{method}:{uri}")
    fields = {"username": user, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri}
    tail = f"algorithm={algorithm}"
    if "opaque" in asked:
        fields["opaque"] = asked["opaque"]
    if "qop" in asked:
        fields["cnonce"] = "0a4f113b"
        tail += ", qop=auth, nc=00000001"
        fields["response"] = hashed(f"{secret}:{asked['nonce']}:00000001:0a4f113b:auth:{request}")
    else:
        fields["response"] = hashed(f"{secret}:{asked['nonce']}:{request}")
    return "Authorization: Digest " + ", ".join(f'{k}="{v}"' for k, v in fields.items()) + ", " + tail
