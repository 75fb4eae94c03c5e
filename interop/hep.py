"""The interop tests of HEP3: what Kamailio tells us gets verdicts, and what we tell is what Kamailio and we understand."""

import json
import re
import signal
import sqlite3
from pathlib import Path

from agent import Agent
from harness import DOMAIN, check, free_ports, need, wait_until

HERE = Path(__file__).parent
KEY = "interop-key"


class Collector:
    """`ringback listen-hep` with its events."""

    def __init__(self, world, transport="udp"):
        self.world, self.transport = world, transport
        self.port = free_ports()
        place = f"{transport}:127.0.0.1:{self.port}"
        self.process = world.start(
            [world.ringback, "listen-hep", "--listen", place, "--authenticate", KEY, "--json"], "collector"
        )
        wait_until(lambda: self.told("listening"), "listen-hep listens")

    def told(self, name):
        """The events of one name."""
        lines = self.world.log("collector").split("\n")[:-1]
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in events if event["event"] == name]

    def verdict(self, target):
        """Waits for the verdict on a call to a target."""

        def seen():
            calls = [call for call in self.told("call") if target in call["to"] and call["method"] == "INVITE"]
            return next(iter(calls), None)

        return wait_until(seen, f"listen-hep tells of the call to {target}", 30)

    def end(self):
        """Ctrl-C, and the summary."""
        self.process.send_signal(signal.SIGINT)
        check(self.process.wait(10) == 0, "listen-hep ends in good order")
        return self.told("summary")[0]


def kamailio_tells_listen_hep(world):
    """Kamailio's siptrace sends HEP3: a call that went well is judged good, one to nobody a wrong number."""
    need("kamailio")
    collector = Collector(world)
    listen = Agent.listen(world, "--count", 1)
    port = start_kamailio(world, "kamailio-hep.cfg", COLLECTOR=collector.port, KEY=KEY,
                          BOB=listen.told("listening")[0]["local"])
    Agent.call(world, f"sip:bob@127.0.0.1:{port}", "--duration", "500ms").ends(0)
    listen.ends(0)
    Agent(world, "nobody", "call", f"sip:nobody@127.0.0.1:{port}", "--from", f"sip:carol@{DOMAIN}").ends(44)
    good, bad = collector.verdict("sip:bob@"), collector.verdict("sip:nobody@")
    check(good["judgement"] == "good" and good["status"] == 200, f"the call to bob went well: {good}")
    check(good["talked_seconds"] is not None, f"and its end was seen: {good}")
    check(bad["status"] == 404 and [root["finding"]["rule"] for root in bad["roots"]] == ["D22"],
          f"the call to nobody had a wrong number: {bad}")
    summary = collector.end()
    check(list(summary["agents"]) == ["2042"] and not summary["refused"], f"all from one agent: {summary}")


def we_tell_listen_hep(world, transport="udp"):
    """`serve` with `[hep]` sends to our own `listen-hep`, which comes to the same verdicts; no secret leaves."""
    collector = Collector(world, transport)
    place = f"{transport}:127.0.0.1:{collector.port}"
    server = world.serve(extra=f'[hep]\nto = "{place}"\nagent = 2043\nkey = "{KEY}"\n')
    listen = Agent.listen(world, "--count", 1, server=server)
    Agent.call(world, f"sip:bob@{DOMAIN}", "--duration", "500ms", server=server).ends(0)
    listen.ends(0)
    # Another caller: at one address, two calls of one caller one after the other look like legs of one.
    Agent(world, "nobody", "call", f"sip:nobody@{DOMAIN}", "--from", f"sip:carol@{DOMAIN}", server=server,
          user="carol").ends(44)
    good, bad = collector.verdict("sip:bob@"), collector.verdict("sip:nobody@")
    check(good["judgement"] == "good" and good["status"] == 200, f"the call to bob went well: {good}")
    check(bad["judgement"] == "fault" and bad["status"] == 404, f"the call to nobody did not: {bad}")
    check(server.stop() == 0, "the server ends in good order")
    summary = collector.end()
    check(list(summary["agents"]) == ["2043"] and not summary["refused"], f"all from our server: {summary}")


def we_tell_listen_hep_over_tcp(world):
    """The same over TCP."""
    we_tell_listen_hep(world, "tcp")


def kamailio_understands_what_we_tell(world):
    """Kamailio's sipcapture, which Homer 5 was made of, reads our HEP3: ends, methods, codes."""
    need("kamailio")
    with sqlite3.connect(world.folder / "homer.sqlite") as database:
        database.execute("create table version (table_name text, table_version int)")
    port = start_kamailio(world, "kamailio-homer.cfg", FOLDER=world.folder)
    server = world.serve(extra=f'[hep]\nto = "udp:127.0.0.1:{port}"\n')
    for wanted in (r"HEP 127.0.0.1:\d+ 127.0.0.1 OPTIONS", rf"HEP 127.0.0.1:{server.port} 127.0.0.1 200"):
        wait_until(lambda: re.search(wanted, world.log("kamailio")), f"Kamailio understands: {wanted}")


def start_kamailio(world, name, **words):
    """Starts a Kamailio with a configuration, in which words are replaced, and gives its port once it listens."""
    port = free_ports()
    config, text = world.folder / name, (HERE / name).read_text()
    for word, value in {"PORT": port, **words}.items():
        text = text.replace(f"@{word}@", str(value))
    config.write_text(text)
    world.start(["kamailio", "-DD", "-E", "-f", config, "-P", world.folder / "pid", "-Y", world.folder], "kamailio")
    listens = f":{port:04X} "
    wait_until(lambda: listens in Path("/proc/net/udp").read_text(), "Kamailio listens", 15)
    return port


ALL = [
    kamailio_tells_listen_hep,
    we_tell_listen_hep,
    we_tell_listen_hep_over_tcp,
    kamailio_understands_what_we_tell,
]
