# SPDX-License-Identifier: GPL-3.0-or-later
"""Small captures for tests: classic pcap read, changed and written, frames built and taken apart."""

import struct

MAGIC = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
         b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}


def read_ng(data):
    """The same of a little-endian pcapng: its enhanced packets, and the link type of its first interface."""
    packets, links, units, at = [], [], [], 0
    while at < len(data):
        kind, length = struct.unpack("<2I", data[at:at + 8])
        body = data[at + 8:at + length - 4]
        if kind == 1:
            links.append(struct.unpack("<H", body[:2])[0])
            units.append(1000)
            opt = 8
            while opt + 4 <= len(body):
                code, n = struct.unpack("<2H", body[opt:opt + 4])
                if code == 9 and not body[opt + 4] & 0x80:
                    units[-1] = 10 ** (9 - body[opt + 4])
                opt += 4 + (n + 3) // 4 * 4
        elif kind == 6:
            iface, high, low, caplen, wire = struct.unpack("<5I", body[:20])
            packets.append([(high << 32 | low) * units[iface], body[20:20 + caplen], wire])
        at += length
    return links[0], packets


def read(path):
    """Link type and a list of [time in ns, bytes, original length]."""
    data = open(path, "rb").read()
    if data[:4] == b"\n\r\r\n":
        return read_ng(data)
    order, unit = MAGIC[data[:4]]
    link = struct.unpack(order + "I", data[20:24])[0]
    packets, at = [], 24
    while at < len(data):
        sec, sub, caplen, wire = struct.unpack(order + "4I", data[at:at + 16])
        frame = data[at + 16:at + 16 + caplen]
        assert len(frame) == caplen, "%s is cut at byte %d" % (path, at)
        packets.append([sec * 10**9 + sub * unit, frame, wire])
        at += 16 + caplen
    return link, packets


def write(path, packets, link=1):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        for p in packets:
            ns, frame, wire = p if len(p) == 3 else (p[0], p[1], len(p[1]))
            f.write(struct.pack("<4I", ns // 10**9, ns % 10**9, len(frame), wire) + frame)


def option(order, code, value):
    return struct.pack(order + "2H", code, len(value)) + value + b"\0" * (-len(value) % 4)


def block(order, kind, body):
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def write_ng(path, packets, ifaces, order="<"):
    """pcapng: packets are [time in ns, bytes, original length, interface]; ifaces: dicts of name, link, snaplen, resol
    (if_tsresol) and offset (if_tsoffset, seconds), all but the name optional."""
    out = block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    for i in ifaces:
        options = option(order, 2, i["name"].encode()) if i.get("name") else b""
        options += option(order, 9, bytes([i.get("resol", 9)]))
        if i.get("offset"):
            options += option(order, 14, struct.pack(order + "q", i["offset"]))
        options += option(order, 0, b"")
        out += block(order, 1, struct.pack(order + "HHI", i.get("link", 1), 0, i.get("snaplen", 262144)) + options)
    for ns, frame, wire, iface in packets:
        resol = ifaces[iface].get("resol", 9)
        units = 1 << (resol & 0x7f) if resol & 0x80 else 10 ** resol
        t = -(-(ns - ifaces[iface].get("offset", 0) * 10**9) * units // 10**9)
        body = struct.pack(order + "5I", iface, t >> 32, t & 0xffffffff, len(frame), wire) + frame
        out += block(order, 6, body + b"\0" * (-len(frame) % 4))
    with open(path, "wb") as f:
        f.write(out)


def csum(data):
    """RFC 1071, over data padded to an even length."""
    total = sum(struct.unpack("!%dH" % ((len(data) + 1) // 2), data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Frame:
    """An Ethernet frame with IPv4, as bytearray `b` with the places of its parts."""

    def __init__(self, frame):
        self.b = bytearray(frame)
        assert self.b[12:14] == b"\x08\x00"
        self.ihl = (self.b[14] & 15) * 4
        self.proto = self.b[23]
        self.src, self.dst = bytes(self.b[26:30]), bytes(self.b[30:34])
        self.l4 = 14 + self.ihl
        self.end = 14 + struct.unpack("!H", self.b[16:18])[0]
        self.sport, self.dport = struct.unpack("!HH", self.b[self.l4:self.l4 + 4])
        self.payload = self.l4 + ((self.b[self.l4 + 12] >> 4) * 4 if self.proto == 6 else 8)
        self.flags = self.b[self.l4 + 13] if self.proto == 6 else 0
        self.tag = 34 if self.ihl >= 48 and self.b[34:36] == b"\xde\x1c" else 0

    def fix(self):
        """Both checksums made right."""
        self.b[24:26] = b"\0\0"
        self.b[24:26] = struct.pack("!H", csum(bytes(self.b[14:self.l4])))
        at = self.l4 + (16 if self.proto == 6 else 6)
        self.b[at:at + 2] = b"\0\0"
        body = bytes(self.b[self.l4:self.end])
        pseudo = self.src + self.dst + struct.pack("!BBH", 0, self.proto, len(body))
        value = csum(pseudo + body) or 0xffff
        self.b[at:at + 2] = struct.pack("!H", value)
        return self

    def key(self):
        return self.proto, self.src, self.sport, self.dst, self.dport


def ipv4(src, dst, proto, body, ttl=64):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, ttl, proto, 0, bytes(src), bytes(dst))
    return head[:10] + struct.pack("!H", csum(head)) + head[12:] + body


def udp(src, sport, dst, dport, payload):
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    pseudo = bytes(src) + bytes(dst) + struct.pack("!BBH", 0, 17, 8 + len(payload))
    return ipv4(src, dst, 17, head[:6] + struct.pack("!H", csum(pseudo + head + payload) or 0xffff) + payload)


def tcp(src, sport, dst, dport, seq, ack, flags, payload=b""):
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 65535, 0, 0)
    pseudo = bytes(src) + bytes(dst) + struct.pack("!BBH", 0, 6, 20 + len(payload))
    return ipv4(src, dst, 6, head[:16] + struct.pack("!H", csum(pseudo + head + payload)) + head[18:] + payload)


def ethernet(packet, dst=b"\x02\0\0\0\0\2", src=b"\x02\0\0\0\0\1", kind=0x0800):
    return dst + src + struct.pack("!H", kind) + packet
