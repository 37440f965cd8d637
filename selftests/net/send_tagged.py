#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends UDP frames with or without the tag. Written from Documentation/tag.rst alone, not from include/fosr/tag.h, so
that the two check each other: what this sends with the right key, the guard must find good.

usage: send_tagged.py DEV COUNT none|tag [CAMPAIGN KEY_ID SECRET_HEX]
"""
import socket
import struct
import sys

sys.dont_write_bytecode = True
from siphash import siphash

SRC, DST = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tag(campaign, key_id, key, flow, step):
    flags = 1 << 4
    message = struct.pack(">BBBBIQII", flags, key_id, 17, 4, campaign, flow, step, 0) + SRC + DST
    return struct.pack(">BBBBIQIQ", 222, 28, flags, key_id, campaign, flow, step, siphash(key, message))


def frame(options):
    payload = struct.pack(">HHHH", 40000, 9, 8 + 4, 0) + b"fosr"
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), 1, 0, 64, 17, 0)
    check = checksum(head + SRC + DST + options)
    return (bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]) + head[:10] + struct.pack(">H", check) + SRC + DST +
            options + payload)


def main():
    dev, count, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    campaign, key_id, key = 0xDECADE, 0, bytes(16)
    if len(sys.argv) > 4:
        campaign, key_id, key = int(sys.argv[4], 16), int(sys.argv[5]), bytes.fromhex(sys.argv[6])
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((dev, 0))
        for step in range(count):
            s.send(frame(tag(campaign, key_id, key, 7, step) if kind == "tag" else b""))


if __name__ == "__main__":
    main()
