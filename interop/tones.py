"""WAV files with a tone, and the proof that a recording holds one."""

import array
import math
import wave

from harness import check, wait_until

RATE = 8000


def write(path, hertz, seconds=60):
    """Writes a mono file of 16 bits with a sine tone."""
    period = [int(14000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(RATE)]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(array.array("h", period * seconds).tobytes())


def share(path, hertz):
    """Which share of a recording's energy lies at the tone, and its length in seconds.

    The tone's power is taken of each tenth of a second by itself: a gap shifts the tone's phase, and over the whole
    length the parts before and after it would cancel each other."""
    with wave.open(str(path), "rb") as recording:
        rate, channels = recording.getframerate(), recording.getnchannels()
        samples = array.array("h", recording.readframes(recording.getnframes()))[::channels]
    size = rate // 10
    blocks = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
    energy = sum(s * s for block in blocks for s in block)
    power = sum(goertzel(block, hertz / rate) for block in blocks)
    return (2 * power / (size * energy) if energy else 0.0), len(samples) / rate


def goertzel(samples, turns):
    """The power of some samples at a tone of so many turns per sample."""
    turn = 2 * math.cos(2 * math.pi * turns)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return last * last + before * before - turn * last * before


def wait_for_more(path, who, seconds=1.5):
    """Waits until a recording that is being written has grown by so much sound."""

    def size():
        return path.stat().st_size if path.exists() else 0

    enough = size() + seconds * RATE * 2
    wait_until(lambda: size() >= enough, f"{who} hears something for {seconds:g} s", 20)


def is_complete(path):
    """Whether the head of a recording tells its whole length: its writer has closed it."""
    with open(path, "rb") as recording:
        head = recording.read(8)
    return head[:4] == b"RIFF" and int.from_bytes(head[4:8], "little") + 8 == path.stat().st_size


def check_heard(path, who, hertz):
    """Checks that a recording lasts and holds a tone."""
    found, seconds = share(path, hertz)
    check(seconds > 1.0, f"the recording of {who} lasts over a second, not {seconds:.2f} s")
    check(found > 0.8, f"{who} hears {hertz} Hz: {found:.0%} of the energy")
