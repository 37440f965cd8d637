# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture files: create-pcap beside Fos-R and the disk, workers, the writer alone."""
import json
import os
import pathlib
import resource
import shutil
import struct

from kit import FOSR, ROOT, limit_of_disk, measure, pcap_packets, say


def find_fosr():
    for place in ("fosr", os.path.expanduser("~/.cargo/bin/fosr"), "/opt/fosr/bin/fosr"):
        if shutil.which(place):
            return shutil.which(place)
    return None


class Runs:
    """What some runs of one program wrote: packets and flows per second, bytes, memory."""

    def __init__(self):
        self.pps, self.fps, self.mbs, self.mem = [], [], [], []

    def ours(self, *words, payload="random"):
        path = pathlib.Path(words[words.index("-o") + 1])
        seconds, memory, out = measure([FOSR, "create-pcap", "--json", "--payload", payload, *words])
        said = json.loads(out)
        self.note(seconds, memory, said["packets"], said["flows"], said["bytes"])
        if path.is_file():
            path.unlink()
        return said["bytes"]

    def theirs(self, peer, path, *words, synced=None):
        """The peer leaves its file to the page cache; synced notes the same run until it is on the disk, as ours are."""
        seconds, memory, _ = measure([peer, "create-pcap", "-o", path, *words])
        more = measure(["sync", path])[0]
        packets, size = pcap_packets(path), path.stat().st_size
        self.note(seconds, memory, packets, 0, size)
        if synced:
            synced.note(seconds + more, memory, packets, 0, size)
        path.unlink()

    def note(self, seconds, memory, packets, flows, size):
        self.pps.append(packets / seconds / 1e6)
        self.fps.append(flows / seconds / 1e3)
        self.mbs.append(size / seconds / 1e6)
        self.mem.append(memory / 1024)


def imported(folder):
    """Fos-R's own models as a profile of ours, and their network; None where they are not there."""
    models = pathlib.Path(os.environ.get("FOSR_DATA", ROOT.parent / "shared/data")) / "fosr-legacy"
    if not models.is_dir():
        say(f"skipped: Fos-R's models, because there is no {models} (FOSR_DATA names the folder above)")
        return None
    profile, network = folder / "legacy.fosr", folder / "legacy.yaml"
    measure([FOSR, "import", "fosr", models, "-q", "-o", profile, "--network", network])
    return ["-p", profile, "-n", network]


def bench_create(table, folder, options):
    """About as many packets as two days of Fos-R 0.1.2 by its default models: by its legacy models, imported, and by ours;
    sorted, as it does with --order-pcap. And the limit of the disk."""
    duration = "6h" if options.quick else "2days"
    # Days at 185,000 flows: Fos-R writes 10 million packets a day.
    days = "16h" if options.quick else "5days"
    peer = find_fosr()
    if not peer:
        say("skipped: Fos-R is not installed (cargo install fosr --version 0.1.2 --no-default-features)")
    models = imported(folder)
    legacy, default, ordered, unordered, synced, disk = Runs(), Runs(), Runs(), Runs(), Runs(), []
    for k in range(options.rounds):
        say(f"create-pcap, round {k + 1} of {options.rounds}")
        if models:
            size = legacy.ours("-d", days, "-j2", *models, "-o", folder / "ours.pcap")
            disk.append(limit_of_disk(folder, size >> 20))
        default.ours("-d", duration, "-j2", "-o", folder / "ours.pcap")
        if peer:
            ordered.theirs(peer, folder / "theirs.pcap", "-d", duration, "--order-pcap")
            unordered.theirs(peer, folder / "theirs.pcap", "-d", duration, synced=synced)
    for what, runs in ([("imported legacy models", legacy)] if models else []) + [("default profile", default)]:
        if not peer:
            continue
        table.add(f"create-pcap -j2, {what}; Fos-R 0.1.2 --order-pcap", runs.pps, ordered.pps, "M packets/s")
        table.add("  the same; Fos-R unsorted, left to the page cache", runs.pps, unordered.pps, "M packets/s")
        table.add("  the same; Fos-R unsorted, on the disk as ours is", runs.pps, synced.pps, "M packets/s")
        table.add("  bytes; Fos-R --order-pcap", runs.mbs, ordered.mbs, "MB/s")
        table.add("  peak memory; Fos-R --order-pcap", runs.mem, ordered.mem, "MiB", better_high=False)
    if models:
        table.add("create-pcap -j2, imported legacy models; dd oflag=direct", legacy.mbs, disk, "MB/s")


def bulk_capture(path):
    """Twenty downloads of 2,000 full segments: what a profile of large packets is learned from."""
    def packet(t, up, flags, seq, ack, length, port):
        ip = [b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"]
        ports = [port, 80]
        src, dst = (0, 1) if up else (1, 0)
        tcp = struct.pack(">HHIIBBHHH", ports[src], ports[dst], seq, ack, 0x50, flags, 0xffff, 0, 0)
        head = struct.pack(">BBHHHBBH", 0x45, 0, 40 + length, 0, 0, 64, 6, 0)
        data = b"\0" * 12 + b"\x08\0" + head + ip[src] + ip[dst] + tcp + b"\0" * length
        return struct.pack("<IIII", t // 10**9, t % 10**9, len(data), len(data)) + data

    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
        for k in range(20):
            t, port, segments, size = 1_700_000_000 * 10**9 + k * 3 * 10**9, 40000 + k, 2000, 1448
            seq = [1, 1]
            steps = [(1, 2, 0), (0, 18, 0), (1, 16, 0), (1, 24, 300)] + [(0, 16, size)] * segments + [
                (1, 16, 0), (0, 17, 0), (1, 17, 0), (0, 16, 0)]
            for up, flags, length in steps:
                t += 100_000 + (t * 7919 % 50_000)
                file.write(packet(t, up, flags, seq[0 if up else 1], seq[1 if up else 0] if flags & 16 else 0, length, port))
                seq[0 if up else 1] += length + bool(flags & 3)


def bench_mtu(table, folder, options):
    """Large packets: the disk is the limit."""
    capture, profile = folder / "bulk.pcap", folder / "bulk.fosr"
    bulk_capture(capture)
    measure([FOSR, "learn", capture, "-q", "--accept-off", "-o", profile])
    runs, disk = Runs(), []
    for k in range(options.rounds):
        say(f"create-pcap of large packets, round {k + 1} of {options.rounds}")
        size = runs.ours("-p", profile, "-f", "1M", "-d", "5m" if options.quick else "15m", "-j2", "-o", folder / "bulk-out.pcap")
        disk.append(limit_of_disk(folder, size >> 20))
    table.add("create-pcap -j2, packets as long as the MTU; dd oflag=direct", runs.mbs, disk, "MB/s")


def bench_workers(table, folder, options):
    """To /dev/null: what planning and making packets costs, with one worker and with two."""
    models = imported(folder)
    days = "1day" if options.quick else "5days"
    for what, words in [("default profile", [])] + ([("imported legacy models", models)] if models else []):
        one, two = Runs(), Runs()
        for k in range(options.rounds):
            say(f"workers, {what}, round {k + 1} of {options.rounds}")
            one.ours("-d", days, "-j1", *words, "-o", "/dev/null")
            two.ours("-d", days, "-j2", *words, "-o", "/dev/null")
        table.add(f"create-pcap to /dev/null, {what}, -j2; -j1", two.pps, one.pps, "M packets/s")
        table.add("  the same, flows", two.fps, one.fps, "k flows/s")


def bench_payload(table, folder, options):
    """What it costs that payloads are what their services say: to /dev/null, one worker."""
    days = "6h" if options.quick else "1day"
    for what, words in [("office", []), ("iot", ["-p", ROOT / "profiles/iot.fosr"])]:
        coherent, random = Runs(), Runs()
        for k in range(options.rounds):
            say(f"payloads, {what}, round {k + 1} of {options.rounds}")
            coherent.ours("-d", days, "-j1", *words, "-o", "/dev/null", payload="coherent")
            random.ours("-d", days, "-j1", *words, "-o", "/dev/null")
        table.add(f"create-pcap -j1, {what}, --payload coherent; random", coherent.pps, random.pps, "M packets/s")


def bench_writer(table, folder, options):
    """The writer alone, on records of 1530 bytes, by each way that it has; the disk's limit for the same bytes."""
    program = pathlib.Path(FOSR).parent / "tools/bench/writer"
    if not program.exists():
        return say(f"skipped: writer, because there is no {program}: make bench makes it")
    size = 512 if options.quick else 2048
    ways = [("io_uring", ["io_uring"]), ("io_uring, 64 KiB at a time", ["io_uring", "64"]), ("pwrite", ["pwrite"])]
    rates = {name: [] for name, _ in ways + [("dd", None)]}
    path = folder / "writer.pcap"
    for k in range(options.rounds):
        say(f"writer, round {k + 1} of {options.rounds}")
        # Another one begins each time: disks in the cloud let who comes after a pause write faster.
        turns = ways + [("dd", None)]
        for name, words in turns[k % len(turns):] + turns[:k % len(turns)]:
            if words is None:
                rates[name].append(limit_of_disk(folder, size))
                continue
            seconds = measure([program, path, size, *words])[0]
            rates[name].append(path.stat().st_size / seconds / 1e6)
            path.unlink()
    for name, _ in ways:
        table.add(f"writer, {name}, {size} MiB; dd oflag=direct", rates[name], rates["dd"], "MB/s")
    return None


def bench_untaint(table, folder, options):
    """A gigabyte of tagged packets: the tags off, beside a copy of the file past the page cache; the same for evil bits,
    beside Fos-R; and the work alone, in memory."""
    peer, days = find_fosr(), "6h" if options.quick else "20h"
    captures = {taint: folder / f"{taint}.pcap" for taint in ("option", "evil-bit")}
    for taint, path in captures.items():
        measure([FOSR, "create-pcap", "-q", "--payload", "random", "-d", days, "--taint", taint, "-o", path])
    size = captures["option"].stat().st_size / 1e6
    out = folder / "untainted.pcap"
    rates = {name: [] for name in ("bpf", "user", "copy", "evil", "fosr")}

    def note(name, path, command):
        rates[name].append(path.stat().st_size / measure(command)[0] / 1e6)
        out.unlink()

    for k in range(options.rounds):
        say(f"untaint of {size:.0f} MB, round {k + 1} of {options.rounds}")
        for engine in ("bpf", "user"):
            if engine == "bpf" and os.geteuid():
                continue
            note(engine, captures["option"], [FOSR, "untaint", "-q", "--engine", engine, "-i", captures["option"], "-o", out])
        note("copy", captures["option"], ["dd", f"if={captures['option']}", f"of={out}", "bs=1M", "iflag=direct",
                                          "oflag=direct", "conv=fdatasync"])
        if peer:
            note("evil", captures["evil-bit"],
                 [FOSR, "untaint", "-q", "--taint", "evil-bit", "-i", captures["evil-bit"], "-o", out])
            note("fosr", captures["evil-bit"], [peer, "untaint", "-i", captures["evil-bit"], "-o", out])
    for engine in ("bpf", "user"):
        if rates[engine]:
            table.add(f"untaint --engine {engine}, {size:.0f} MB; dd iflag=direct oflag=direct", rates[engine], rates["copy"],
                      "MB/s")
    if peer:
        table.add("untaint --taint evil-bit; Fos-R 0.1.2 untaint", rates["evil"], rates["fosr"], "MB/s")
    bench_strip(table, captures["option"], options)


def bench_ingest(table, folder, options):
    """Ten million packets in the page cache, per second of processor time: what learning reads, and sums of flows, beside libpcap
    alone; then the whole command."""
    program = pathlib.Path(FOSR).parent / "tools/bench/ingest"
    if not program.exists():
        return say(f"skipped: ingest, because there is no {program}: make bench makes it")
    packets, path, out = "1M" if options.quick else "10M", folder / "ingest.pcap", folder / "flows.csv"
    measure([FOSR, "create-pcap", "-q", "--payload", "none", "-d", "24h", "-f", "500k", "-c", packets, "-o", path])
    rates, memory = {way: [] for way in ("read", "learn", "sums", "table")}, {way: [] for way in ("learn", "sums", "table")}
    measure([program, "read", path])
    for k in range(options.rounds):
        say(f"ingest of {packets} packets, round {k + 1} of {options.rounds}")
        for way in ("read", "learn", "sums"):
            _, peak, said = measure(["taskset", "-c", "0", program, way, path])
            rates[way].append(float(said) / 1e6)
            memory.get(way, []).append(peak / 1024)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _, peak, said = measure(["taskset", "-c", "0", FOSR, "pcap2flow", "--json", path, "-o", out])
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        rates["table"].append(json.loads(said)["packets_read"] / seconds / 1e6)
        memory["table"].append(peak / 1024)
    for way, what in (("learn", "what learning reads"), ("sums", "sums of flows"), ("table", "pcap2flow, table written")):
        table.add(f"{what}, {packets} packets; libpcap alone", rates[way], rates["read"], "M packets/s")
        table.add("the same, peak memory; what is asked", memory[way], [256] * len(memory[way]), "MiB", better_high=False)


def bench_strip(table, capture, options):
    program = pathlib.Path(FOSR).parent / "tools/bench/strip"
    if not program.exists():
        return say(f"skipped: strip, because there is no {program}: make bench makes it")
    if os.geteuid():
        return say("skipped: strip, because BPF needs root")
    bpf, user = [], []
    for k in range(options.rounds):
        say(f"strip in memory, round {k + 1} of {options.rounds}")
        for rounds, engine in ((bpf, "bpf"), (user, "user")):
            rounds.append(min(float(line) for line in measure([program, engine, capture, 5])[2].split()))
    table.add("strip_batch, 16 MiB in memory; user space", bpf, user, "ns a packet", better_high=False)
    return None
