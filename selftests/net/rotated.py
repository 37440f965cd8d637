#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each tag in a pcap (nanoseconds) has the mac that its key id demands; written from Documentation/tag.rst alone.
Prints how many tags each key id has, control frames apart. With START and PERIOD (ns) the key ids have to be those of
the times.

usage: rotated.py CAPTURE DIGEST_HEX [START PERIOD]
"""
import collections
import hashlib
import struct
import sys

from send_tagged import siphash


def keys(digest):
    first = hashlib.sha256(b"fosr tag key\0" + digest).digest()
    yield first[:16]
    for k in range(1, 256):
        yield hashlib.sha256(b"fosr rotated key\0" + first + bytes([k])).digest()[:16]


def frames(path):
    with open(path, "rb") as file:
        file.read(24)
        while len(head := file.read(16)) == 16:
            s, ns, length, _ = struct.unpack("<IIII", head)
            yield s * 10**9 + ns, file.read(length)


def main():
    key = list(keys(bytes.fromhex(sys.argv[2])))
    start, period = (int(text) for text in sys.argv[3:5]) if len(sys.argv) > 3 else (0, 0)
    count = collections.Counter()
    for time, frame in frames(sys.argv[1]):
        ip = frame[14:]
        kind, length, flags, key_id, campaign, flow, step, mac = struct.unpack(">BBBBIQIQ", ip[20:48])
        assert kind == 222 and length == 28, "no tag"
        message = struct.pack(">BBBBIQII", flags, key_id, ip[9], 4, campaign, flow, step, 0) + ip[12:20]
        assert siphash(key[key_id], message) == mac, f"flow {flow} step {step}: not the mac of key {key_id}"
        assert not period or (time - start) // period % 256 == key_id, f"flow {flow} step {step}: key {key_id} at {time}"
        count[key_id] += 1
    print(*(f"{k}:{n}" for k, n in sorted(count.items())))


main()
