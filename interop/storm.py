"""Bad input: malformed datagrams by the hundred thousand, and connections that are half-open, slow or garbage."""

import contextlib
import random
import socket
import threading

SEEDS = [
    b"INVITE sip:bob@interop.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKstorm;rport\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:eve@elsewhere.test>;tag=1\r\nTo: <sip:bob@interop.test>\r\nCall-ID: storm\r\n"
    b"CSeq: 1 INVITE\r\nContact: <sip:eve@127.0.0.1:9>\r\nContent-Type: application/sdp\r\nContent-Length: 12\r\n\r\n"
    b"v=0\r\ns=-\r\nt=0",
    b"REGISTER sip:interop.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKstorm\r\nMax-Forwards: 70\r\n"
    b"From: <sip:alice@interop.test>;tag=1\r\nTo: <sip:alice@interop.test>\r\nCall-ID: storm\r\nCSeq: 1 REGISTER\r\n"
    b'Authorization: Digest username="alice", realm="interop.test", nonce="", uri="sip:interop.test", response="00"\r\n'
    b"Contact: *\r\nExpires: 0\r\nContent-Length: 0\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKstorm\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:a@b>;tag=2\r\nCall-ID: storm\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
    b"ACK sip:bob@interop.test SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.1\r\nf: <sip:a@b>\r\nt: <sip:a@b>\r\ni: 1\r\nCSeq: 1 ACK\r\n\r\n",
]
SPICES = [
    b"\x00", b"\xff\xfe", b"\r\n", b"\r\n\r\n", b"\r\n ", b":", b";", b",", b"<", b">", b'"', b"%00", b"%", b"@", b"[::", b"]",
    b"99999999999999999999", b"-1", b"Content-Length: 4294967296\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Via: SIP/2.0/UDP [::ffff:1]:99999\r\n", b"Route: <sip:interop.test;lr>\r\n" * 40, b"x" * 3000, b";a" * 900, b"sip:" * 60,
]


def bad_message(chance):
    """A message with one to four faults."""
    message = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(message) + 1)
        kind = chance.randrange(4)
        if kind == 0 and at < len(message):
            message[at] = chance.randrange(256)
        elif kind == 1:
            message[at:at] = chance.choice(SPICES)
        elif kind == 2:
            del message[at : at + chance.randrange(1, 40)]
        else:
            message[at:at] = message[: chance.randrange(1, 200)]
    return bytes(message[:65000])


def datagrams(server, count, seed=1):
    """Sends so many malformed datagrams as fast as they go."""
    chance = random.Random(seed)
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    batch = [bad_message(chance) for _ in range(5000)]
    with socket.socket(family, socket.SOCK_DGRAM) as out:
        out.bind((server.address, 0))
        for n in range(count):
            with contextlib.suppress(OSError):
                out.sendto(batch[n % len(batch)], (server.address, server.port))


class BadConnections:
    """Streams that never say anything, that drip, and that talk garbage; all open at the same time."""

    def __init__(self, server, each=60, seed=2):
        self.server, self.each, self.chance = server, each, random.Random(seed)
        self.open = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for stream in self.open:
            stream.close()

    def connect(self):
        """One more connection, or None when the server takes no more."""
        with contextlib.suppress(OSError):
            stream = socket.create_connection((self.server.address, self.server.port), timeout=1)
            stream.settimeout(0.2)
            self.open.append(stream)
            return stream
        return None

    def run(self):
        """Opens the silent ones, then drips and shouts until the storm is over."""
        for _ in range(self.each):
            self.connect()
        drips = [self.connect() for _ in range(self.each)]
        position = 0
        while not self.over.is_set():
            for stream in filter(None, drips):
                with contextlib.suppress(OSError):
                    stream.send(SEEDS[0][position % 300 : position % 300 + 1])
            garbage = self.connect()
            if garbage is not None:
                with contextlib.suppress(OSError):
                    garbage.send(self.chance.randbytes(self.chance.randrange(1, 70000)))
            position += 1
            self.over.wait(0.02)
