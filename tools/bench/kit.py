# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks share: running and measuring commands, reading captures, the table."""
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOSR = os.path.abspath(os.environ.get("FOSR_XDP", ROOT / "build/fosr-xdp"))


def measure(command, **kwargs):
    """Seconds, peak memory in KiB, and standard output of one run."""
    begin = time.monotonic()
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **kwargs)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(map(str, command))}: status {child.returncode}")
    return time.monotonic() - begin, usage.ru_maxrss, out


def pcap_packets(path):
    """Packets of a classic pcap, by its own headers."""
    with open(path, "rb") as file:
        order = "<" if file.read(24)[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        n = 0
        while len(record := file.read(16)) == 16:
            file.seek(struct.unpack(order + "IIII", record)[2], 1)
            n += 1
    return n


def pcap_times(path):
    with open(path, "rb") as file:
        nano = file.read(24)[:4] == b"\x4d\x3c\xb2\xa1"
        while len(record := file.read(16)) == 16:
            s, f, length, _ = struct.unpack("<IIII", record)
            file.seek(length, 1)
            yield s * 1_000_000_000 + (f if nano else f * 1000)


def spread(values):
    return f"{min(values):.3g}..{max(values):.3g}"


class Table:
    def __init__(self):
        self.rows = [("what", "ours", "peer or limit", "ratio", "rounds", "ours, spread", "peer, spread")]

    def add(self, what, ours, peer, unit, better_high=True):
        a, b = statistics.median(ours), statistics.median(peer)
        ratio = (a / b if better_high else b / a) if a and b else float("nan")
        self.rows.append((what, f"{a:.4g} {unit}", f"{b:.4g} {unit}", f"{ratio:.3g}", str(len(ours)), spread(ours), spread(peer)))

    def print(self):
        width = [max(len(r[i]) for r in self.rows) for i in range(len(self.rows[0]))]
        for i, row in enumerate(self.rows):
            print("  ".join(c.ljust(w) if k == 0 else c.rjust(w) for k, (c, w) in enumerate(zip(row, width))))
            if not i:
                print("-" * (sum(width) + 2 * len(width)))


def say(text):
    print(text, file=sys.stderr, flush=True)


def limit_of_disk(folder, size):
    """MB/s of dd past the page cache, with one sync at the end; size in MiB."""
    path = folder / "limit"
    seconds = measure(["dd", "if=/dev/zero", f"of={path}", "bs=1M", f"count={size}", "oflag=direct", "conv=fdatasync"])[0]
    path.unlink()
    return (size << 20) / seconds / 1e6
