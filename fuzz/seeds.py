#!/usr/bin/env python3
"""Makes the seed corpus from a folder of SIP test data, named as the argument (see README.md for the sources); what it
makes is committed."""
import json
import pathlib
import sys
import re
import struct

SOURCE = pathlib.Path(sys.argv[1])
CORPUS = pathlib.Path(__file__).parent / "corpus"


def flows():
    for file in sorted((SOURCE / "flows").glob("rfc*.json")):
        for message in json.loads(file.read_text()):
            if message["kind"] in ("request", "response") and message.get("complete") and message.get("raw"):
                yield file.stem, message.get("raw_fixed") or message["raw"]


def save(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.dat").write_bytes(data)


def main():
    torture = []
    for rfc in ("rfc4475", "rfc5118"):
        for file in sorted((SOURCE / rfc).glob("*.dat")):
            torture.append((f"{rfc}-{file.stem}", file.read_bytes()))
    # One message of the flows for each method and status code.
    kinds, bodies, uris = {}, {}, set()
    for rfc, raw in flows():
        first = raw.split("\r\n", 1)[0]
        kind = first.split(" ")[1 if first.startswith("SIP/") else 0]
        kinds.setdefault(kind, (rfc, raw.encode()))
        head, _, body = raw.partition("\r\n\r\n")
        if body.startswith("v=0"):
            bodies.setdefault(re.sub(r"\d+", "0", body), (rfc, body.encode()))
        uris.update(re.findall(r"(?:sips?|tel):[^\s<>\",]+", head))
    for name, data in torture:
        save("message", name, data)
    for kind, (rfc, data) in kinds.items():
        save("message", f"{rfc}-{kind.lower()}", data)
    for number, (rfc, data) in enumerate(list(bodies.values())[:24]):
        save("sdp", f"{rfc}-{number}", data)
    for name, data in torture:
        if b"\r\n\r\nv=0" in data:
            save("sdp", name, data.partition(b"\r\n\r\n")[2])
    for _, data in torture:
        uris.update(u.decode("latin1") for u in re.findall(rb"(?:sips?|tel):[^\s<>\",]+", data))
    shapes = {}
    for uri in sorted(uris, key=len):
        shapes.setdefault(re.sub(r"[A-Za-z0-9]+", "a", uri), uri)
    for number, uri in enumerate(shapes.values()):
        save("uri", f"{number:03}", uri.encode("latin1"))
    # Streams: two octets say where it is cut, then messages with keep-alives between them.
    values = [data for _, data in kinds.values()]
    for number in range(0, len(values) - 2, 3):
        stream = b"\r\n\r\n".join(values[number : number + 3])
        save("framing", f"flow-{number:02}", bytes([7 + number, 100]) + stream)
    for name, data in torture:
        if name.removeprefix("rfc4475-") in ("clerr", "mcl01", "ncl", "scalarlg", "lwsstart", "trws", "dblreq"):
            save("framing", name, b"\x01\x30" + data)
    media()
    captures()


def captures():
    """Captures of our own making: a call over UDP, its parts over TCP, fragments, and a log."""
    sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n"

    def sip(start, cseq, body=b""):
        head = f"{start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{cseq[0]}\r\nFrom: <sip:a@x.test>;tag=1\r\n"
        head += f"To: <sip:b@x.test>;tag=2\r\nCall-ID: c\r\nCSeq: {cseq}\r\nContact: <sip:a@192.0.2.1>\r\n"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return head.encode() + f"{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def ip(protocol, payload, place=0, way=b"\x01\x02"):
        ends = b"\xc0\x00\x02" + way[:1] + b"\xc0\x00\x02" + way[1:]
        return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, place, 64, protocol, 0) + ends + payload

    def udp(payload, ports=(5060, 5061)):
        return struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload

    def tcp(payload, number, flags=24):
        return struct.pack(">HHIIBBHHH", 5060, 5061, number, 0, 0x50, flags, 1000, 0, 0) + payload

    def hep(payload):
        values = {1: b"\x02", 2: b"\x11", 3: b"\xc0\0\x02\x01", 4: b"\xc0\0\x02\x02", 7: b"\x13\xc4", 8: b"\x13\xc5",
                  9: b"\0\0\0\x07", 10: b"\0\0\0\x08", 11: b"\x01", 12: b"\0\0\x07\xd1", 15: payload}
        chunks = b"".join(struct.pack(">HHH", 0, n, 6 + len(v)) + v for n, v in values.items())
        return b"HEP3" + struct.pack(">H", 6 + len(chunks)) + chunks

    def pcap(packets, link=101):
        rows = [struct.pack("<IIII", n, n * 1000, len(p), len(p)) + p for n, p in enumerate(packets)]
        return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link) + b"".join(rows)

    def pcapng(packets):
        def block(kind, body):
            body += b"\0" * (-len(body) % 4)
            return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

        start = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 101, 0, 0))
        rows = [block(6, struct.pack("<IIIII", 0, 0, n * 1000, len(p), len(p)) + p) for n, p in enumerate(packets)]
        return start + b"".join(rows)

    invite, ok = sip("INVITE sip:b@x.test SIP/2.0", "1 INVITE", sdp), sip("SIP/2.0 200 OK", "1 INVITE", sdp)
    refusal = sip("SIP/2.0 488 Not Acceptable Here", "1 INVITE")
    bye, gone = sip("BYE sip:b@x.test SIP/2.0", "2 BYE"), sip("SIP/2.0 200 OK", "2 BYE")
    rtp = struct.pack(">BBHII", 0x80, 8, 1, 160, 9) + b"\x55" * 20
    back = b"\x02\x01"
    call = [ip(17, udp(m), way=w) for m, w in ((invite, b"\x01\x02"), (ok, back), (bye, back), (gone, b"\x01\x02"))]
    call.insert(2, ip(17, udp(rtp, (6000, 4000)), way=back))
    save("capture", "udp", pcap(call))
    save("capture", "pcapng", pcapng(call))
    save("capture", "refused", pcap([ip(17, udp(invite)), ip(17, udp(refusal), way=back)]))
    whole = udp(invite)
    save("capture", "fragments", pcap([ip(17, whole[:240], 0x2000), ip(17, whole[240:], 30)]))
    parts = [ip(6, tcp(b"", 99, 2)), ip(6, tcp(invite[200:], 300)), ip(6, tcp(invite[:200], 100))]
    save("capture", "tcp", pcap(parts + [ip(6, tcp(bye, 100 + len(invite)))]))
    save("capture", "icmp", pcap([ip(17, udp(invite)), ip(1, b"\x03\x03" + b"\0" * 6 + ip(17, udp(invite))[:28], way=back)]))
    save("capture", "hep", hep(invite))
    save("capture", "hep-in-pcap", pcap([ip(17, udp(hep(m))) for m in (invite, refusal)]))
    log = b"2026-11-21 12:00:00.5 UDP 192.0.2.1:5060 -> 192.0.2.2:5061\n"
    save("capture", "log", log + invite.replace(b"\r\n", b"\n") + b"\n" + log + refusal)


def media():
    """RTP, digits and reports of our own making; before each datagram an octet: port, beat, length less 4."""

    def rtp(number, payload_type, timestamp, payload, marker=0):
        return struct.pack(">BBHII", 0x80, marker << 7 | payload_type, number, timestamp, 9) + payload

    def pieces(*datagrams, port=0):
        return b"".join(bytes([port | 0x40 | len(d) - 4]) + d for d in datagrams)

    audio = [rtp(n, 8 * (n % 2), 160 * n, bytes([n]) * 40) for n in range(6)]
    digit = [rtp(n, 101, 960, struct.pack(">BBH", 5, 0x80 * (n > 8) | 10, 160 * (n - 5)), n == 6) for n in range(6, 11)]
    report = struct.pack(">BBHIQIII", 0x80, 200, 6, 9, 1 << 40, 7, 8, 9) + struct.pack(">BBHIBB2s", 0x81, 202, 2, 9, 1, 0, b"")
    block = struct.pack(">BBHII", 0x81, 201, 7, 9, 7) + struct.pack(">IIIII", 0x01000002, 70000, 5, 0, 0)
    goodbye = struct.pack(">BBHIBBHI", 0x80, 201, 1, 9, 0x81, 203, 1, 9)
    save("media", "audio", pieces(*audio))
    save("media", "digit", pieces(*audio[:2], *digit, *audio[2:]))
    save("media", "reports", pieces(*audio[:2]) + pieces(report, block, goodbye, port=0x80))
    save("media", "doubled", pieces(*audio, *audio[2:], *audio[::-1]))


main()
