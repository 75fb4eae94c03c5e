"""The interop tests of a trunk: another server as next hop under mutual TLS, each checked by the name in its certificate."""

from pathlib import Path

from agent import Agent
from harness import DOMAIN, check, free_ports, need, wait_until


def kamailio_over_mutual_tls_there_and_back(world):
    """A call leaves for Kamailio and comes back from it, over one connection; either side hangs up."""
    need("kamailio")
    server, ports = trunk(world)
    for hangs_up, ended_as in (("call", "we hung up"), ("listen", "the peer hung up")):
        plan = {name: ["--duration", "2500ms"] if name == hangs_up else [] for name in ("call", "listen")}
        listen = Agent.listen(world, "--tone", 880, "--count", 1, *plan["listen"], server=server)
        call = Agent.call(world, f"sip:9bob@{DOMAIN}", "--tone", 440, *plan["call"], server=server)
        call.expect("established")
        check(connections(ports) == 1, f"one connection carries both ways, not {connections(ports)}")
        ended = call.expect("ended")
        check(ended["reason"] == ended_as, f"{ended_as}: {ended}")
        call.ends(0)
        listen.ends(0)
        call.heard(880)
        listen.heard(440)


def kamailio_with_another_name_gets_no_call(world):
    """The same with a hop by an address that Kamailio's certificate does not contain: the call fails."""
    need("kamailio")
    server, _ = trunk(world, hop="127.0.0.1")
    call = Agent.call(world, f"sip:9bob@{DOMAIN}", server=server)
    call.ends(50)
    check("the certificate names somebody else" in world.log("ringback"), "the journal says why")


def trunk(world, hop="localhost"):
    """A server with a hop to a Kamailio, and the ports of both."""
    ours = free_ports(2)
    theirs, folder = ours + 1, world.folder / "certificates"
    world.certify(folder, "localhost")
    server = world.serve(
        auth=False,
        extra=f"""
[[listen]]
address = "127.0.0.1:{ours}"
transports = ["tls"]

[[certificate]]
chain = "{folder}/server.pem"
key = "{folder}/server.key"

[tls]
name = "localhost"
authorities = "{folder}/authority.pem"
clients = "require"

[[hop]]
name = "kamailio"
targets = [{{ uri = "sip:{hop}:{theirs};transport=tls" }}]

[[route]]
name = "out"
prefixes = ["9"]
open = true
action = "hop"
hop = "kamailio"
""",
    )
    text = (Path(__file__).parent / "kamailio-trunk.cfg").read_text()
    words = {"@PORT@": theirs, "@OURS@": ours, "@FOLDER@": folder, "@DOMAIN@": DOMAIN}
    for word, value in words.items():
        text = text.replace(word, str(value))
    config = world.folder / "kamailio.cfg"
    config.write_text(text)
    command = ["kamailio", "-DD", "-E", "-f", config, "-P", world.folder / "pid", "-Y", world.folder]
    world.start(command, "kamailio")
    wait_until(lambda: any(row[1].endswith(f":{theirs:04X}") and row[3] == "0A" for row in sockets()), "Kamailio listens")
    return server, (ours, theirs)


def connections(ports):
    """How many connections there are to one of these ports."""
    ends = [f":{port:04X}" for port in ports]
    return sum(row[3] == "01" and any(row[2].endswith(end) for end in ends) for row in sockets())


def sockets():
    """The rows of the kernel's table of TCP sockets."""
    return [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]


ALL = [kamailio_over_mutual_tls_there_and_back, kamailio_with_another_name_gets_no_call]
