"""The interop tests of transfers between our agent and others: who sends, who is sent, who is reached."""

import baresip
import pjsip
import tones
from agent import Agent
from harness import DOMAIN, check, need, wait_until

ALICE, BOB, CAROL = (f"sip:{user}@{DOMAIN}" for user in ("alice", "bob", "carol"))


def pjsip_transfers_ringback_blindly(world):
    """PJSIP sends us from Bob to Carol, another PJSIP, over TCP; we talk with her."""
    pjsip.python()
    server = world.serve()
    bob = pjsip.Phone(world, server, "bob", 880, "tcp").registered()
    carol = pjsip.Phone(world, server, "carol", 660, "tcp").registered()
    call = Agent.call(world, BOB, "--tone", 440, "--transfers", "allow", "--transport", "tcp", server=server)
    answer(bob)
    bob.order("transfer", call=0, uri=CAROL)
    answer(carol)
    bob.expect("transfer", code=200, final=True)
    bob.order("hangup", call=0)
    bob.expect("gone", call=0)
    carol.listens()
    carol.order("hangup", call=0)
    call.ends(0)
    carol.heard(440)


def pjsip_connects_ringback_with_pjsip(world):
    """PJSIP asks Carol, and connects us with her: we send Replaces, and PJSIP takes it."""
    pjsip.python()
    server = world.serve()
    bob = pjsip.Phone(world, server, "bob", 880).registered()
    carol = pjsip.Phone(world, server, "carol", 660).registered()
    call = Agent.call(world, BOB, "--tone", 440, "--transfers", "allow", server=server)
    answer(bob)
    connect(bob, lambda: answer(carol))
    carol.expect("replaced", call=0)
    carol.listens(1)
    carol.order("hangup", call=1)
    call.ends(0)
    carol.heard(440, call=1)


def pjsip_connects_pjsip_with_ringback(world):
    """The same the other way round: we are Carol, and a call with Replaces takes the place of Bob's, over TLS."""
    pjsip.python()
    server = world.serve(secure=True)
    alice = pjsip.Phone(world, server, "alice", 440, "tls").registered()
    bob = pjsip.Phone(world, server, "bob", 880, "tls").registered()
    carol = Agent.listen(world, "--tone", 660, "--calls-max", 2, "--transfers", "allow", server=server, user="carol",
                         secure=True)
    alice.order("dial", uri=BOB)
    answer(bob)
    alice.expect("media", call=0, state=["active"])
    connect(bob, lambda: carol.expect("media"))
    alice.listens(1)
    alice.order("hangup", call=1)
    wait_until(lambda: len(carol.told("ended")) == 2, "both calls of Carol are over", 20)
    carol.interrupt()
    carol.ends(0)
    alice.heard(660, call=1)


def ringback_transfers_pjsip_blindly(world):
    """We send PJSIP from Alice to Carol, another PJSIP; they hear each other."""
    pjsip.python()
    server = world.serve()
    bob = pjsip.Phone(world, server, "bob", 880).registered()
    carol = pjsip.Phone(world, server, "carol", 660).registered()
    call = Agent.call(world, BOB, "--transfer-to", CAROL, server=server)
    answer(bob)
    answer(carol)
    call.ends(0)
    bob.listens(1)
    carol.listens()
    carol.order("hangup", call=0)
    bob.heard(660, call=1)
    carol.heard(880)


def ringback_connects_pjsip_with_pjsip(world):
    """We ask Carol first; PJSIP calls her with Replaces, over TLS, and they hear each other."""
    pjsip.python()
    server = world.serve(secure=True)
    bob = pjsip.Phone(world, server, "bob", 880, "tls").registered()
    carol = pjsip.Phone(world, server, "carol", 660, "tls").registered()
    call = Agent.call(world, BOB, "--transfer-to", CAROL, "--attended", server=server, secure=True)
    answer(bob)
    answer(carol)
    carol.expect("replaced", call=0)
    call.ends(0)
    bob.listens(1)
    carol.listens(1)
    carol.order("hangup", call=1)
    bob.heard(660, call=1)
    carol.heard(880, call=1)


def baresip_transfers_ringback(world):
    """baresip sends us from Bob to Carol, a `ringback listen`."""
    server, bob = with_baresip(world)
    carol = Agent.listen(world, "--tone", 660, "--count", 1, server=server, user="carol")
    call = Agent.call(world, BOB, "--tone", 440, "--transfers", "allow", server=server)
    bob.expect("CALL_INCOMING")
    bob.command("accept")
    call.expect("established")
    bob.command("transfer", CAROL)
    carol.expect("media")
    bob.expect("CALL_CLOSED")
    carol.listens()
    tones.wait_for_more(world.folder / "call-2.wav", "ringback call, in its second call,")
    carol.interrupt()
    carol.ends(0)
    call.ends(0)
    carol.heard(440)
    tones.check_heard(world.folder / "call-2.wav", "ringback call, in its second call,", 660)


def ringback_transfers_baresip(world):
    """We send baresip to Carol, a `ringback listen`; they hear each other."""
    server, bob = with_baresip(world)
    carol = Agent.listen(world, "--tone", 660, "--count", 1, server=server, user="carol")
    call = Agent.call(world, BOB, "--transfer-to", CAROL, server=server)
    bob.expect("CALL_INCOMING")
    bob.command("accept")
    call.ends(0)
    carol.expect("media")
    carol.listens()
    carol.interrupt()
    carol.ends(0)
    carol.heard(880)


def ringback_hears_from_baresip_that_the_target_is_busy(world):
    """Carol refuses; baresip tells, `ringback call` ends with that refusal and hangs up."""
    server, bob = with_baresip(world)
    Agent.listen(world, "--code", 486, server=server, user="carol")
    call = Agent.call(world, BOB, "--transfer-to", CAROL, server=server)
    bob.expect("CALL_INCOMING")
    bob.command("accept")
    call.ends(46, 60)
    bob.expect("CALL_CLOSED")


def ringback_cannot_put_baresip_into_its_place(world):
    """baresip 1.0 has no Replaces: the failure of an attended transfer is told, and both calls are hung up."""
    server, bob = with_baresip(world)
    carol = Agent.listen(world, "--transfers", "allow", "--count", 1, server=server, user="carol")
    call = Agent.call(world, BOB, "--transfer-to", CAROL, "--attended", server=server)
    bob.expect("CALL_INCOMING")
    bob.command("accept")
    call.ends(40, 60)
    check(call.told("transfer")[-1]["stage"] == "failed", "the transfer is told to have failed")
    carol.ends(0, 60)
    bob.expect("CALL_CLOSED")


def baresip_is_asked_from_outside_to_call(world):
    """REFER without a call: baresip 1.0 does not take that, and calls nobody."""
    server, bob = with_baresip(world)
    ask = ["transfer", BOB, "--to", CAROL, "--from", ALICE]
    asked = Agent(world, "transfer", *ask, user="alice", server=server)
    failed = asked.expect("transfer", 60)
    check(failed["stage"] == "failed", f"baresip refuses: {failed}")
    check(not bob.saw("CALL_OUTGOING"), "baresip calls nobody")


ALL = [
    pjsip_transfers_ringback_blindly,
    pjsip_connects_ringback_with_pjsip,
    pjsip_connects_pjsip_with_ringback,
    ringback_transfers_pjsip_blindly,
    ringback_connects_pjsip_with_pjsip,
    baresip_transfers_ringback,
    ringback_transfers_baresip,
    ringback_hears_from_baresip_that_the_target_is_busy,
    ringback_cannot_put_baresip_into_its_place,
    baresip_is_asked_from_outside_to_call,
]


def with_baresip(world):
    """A server, and Bob, who is a baresip."""
    need("baresip")
    server = world.serve()
    return server, baresip.Phone(world, server, "bob", 880).registered()


def answer(phone, call=0):
    """PJSIP takes a call."""
    phone.expect("incoming", call=call)
    phone.order("answer", call=call)
    phone.state(call, "CONFIRMED")


def connect(bob, carol_answers):
    """Bob holds his caller, calls Carol, and connects the two."""
    bob.order("hold", call=0)
    bob.expect("media", call=0, state=["held by us"])
    bob.order("dial", uri=CAROL)
    carol_answers()
    bob.state(1, "CONFIRMED")
    bob.order("join", call=0, other=1)
    bob.expect("transfer", code=200, final=True)
    bob.expect("gone", call=1)
    bob.order("hangup", call=0)
