"""The interop tests with PJSIP, an independent user agent: through our server, and with our own agent."""

from agent import Agent
from harness import DOMAIN, check, wait_until
from pjsip import Phone, python

ALICE, BOB, CAROL = (f"sip:{user}@{DOMAIN}" for user in ("alice", "bob", "carol"))


def pjsip_registers_and_unregisters(world):
    """PJSIP registers and unregisters over UDP, TCP and TLS; then it cannot be called."""
    server = serve(world, secure=True)
    for user, transport in (("alice", "udp"), ("bob", "tcp"), ("carol", "tls")):
        phone = Phone(world, server, user, 440, transport).registered()
        phone.order("unregister")
        phone.expect("registration", code=200, active=False)
        phone.quit()
    Agent.call(world, CAROL, server=server).ends(40)


def ringback_calls_pjsip(world):
    """Audio and digits both ways, hold and resume by both sides; PJSIP hangs up."""
    server = serve(world)
    bob = Phone(world, server, "bob", 880).registered()
    call = Agent.call(world, BOB, "--tone", 440, "--dtmf", "12#", "--hold", "1s", server=server)
    bob.expect("incoming")
    bob.order("answer", call=0)
    bob.state(0, "CONFIRMED")
    ways = ["sendonly", "sendrecv"]
    wait_for_ways(call, ways)
    wait_until(lambda: digits(bob.events("digit")) == "12#", "PJSIP hears the digits")
    bob.order("hold", call=0)
    wait_for_ways(call, [*ways, "recvonly"])
    bob.order("resume", call=0)
    wait_for_ways(call, [*ways, "recvonly", "sendrecv"])
    bob.order("digits", call=0, digits="7*")
    wait_until(lambda: digits(call.told("digit")) == "7*", "we hear PJSIP's digits")
    call.listens()
    bob.listens()
    bob.order("hangup", call=0)
    ended = call.expect("ended")
    check(ended["reason"] == "the peer hung up", f"the peer hangs up: {ended}")
    call.ends(0)
    call.heard(880)
    bob.heard(440)


def pjsip_calls_ringback(world):
    """The same the other way round, over TCP; we hang up."""
    server = serve(world)
    alice = Phone(world, server, "alice", 440, "tcp").registered()
    plan = ["--tone", 880, "--duration", "3s", "--count", 1, "--transport", "tcp", "--answer-after", "300ms"]
    listen = Agent.listen(world, *plan, server=server)
    alice.order("dial", uri=BOB)
    alice.expect("call", call=0, code=180)
    alice.state(0, "CONFIRMED")
    ended = listen.expect("ended")
    check(ended["reason"] == "we hung up", f"we hang up: {ended}")
    listen.ends(0)
    listen.heard(440)
    alice.heard(880)


def pjsip_calls_ringback_with_encrypted_audio(world):
    """Over TLS with SRTP; PJSIP hangs up."""
    server = serve(world, secure=True)
    alice = Phone(world, server, "alice", 440, "tls", srtp=True).registered()
    listen = Agent.listen(world, "--tone", 880, "--count", 1, "--srtp", server=server, secure=True)
    alice.order("dial", uri=BOB)
    alice.state(0, "CONFIRMED")
    media = listen.expect("media")
    check(media["srtp"] is not None, f"keys are agreed: {media}")
    listen.listens()
    alice.listens()
    alice.order("hangup", call=0)
    ended = listen.expect("ended")
    check(ended["audio"]["undecryptable"] == 0, f"audio can be decrypted: {ended}")
    listen.ends(0)
    listen.heard(440)
    alice.heard(880)


def pjsip_calls_pjsip_over_tls(world):
    """Two PJSIPs through our server over TLS with SRTP; the callee holds, resumes and hangs up."""
    server = serve(world, secure=True)
    alice = Phone(world, server, "alice", 440, "tls", srtp=True).registered()
    bob = Phone(world, server, "bob", 880, "tls", srtp=True).registered()
    alice.order("dial", uri=BOB)
    bob.expect("incoming")
    bob.order("answer", call=0)
    alice.expect("media", call=0, state=["active"])
    bob.order("hold", call=0)
    alice.expect("media", call=0, state=["held by the peer"])
    bob.order("resume", call=0)
    wait_until(lambda: alice.events("media")[-1]["state"] == ["active"], "the call is taken from hold")
    alice.order("digits", call=0, digits="5")
    bob.expect("digit", digit="5")
    alice.listens()
    bob.listens()
    bob.order("hangup", call=0)
    alice.heard(880)
    bob.heard(440)


def pjsip_transfers_pjsip_blindly(world):
    """Alice and Bob are PJSIPs in a call; Bob sends Alice to `ringback listen`, and they hear each other."""
    server = serve(world)
    carol = Agent.listen(world, "--tone", 660, "--count", 1, server=server, user="carol")
    alice, bob = two_in_a_call(world, server, "tcp")
    bob.order("transfer", call=0, uri=CAROL)
    alice.expect("transfer_request", call=0)
    bob.expect("transfer", code=200, final=True)
    bob.order("hangup", call=0)
    alice.expect("gone", call=0)
    alice.listens(1)
    carol.listens()
    alice.order("hangup", call=1)
    carol.ends(0)
    carol.heard(440)
    alice.heard(660, call=1)


def pjsip_transfers_pjsip_to_whom_it_asked(world):
    """Three PJSIPs over TLS: Bob holds Alice, asks Carol, and connects the two; Replaces passes our server."""
    server = serve(world, secure=True)
    carol = Phone(world, server, "carol", 660, "tls").registered()
    alice, bob = two_in_a_call(world, server, "tls")
    bob.order("hold", call=0)
    alice.expect("media", call=0, state=["held by the peer"])
    bob.order("dial", uri=CAROL)
    carol.expect("incoming")
    carol.order("answer", call=0)
    carol.state(0, "CONFIRMED")
    bob.state(1, "CONFIRMED")
    bob.order("join", call=0, other=1)
    carol.expect("replaced", call=0)
    alice.state(1, "CONFIRMED")
    bob.expect("gone", call=1)
    bob.expect("transfer", code=200, final=True)
    bob.order("hangup", call=0)
    alice.expect("gone", call=0)
    alice.listens(1)
    carol.listens(1)
    alice.order("hangup", call=1)
    alice.heard(660, call=1)
    carol.heard(440, call=1)


def pjsip_and_ringback_watch_each_other(world):
    """PJSIP publishes and `ringback watch` sees it; `ringback publish` tells, and PJSIP's buddy list shows it."""
    watch_each_other(world, "udp")


def pjsip_and_ringback_watch_each_other_over_tcp(world):
    """The same with PJSIP over TCP."""
    watch_each_other(world, "tcp")


def pjsip_and_ringback_watch_each_other_over_tls(world):
    """The same with PJSIP over TLS."""
    watch_each_other(world, "tls")


def pjsip_and_ringback_write_to_each_other(world):
    """MESSAGE both ways over UDP, TCP and TLS."""
    server = serve(world, secure=True)
    listen = Agent.listen(world, server=server)
    for user, transport in (("alice", "udp"), ("carol", "tcp"), ("carol", "tls")):
        phone = Phone(world, server, user, 440, transport).registered()
        text = f"over {transport}: grüße"
        phone.order("message", uri=BOB, text=text)
        phone.expect("message_status", code=200)
        wait_until(lambda: any(told["text"] == text for told in listen.told("text")), "the text comes", 20)
        to = ["message", f"sip:{user}@{DOMAIN}", text, "--from", BOB]
        Agent(world, f"message-{transport}", *to, user="bob", server=server).ends(0)
        phone.expect("text", text=text)
        phone.order("unregister")
        phone.expect("registration", code=200, active=False)
        phone.quit()


ALL = [
    pjsip_registers_and_unregisters,
    ringback_calls_pjsip,
    pjsip_calls_ringback,
    pjsip_calls_ringback_with_encrypted_audio,
    pjsip_calls_pjsip_over_tls,
    pjsip_transfers_pjsip_blindly,
    pjsip_transfers_pjsip_to_whom_it_asked,
    pjsip_and_ringback_watch_each_other,
    pjsip_and_ringback_watch_each_other_over_tcp,
    pjsip_and_ringback_watch_each_other_over_tls,
    pjsip_and_ringback_write_to_each_other,
]


def serve(world, **options):
    """The server, when there is a PJSIP to try it with."""
    python()
    return world.serve(**options)


def two_in_a_call(world, server, transport):
    """Two PJSIPs, Alice and Bob, in a call that Alice began."""
    alice = Phone(world, server, "alice", 440, transport).registered()
    bob = Phone(world, server, "bob", 880, transport).registered()
    alice.order("dial", uri=BOB)
    bob.expect("incoming")
    bob.order("answer", call=0)
    alice.expect("media", call=0, state=["active"])
    bob.state(0, "CONFIRMED")
    return alice, bob


def watch_each_other(world, transport):
    """PJSIP and our agent, each with the presence of the other."""
    server = serve(world, secure=transport == "tls")
    bob = Phone(world, server, "bob", 880, transport, publishes=True).registered()
    bob.order("online", status=True, note="at my desk")
    watch = Agent(world, "watch", "watch", "presence", BOB, "--from", ALICE, user="alice", server=server)
    wait_until(lambda: watch.seen_open() is True, "ringback sees PJSIP come", 20)
    bob.order("online", status=False)
    wait_until(lambda: watch.seen_open() is False, "ringback sees PJSIP go", 20)
    bob.order("watch", uri=CAROL)
    publish = Agent(world, "publish", "publish", "open", "--from", CAROL, user="carol", server=server)
    bob.expect("presence", uri=CAROL, status="online")
    publish.interrupt()
    publish.ends(0)
    wait_until(lambda: bob.events("presence")[-1]["status"] == "offline", "PJSIP sees ringback go", 20)
    bob.order("unwatch", uri=CAROL)
    watch.interrupt()
    watch.ends(0)


def digits(events):
    """The digits of some events."""
    return "".join(event["digit"] for event in events)


def wait_for_ways(call, ways):
    """Waits until a call has agreed on these directions, one after the other."""
    wait_until(lambda: [event["direction"] for event in call.told("media")] == ways, f"audio goes {ways}", 20)
