# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags made by the words of Documentation/tag.rst alone, by whoever knows a campaign's digest, if no secret was given."""

import hashlib
import struct

MASK = (1 << 64) - 1


def siphash(key, message):
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rot(x, b):
        return (x << b | x >> (64 - b)) & MASK

    def rounds(n):
        for _ in range(n):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rot(v[1], 13) ^ v[0]
            v[0] = rot(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rot(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rot(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rot(v[1], 17) ^ v[2]
            v[2] = rot(v[2], 32)

    for (word,) in struct.iter_unpack("<Q", message + b"\0" * 7 + bytes([len(message) & 255])):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def sign(f, digest):
    """A right mac for the tag of f, by Documentation/tag.rst."""
    key = hashlib.sha256(b"fosr tag key\0" + bytes.fromhex(digest)).digest()[:16]
    t = f.b[f.tag:f.tag + 28]
    message = bytes([t[2], t[3], f.proto, 4]) + bytes(t[4:20]) + bytes(4) + f.src + f.dst
    f.b[f.tag + 20:f.tag + 28] = struct.pack("!Q", siphash(key, message))
    f.fix()
