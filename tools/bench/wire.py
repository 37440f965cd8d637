# SPDX-License-Identifier: GPL-3.0-or-later
"""A veth pair: how many frames get across, and when. What was delivered is what the interface at the other end has taken."""
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import statistics
import struct
import subprocess

from kit import FOSR, ROOT, measure, pcap_times, say

TOOL = pathlib.Path(FOSR).parent / "tools/bench/wire"
# Payloads that cost nothing to make: what is measured is the way.
CAMPAIGN = ["-n", str(ROOT / "profiles/demo.yaml"), "--cut", "-s", "1", "--payload", "random"]


class Wire:
    """Hosts a and b in namespaces of their own, joined; or, with one namespace, both interfaces in that of a."""

    def __init__(self, namespaces=2):
        self.tag = secrets.token_hex(3)
        self.names = {host: f"fosr-bench-{host}-{self.tag}" for host in "ab"[:namespaces]}
        self.dev = {"a": "eth0", "b": "eth0" if namespaces == 2 else "eth1"}

    def __enter__(self):
        for host, name in self.names.items():
            subprocess.run(["ip", "netns", "add", name], check=True)
            subprocess.run(self.inside(host) + ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                                                "net.ipv6.conf.default.disable_ipv6=1"])
        self.ip("a", "link", "add", "eth0", "address", "02:fd:00:00:00:01", "type", "veth", "peer", "name", self.dev["b"],
                "address", "02:fd:00:00:00:02", "netns", self.names.get("b", self.names["a"]))
        for n, host in enumerate("ab", 1):
            if host in self.names or len(self.names) == 1:
                self.ip(host, "addr", "add", f"10.11.0.{n}/32", "dev", self.dev[host])
            self.ip(host, "link", "set", self.dev[host], "up")
        while not all(self.link(host)["operstate"] == "UP" for host in "ab"):
            pass
        return self

    def __exit__(self, *_):
        for host, name in self.names.items():
            subprocess.run(self.inside(host) + [FOSR, "detach", "--all"], stdout=subprocess.DEVNULL)
            subprocess.run(["ip", "netns", "del", name])

    def inside(self, host):
        return ["nsenter", f"--net=/run/netns/{self.names.get(host, self.names['a'])}"]

    def ip(self, host, *words):
        subprocess.run(self.inside(host) + ["ip", *words], check=True)

    def guard(self):
        for host in "ab":
            subprocess.run(self.inside(host) + [FOSR, "attach", self.dev[host], "-q"], check=True, stdout=subprocess.DEVNULL)

    def link(self, host):
        words = ["ip", "-j", "-s", "link", "show", self.dev[host]]
        return json.loads(subprocess.run(self.inside(host) + words, stdout=subprocess.PIPE, text=True).stdout)[0]

    def sent(self):
        return self.link("a")["stats64"]["tx"]["packets"]

    def counters(self):
        out = subprocess.run(self.inside("b") + [FOSR, "status", self.dev["b"], "--json"], stdout=subprocess.PIPE, text=True)
        return json.loads(out.stdout)["interfaces"][0]["counters"]


class Receiver:
    """tools/bench/wire at b: drop, or stamp, which tells when each frame came."""

    def __init__(self, wire, what):
        self.child = subprocess.Popen(wire.inside("b") + [TOOL, what, wire.dev["b"]], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        if self.child.stdout.readline() != "ready\n":
            raise RuntimeError("the receiver does not start")

    def __enter__(self):
        return self

    def stamps(self):
        return [tuple(map(int, line.split())) for line in self.child.communicate()[0].splitlines()]

    def __exit__(self, *_):
        self.child.communicate()


def frames(path, length, times):
    """A capture of numbered frames, as tools/bench/wire sends them."""
    head = bytes.fromhex("020000000002020000000001080045000000000040004011" + "0000" + "0a0000010a000002") + b"\0" * 8
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
        for n, t in enumerate(times):
            data = bytearray(head + struct.pack("<Q", n)).ljust(length, b"\0")
            data[16:18] = struct.pack(">H", length - 14)
            file.write(struct.pack("<IIII", t // 10**9, t % 10**9, length, length) + data)


def tcpreplay(wire, path, *words):
    """Seconds that it says it took."""
    out = measure(wire.inside("a") + ["tcpreplay", "-q", "-K", *words, "-i", "eth0", path])[2]
    return float(re.search(r"in ([0-9.]+) seconds", out).group(1))


def rate(wire, run):
    """Million frames delivered per second, of a run that returns its seconds."""
    before = wire.sent()
    seconds = run()
    return (wire.sent() - before) / seconds / 1e6


def tool(wire, *words):
    return float(measure(wire.inside("a") + [TOOL, *words])[2].split()[1])


def bench_flood(table, folder, options):
    """Frames that are all different, as fast as they go, to a receiver that drops them."""
    seconds = 1 if options.quick else 3
    with Wire() as wire, Receiver(wire, "drop"):
        for length, count in ((60, 400_000), (1514, 100_000)):
            capture = folder / "frames.pcap"
            frames(capture, length, (n * 1000 for n in range(count)))
            ours, constant, theirs = [], [], []
            for k in range(options.rounds):
                say(f"frames of {length} bytes, round {k + 1} of {options.rounds}")
                ours.append(rate(wire, lambda: tool(wire, "live", "eth0", length, seconds)))
                constant.append(rate(wire, lambda: tool(wire, "constant", "eth0", length, seconds)))
                theirs.append(rate(wire, lambda: tcpreplay(wire, capture, "--topspeed", "--loop", "3")))
            table.add(f"live frames, {length} B, all different; tcpreplay --topspeed --preload-pcap", ours, theirs,
                      "M packets/s delivered")
            table.add("  the same; one live frame over and over, filled by nobody", ours, constant, "M packets/s delivered")
            if length > 1000:
                bits = [[r * length * 8 / 1e3 for r in rates] for rates in (ours, theirs)]
                table.add("  the same in bits; tcpreplay", *bits, "Gb/s delivered")


def inject(wire, *words):
    return json.loads(measure(wire.inside("a") + [FOSR, "inject", "--dev", "eth0", "--json", *CAMPAIGN, *words])[2])


def known_campaign(wire, words):
    """b's guard knows the campaign, and nobody is there to take its frames: an injector that was killed."""
    def known():
        said = subprocess.run(wire.inside("b") + [FOSR, "status", "eth0", "--json"], stdout=subprocess.PIPE, text=True)
        return json.loads(said.stdout)["interfaces"][0]["campaigns"]

    before = known()
    child = subprocess.Popen(wire.inside("b") + [FOSR, "inject", "--dev", "eth0", "--engine", "xsk", *CAMPAIGN, *words],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while known() == before:
        if child.poll() is not None:
            raise RuntimeError("the injector at b ended by itself")
    child.send_signal(signal.SIGKILL)
    child.wait()


def dropped_at(wire):
    """The same campaign once more is a replay, as far as the guard remembers."""
    counters = wire.counters()
    return counters["dropped"] + counters["replayed"]


def bench_tagged(table, folder, options):
    """A campaign tagged by one guarded host, checked and dropped by the guard of the other."""
    words = ["-d", "6h" if options.quick else "2days", "--speed", "max"]
    capture = folder / "office.pcap"
    subprocess.run([FOSR, "create-pcap", *CAMPAIGN, "-d", "6h", "-q", "-o", capture], check=True, stdout=subprocess.DEVNULL)
    ours, theirs = [], []
    with Wire() as wire:
        wire.guard()
        known_campaign(wire, words)
        for k in range(options.rounds):
            say(f"tagged, checked, dropped, round {k + 1} of {options.rounds}")
            before = dropped_at(wire)
            said = inject(wire, *words, "--engine", "live", "--algo", "fast")
            dropped = dropped_at(wire) - before
            if dropped != said["sent"]:
                say(f"  {dropped} of {said['sent']} were dropped")
            ours.append(dropped / said["sending_ns"] * 1e3)
            theirs.append(rate(wire, lambda: tcpreplay(wire, capture, "--topspeed")))
    table.add("inject, tagged, checked and dropped by the guard; tcpreplay, untagged", ours, theirs, "M packets/s")


def bench_model(table, folder, options):
    """Model traffic between two hosts, both played here, all of it received; the same capture by tcpreplay."""
    words = ["-d", "6h" if options.quick else "2days", "--speed", "max", "--dev", "eth1"]
    capture = folder / "office.pcap"
    subprocess.run([FOSR, "create-pcap", *CAMPAIGN, "-d", "6h", "-q", "-o", capture], check=True, stdout=subprocess.DEVNULL)
    ours, theirs = {"fast": [], "reliable": []}, []
    with Wire(namespaces=1) as wire:
        wire.guard()
        for k in range(options.rounds):
            say(f"both ends, round {k + 1} of {options.rounds}")
            for algo, rates in ours.items():
                said = inject(wire, *words, "--algo", algo)
                if said["received"] != said["expected"] or said["sent"] != said["planned"]:
                    say(f"  {algo}: {said['received']} of {said['expected']} arrived")
                rates.append((said["received"] + said["sent"] - said["expected"]) / said["sending_ns"] * 1e3)
            theirs.append(rate(wire, lambda: tcpreplay(wire, capture, "--topspeed")))
    for algo, rates in ours.items():
        table.add(f"inject --algo {algo}, office, both ends, delivered and received; tcpreplay --topspeed, the same capture",
                  rates, theirs, "M packets/s")


def lateness(arrivals, gap):
    """Median and p99 in µs against the earliest frame, and drift: the last tenth's median less the first's."""
    offset = [t - n * gap for n, t in arrivals]
    error = sorted((o - min(offset)) / 1000 for o in offset)
    tenth = max(len(offset) // 10, 1)
    drift = statistics.median(offset[-tenth:]) - statistics.median(offset[:tenth])
    return error[len(error) // 2], error[len(error) * 99 // 100], abs(drift) / 1000


def bench_pace(table, folder, options):
    """Numbered frames at even gaps for five seconds, stamped by an XDP program where they arrive."""
    for per_second in (1_000, 10_000):
        gap, capture = 10**9 // per_second, folder / "pace.pcap"
        frames(capture, 60, (n * gap for n in range(5 * per_second)))
        ours, theirs = [], []
        with Wire() as wire:
            for k in range(options.rounds):
                say(f"{per_second} frames/s, round {k + 1} of {options.rounds}")
                for runs, run in ((ours, lambda: tool(wire, "live", "eth0", 60, 5, gap)),
                                  (theirs, lambda: tcpreplay(wire, capture))):
                    receiver = Receiver(wire, "stamp")
                    run()
                    runs.append(lateness(receiver.stamps(), gap))
        for i, what in enumerate((f"live frames at {per_second}/s, lateness on arrival, median; tcpreplay", "  99th percentile",
                                  "  drift after 5 s")):
            table.add(what, [o[i] for o in ours], [t[i] for t in theirs], "µs", better_high=False)


def bench_wire(table, folder, options):
    if os.geteuid():
        return say("skipped: the wire needs root")
    missing = [name for name in ("tcpreplay", "ip", "nsenter") if not shutil.which(name)] + (
        [] if TOOL.exists() else [f"{TOOL} (make bench)"])
    if missing:
        return say(f"skipped: the wire, because {', '.join(missing)} is not there")
    for bench in (bench_flood, bench_tagged, bench_model, bench_pace):
        bench(table, folder, options)
    return None
