"""Drives baresip over its control port: commands and events as JSON in netstrings."""

import json
import socket
import time

from harness import DOMAIN, USERS, Failed, check, free_ports, wait_until
import tones

MODULES = "/usr/lib/baresip/modules"


class Phone:
    """One baresip with an account at the server, a tone as its microphone, and recordings of both directions."""

    def __init__(self, world, server, user, hertz, transport="udp", max_calls=4, srtp=False, contacts=(),
                 address="127.0.0.1", password=None, codec="pcmu", account="", config=(), rtp=None):
        self.world, self.user, self.hertz = world, user, hertz
        self.folder = world.folder / user
        self.sounds = self.folder / "sounds"
        self.sounds.mkdir(parents=True)
        tones.write(self.folder / "tone.wav", hertz)
        self.control = free_ports()
        sip, rtp = free_ports(4), rtp or free_ports(20)
        port = server.port + 1 if transport == "tls" else server.port
        modules = ["g711", "aufile", "aubridge", "sndfile", "ctrl_tcp", *(["srtp"] if srtp else [])]
        lines = [
            *config,
            "poll_method epoll",
            f"sip_listen {address}:{sip}",
            f"net_interface {address}",
            "call_local_timeout 60",
            f"call_max_calls {max_calls}",
            f"audio_source aufile,{self.folder}/tone.wav",
            "audio_player aubridge,pl",
            "audio_alert aubridge,al",
            "ausrc_format s16",
            "auplay_format s16",
            "auenc_format s16",
            "audec_format s16",
            f"rtp_ports {rtp}-{rtp + 18}",
            "jitter_buffer_delay 5-10",
            f"snd_path {self.sounds}",
            f"module_path {MODULES}",
            *[f"module {m}.so" for m in modules],
            "module_tmp uuid.so",
            "module_tmp account.so",
            "module_app debug_cmd.so",
            "module_app menu.so",
            *(["module_app contact.so", "module_app presence.so"] if contacts else []),
            f"ctrl_tcp_listen 127.0.0.1:{self.control}",
            *([f"sip_cafile {server.authority}"] if transport == "tls" else []),
        ]
        (self.folder / "config").write_text("\n".join(lines) + "\n")
        account = (
            f"<sip:{user}@{DOMAIN};transport={transport}>;auth_user={user};auth_pass={password or USERS[user]};"
            f'outbound="sip:{server.host}:{port};transport={transport};lr"{account};regint=300;'
            f"answermode=manual;audio_codecs={codec}"
            + (";mediaenc=srtp-mand" if srtp else "") + (";pubint=60" if contacts else "")
        )
        (self.folder / "accounts").write_text(account + "\n")
        lines = [f'"{uri}" <{uri}>;presence=p2p\n' for uri in contacts]
        (self.folder / "contacts").write_text("".join(lines))
        self.events = []
        self.answers = []
        self.buffer = b""
        self.process = world.start(["baresip", "-4", "-f", self.folder, "-t", "170", "-s"], user)
        self.socket = self.connect()

    def connect(self):
        """Waits for the control port."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                return socket.create_connection(("127.0.0.1", self.control), timeout=1)
            except OSError:
                time.sleep(0.1)
        raise Failed(f"{self.user}: baresip did not open its control port")

    def command(self, name, parameters=""):
        """Gives an order."""
        text = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self.socket.sendall(b"%d:%s," % (len(text), text))

    def read(self):
        """Takes in the events that have come."""
        self.socket.settimeout(0.02)
        try:
            self.buffer += self.socket.recv(65536)
        except TimeoutError:
            pass
        while b":" in self.buffer:
            length, _, rest = self.buffer.partition(b":")
            if len(rest) <= int(length):
                break
            message = json.loads(rest[: int(length)])
            self.buffer = rest[int(length) + 1 :]
            if message.get("event"):
                self.events.append(message)
            elif message.get("response"):
                self.answers.append(str(message.get("data")))

    def saw(self, kind):
        """The first event of a kind that has come, if any."""
        self.read()
        return next((e for e in self.events if e.get("type") == kind), None)

    def expect(self, kind, seconds=15.0):
        """Waits for an event of a kind."""
        return wait_until(lambda: self.saw(kind), f"{self.user} sees {kind}", seconds)

    def registered(self):
        """Waits until the account is registered; the event may have come before we could hear it."""

        def is_registered():
            self.command("reginfo")
            self.read()
            return any(f"{self.user}@{DOMAIN}" in answer and "OK" in answer for answer in self.answers)

        wait_until(is_registered, f"{self.user} is registered", 15)
        return self

    def shows(self, status):
        """Waits until the first contact is shown with a status."""

        def is_shown():
            self.command("contacts")
            self.read()
            return any("Contacts" in answer and status in answer for answer in self.answers[-1:])

        wait_until(is_shown, f"baresip of {self.user} shows its contact {status}", 20)

    def heard(self, hertz):
        """Checks that the recording of what came in holds the tone."""
        def newest():
            return max(self.sounds.glob("*-dec.wav"), default=None, key=lambda p: p.stat().st_mtime)

        path = wait_until(newest, f"{self.user} has a recording")
        tones.check_heard(path, f"baresip of {self.user}", hertz)
        silent, _ = tones.share(path, self.hertz)
        check(silent < 0.1, f"{self.user} does not hear its own {self.hertz} Hz: {silent:.0%} of the energy")

    def quit(self):
        """Ends the program in good order; it unregisters."""
        self.command("quit")
        wait_until(lambda: self.process.poll() is not None, f"{self.user} ends")
