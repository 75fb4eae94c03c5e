"""Scanners: what sipvicious learns from the server, and what becomes of it."""

import json
import subprocess

from cases import memory
from harness import USERS, Client, check, need, wait_until


def sipvicious_learns_nothing_and_is_banned(world):
    """svmap sees a server; svwar finds no account; svcrack does not come to the right password, and is banned until that is lifted."""
    need("svmap", "svwar", "svcrack")
    server = world.serve()
    configuration = server.config.read_text().replace("[auth]\n", '[rates]\nnever = []\n[auth]\nalgorithms = ["MD5"]\n')
    server.stop()
    # svcrack knows MD5 only, and breaks when something better is offered; the scanners run on this machine.
    server.config.write_text(configuration)
    server.run()
    wait_until(server.answers, "the server answers OPTIONS", 15)
    before = memory(server.process.pid)

    def scan(tool, log, *options):
        command = [tool, "-p", server.port, *options, server.address]
        world.run(command, log, 60, env={"HOME": str(world.folder), "PATH": "/usr/bin:/bin"})
        return world.log(log)

    check(server.target in scan("svmap", "svmap"), "svmap sees that there is a server")
    names = world.folder / "names.txt"
    for method in ("REGISTER", "INVITE", "OPTIONS"):
        for users in (["alice", "bob"], ["nobody", "noone"]):
            names.write_text("\n".join(users) + "\n")
            found = scan("svwar", f"svwar-{method}-{users[0]}", "--force", "-m", method, "-d", names, "--maximumtime", 2)
            check("found nothing" in found, f"svwar learns nothing by {method} of {users}: {found}")

    check(bans(world, server) == [], "who searches by datagrams is not banned: its address may be forged")
    words = world.folder / "words.txt"
    words.write_text("\n".join([f"wrong-{n}" for n in range(300)] + [USERS["alice"]]) + "\n")
    cracked = scan("svcrack", "svcrack", "-u", "alice", "-d", words, "--maximumtime", 2)
    check(USERS["alice"] not in cracked and "found nothing" in cracked, f"svcrack finds no password: {cracked}")
    banned = bans(world, server)
    check([ban["source"] for ban in banned] == ["127.0.0.1/32"], f"svcrack is banned: {banned}")
    check(world.log("ringback").count("is banned until") == 1, "one line tells of it")
    with Client(server) as client:
        check(client.ask("OPTIONS", f"sip:{server.target}", seconds=1) is None, "nothing of it is answered")
    operate(world, server, "lift", "127.0.0.1")
    check(server.answers(), "after the ban is lifted it is answered")
    grown = memory(server.process.pid) - before
    check(grown < 20_000, f"memory does not grow by scans: {grown} kB")


def bans(world, server):
    """The bans as the operator sees them."""
    return operate(world, server, "list")["bans"]


def operate(world, server, *order):
    """Gives `ringback bans` an order."""
    command = [world.ringback, "bans", *order, "--json", "--config", server.config]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    check(done.returncode == 0, f"`ringback bans {order[0]}` succeeds: {done.stderr.decode()}")
    return json.loads(done.stdout)


ALL = [sipvicious_learns_nothing_and_is_banned]
