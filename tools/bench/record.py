# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording tagged frames as fast as they come: `record` and dumpcap, which sees them by the guard's verdict `blind`."""
import json
import os
import re
import shutil
import signal
import subprocess

from kit import FOSR, limit_of_disk, measure, say
from wire import TOOL, Wire

PCAP_HEAD, PCAP_RECORD = 24, 16
DUMPCAP = ["dumpcap", "-i", "eth0", "-P", "-q", "-B", "64", "-w"]


def counted(wire):
    return wire.counters()["redirected"]


def flood(wire, length, seconds):
    """One tagged frame over and over, which says that it is sent again: the guard takes each of them."""
    measure(wire.inside("a") + [TOOL, "tagged", "eth0", length, seconds])


def begun(child, word):
    """What it says until it says that it is ready."""
    said = ""
    while word not in said:
        line = child.stderr.readline()
        if not line:
            raise RuntimeError(f"it does not start: {said}")
        said += line
    return said


def ours(wire, path, length, seconds):
    """Frames in the file, and lost."""
    before = counted(wire)
    child = subprocess.Popen(wire.inside("b") + [FOSR, "record", "eth0", "--json", "-v", "-o", path], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    begun(child, "ready")
    flood(wire, length, seconds)
    child.send_signal(signal.SIGINT)
    said = json.loads(child.communicate()[0])
    there = counted(wire) - before
    in_file = (os.path.getsize(path) - PCAP_HEAD) // (PCAP_RECORD + length)
    lost = said["rx_dropped"] + said["record_dropped"]
    if in_file != said["recorded"] or said["received"] + said["rx_dropped"] != there:
        raise RuntimeError(f"uncounted loss: {there} came, {in_file} in the file, {said}")
    return in_file, lost


def guard_alone(wire, _, length, seconds):
    """The limit: what the guard takes and drops, when nobody records."""
    before = wire.counters()["dropped"]
    flood(wire, length, seconds)
    return wire.counters()["dropped"] - before, 0


def theirs(wire, path, length, seconds):
    child = subprocess.Popen(wire.inside("b") + DUMPCAP + [path], stderr=subprocess.PIPE, text=True)
    said = begun(child, "File: ")
    flood(wire, length, seconds)
    child.send_signal(signal.SIGINT)
    said += child.stderr.read()
    child.wait()
    dropped = re.search(r"received/dropped on interface .*?: \d+/(\d+)", said)
    return (os.path.getsize(path) - PCAP_HEAD) // (PCAP_RECORD + length), int(dropped.group(1)) if dropped else 0


def bench_length(table, folder, options, hidden, seen, length):
    """Two wires: on one the guard drops what nobody records, on the other it lets dumpcap see it."""
    seconds = 1 if options.quick else 3
    runs = {ours: [], guard_alone: [], theirs: []}
    limits = []
    for k in range(options.rounds):
        say(f"recording frames of {length} bytes, round {k + 1} of {options.rounds}")
        for run, rates in runs.items():
            path = folder / "recorded.pcap"
            n, lost = run(seen if run is theirs else hidden, path, length, seconds)
            say(f"  {run.__name__}: {n} taken, {lost} lost and counted")
            rates.append(n / seconds / 1e6)
            path.unlink(missing_ok=True)
        limits.append(limit_of_disk(folder, 512 if options.quick else 2048))
    table.add(f"record, tagged frames, {length} B; dumpcap -P -B 64", runs[ours], runs[theirs], "M packets/s")
    table.add("  the same; the guard alone, which drops them", runs[ours], runs[guard_alone], "M packets/s")
    megabytes = [r * (length + PCAP_RECORD) for r in runs[ours]]
    table.add("  the same in bytes; dd oflag=direct", megabytes, limits, "MB/s")


def bench_record(table, folder, options):
    if os.geteuid():
        return say("skipped: recording needs root")
    missing = [name for name in ("dumpcap", "ip", "nsenter") if not shutil.which(name)] + (
        [] if TOOL.exists() else [f"{TOOL} (make bench)"])
    if missing:
        return say(f"skipped: recording, because {', '.join(missing)} is not there")
    with Wire() as hidden, Wire() as seen:
        for wire, verdict in ((hidden, "drop"), (seen, "blind")):
            subprocess.run(wire.inside("b") + [FOSR, "attach", "eth0", "-q", "--verdict", verdict], check=True,
                           stdout=subprocess.DEVNULL)
        # 60 bytes and the tag; the longest there is.
        for length in (88, 1514):
            bench_length(table, folder, options, hidden, seen, length)
    return None
