"""WAV files with a tone, and the proof that a recording holds one."""

import array
import math
import wave

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
    """Which share of a recording's energy lies at the tone (Goertzel), and its length in seconds."""
    with wave.open(str(path), "rb") as recording:
        rate, channels = recording.getframerate(), recording.getnchannels()
        samples = array.array("h", recording.readframes(recording.getnframes()))[::channels]
    seconds = len(samples) / rate
    samples = loud_part(samples, rate)
    energy = sum(s * s for s in samples)
    if not energy:
        return 0.0, seconds
    turn = 2 * math.cos(2 * math.pi * hertz / rate)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    power = last * last + before * before - turn * last * before
    return 2 * power / (len(samples) * energy), seconds


def loud_part(samples, rate):
    """One second from the middle of what is not silent: a clock that slips would blur a longer tone."""
    loud = [n for n, sample in enumerate(samples) if abs(sample) > 500]
    if not loud:
        return samples
    middle = (loud[0] + loud[-1]) // 2
    return samples[max(0, middle - rate // 2) : middle + rate // 2]
