# Prints the checksums (FNV-1a, 64 bits) that io/src/media/g711.rs compares with, from CPython's audioop (3.12 and older).
import audioop, struct

def fnv(octets):
    value = 0xCBF29CE484222325
    for octet in octets:
        value = ((value ^ octet) * 0x100000001B3) & (2**64 - 1)
    return hex(value)

samples = struct.pack("<65536h", *range(-32768, 32768))
for name, encode, decode in (("mu", audioop.lin2ulaw, audioop.ulaw2lin), ("a", audioop.lin2alaw, audioop.alaw2lin)):
    print(name, "encode", fnv(encode(samples, 2)), "decode", fnv(decode(bytes(range(256)), 2)))
