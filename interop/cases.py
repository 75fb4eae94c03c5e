"""The interop tests. Each takes a World, starts what it needs and checks its claims."""

import re
import threading
import time
from pathlib import Path

import storm
from baresip import Phone
from harness import DOMAIN, USERS, Client, check, free_ports, need

SCENARIOS = Path(__file__).parent / "scenarios"
# SIPp 3.6 knows MD5 only, gives up when better algorithms are offered first, and does not say who it is; its second
# try succeeds.
TRIES = 2
# A retry sooner than this after a challenge is not taken for giving up.
BETWEEN_TRIES = 1.2


def sipp_calls_through_the_proxy(world):
    """SIPp's own uac and uas: 1,000 calls, none failed."""
    sipp_calls(world, world.serve(auth=False), 1000, 100)


def sipp_calls_over_tcp(world):
    """The same over TCP: 200 calls, none failed."""
    sipp_calls(world, world.serve(auth=False), 200, 50, "t1")


def sipp_calls_over_ipv6(world):
    """The same over the loopback of IPv6: 200 calls, none failed."""
    sipp_calls(world, world.serve(auth=False, address="::1"), 200, 50)


def sipp_registers_with_digest(world):
    """401, then 200, over UDP and TCP; a wrong password never gets 200."""
    need("sipp")
    server = world.serve()
    for mode in ("u1", "t1"):
        code = in_some_tries(lambda: sipp_register(world, server, "alice", USERS["alice"], mode))
        check(code == 0, f"a digest REGISTER over {mode} gets 200 (sipp ended with {code})")
    code = sipp_register(world, server, "alice", "wrong", "u1")
    check(code != 0, "a wrong password gets no 200")


def sipp_calls_with_digest(world):
    """A caller that authenticates its INVITE and follows the route set: 200 calls, none failed."""
    need("sipp")
    server = world.serve()
    uas = free_ports(2)
    register(world, server, "bob", uas)
    world.start(["sipp", "-sf", SCENARIOS / "uas.xml", "-i", "127.0.0.1", "-p", uas, "-nostdin",
                 "-trace_err", "-error_file", world.folder / "uas-errors.log"], "uas")
    users = world.folder / "callers.csv"
    users.write_text(f"SEQUENTIAL\nalice;[authentication username=alice password={USERS['alice']}]\n")
    uac = free_ports(2)

    def calls(count, log):
        return world.run(
            ["sipp", server.target, "-sf", SCENARIOS / "uac-digest.xml", "-inf", users, "-i", "127.0.0.1",
             "-p", uac, "-m", count, "-r", 40, "-d", 100, "-key", "domain", DOMAIN, "-nostdin",
             "-timeout", "60", "-trace_err", "-error_file", world.folder / "uac-errors.log"],
            log,
        )

    in_some_tries(lambda: calls(1, "first"))
    finished(world, "uac", calls(200, "uac"), 200)


def sipsak_registers_and_pings(world):
    """sipsak: OPTIONS answered, digest REGISTER accepted, wrong password refused."""
    need("sipsak")
    server = world.serve()
    code = world.run(["sipsak", "-s", f"sip:{server.target}", "-v"], "options", 20)
    check(code == 0, f"OPTIONS is answered (sipsak ended with {code})")
    for password, expected in ((USERS["alice"], True), ("wrong", False)):
        command = ["sipsak", "-U", "-C", "sip:alice@127.0.0.1:5999", "-s", f"sip:alice@{server.target}",
                   "-u", "alice", "-a", password, "-x", "60", "-v"]
        code = world.run(command, f"register-{expected}", 20)
        check((code == 0) == expected, f"password {'right' if expected else 'wrong'}: sipsak ended with {code}")


def baresip_call_with_audio_caller_hangs_up(world):
    """Two phones register, call, hear each other; the caller hangs up."""
    talk(world, "udp", hang_up="alice")


def baresip_call_with_audio_callee_hangs_up(world):
    """The same, the callee hangs up, over TCP."""
    talk(world, "tcp", hang_up="bob")


def baresip_call_over_tls(world):
    """The same over TLS on both sides; the callee hangs up."""
    talk(world, "tls", hang_up="bob")


def baresip_call_over_tls_with_encrypted_audio(world):
    """Over TLS, and both phones take encrypted audio only (SRTP); the caller hangs up."""
    talk(world, "tls", hang_up="alice", srtp=True)


def baresip_cancel(world):
    """The caller gives up while it rings; the callee stops ringing, nobody talks."""
    alice, bob = phones(world, world.serve())
    alice.command("dial", f"sip:bob@{DOMAIN}")
    bob.expect("CALL_INCOMING")
    alice.expect("CALL_RINGING")
    alice.command("hangup")
    bob.expect("CALL_CLOSED")
    alice.expect("CALL_CLOSED")
    check(not alice.saw("CALL_ESTABLISHED") and not bob.saw("CALL_ESTABLISHED"), "no call was established")


def baresip_busy(world):
    """The callee refuses; the caller is told 486."""
    alice, bob = phones(world, world.serve())
    alice.command("dial", f"sip:bob@{DOMAIN}")
    bob.expect("CALL_INCOMING")
    bob.command("hangup")
    closed = alice.expect("CALL_CLOSED")
    check("486" in str(closed.get("param")), f"the caller hears 486: {closed}")


def baresip_unknown_and_absent_users(world):
    """A call to nobody gets 404; a call to a user without a phone gets 480."""
    server = world.serve()
    need("baresip")
    alice = Phone(world, server, "alice", 440).registered()
    for user, code in (("nobody", "404"), ("bob", "480")):
        alice.events.clear()
        alice.command("dial", f"sip:{user}@{DOMAIN}")
        closed = alice.expect("CALL_CLOSED")
        check(code in str(closed.get("param")), f"a call to {user} gets {code}: {closed}")


def binding_survives_a_killed_server(world):
    """A phone stays reachable when the server is killed and started again."""
    need("baresip")
    server = world.serve()
    alice, bob = phones(world, server)
    server.kill()
    server.run()
    deadline = time.monotonic() + 15
    while not server.answers() and time.monotonic() < deadline:
        time.sleep(0.1)
    alice.command("dial", f"sip:bob@{DOMAIN}")
    bob.expect("CALL_INCOMING")


def ipv6_options_answered(world):
    """OPTIONS over the loopback of IPv6 is answered."""
    server = world.serve(address="::1")
    with Client(server) as client:
        answer = client.ask("OPTIONS", f"sip:{server.target}")
    check(answer is not None and answer[0] == 200, f"200 over IPv6: {answer}")


def server_ends_in_good_order(world):
    """SIGTERM: the server drains and ends with 0."""
    server = world.serve()
    code = server.stop()
    check(code == 0, f"exit code 0, not {code}")


def bad_input_storm(world):
    """100,000 malformed datagrams and bad connections; beside them every call and every REGISTER succeeds."""
    server = world.serve()
    before = memory(server.process.pid)
    with storm.BadConnections(server):
        sender = threading.Thread(target=storm.datagrams, args=(server, 100_000))
        sender.start()
        served = 0
        while sender.is_alive() or served < 20:
            register(world, server, "alice", 5998)
            served += 1
        sender.join()
    check(server.answers(), "the server answers after the storm")
    grown = memory(server.process.pid) - before
    check(grown < 200_000, f"memory stays bounded: it grew by {grown} kB")


def memory(pid):
    """The resident memory of a process in kB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


ALL = [
    server_ends_in_good_order,
    ipv6_options_answered,
    sipsak_registers_and_pings,
    sipp_registers_with_digest,
    sipp_calls_through_the_proxy,
    sipp_calls_over_tcp,
    sipp_calls_over_ipv6,
    sipp_calls_with_digest,
    baresip_call_with_audio_caller_hangs_up,
    baresip_call_with_audio_callee_hangs_up,
    baresip_call_over_tls,
    baresip_call_over_tls_with_encrypted_audio,
    baresip_cancel,
    baresip_busy,
    baresip_unknown_and_absent_users,
    binding_survives_a_killed_server,
    bad_input_storm,
]


def sipp_calls(world, server, calls, rate, mode="u1"):
    """Registers SIPp's uas as bob and lets SIPp's uac call it through the server."""
    need("sipp")
    uas, uac = free_ports(2, server.address), free_ports(2, server.address)
    register(world, server, "bob", uas, mode)
    world.start(["sipp", "-sn", "uas", "-i", server.address, "-p", uas, "-t", mode, "-nostdin"], "uas")
    command = ["sipp", "-sn", "uac", server.target, "-s", "bob", "-i", server.address, "-p", uac, "-t", mode,
               "-m", calls, "-r", rate, "-d", 200, "-nostdin", "-timeout", "100", "-trace_err",
               "-error_file", world.folder / "uac-errors.log"]
    finished(world, "uac", world.run(command, "uac", 130), calls)


def finished(world, log, code, calls):
    """Checks SIPp's own count of calls; its exit code alone does not tell dropped ones."""
    text = world.log(log)
    counted = {name: int(n) for name, n in re.findall(r"(Successful|Failed) call\s*\|\s*\d+\s*\|\s*(\d+)", text)}
    check(counted.get("Successful") == calls, f"{calls} calls succeed: {counted}, sipp ended with {code}")
    check(counted.get("Failed") == 0 and code == 0, f"no call fails: {counted}, sipp ended with {code}")


def in_some_tries(attempt):
    """Tries until it succeeds, as a user of a tool that gives up does; returns the last exit code."""
    for n in range(TRIES):
        code = attempt()
        if code == 0:
            break
        time.sleep(BETWEEN_TRIES)
    return code


def sipp_register(world, server, user, password, mode):
    """One REGISTER by SIPp; returns its exit code."""
    users = world.folder / "users.csv"
    users.write_text(f"SEQUENTIAL\n{user};[authentication username={user} password={password}]\n")
    return world.run(
        ["sipp", server.target, "-sf", SCENARIOS / "register.xml", "-inf", users, "-i", server.address,
         "-p", free_ports(2, server.address), "-m", 1, "-t", mode, "-key", "domain", DOMAIN, "-nostdin",
         "-timeout", "20"],
        f"register-{mode}",
        40,
    )


def register(world, server, user, port, mode="u1"):
    """Binds a user to a port of ours, whether the server asks for a password or not."""
    password = USERS[user]
    contact = f"sip:{user}@{server.host}:{port}" + (";transport=tcp" if mode == "t1" else "")
    with Client(server) as client:
        answer = client.register(user, password, contact)
    check(answer == 200, f"the REGISTER of {user} gets 200, not {answer}")


def phones(world, server, transport="udp", srtp=False):
    """Alice and Bob, registered."""
    need("baresip")
    alice = Phone(world, server, "alice", 440, transport, srtp=srtp)
    bob = Phone(world, server, "bob", 880, transport, srtp=srtp)
    return alice.registered(), bob.registered()


def talk(world, transport, hang_up, srtp=False):
    """A whole call with audio in both directions."""
    alice, bob = phones(world, world.serve(secure=transport == "tls"), transport, srtp)
    alice.command("dial", f"sip:bob@{DOMAIN}")
    bob.expect("CALL_INCOMING")
    alice.expect("CALL_RINGING")
    bob.command("accept")
    alice.expect("CALL_ESTABLISHED")
    bob.expect("CALL_ESTABLISHED")
    time.sleep(3)
    (alice if hang_up == "alice" else bob).command("hangup")
    alice.expect("CALL_CLOSED")
    bob.expect("CALL_CLOSED")
    alice.heard(880)
    bob.heard(440)
    alice.quit()
    bob.quit()
