"""The web console in headless Chromium, driven by browser/console.mjs: what an operator does, and what every page must keep."""

import subprocess

from agent import Agent
from browser import browser, drive
from harness import DOMAIN, Client, check, free_ports

PASSWORD = "console-secret-9"
# No phone of the user is registered: the call is refused with 480.
BOB = f"sip:bob@{DOMAIN}"
# A name that would become code on a page that does not escape it.
HOSTILE = f"""INVITE {BOB} SIP/2.0\r
Via: SIP/2.0/UDP {{here}};branch=z9hG4bKhostile;rport\r
Max-Forwards: 70\r
From: "<script>window.hacked=1</script>" <sip:mallory@elsewhere.test>;tag=h\r
To: <{BOB}>\r
Call-ID: hostile-1\r
CSeq: 1 INVITE\r
Contact: <sip:mallory@{{here}}>\r
Content-Length: 0\r
\r
"""
CAPTURE = """2026/11/21 17:00:00.000000 192.0.2.7:5060 -> 192.0.2.1:5060
INVITE sip:carol@example.test SIP/2.0\r
{common}
2026/11/21 17:00:00.100000 192.0.2.1:5060 -> 192.0.2.7:5060
SIP/2.0 486 Busy Here\r
{common}
"""
COMMON = """Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\r
From: "<img src=x onerror=hacked()>" <sip:alice@example.test>;tag=a\r
To: <sip:carol@example.test>;tag=b\r
Call-ID: dropped-1\r
CSeq: 1 INVITE\r
Content-Length: 0\r
\r
"""


def console_tour(world):
    """An operator signs in, goes from a failed call to its cause, sees what an answered one agreed on, lifts a ban, tries a route, drops a capture."""
    play(world, "tour")


def console_pages(world):
    """Every page in light and dark, on wide and narrow screens: nothing sticks out, texts have contrast, Tab reaches all, and
    the page with all that it loads is lighter than 100 kB."""
    play(world, "pages")


def console_without_javascript(world):
    """Without JavaScript everything can be read, and forms work."""
    play(world, "plain")


ALL = [console_tour, console_pages, console_without_javascript]


def play(world, scenario):
    """Plays one scenario of console.mjs against a server of its own, which has seen a call fail and another answered and held,
    and bans an address."""
    chromium = browser()
    port = free_ports()
    server = world.serve(extra=f'\n[console]\naddress = "127.0.0.1:{port}"\n')
    command(world, server, "account", "add", "tester", "--password-stdin", given=PASSWORD)
    command(world, server, "bans", "add", "192.0.2.66")
    Agent.call(world, BOB, server=server).ends(40)
    with Client(server) as client:
        client.socket.settimeout(10)
        client.socket.sendto(HOSTILE.format(here=client.here).encode(), (server.address, server.port))
        check(client.socket.recv(65535).startswith(b"SIP/2.0"), "the server answers the hostile INVITE")
    # The second call is answered, held and taken back.
    listen = Agent.listen(world, "--count", 1, server=server)
    Agent.call(world, BOB, "--hold", "300ms", "--duration", "1s", server=server).ends(0)
    listen.ends(0)
    capture = world.folder / "dropped.log"
    capture.write_bytes(CAPTURE.format(common=COMMON).encode())
    options = {
        "url": f"http://127.0.0.1:{port}",
        "chromium": chromium,
        "password": PASSWORD,
        "domain": DOMAIN,
        "capture": str(capture),
    }
    drive(world, "console", scenario, options, 400)


def command(world, server, *arguments, given=""):
    """Runs a command of the operator."""
    line = [world.ringback, *arguments, "--config", server.config]
    done = subprocess.run(line, input=given.encode(), capture_output=True, timeout=60, check=False)
    check(done.returncode == 0, f"`ringback {' '.join(arguments)}` succeeds: {done.stderr.decode()}")
