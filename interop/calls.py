"""The interop tests of our user agent: `ringback call` and `ringback listen` with real peers."""

import time

from agent import Agent
from baresip import Phone
from cases import SCENARIOS, finished
from harness import DOMAIN, check, free_ports, need

BOB = f"sip:bob@{DOMAIN}"
# baresip 1.0 sends reports before it has the keys and after it has dropped them; they are not taken.
REPORTS_IN_CLEAR = 2


def ringback_calls_baresip(world):
    """A call with audio both ways and digits; we hang up."""
    server, bob = server_and_phone(world, "bob", 880)
    plan = ["--tone", 440, "--dtmf", "12#", "--duration", "4s"]
    call = Agent.call(world, BOB, *plan, server=server)
    bob.expect("CALL_INCOMING")
    call.expect("progress")
    bob.command("accept")
    ended = call.expect("ended")
    check(ended["reason"] == "we hung up", f"we hang up: {ended}")
    check(ended["audio"]["digits_sent"] == 3, f"three digits are sent: {ended}")
    call.ends(0)
    bob.expect("CALL_CLOSED")
    digits = [e.get("param") for e in bob.events if e.get("type") == "CALL_DTMF_START"]
    check(digits == ["1", "2", "#"], f"baresip hears the digits: {digits}")
    call.heard(880)
    bob.heard(440)


def ringback_holds_baresip(world):
    """A hold and its end are agreed, and we hear baresip again. What baresip 1.0 hears after a hold is not in its
    recording: it starts its player anew, and the bridge that stands for a sound card takes no second one."""
    server, bob = server_and_phone(world, "bob", 880)
    call = Agent.call(world, BOB, "--hold", "500ms", "--duration", "3s", server=server)
    bob.expect("CALL_INCOMING")
    bob.command("accept")
    ended = call.expect("ended")
    ways = [event["direction"] for event in call.events() if event["event"] == "media"]
    check(ways == ["sendonly", "sendrecv"], f"hold and resume are agreed: {ways}")
    check(95 < ended["audio"]["received"] < 140, f"baresip is silent on hold and comes back: {ended}")
    call.ends(0)
    call.heard(880)


def baresip_hangs_up_on_a_call_of_ringback(world):
    """The same over TCP; baresip hangs up."""
    server, bob = server_and_phone(world, "bob", 880, "tcp")
    call = Agent.call(world, BOB, "--tone", 440, "--transport", "tcp", server=server)
    bob.expect("CALL_INCOMING")
    bob.command("accept")
    call.expect("established")
    time.sleep(2.5)
    bob.command("hangup")
    ended = call.expect("ended")
    check(ended["reason"] == "the peer hung up", f"the peer hangs up: {ended}")
    call.ends(0)
    call.heard(880)
    bob.heard(440)


def baresip_calls_ringback(world):
    """baresip calls `ringback listen` and hangs up; audio both ways."""
    server, alice = server_and_phone(world, "alice", 440)
    listen = Agent.listen(world, "--tone", 880, "--answer-after", "500ms", "--count", 1, server=server)
    alice.command("dial", BOB)
    alice.expect("CALL_RINGING")
    alice.expect("CALL_ESTABLISHED")
    time.sleep(2.5)
    alice.command("hangup")
    ended = listen.expect("ended")
    check(ended["reason"] == "the peer hung up", f"the peer hangs up: {ended}")
    listen.ends(0)
    listen.heard(440)
    alice.heard(880)


def baresip_hears_early_media_of_ringback(world):
    """`ringback listen --early-media`: baresip hears a tone, and gives up before the answer."""
    server, alice = server_and_phone(world, "alice", 440)
    early = ["--early-media", 1000, "--answer-after", "60s"]
    listen = Agent.listen(world, *early, "--tone", 880, "--count", 1, server=server)
    alice.command("dial", BOB)
    alice.expect("CALL_PROGRESS")
    check(listen.expect("media")["early"], "audio flows before the answer")
    time.sleep(2.5)
    alice.command("hangup")
    check(listen.expect("ended")["reason"] == "the caller gave up", "nobody answered")
    listen.ends(0)
    alice.heard(1000)


def ringback_calls_baresip_with_encrypted_audio(world):
    """Over TLS with SRTP; who offers plain audio is refused with 488."""
    server, bob = server_and_phone(world, "bob", 880, "tls", srtp=True)
    call = Agent.call(world, BOB, "--tone", 440, "--duration", "7s", "--srtp", server=server, secure=True)
    bob.expect("CALL_INCOMING")
    bob.command("accept")
    stands = call.expect("established")
    check(stands["srtp"] == "AES_CM_128_HMAC_SHA1_80", f"keys are agreed: {stands}")
    ended = call.expect("ended")
    check(ended["audio"]["undecryptable"] <= REPORTS_IN_CLEAR, f"audio can be decrypted: {ended}")
    check(ended["audio"]["peer_misses"] is not None, f"encrypted reports of baresip come: {ended}")
    call.ends(0)
    bob.expect("CALL_CLOSED")
    call.heard(880)
    bob.heard(440)
    plain = Agent(world, "plain", "call", BOB, "--from", f"sip:alice@{DOMAIN}", user="alice", server=server, secure=True)
    plain.ends(48)


def baresip_calls_ringback_with_encrypted_audio(world):
    """Over TLS with SRTP; baresip hangs up."""
    server, alice = server_and_phone(world, "alice", 440, "tls", srtp=True)
    plan = ["--tone", 880, "--count", 1, "--srtp"]
    listen = Agent.listen(world, *plan, server=server, secure=True)
    alice.command("dial", BOB)
    alice.expect("CALL_ESTABLISHED")
    time.sleep(2.5)
    alice.command("hangup")
    ended = listen.expect("ended")
    check(ended["audio"]["undecryptable"] <= REPORTS_IN_CLEAR, f"audio can be decrypted: {ended}")
    listen.ends(0)
    listen.heard(440)
    alice.heard(880)


def ringback_hangs_up_on_a_call_of_baresip(world):
    """The same over TCP; we hang up."""
    server, alice = server_and_phone(world, "alice", 440, "tcp")
    plan = ["--tone", 880, "--duration", "2500ms", "--count", 1, "--transport", "tcp"]
    listen = Agent.listen(world, *plan, server=server)
    alice.command("dial", BOB)
    alice.expect("CALL_ESTABLISHED")
    alice.expect("CALL_CLOSED")
    ended = listen.expect("ended")
    check(ended["reason"] == "we hung up", f"we hang up: {ended}")
    listen.ends(0)
    listen.heard(440)
    alice.heard(880)


def ringback_gives_up_a_call_to_baresip(world):
    """Ctrl-C while it rings: CANCEL, and nobody talks; the exit code says that we gave up."""
    server, bob = server_and_phone(world, "bob", 880)
    call = Agent.call(world, BOB, server=server)
    bob.expect("CALL_INCOMING")
    call.expect("progress")
    call.interrupt()
    bob.expect("CALL_CLOSED")
    call.ends(130)
    check(not bob.saw("CALL_ESTABLISHED"), "no call was established")


def baresip_gives_up_a_call_to_ringback(world):
    """The caller cancels while we ring."""
    server, alice = server_and_phone(world, "alice", 440)
    listen = Agent.listen(world, "--answer-after", "1m", "--count", 1, server=server)
    alice.command("dial", BOB)
    alice.expect("CALL_RINGING")
    alice.command("hangup")
    ended = listen.expect("ended")
    check(ended["reason"] == "the caller gave up", f"the caller gives up: {ended}")
    listen.ends(0)


def busy_both_ways(world):
    """baresip refuses us: exit code 46. We refuse baresip: it is told 486."""
    server, bob = server_and_phone(world, "bob", 880)
    call = Agent.call(world, BOB, server=server)
    bob.expect("CALL_INCOMING")
    bob.command("hangup")
    call.ends(46)
    bob.quit()
    listen = Agent.listen(world, "--code", "486", "--count", 1, server=server)
    alice = Phone(world, server, "alice", 440).registered()
    alice.command("dial", BOB)
    closed = alice.expect("CALL_CLOSED")
    check("486" in str(closed.get("param")), f"the caller hears 486: {closed}")
    listen.ends(0)


def ringback_calls_sipp(world):
    """`ringback call` to SIPp's uas over UDP and TCP: answered, acknowledged, hung up."""
    need("sipp")
    for mode, transport in (("u1", "udp"), ("t1", "tcp")):
        port = free_ports(2)
        uas = ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", port, "-t", mode, "-nostdin", "-m", 1]
        uas = world.start(uas, f"uas-{mode}")
        time.sleep(0.5)
        target = f"sip:service@127.0.0.1:{port}"
        call = Agent.call(world, target, "--duration", "1s", "--tone", 440, "--transport", transport)
        call.ends(0)
        check(uas.wait(15) == 0, "SIPp's uas has seen a whole call")


def sipp_refreshes_the_session_of_a_call(world):
    """SIPp wants a longer session than `ringback call` asks for, refreshes it with UPDATE, and takes a digit by INFO."""
    need("sipp")
    port = free_ports(2)
    scenario = SCENARIOS / "session-uas.xml"
    uas = world.start(["sipp", "-sf", scenario, "-i", "127.0.0.1", "-p", port, "-nostdin", "-m", 1], "uas")
    time.sleep(0.5)
    call = Agent.call(world, f"sip:service@127.0.0.1:{port}", "--duration", "2s", "--tone", 440,
                      "--session-expires", 90, "--dtmf", "5", "--digits-by", "info")
    call.ends(0)
    check(uas.wait(15) == 0, "SIPp's callee has seen 422 obeyed, a digit, its refresh granted and the BYE")


def sipp_calls_ringback(world):
    """SIPp's uac calls `ringback listen`: 100 calls over UDP, ten and more at a time, none failed."""
    need("sipp")
    listen = Agent.listen(world, "--calls-max", 60, "--count", 100)
    target = listen.expect("listening")["local"]
    command = ["sipp", "-sn", "uac", target, "-s", "bob", "-i", "127.0.0.1", "-p", free_ports(2), "-m", 100,
               "-r", 20, "-d", 500, "-nostdin", "-timeout", "60", "-trace_err",
               "-error_file", world.folder / "uac-errors.log"]
    finished(world, "uac", world.run(command, "uac", 80), 100)
    listen.ends(0)


ALL = [
    ringback_calls_sipp,
    sipp_refreshes_the_session_of_a_call,
    sipp_calls_ringback,
    ringback_calls_baresip,
    ringback_holds_baresip,
    baresip_hangs_up_on_a_call_of_ringback,
    baresip_calls_ringback,
    baresip_hears_early_media_of_ringback,
    ringback_calls_baresip_with_encrypted_audio,
    baresip_calls_ringback_with_encrypted_audio,
    ringback_hangs_up_on_a_call_of_baresip,
    ringback_gives_up_a_call_to_baresip,
    baresip_gives_up_a_call_to_ringback,
    busy_both_ways,
]


def server_and_phone(world, user, hertz, transport="udp", srtp=False):
    """A server, and one baresip that is registered at it."""
    need("baresip")
    server = world.serve(secure=transport == "tls")
    return server, Phone(world, server, user, hertz, transport, srtp=srtp).registered()
