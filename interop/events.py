"""The interop tests of presence and messages with baresip."""

from agent import Agent
from baresip import Phone
from harness import DOMAIN, need, wait_until

ALICE, BOB = (f"sip:{user}@{DOMAIN}" for user in ("alice", "bob"))


def baresip_and_ringback_watch_each_other(world):
    """baresip publishes and `ringback watch` sees it; `ringback publish` tells, and baresip's contact list shows it."""
    need("baresip")
    server = world.serve()
    bob = Phone(world, server, "bob", 880, contacts=[ALICE]).registered()
    bob.command("presence_online")
    watch = Agent(world, "watch", "watch", "presence", BOB, "--from", ALICE, user="alice", server=server)
    wait_until(lambda: watch.seen_open() is True, "ringback sees baresip come", 20)
    bob.command("presence_offline")
    wait_until(lambda: watch.seen_open() is False, "ringback sees baresip go", 20)
    publish = Agent(world, "publish", "publish", "open", "--from", ALICE, user="alice", server=server)
    bob.shows("Online")
    publish.interrupt()
    publish.ends(0)
    bob.shows("Offline")
    watch.interrupt()
    watch.ends(0)


def baresip_and_ringback_write_to_each_other(world):
    """MESSAGE both ways."""
    need("baresip")
    server = world.serve()
    listen = Agent.listen(world, server=server, user="alice")
    bob = Phone(world, server, "bob", 880, contacts=[ALICE]).registered()
    bob.command("contact_next")
    bob.command("message", "hello alice")
    wait_until(lambda: [t["text"] for t in listen.told("text")] == ["hello alice"], "the text of baresip comes", 20)
    Agent(world, "message", "message", BOB, "hello bob", "--from", ALICE, user="alice", server=server).ends(0)
    wait_until(lambda: "hello bob" in world.log("bob"), "baresip shows our text", 20)


ALL = [baresip_and_ringback_watch_each_other, baresip_and_ringback_write_to_each_other]
