# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a table of pcap2flow what tshark says of the conversations (tshark -n -q -z conv,tcp -z conv,udp)? Arguments: the table, tshark's text.
Rows are summed up by pair of ends: tshark knows no silence that ends a flow, and no order in which a pair is named."""
import csv
import re
import sys

SCALE = {"bytes": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}


def ends(proto, src, sport, dst, dport):
    a, b = (src, int(sport)), (dst, int(dport))
    return (proto, a, b, False) if a <= b else (proto, b, a, True)


def add(sums, key, back, frames, octets):
    row = sums.setdefault(key, [0, 0, 0, 0])
    for way in range(2):
        row[way ^ back] += frames[way]
        row[2 + (way ^ back)] += octets[way]


def ours(path):
    sums = {}
    for r in csv.DictReader(open(path, newline="")):
        *key, back = ends(r["proto"], r["src"], r["src_port"], r["dst"], r["dst_port"])
        add(sums, tuple(key), back, *([int(r[way + what]) for way in ("fwd_", "bwd_")] for what in ("packets", "bytes")))
    return sums


def theirs(path):
    """Bytes are rounded: to how much, per way, follows the sums."""
    sums, unit, proto = {}, {}, None
    for line in open(path):
        if line.startswith(("TCP", "UDP")):
            proto = line[:3].lower()
        m = re.match(r"(\S+):(\d+)\s+<-> (\S+):(\d+)\s+(\d+) (\d+) (\w+)\s+(\d+) (\d+) (\w+)\s", line)
        if not m:
            continue
        *key, back = ends(proto, *m.group(1, 2, 3, 4))
        # The first pair of numbers is what the second end sent.
        add(sums, tuple(key), back, (int(m[8]), int(m[5])), (int(m[9]) * SCALE[m[10]], int(m[6]) * SCALE[m[7]]))
        unit[tuple(key)] = unit.get(tuple(key), 0) + max(SCALE[m[10]], SCALE[m[7]])
    return sums, unit


def near(a, b, unit):
    return abs(a - b) < unit if unit > 2 else a == b


def main():
    mine, (tshark, unit) = ours(sys.argv[1]), theirs(sys.argv[2])
    wrong = [f"{k}: only tshark has it, {tshark[k]}" for k in tshark.keys() - mine.keys()]
    wrong += [f"{k}: only pcap2flow has it, {mine[k]}" for k in mine.keys() - tshark.keys()]
    for k in mine.keys() & tshark.keys():
        a, b = mine[k], tshark[k]
        if a[:2] != b[:2] or not all(near(x, y, unit[k]) for x, y in zip(a[2:], b[2:])):
            wrong.append(f"{k}: pcap2flow {a}, tshark {b}")
    print("\n".join(wrong[:20]) if wrong else f"{len(mine)} conversations, {sum(a[0] + a[1] for a in mine.values())} packets")
    sys.exit(bool(wrong) or not mine)


main()
