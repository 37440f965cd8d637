#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""nameserver.py ADDRESS: has one address for every name that begins with w, and knows of no others (RFC 1035, 6891)."""
import socket
import struct
import sys

A, AAAA, OPT = 1, 28, 41
ADDRESSES = {A: bytes([198, 18, 0, 1]), AAAA: bytes.fromhex("2001000200000000") + bytes(7) + b"\1"}


def answer(query):
    end = 12
    while query[end]:
        end += 1 + query[end]
    question, (kind,) = query[12:end + 5], struct.unpack_from("!H", query, end + 1)
    known, edns = query[13:14] == b"w", query[10:12] != b"\0\0"
    record = b""
    if known and kind in ADDRESSES:
        record = struct.pack("!HHHIH", 0xc00c, kind, 1, 300, len(ADDRESSES[kind])) + ADDRESSES[kind]
    head = query[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, bool(record), 0, edns)
    return head + question + record + (struct.pack("!BHHIH", 0, OPT, 1232, 0, 0) if edns else b"")


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind((sys.argv[1], 53))
    while True:
        asked, client = s.recvfrom(4096)
        s.sendto(answer(asked), client)
