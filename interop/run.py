#!/usr/bin/env python3
"""Runs the interop tests: Ringback with real peers over real sockets of this machine's loopback.

    interop/run.py [--ringback BIN] [--keep] [--list] [WORD ...]

Runs the tests whose name holds one of the words; all without words. A test that fails is run once more, since peers
with real clocks share a machine with whatever else runs on it, and the outcome names the first failure. The last line
is the count.
"""

import argparse
import signal
import sys
import time
import traceback
from pathlib import Path

import api
import browser
import calls
import console
import cases
import events
import hep
import scanners
import screen
import scripted
import pjsip_cases
import transfers
import trunk
from harness import Failed, Skipped, World


def run(test, options):
    """Runs one test and returns passed, failed or skipped, with a text."""
    world = World(test.__name__, str(Path(options.ringback).resolve()), options.server)
    outcome, text = "passed", ""
    try:
        test(world)
    except Skipped as why:
        outcome, text = "skipped", str(why)
    except Failed as why:
        outcome, text = "failed", f"{why}\n{world.logs()}"
    except Exception:  # noqa: BLE001 - a fault of the test itself fails it, and the others go on
        outcome, text = "failed", f"{traceback.format_exc()}\n{world.logs()}"
    finally:  # also when we are told to end
        world.close(options.keep and outcome == "failed")
    return outcome, text


def main():
    """Runs the chosen tests; the exit code is 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ringback", default="target/debug/ringback", help="the binary under test")
    parser.add_argument("--server", choices=["ringback", "kamailio"], default="ringback", help="who serves")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a failed test")
    parser.add_argument("--list", action="store_true", help="name the tests and end")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    chosen = [t for t in [*cases.ALL, *calls.ALL, *scanners.ALL, *trunk.ALL, *events.ALL, *scripted.ALL, *hep.ALL, *pjsip_cases.ALL, *transfers.ALL, *api.ALL, *browser.ALL, *console.ALL, *screen.ALL] if not options.words or any(w in t.__name__ for w in options.words)]
    if options.list:
        print("\n".join(f"{t.__name__}: {t.__doc__}" for t in chosen))
        return 0
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for test in chosen:
        begin = time.monotonic()
        outcome, text = run(test, options)
        if outcome == "failed":
            print(f"   again interop {test.__name__}: {text}", flush=True)
            outcome, text = run(test, options)
            text = f"at the second try {text}"
        counts[outcome] += 1
        print(f"{outcome:>8} interop {test.__name__} ({time.monotonic() - begin:.1f} s) {text}".rstrip(), flush=True)
    print(", ".join(f"{n} {name}" for name, n in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
